// What an agent did and why Muster says so: the figures of its calls, search in what it said, the evidence of its status,
// and links that fetch one answer once.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'
import { runToEnd } from '../harness/program.mjs'
import { muster } from '../harness/daemon.mjs'
import { until } from '../harness/wait.mjs'

const figuresOf = ({ added, removed, exitCode, isError }) => ({ added, removed, exitCode, isError })

forEachClaude((cli) => {
  let studio, agent
  before(async () => {
    studio = await Studio.open(cli)
    agent = await studio.begin('Look for the needle. @@evidence', { permissions: ['read', 'write', 'execute'] })
    assert.equal((await agent.turnEnd()).outcome, 'ok')
  })
  after(() => studio.close())

  const find = (input) => studio.daemon.want(200, 'POST', `${agent.route}/messages/find`, input)
  const see = (of) => studio.daemon.want(200, 'GET', `${of.route}/evidence`)
  /** The evidence, once it is as the predicate wants it. */
  async function seeUntil(of, predicate, what) {
    let seen
    await until(async () => predicate((seen = await see(of))), what)
    return seen
  }
  /** All pages of a search. */
  async function findAll(input) {
    const all = { hits: [], gaveUp: 0 }
    for (let cursor; ; ) {
      const page = await find({ ...input, ...(cursor && { cursor }) })
      all.hits.push(...page.hits)
      all.gaveUp += page.gaveUp
      if (!(cursor = page.nextCursor)) return all
    }
  }
  const shown = ({ hits }) => hits.map(({ kind, toolName, part, member, excerpt, excerptStart, excerptEnd }) => [kind, toolName, part, member, excerpt.slice(excerptStart, excerptEnd)])

  test('the end of a call carries its figures, in the event and in the message', async () => {
    const ends = agent.topic.events.filter(({ type }) => type === 'tool_end').map(({ payload }) => figuresOf(payload))
    const wanted = [
      { added: 3, removed: 0, exitCode: undefined, isError: false },
      { added: 1, removed: 2, exitCode: undefined, isError: false },
      { added: undefined, removed: undefined, exitCode: 0, isError: false },
      { added: undefined, removed: undefined, exitCode: 3, isError: true },
    ]
    assert.deepEqual(ends, wanted)
    const { messages } = await agent.messages()
    const calls = messages.filter(({ role }) => role === 'tool')
    assert.deepEqual(calls.map(figuresOf), wanted.map((w) => ({ ...w, isError: w.isError || undefined })))
    const whole = await studio.daemon.want(200, 'GET', `${agent.route}/messages/${calls[3].id}`)
    assert.deepEqual(figuresOf(whole), figuresOf(calls[3]))
  })

  test('words are found in texts, arguments, outputs and thoughts', async () => {
    const found = await find({ q: 'needle' })
    assert.equal(found.nextCursor, undefined)
    assert.equal(found.gaveUp, 0)
    assert.deepEqual(shown(found), [
      ['text', undefined, 'content', undefined, 'needle'],
      ['text', undefined, 'content', undefined, 'needle'],
      ['tool', 'Write', 'input', 'content', 'needle'],
      ['tool', 'Edit', 'input', 'old_string', 'needle'],
      ['tool', 'Bash', 'input', 'command', 'needle'],
      ['tool', 'Bash', 'output', undefined, 'needle'],
      ['tool', 'Bash', 'input', 'command', 'needle'],
      ['tool', 'Bash', 'output', undefined, 'needle'],
      ['thought', undefined, 'content', undefined, 'NEEDLE'],
    ])
    const [first] = found.hits
    const { messages } = await agent.messages()
    assert.deepEqual([first.messageId, first.index, first.role], [messages[0].id, 0, 'user'])
    assert.equal(messages[0].content.slice(first.start, first.end), 'needle')
    assert.ok(found.hits.at(-1).seq > 0)
    assert.deepEqual(shown(await find({ q: 'NEEDLE', caseSensitive: true })).map(([kind]) => kind), ['thought'])
    assert.deepEqual(shown(await find({ q: 'ärger' })).map(([, , , , text]) => text), ['ÄRGER'])
  })

  test('filters narrow it down, and a cursor leads through all of it', async () => {
    assert.deepEqual(shown(await find({ q: 'needle', onlyErrors: true })), [
      ['tool', 'Bash', 'input', 'command', 'needle'],
      ['tool', 'Bash', 'output', undefined, 'needle'],
    ])
    assert.equal((await find({ q: 'needle', toolName: 'Edit' })).hits.length, 1)
    assert.equal((await find({ q: 'needle', kinds: ['thought'] })).hits.length, 1)
    assert.equal((await find({ q: 'needle', roles: ['user'] })).hits.length, 1)
    assert.equal((await find({ q: 'needle', from: '0', to: '1' })).hits.length, 2)
    const pages = (await findAll({ q: 'n\\w*e', regex: true, limit: 2 })).hits
    assert.deepEqual(pages, (await find({ q: 'n\\w*e', regex: true })).hits)
  })

  test('an expression that never ends ends, and one that is not valid names its place', async () => {
    const found = await findAll({ q: '(a+)+$', regex: true, roles: ['assistant'], kinds: ['text'] })
    assert.deepEqual(found.hits, [])
    assert.equal(found.gaveUp, 1)
    assert.equal((await find({ q: 'a{40}!', regex: true })).hits.length, 1)
    const { status, body } = await studio.daemon.api('POST', `${agent.route}/messages/find`, { q: 'nee(dle', regex: true })
    assert.equal(status, 400)
    assert.match(body.error.message, /not valid after character 7/)
  })

  test('evidence shows the hold, the log, the processes and what each source said', async () => {
    // A process that has just started may not have touched any memory yet.
    const isWhole = ({ log, processes }) => log.backlog === 0 && processes.length > 1 && processes[1].rssBytes > 0
    const seen = await seeUntil(agent, isWhole, 'all of it can be seen')
    assert.deepEqual([seen.status.status, seen.status.reason], ['finished', 'turn_done'])
    assert.equal(seen.sources[0].reason, 'turn_done')
    assert.equal(seen.sources[0].source, seen.status.source)
    assert.equal(seen.sources[0].launchId, seen.launchId)
    assert.ok(seen.sources[0].offset > 0 && seen.sources[0].offset < seen.log.end)
    assert.deepEqual(seen.sources.filter(({ isAct }) => isAct).map(({ what }) => what), ['launched'])
    assert.deepEqual(seen.waitsFor.map(({ kind }) => kind), ['prompt'])
    assert.deepEqual([seen.hold.state, seen.hold.hasLock], ['linked', true])
    assert.equal(seen.hold.inputsDelivered, seen.hold.inputs)
    assert.equal(seen.log.last.channel, 'stdout')
    assert.ok(seen.log.last.offset + seen.log.last.size < seen.log.end)
    const [hold, program] = seen.processes
    assert.deepEqual([hold.isHold, hold.pid, hold.program], [true, seen.hold.pid, 'muster-hold'])
    assert.equal(program.parent, hold.pid)
    assert.equal(program.pid, (await agent.get()).pid)
    assert.ok(program.command.includes('claude') || program.program.length > 0)
    assert.ok(Date.parse(program.startedAt) <= Date.parse(seen.lookedAt) + 1000)
    assert.ok(seen.memory.usedBytes > 0)
    assert.deepEqual(seen.problems, [])
  })

  test('evidence answers for a hold and a program that are stopped', async () => {
    const seen = await see(agent)
    process.kill(seen.hold.pid, 'SIGSTOP')
    process.kill(seen.processes[1].pid, 'SIGSTOP')
    try {
      const isStopped = ({ processes }) => processes.slice(0, 2).every(({ state }) => state === 'T')
      const stuck = await seeUntil(agent, isStopped, 'both are stopped')
      assert.equal(stuck.hold.hasLock, true)
      assert.equal(stuck.processes[0].pid, seen.hold.pid)
    } finally {
      process.kill(seen.processes[1].pid, 'SIGCONT')
      process.kill(seen.hold.pid, 'SIGCONT')
    }
  })

  test('evidence names who must act, and what comes next', async () => {
    const asking = await studio.begin('Write. @@write')
    const ask = await asking.ask()
    const seen = await see(asking)
    assert.deepEqual(seen.waitsFor.map(({ kind, reason, detail }) => [kind, reason, detail]), [['answer', 'permission', 'Write']])
    assert.deepEqual(seen.expected.map(({ kind }) => kind).slice(0, 2), ['ask_answered', 'turn_end'])
    await asking.answer(ask, { decision: 'deny' })
    await asking.turnEnd()
    await asking.stop()
    const ended = await seeUntil(asking, ({ waitsFor, processes }) => waitsFor[0].kind === 'start' && !processes.length, 'it has ended, and its hold too')
    assert.deepEqual([ended.status.reason, ended.sources[0].source], ['stopped', 'user'])
    assert.deepEqual(ended.expected, [])
  })

  test('a ticket fetches its address once', async () => {
    const { daemon } = studio
    const [{ id }] = (await agent.messages()).messages
    const path = `${agent.route}/messages?limit=1&around=${id}`
    const get = (url, headers = {}) => fetch(daemon.origin + url, { headers })
    const make = (input) => daemon.api('POST', '/api/tickets', input)
    const { status, body } = await make({ path })
    assert.equal(status, 200)
    assert.equal(body.url, `${path}&ticket=${body.ticket}`)
    for (const wrong of [`${agent.route}?ticket=${body.ticket}`, `${agent.route}/messages?limit=2&ticket=${body.ticket}`])
      assert.equal((await get(wrong)).status, 403)
    assert.equal((await get(body.url, { 'sec-fetch-site': 'cross-site' })).status, 403)
    assert.equal((await get(body.url, { origin: 'http://elsewhere.example' })).status, 403)
    assert.equal((await fetch(daemon.origin + body.url, { method: 'HEAD' })).status, 401)

    const first = await get(body.url)
    assert.equal(first.status, 200)
    assert.equal((await first.json()).messages[0].id, id)
    assert.equal(first.headers.get('content-disposition'), 'attachment')
    assert.equal(first.headers.get('referrer-policy'), 'no-referrer')
    assert.equal(first.headers.get('cache-control'), 'no-store')
    const again = await get(body.url)
    assert.equal(again.status, 401)
    assert.match((await again.json()).error.message, /already used/)

    for (const bad of ['/nowhere', '/api/agents/x/stop', '/api/system#x', '/api/system?ticket=x', '/api/%zz', 'api/system'])
      assert.equal((await make({ path: bad })).status, 400, bad)
    const kept = await make({ path: '/api/system' })
    const socket = await runToEnd(muster, ['--home', daemon.home, 'system'], { env: daemon.options.env })
    assert.equal(socket.code, 0)
    assert.equal((await get(kept.body.url)).status, 200)
    assert.equal((await get(`/api/system?ticket=${randomUUID()}`)).status, 401)
    const printed = [...daemon.program.lines.items, ...daemon.program.errors.items].join('\n')
    assert.ok(!printed.includes(body.ticket))
  })
})
