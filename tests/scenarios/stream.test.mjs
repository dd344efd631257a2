// GET /api/stream: the same envelopes as on /ws, a line each, for clients without sockets.
import assert from 'node:assert/strict'
import http from 'node:http'
import { test } from 'node:test'
import { Daemon } from '../harness/daemon.mjs'
import { Site } from '../harness/site.mjs'
import { Feed, within } from '../harness/wait.mjs'

/** Lines of a stream, as they arrive; `isPaused`: none is read before resume(). */
class Lines {
  feed = new Feed()

  static async open(daemon, query, { isPaused = false } = {}) {
    const lines = new Lines()
    const headers = { authorization: `Bearer ${daemon.token}` }
    lines.request = http.get(`${daemon.origin}/api/stream?${query}`, { headers })
    lines.response = await within(new Promise((resolve, reject) => lines.request.once('response', resolve).once('error', reject)), 'the stream begins')
    assert.equal(lines.response.statusCode, 200)
    assert.equal(lines.response.headers['content-type'], 'application/x-ndjson')
    if (!isPaused) lines.resume()
    return lines
  }

  resume() {
    let rest = ''
    this.response.setEncoding('utf8')
    this.response.on('data', (text) => {
      const parts = (rest + text).split('\n')
      rest = parts.pop()
      for (const line of parts) this.feed.push(JSON.parse(line))
    })
    this.response.on('error', () => {})
  }

  waitFor(type, options) {
    return this.feed.waitFor((line) => line.type === type, { what: type, ...options })
  }

  close() {
    this.request.destroy()
  }
}

const set = (daemon, value) => daemon.want(200, 'PUT', '/api/settings/max_context_warning', { value: String(value) })

test('a stream carries what /ws carries, from a cursor on, and a heartbeat while nothing happens', async (t) => {
  const daemon = await Daemon.start()
  t.after(() => daemon.remove())
  const live = await daemon.connect()
  const topic = await live.subscribe('app')
  const lines = await Lines.open(daemon, 'topic=app')
  const begun = await lines.waitFor('subscribed')
  assert.deepEqual(Object.keys(begun), ['type', 'topic', 'generation', 'seq'])
  await lines.waitFor('live')
  await set(daemon, 70)
  const event = await lines.waitFor('setting_changed')
  assert.deepEqual(event, await topic.waitFor('setting_changed'))

  const again = await Lines.open(daemon, `topic=app&generation=${event.generation}&after=${event.seq - 1}&kinds=setting_changed,op_progress`)
  assert.deepEqual(await again.waitFor('setting_changed'), event)
  const reset = await Lines.open(daemon, 'topic=app&generation=1&after=7')
  await reset.waitFor('reset')
  assert.equal((await reset.waitFor('setting_changed')).seq, event.seq)
  assert.ok(Date.parse((await lines.waitFor('heartbeat', { deadlineMs: 30_000 })).at))
  for (const one of [lines, again, reset]) one.close()
  await live.close()
})

test('a client that does not read gets `lagged` and loses nothing', async (t) => {
  const MESSAGES = 80
  const site = await Site.open()
  t.after(() => site.close())
  const agent = await site.agent()
  const topic = `agent/${agent.id}`
  const lines = await Lines.open(site.daemon, `topic=${topic}&topic=app`, { isPaused: true })
  const sent = []
  for (let i = 0; i < MESSAGES; i++) sent.push((await agent.send(`${i} ${'x'.repeat(45_000)}`)).messageId)
  lines.resume()
  await lines.waitFor('lagged')
  await lines.feed.waitFor(({ payload }) => payload?.messageId === sent.at(-1), { what: 'the last message' })
  const events = lines.feed.items.filter((line) => line.topic === topic && line.type === 'message')
  assert.deepEqual(events.map(({ payload }) => payload.messageId), sent)
  assert.deepEqual(events.map(({ seq }) => seq), events.map(({ seq }) => seq).toSorted((a, b) => a - b))
  lines.close()
  await site.drop(agent.follower)
})

test('what cannot be followed is refused before the stream begins', async (t) => {
  const daemon = await Daemon.start()
  t.after(() => daemon.remove())
  const cases = [
    ['', 400, 'topic'], ['?topic=', 400, 'topic'], ['?topic=nosuch', 400], ['?topic=app&topic=app', 400, 'topic'],
    ['?topic=app&after=-1', 400, 'after'], ['?topic=app&after=1&after=2', 400, 'after'], ['?topic=app&generation=x', 400, 'generation'],
    ['?topic=app&colour=red', 400, 'colour'], ['?topic=app&kinds=a,,b', 400, 'kinds'], ['?topic=inbox/org_01arz3ndektsv4rrffq69g5fav', 403],
  ]
  for (const [query, status, name] of cases) {
    const { status: got, body } = await daemon.api('GET', `/api/stream${query}`)
    assert.equal(got, status, query)
    if (name) assert.deepEqual(Object.keys(body.error.details), [name], query)
  }
  await daemon.want(401, 'GET', '/api/stream?topic=app', undefined, { token: null })
  const { status, headers } = await daemon.api('POST', '/api/stream?topic=app', {})
  assert.deepEqual([status, headers.get('allow')], [405, 'GET, HEAD'])
})
