// Real CLIs over the Agent Client Protocol, against the scripted model: what each step asks the model for is in its log.
import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachAgent, Studio } from '../harness/agents.mjs'
import { sameAsDerivedAgain } from '../harness/recovery.mjs'
import { changes } from '../harness/repository.mjs'
import { until } from '../harness/wait.mjs'

/** Where each CLI keeps its sessions, below HOME. */
const SESSIONS = { gemini: '.gemini/tmp', opencode: '.local/share/opencode', qwen: '.qwen/projects' }
/** What each calls the mode that asks, and the one that plans. */
const MODES = { gemini: ['default', 'plan'], opencode: ['build', 'plan'], qwen: ['default', 'plan'] }

/** Qwen Code goes on trying for minutes after a 429, without a word; Gemini CLI and opencode give up. */
const ERRORS = { gemini: ['e429', 429, /Too many requests/], opencode: ['e403', undefined, /./], qwen: ['e401', 401, /invalid x-api-key/] }

/** What each makes of a stream that breaks after some text: how its turn ends, its text, and what it asks the model for. */
const DROPS = {
  gemini: { outcome: 'error', reason: 'api', text: /^partial answer then$/, asked: ['middrop:0'] },
  // It asks again, with growing pauses, until a person interrupts it; it calls that the end of its turn.
  opencode: { goesOn: true, outcome: 'ok', reason: 'turn_done', text: /^(partial answer then)+$/, asked: ['middrop:0'] },
  qwen: { outcome: 'ok', reason: 'turn_done', text: /^partial answer thenok$/, asked: ['middrop:0', 'middrop:1'] },
}

/** A program that runs the CLI and lets a tenth of a second pass between two lines that it writes: a busy machine. */
const slowLines = (file) => `#!/usr/bin/env node
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
const cli = spawn(${JSON.stringify(file)}, process.argv.slice(2), { stdio: ['inherit', 'pipe', 'inherit'] })
process.on('SIGTERM', () => cli.kill())
for await (const line of createInterface({ input: cli.stdout })) {
  await setTimeout(100)
  process.stdout.write(line + '\\n')
}
`

