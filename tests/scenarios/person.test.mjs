// What belongs to a person and not to a device: the state of their page, and what happened while they were away.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Site } from '../harness/site.mjs'

let site
const want = (...call) => site.want(...call)

before(async () => {
  site = await Site.open()
})
after(() => site.close())

test('a draft written on one device is there on another, and after the daemon died', async () => {
  const agent = await site.agent()
  const key = `draft/${agent.id}`
  const first = await want(200, 'PUT', '/api/ui-state', { key, value: { text: 'half a sen' } })
  await site.crash()
  const { body } = await (await site.daemon.connect()).call('get_ui_state', { key })
  assert.deepEqual([body.value, body.digest], [{ text: 'half a sen' }, first.digest])
  await want(200, 'PUT', '/api/ui-state', { key, value: { text: 'half a sentence' }, ifDigest: first.digest })
  const refused = await want(409, 'PUT', '/api/ui-state', { key, value: { text: 'other' }, ifDigest: first.digest })
  assert.match(refused.error.details.digest[0], /^[0-9a-f]{64}$/)
  assert.deepEqual((await want(200, 'GET', '/api/ui-states?prefix=draft/')).states.map(({ value }) => value), [{ text: 'half a sentence' }])
  await want(400, 'PUT', '/api/ui-state', { key, value: { words: 'x' } })
})

test('what agents did while a person was away is counted per agent', async () => {
  const quiet = await site.agent()
  const agent = await site.agent()
  const after = new Date().toISOString()
  await agent.start('Begin. @@full')
  await agent.allow()
  await agent.follower.waitFor('turn_end')
  const { agents, truncated } = await want(200, 'GET', `/api/away?after=${after}`)
  assert.equal(truncated, false)
  assert.ok(!agents.some(({ agentId }) => agentId === quiet.id))
  const row = agents.find(({ agentId }) => agentId === agent.id)
  const { asks } = await want(200, 'GET', `/api/asks?subjectId=${agent.id}`)
  assert.ok(asks.length >= 1)
  assert.deepEqual([row.turnsEnded, row.failures, row.asksOpened, row.asksAnswered, row.landings], [1, 0, asks.length, 1, 0])
  const turn = (await want(200, 'GET', `${agent.route}/turns`)).turns[0]
  assert.deepEqual([row.filesChanged, row.costMicros], [turn.filesChanged, turn.costMicros ?? 0])
  const later = await want(200, 'GET', `/api/away?after=${new Date(Date.now() + 60_000).toISOString()}`)
  assert.deepEqual(later, { agents: [], truncated: false })
  await agent.leave()
})

test('an agent that a signal ended has failed, one that was stopped has not', async () => {
  const after = new Date().toISOString()
  const rows = []
  for (const command of [['/bin/sh', '-c', 'kill -ABRT $$'], ['/bin/sh', '-c', 'exit 3'], ['sleep', '600']]) {
    const agent = await site.agent({ adapter: 'terminal', command })
    await agent.start()
    if (command[0] === 'sleep') await agent.stop()
    await agent.follower.waitFor('exit')
    const { agents } = await want(200, 'GET', `/api/away?after=${after}`)
    rows.push(agents.find(({ agentId }) => agentId === agent.id)?.failures ?? 0)
    await site.drop(agent.follower)
  }
  assert.deepEqual(rows, [1, 1, 0])
})
