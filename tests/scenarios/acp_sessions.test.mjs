// Sessions of real CLIs over the Agent Client Protocol: they are resumed, lost and forked, and have modes.
import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachAgent, Studio } from '../harness/agents.mjs'
import { lives } from '../harness/process.mjs'
import { sameAsDerivedAgain } from '../harness/recovery.mjs'
import { until } from '../harness/wait.mjs'

/** Where each CLI keeps its sessions, below HOME. */
const SESSIONS = { gemini: '.gemini/tmp', opencode: '.local/share/opencode', qwen: '.qwen/projects' }
/** What each calls the mode that asks, and the one that plans. */
const MODES = { gemini: ['default', 'plan'], opencode: ['build', 'plan'], qwen: ['default', 'plan'] }

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
  test('a program that never opens its session is stopped, and its prompt waits', async () => {
    await studio.want(200, 'PUT', '/api/settings/agent.handshake_seconds', { value: '1' })
    const agent = await studio.begin('Greet me. @@hello', { adapter: 'acp', command: ['sleep', '1000'], model: undefined })
    const pid = await agent.pid()
    const mode = await studio.daemon.api('PUT', agent.route, { mode: 'plan' })
    assert.deepEqual([mode.status, /still opening its session/.test(mode.body.error.message)], [409, true])
    const status = await agent.next('status', (now) => now.status === 'error')
    assert.deepEqual([status.reason, status.source], ['exit', 'supervisor'])
    assert.match(status.detail, /has not opened its session within 1 s \(agent.handshake_seconds\) and was stopped/)
    await agent.next('exit')
    assert.equal((await agent.get()).statusDetail, status.detail)
    assert.equal(await lives(pid), false)
    const { messages } = await agent.messages()
    assert.deepEqual(messages.map(({ content, state }) => [content, state]), [['Greet me. @@hello', 'queued']])
    await studio.want(200, 'PUT', '/api/settings/agent.handshake_seconds', { value: '180' })
  })

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
