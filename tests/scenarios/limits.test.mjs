// Rate limits: each caller has a share of its own, a call past it says when to try again, and health is never refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Daemon } from '../harness/daemon.mjs'

const set = (daemon, name, value) => daemon.cli(['setting', 'set', name, String(value)])

function checkRefused({ status, body, headers }, setting, perMinute) {
  assert.equal(status, 429)
  assert.equal(body.error.code, 'RATE_LIMITED')
  assert.deepEqual(body.error.details.limit, [`${perMinute} calls a minute, by the setting ${setting}`])
  const wait = Number(headers.get('retry-after'))
  assert.ok(wait >= 1 && wait <= Math.ceil(60 / perMinute), String(wait))
  assert.deepEqual(body.error.details.retryAfter, [String(wait)])
}

test('a person with the token is limited over REST and /ws; health and the command line go on', async (t) => {
  const daemon = await Daemon.start()
  t.after(() => daemon.remove())
  const live = await daemon.connect()
  await set(daemon, 'rate.requests', 2)
  for (let i = 0; i < 2; i++) await daemon.want(200, 'GET', '/api/settings')
  checkRefused(await daemon.api('GET', '/api/settings'), 'rate.requests', 2)
  const { error } = await live.call('list_settings')
  assert.equal(error.code, 'RATE_LIMITED')
  assert.equal(error.details.retryAfter.length, 1)
  await daemon.want(200, 'GET', '/api/health')
  assert.equal((await live.call('get_health_live')).status, 200)
  for (let i = 0; i < 5; i++) await daemon.cli(['setting', 'list'])
  await set(daemon, 'rate.requests', 0)
  for (let i = 0; i < 5; i++) await daemon.want(200, 'GET', '/api/settings')
  await live.close()
})

test('calls that write have a limit of their own, and what was refused did nothing', async (t) => {
  const daemon = await Daemon.start()
  t.after(() => daemon.remove())
  await set(daemon, 'rate.writes', 1)
  await daemon.want(200, 'PUT', '/api/settings/max_context_warning', { value: '70' })
  checkRefused(await daemon.api('PUT', '/api/settings/max_context_warning', { value: '60' }), 'rate.writes', 1)
  const { settings } = await daemon.want(200, 'GET', '/api/settings')
  assert.equal(settings.find(({ name }) => name === 'max_context_warning').value, '70')
})

test('an address without a valid token is limited, and leaves those with one alone', async (t) => {
  const daemon = await Daemon.start()
  t.after(() => daemon.remove())
  await set(daemon, 'rate.unknown_requests', 2)
  await daemon.want(401, 'GET', '/api/settings', undefined, { token: null })
  await daemon.want(401, 'POST', '/api/workspaces', { path: '/' }, { token: 'wrong' })
  checkRefused(await daemon.api('GET', '/api/settings', undefined, { token: null }), 'rate.unknown_requests', 2)
  await daemon.want(200, 'GET', '/api/auth', undefined, { token: null })
  await daemon.want(200, 'GET', '/api/health', undefined, { token: null })
  await daemon.want(200, 'GET', '/api/settings')
})