forEachAgent(['gemini', 'opencode', 'qwen'], (cli) => {
  let studio
  before(async () => {
    studio = await Studio.open(cli, { patienceMs: 120_000 })
  })
  after(() => studio.close())

  /** Gemini CLI loses a session that it resumes in the minute in which it began, so that is refused. */
  const startAgain = async (agent, initialPrompt) => {
    const minute = new Date().getUTCMinutes()
    const { status, body } = await studio.daemon.api('POST', `${agent.route}/start`, { initialPrompt })
    if (status === 200) return
    assert.deepEqual([cli.name, body.error.code], ['gemini', 'BUSY'])
    await until(() => new Date().getUTCMinutes() !== minute, 'the next minute', 61_000)
    await agent.start(initialPrompt)
  }

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
    assert.deepEqual([end.outcome, end.status.reason], [want.outcome, want.reason])
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

  test('after a stop and a start the session continues, and the model sees its history', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    const { sessionId } = await agent.stop()
    const slow = path.join(studio.user, 'slow.mjs')
    await writeFile(slow, slowLines(cli.file), { mode: 0o755 })
    await studio.want(200, 'PUT', `/api/settings/agent.${cli.name}_path`, { value: slow })
    await startAgain(agent, 'And what did you say?')
    await studio.want(200, 'PUT', `/api/settings/agent.${cli.name}_path`, { value: '' })
    await agent.turnEnd()
    // The newest marker is that of the first prompt, with one answer behind it: the history came along, unseen.
    assert.deepEqual(await studio.newlyAsked(), ['hello:0', 'hello:1'])
    assert.equal((await agent.get()).sessionId, sessionId)
    assert.equal(agent.texts().filter((text) => text === 'Hello from the scripted model.').length, 1)
    await agent.stop()
  })

  test('after SIGKILL in a turn the session is resumed', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    await agent.send('Count. @@slow')
    await agent.next('text_delta')
    const { sessionId } = await agent.get()
    process.kill(await agent.pid(), 'SIGKILL')
    const status = await agent.next('status', (now) => now.status === 'error')
    assert.match(status.detail, /signal 9/)
    await startAgain(agent, 'And what did I ask?')
    await agent.next('message', ({ state }) => state === 'sent')
    await agent.turnEnd()
    assert.equal((await agent.get()).sessionId, sessionId)
    await agent.stop()
    // A request is logged when it ends. The third finds a marker in what was said before.
    const all = []
    await until(async () => all.push(...(await studio.newlyAsked())) >= 3, 'three requests are logged')
    for (const step of all) assert.match(step, /^(hello|slow):/)
  })

  test('a daemon that is killed in a turn finds it again, with its ask', async () => {
    let agent = await studio.begin('Make a file. @@write')
    const { id } = await agent.ask()
    await studio.daemon.kill()
    await studio.daemon.restart()
    studio.live = await studio.daemon.connect()
    agent = await studio.follow(await agent.get(), agent.worktree)
    const ask = await agent.ask()
    assert.deepEqual([ask.id, ask.state], [id, 'open'])
    await agent.answer(ask, { decision: 'allow' })
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.equal(await readFile(path.join(agent.worktree.path, 'hello.txt'), 'utf8'), 'hello\nworld\n')
    assert.deepEqual(await studio.newlyAsked(), ['write:0', 'write:1'])
    const { launchId } = await agent.stop()
    await sameAsDerivedAgain(studio.daemon.home, launchId, cli.name)
  })

  test('a session that the CLI has lost gives way to a new one, with a notice', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    const { sessionId } = await agent.stop()
    await rm(path.join(studio.user, SESSIONS[cli.name]), { recursive: true })
    await startAgain(agent, 'Greet me again. @@hello')
    assert.equal((await agent.next('notice', ({ code }) => code === 'reset')).level, 'warning')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    const row = await agent.get()
    assert.notEqual(row.sessionId, sessionId)
    assert.equal(row.isResumable, true)
    assert.deepEqual(await studio.newlyAsked(), ['hello:0', 'hello:0'])
    await agent.stop()
  })

  test('modes are set at the start and while it runs, as far as the CLI has them', async () => {
    const [regular, plan] = MODES[cli.name]
    const agent = await studio.agent({ mode: 'plan' })
    await agent.start()
    assert.equal((await agent.next('session')).mode, plan)
    await studio.want(200, 'PUT', agent.route, { mode: 'regular' })
    assert.equal((await agent.next('session')).mode, regular)
    const auto = await studio.daemon.api('PUT', agent.route, { mode: 'auto' })
    assert.equal(auto.status, cli.name === 'opencode' ? 409 : 200)
    await agent.stop()
  })

  // Gemini CLI offers its question to no client of this protocol, and takes a plan only from a file in a folder of its own.
  if (cli.name === 'qwen') {
    test('a question is answered with one of its options', async () => {
      const agent = await studio.begin('Ask me. @@ask')
      const ask = await agent.ask()
      assert.deepEqual([ask.kind, ask.decisionOnly], ['question', undefined])
      const refused = await studio.daemon.api('POST', `/api/asks/${ask.id}/answer`, { digest: ask.digest, decision: 'answer', input: { 'Which size?': 'L' } })
      assert.equal(refused.status, 400)
      await agent.answer(ask, { decision: 'answer', input: { 'Which colour?': 'Blue' } })
      assert.match((await agent.next('tool_end')).output, /Blue/)
      assert.equal((await agent.turnEnd()).outcome, 'ok')
      assert.deepEqual(await studio.newlyAsked(), ['ask:0', 'ask:1'])
      await agent.stop()
    })

    test('a plan is kept, then approved, and the agent works in its regular mode', async () => {
      const agent = await studio.agent({ mode: 'plan' })
      await agent.start('Make a plan. @@plan')
      const ask = await agent.ask()
      assert.deepEqual([ask.kind, ask.plan, ask.decisionOnly], ['plan', '# Plan\n1. do it', true])
      await agent.answer(ask, { decision: 'deny' })
      await agent.turnEnd()
      assert.equal((await agent.get()).mode, 'plan')
      await agent.send('Again. @@plan')
      await agent.answer(await agent.ask(), { decision: 'allow' })
      assert.equal((await agent.turnEnd()).outcome, 'ok')
      assert.equal((await agent.get()).mode, 'regular')
      assert.deepEqual(await studio.newlyAsked(), ['plan:0', 'plan:0', 'plan:1']) // a plan that is not approved ends its turn
      await agent.stop()
    })
  }

  const isFork = cli.name === 'opencode'
  test(isFork ? 'a fork in another worktree knows what was said before it, in a session of its own' : 'a fork begins with an empty context', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    const { sessionId } = await agent.stop()
    const place = await studio.worktree()
    const row = await studio.want(201, 'POST', `${agent.route}/fork`, { worktreeId: place.id })
    assert.equal(row.forkSessionId, isFork ? sessionId : undefined)
    assert.equal(row.forkedSession, isFork ? 'whole' : 'new')
    assert.match(row.note ?? '', isFork ? /^$/ : /cannot fork a session: the fork starts with an empty context/)
    const copy = await studio.follow(row, place)
    await copy.start('And what did you say?')
    assert.equal((await copy.turnEnd()).outcome, 'ok')
    const forked = await copy.get()
    assert.notEqual(forked.sessionId, sessionId)
    assert.equal(forked.forkSessionId, undefined)
    assert.deepEqual(await studio.newlyAsked(), ['hello:0', isFork ? 'hello:1' : ':0'])
    await copy.stop()
  })

  if (cli.name !== 'opencode') return
  test('any command that speaks the protocol is an agent', async () => {
    const refused = await studio.daemon.api('POST', '/api/agents', { worktreeId: (await studio.worktree()).id, adapter: 'acp' })
    assert.equal(refused.status, 400)
    assert.match(refused.body.error.message, /requires a command/)
    await studio.want(200, 'PUT', '/api/settings/agent.env', { value: 'OPENCODE_*' })
    const agent = await studio.begin('Greet me. @@hello', { adapter: 'acp', command: ['opencode', 'acp'] })
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await studio.newlyAsked(), ['hello:0'])
    await agent.stop()
  })
})
