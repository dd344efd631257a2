// Real CLIs over the Agent Client Protocol, against the scripted model: what each step asks the model for is in its log.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachAgent, Studio } from '../harness/agents.mjs'
import { changes } from '../harness/repository.mjs'

/** Qwen Code goes on trying for minutes after a 429, without a word; Gemini CLI and opencode give up. */
const ERRORS = { gemini: ['e429', 429, /Too many requests/], opencode: ['e403', undefined, /./], qwen: ['e401', 401, /invalid x-api-key/] }

/** What each makes of a stream that breaks after some text: how its turn ends, its text, and what it asks the model for. */
const DROPS = {
  gemini: { ends: ['error api'], text: /^partial answer then$/, asked: ['middrop:0'] },
  // It asks again, with growing pauses, until a person interrupts it; in a pause it calls that the end of its turn.
  opencode: { goesOn: true, ends: ['ok turn_done', 'interrupted interrupted'], text: /^(partial answer then)+$/, asked: ['middrop:0'] },
  qwen: { ends: ['ok turn_done'], text: /^partial answer thenok$/, asked: ['middrop:0', 'middrop:1'] },
}

forEachAgent(['gemini', 'opencode', 'qwen'], (cli) => {
  let studio
  before(async () => {
    studio = await Studio.open(cli, { patienceMs: 120_000 })
  })
  after(() => studio.close())

  test('a prompt waits until the session is open, and is answered once', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    const end = await agent.turnEnd()
    assert.equal(end.outcome, 'ok')
    assert.deepEqual([end.status.status, end.status.reason], ['finished', 'turn_done'])
    assert.deepEqual(agent.texts(), ['Hello from the scripted model.'])
    assert.equal(agent.texts('text_delta').join(''), 'Hello from the scripted model.')
    assert.deepEqual(await studio.newlyAsked(), ['hello:0'])
    const row = await agent.get()
    const { sessions } = await studio.want(200, 'GET', `${agent.route}/sessions`)
    assert.deepEqual([row.isResumable, sessions.map(({ id }) => id)], [true, [row.sessionId]])
    await agent.stop()
  })

  test('a file is written when a person allows it, and not when they deny it', async () => {
    const agent = await studio.begin('Make a file. @@write')
    const ask = await agent.ask()
    assert.deepEqual([ask.kind, ask.state], ['permission', 'open'])
    assert.deepEqual(await changes(agent.worktree.path), [])
    assert.match((await agent.get()).statusReason, /permission/)
    await agent.answer(ask, { decision: 'allow' })
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.equal(await readFile(path.join(agent.worktree.path, 'hello.txt'), 'utf8'), 'hello\nworld\n')
    assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'])
    assert.deepEqual(await studio.newlyAsked(), ['write:0', 'write:1'])
    const { messages } = await agent.messages()
    assert.deepEqual(messages.map(({ role }) => role).filter((role) => role === 'tool'), ['tool'])

    await agent.send('Run it. @@bash')
    await agent.answer(await agent.ask(), { decision: 'deny' })
    await agent.turnEnd()
    assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'])
    await studio.newlyAsked()
    await agent.stop()
  })

  test('a second prompt waits for the end of the turn; an interrupt ends it', async () => {
    const agent = await studio.begin('Count. @@slow')
    await agent.next('text_delta')
    assert.equal((await agent.send('Greet me. @@hello')).status, 'queued')
    const [{ id }] = (await agent.messages()).messages
    await agent.interrupt({ messageId: id })
    assert.equal((await agent.next('turn_end')).outcome, 'interrupted')
    const end = await agent.turnEnd()
    assert.deepEqual([end.outcome, end.status.reason], ['ok', 'turn_done'])
    assert.equal(agent.texts().at(-1), 'Hello from the scripted model.')
    assert.deepEqual(await studio.newlyAsked(), ['slow:0', 'hello:0'])
    await agent.stop()
  })

  test('an open ask ends with its turn when that is interrupted', async () => {
    const agent = await studio.begin('Make a file. @@write')
    const ask = await agent.ask()
    await agent.interrupt()
    assert.equal((await agent.next('ask_cancel')).askId, ask.id)
    assert.equal((await agent.turnEnd()).outcome, 'interrupted')
    assert.deepEqual(await changes(agent.worktree.path), [])
    await studio.newlyAsked()
    await agent.stop()
  })

  test('an error of the API becomes the status error, and the next prompt clears it', async () => {
    const [scenario, httpStatus, text] = ERRORS[cli.name]
    const agent = await studio.begin(`Try. @@${scenario}`)
    const end = await agent.turnEnd()
    assert.deepEqual([end.outcome, end.httpStatus, end.status.status, end.status.reason], ['error', httpStatus, 'error', 'api'])
    assert.match(end.status.detail, text)
    assert.deepEqual([...new Set(await studio.newlyAsked())], [`${scenario}:0`])
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
    const want = DROPS[cli.name]
    const agent = await studio.begin('Tell me. @@middrop')
    await agent.next('text_delta')
    if (want.goesOn) {
      await agent.next('text_delta')
      await agent.interrupt()
    }
    const end = await agent.turnEnd()
    assert.ok(want.ends.includes(`${end.outcome} ${end.status.reason}`), `${end.outcome} ${end.status.reason}`)
    assert.match(agent.texts().join(''), want.text)
    assert.deepEqual([...new Set(await studio.newlyAsked())], want.asked)
    await agent.send('Greet me. @@hello')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.equal(agent.texts().at(-1), 'Hello from the scripted model.')
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
})
