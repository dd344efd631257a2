// The real Codex over its app-server, against the scripted model: what each step asks the model for is in its log.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachAgent, Studio } from '../harness/agents.mjs'
import { changes } from '../harness/repository.mjs'

forEachAgent(['codex'], (cli) => {
  let studio
  before(async () => {
    studio = await Studio.open(cli, { patienceMs: 60_000 })
  })
  after(() => studio.close())

  test('a prompt waits until the thread is open, and is answered once', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    const end = await agent.turnEnd()
    assert.equal(end.outcome, 'ok')
    assert.deepEqual([end.status.status, end.status.reason], ['finished', 'turn_done'])
    assert.deepEqual(agent.texts(), ['Hello from the scripted model.'])
    assert.equal(agent.texts('text_delta').join(''), 'Hello from the scripted model.')
    assert.deepEqual(await studio.newlyAsked(), ['hello:0'])
    const row = await agent.get()
    const [request] = await studio.model.requests()
    assert.deepEqual([row.isResumable, row.sessionId], [true, request.session])
    assert.ok(row.contextLevel >= 0)
    await agent.stop()
  })

  test('a command runs when a person allows it, and not when they deny it', async () => {
    const agent = await studio.begin('Make a file. @@write')
    const ask = await agent.ask()
    assert.deepEqual([ask.kind, ask.state, ask.tool], ['permission', 'open', 'shell'])
    assert.deepEqual(await changes(agent.worktree.path), [])
    await agent.answer(ask, { decision: 'allow' })
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    const { payload: end } = await agent.topic.waitFor('tool_end')
    assert.deepEqual([end.isError, end.output], [false, ''])
    assert.equal(await readFile(path.join(agent.worktree.path, 'hello.txt'), 'utf8'), 'hello\nworld\n')
    assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'])
    assert.deepEqual(await studio.newlyAsked(), ['write:0', 'write:1'])

    await agent.send('Run it. @@bash')
    await agent.answer(await agent.ask(), { decision: 'deny' })
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'])
    assert.deepEqual(await studio.newlyAsked(), ['bash:0', 'bash:1'])

    await agent.send('Run it. @@bash')
    await agent.answer(await agent.ask(), { decision: 'deny', interrupt: true })
    assert.equal((await agent.turnEnd()).outcome, 'interrupted')
    assert.deepEqual(await studio.newlyAsked(), ['bash:0'])
    await agent.stop()
  })

  test('an interrupt ends the turn, keeps what was said, and voids an open ask', async () => {
    const agent = await studio.begin('Count. @@slow')
    await agent.next('text_delta')
    await agent.interrupt()
    assert.equal((await agent.turnEnd()).outcome, 'interrupted')
    assert.match(agent.texts().at(-1), /^slow /)
    await agent.send('Make a file. @@write')
    const ask = await agent.ask()
    await agent.interrupt()
    assert.equal((await agent.next('ask_cancel')).askId, ask.id)
    assert.equal((await agent.turnEnd()).outcome, 'interrupted')
    assert.deepEqual(await changes(agent.worktree.path), [])
    assert.deepEqual(await studio.newlyAsked(), ['slow:0', 'write:0'])
    await agent.stop()
  })

  test('an error of the API becomes the status error, and the next prompt clears it', async () => {
    const agent = await studio.begin('Try. @@e401')
    const end = await agent.turnEnd()
    assert.deepEqual([end.outcome, end.httpStatus, end.status.status, end.status.reason], ['error', 401, 'error', 'api'])
    assert.match(end.status.detail, /invalid x-api-key/)
    assert.deepEqual([...new Set(await studio.newlyAsked())], ['e401:0'])
    await agent.send('Once more. @@hello')
    assert.equal((await agent.turnEnd()).status.reason, 'turn_done')
    assert.deepEqual(await studio.newlyAsked(), ['hello:0'])
    await agent.stop()
  })

  test('a 429 is tried again, and the turn gets its answer', async () => {
    const agent = await studio.begin('Greet me. @@e429once')
    const end = await agent.turnEnd()
    assert.deepEqual([end.outcome, end.status.reason], ['ok', 'turn_done'])
    assert.deepEqual(agent.texts(), ['Recovered after the limit.'])
    assert.deepEqual(await studio.newlyAsked(), ['e429once:0', 'e429once:0'])
    await agent.stop()
  })

  test('what was said before the connection dropped stays, and the next prompt is answered', async () => {
    const agent = await studio.begin('Tell me. @@middrop')
    const end = await agent.turnEnd()
    assert.deepEqual([end.outcome, end.status.reason], ['ok', 'turn_done'])
    assert.deepEqual(agent.texts(), ['partial answer then', 'ok'])
    assert.deepEqual(agent.topic.events.filter(({ type }) => type === 'status').map(({ payload }) => payload.reason).slice(-3), ['retrying', 'working', 'turn_done'])
    assert.deepEqual(await studio.newlyAsked(), ['middrop:0', 'middrop:1'])
    await agent.send('Greet me. @@hello')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await studio.newlyAsked(), ['hello:0'])
    await agent.stop()
  })

  test('eight agents work at the same time, each in its own worktree and session', async () => {
    const agents = []
    for (let i = 0; i < 8; i++) agents.push(await studio.agent())
    await Promise.all(agents.map((agent) => agent.start('Greet me. @@hello')))
    const ends = await Promise.all(agents.map((agent) => agent.turnEnd()))
    assert.deepEqual(ends.map(({ outcome }) => outcome), Array(8).fill('ok'))
    const rows = await Promise.all(agents.map((agent) => agent.get()))
    for (const key of ['sessionId', 'pid', 'worktreeId']) assert.equal(new Set(rows.map((row) => row[key])).size, 8, key)
    for (const agent of agents) assert.deepEqual(agent.texts(), ['Hello from the scripted model.'])
    assert.deepEqual(await studio.newlyAsked(), Array(8).fill('hello:0'))
    await Promise.all(agents.map((agent) => agent.stop()))
  })

  test('after a stop and after SIGKILL the thread continues, and the model sees its history', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    const { sessionId } = await agent.stop()
    await agent.start('And what did you say?')
    await agent.turnEnd()
    // The newest marker is that of the first prompt, with one answer behind it: the history came along.
    assert.deepEqual(await studio.newlyAsked(), ['hello:0', 'hello:1'])
    assert.equal((await agent.get()).sessionId, sessionId)
    await agent.send('Count. @@slow')
    await agent.next('text_delta')
    process.kill(await agent.pid(), 'SIGKILL')
    await agent.next('status', (now) => now.status === 'error')
    await agent.start('Greet me again. @@hello')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await studio.newlyAsked(), ['slow:0', 'hello:0'])
    assert.equal((await agent.get()).sessionId, sessionId)
    await agent.stop()
  })

  test('a fork has a thread of its own with the same history, also in another worktree', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    const place = await studio.worktree()
    const row = await studio.want(201, 'POST', `${agent.route}/fork`, { worktreeId: place.id })
    assert.equal(row.forkedSession, 'whole')
    const fork = await studio.follow(row, place)
    await fork.start('What did you say?')
    await fork.turnEnd()
    assert.notEqual((await fork.get()).sessionId, (await agent.get()).sessionId)
    assert.deepEqual(await studio.newlyAsked(), ['hello:0', 'hello:1'])
    await fork.stop()
    await agent.stop()
  })

  test('its mode holds from the next prompt on, and from its next start on', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    const { changed, mode } = await studio.want(200, 'PUT', agent.route, { mode: 'plan' })
    assert.deepEqual([changed, mode], [[{ option: 'mode', applied: 'next_turn' }], 'plan'])
    await agent.send('Make a file. @@write')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await changes(agent.worktree.path), [], 'it may only read')
    await agent.stop()
    await agent.start('Make a file. @@write')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await changes(agent.worktree.path), [], 'likewise')
    await agent.stop()
    await studio.newlyAsked()
  })
})
