// Deaths of the CLI: what it said stays, what nobody read is sent again, and its session continues.
import assert from 'node:assert/strict'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'
import { lives } from '../harness/process.mjs'
import { changes } from '../harness/repository.mjs'
import { until } from '../harness/wait.mjs'

const SCRIPT = {
  scenarios: {
    hello: [{ content: [{ text: 'Hello from the scripted model.' }] }],
    slow: [{ content: [{ text: 'slow ', repeat: 400, pace: 50 }] }],
    silent: [{ delay: 600_000, content: [{ text: 'Too late.' }] }],
    write: [
      { content: [{ tool: 'Write', input: { file_path: '${cwd}/hello.txt', content: 'hello\n' } }] },
      { content: [{ text: 'Created hello.txt.' }] },
    ],
  },
}

/** Not the error of a program that a signal has stopped. */
const isDead = ({ status, reason }) => status === 'error' && reason !== 'suspended'

async function assertGone(pid) {
  assert.equal(await lives(pid), false)
}

forEachClaude((cli) => {
  let studio
  before(async () => {
    studio = await Studio.open(cli, { script: SCRIPT })
  })
  after(() => studio.close())

  /** What every death by SIGKILL leaves: an error that names the signal, no process, and an agent that starts again. */
  async function killed(agent) {
    const pid = await agent.pid()
    process.kill(pid, 'SIGKILL')
    const status = await agent.next('status', isDead)
    assert.deepEqual([status.reason, status.source], ['exit', 'process'])
    assert.match(status.detail, /signal 9/)
    const row = await agent.get()
    assert.deepEqual([row.status, row.statusReason, row.statusDetail], ['error', 'exit', status.detail])
    assert.equal('pid' in row, false)
    assert.ok(row.stoppedAt >= row.startedAt)
    await assertGone(pid)
    return row
  }

  test('a CLI killed before its session began is an error, and starts a new session', async () => {
    const agent = await studio.agent()
    await agent.start()
    assert.equal((await agent.next('status', ({ status }) => status === 'finished')).reason, 'ready')
    const dead = await killed(agent)
    assert.deepEqual(await studio.asked(dead.sessionId), [])

    const started = await agent.start('Greet me. @@hello')
    assert.notEqual(started.sessionId, dead.sessionId)
    assert.equal((await agent.turnEnd()).status.reason, 'turn_done')
    assert.deepEqual(await agent.asked(), ['hello:0'])
  })

  /** A replacement for the CLI that hangs before it reads anything. */
  async function installStopped() {
    await studio.uninstall()
    await writeFile(path.join(studio.bin, 'claude'), `#!/bin/sh\nkill -STOP $$\nexec '${cli.file}' "$@"\n`, { mode: 0o755 })
  }

  test('if the CLI is killed before it read its prompt, the prompt waits for the next start and reaches the model once', async () => {
    await installStopped()
    const agent = await studio.begin('Greet me. @@hello#unread')
    const { messageId } = await agent.next('message', ({ state }) => state === 'sent')
    await killed(agent)
    await studio.uninstall()
    await studio.install(cli)
    const { messages } = await agent.messages()
    assert.deepEqual(messages.map(({ id, state }) => [id, state]), [[messageId, 'queued']])
    await agent.start()
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    const requests = await studio.model.requests()
    assert.equal(requests.filter(({ nonce }) => nonce === 'unread').length, 1)
  })

  /** What the CLI has written of a session so far. */
  async function transcript(sessionId) {
    const folder = path.join(studio.user, '.claude/projects')
    const names = await readdir(folder, { recursive: true }).catch(() => [])
    const name = names.find((file) => file.endsWith(`${sessionId}.jsonl`))
    return name ? readFile(path.join(folder, name), 'utf8') : ''
  }

  test('if the CLI is killed before its first answer, its session continues, and the prompt waits for a person', async () => {
    const agent = await studio.begin('Wait. @@silent')
    await agent.next('session')
    const { sessionId } = await agent.get()
    await until(async () => /@@silent/.test(await transcript(sessionId)), 'the prompt is in the transcript')
    await killed(agent)
    const states = async () => (await agent.messages()).messages.filter(({ role }) => role === 'user').map(({ state }) => state)
    assert.deepEqual(await states(), ['unanswered'])
    assert.equal((await studio.want(200, 'POST', `${agent.route}/resume`)).sessionId, sessionId)
    assert.deepEqual(await states(), ['unanswered'])
    await agent.send('Greet me. @@hello')
    assert.equal((await agent.turnEnd()).status.reason, 'turn_done')
    const requests = await agent.asked()
    assert.equal(requests.at(-1), 'hello:0')
    assert.equal((await agent.get()).sessionId, sessionId)
  })

  /** The answers of an agent, as REST lists them: their text and whether it is whole. They equal what its stream shows. */
  async function answers(agent) {
    const { messages } = await agent.messages()
    const said = messages.filter(({ role }) => role === 'assistant').map(({ content, isComplete }) => [content, isComplete])
    const shown = agent.topic.events.filter(({ type }) => type === 'text').map(({ payload }) => [payload.text, payload.isIncomplete !== true])
    assert.deepEqual(shown, said)
    return said
  }

  /** What an answer had streamed is its message once, with every delta, and marked as incomplete. */
  async function keepsStreamed(agent) {
    const deltas = agent.topic.events.filter(({ type, payload }) => type === 'text_delta' && payload.text.startsWith('slow'))
    const streamed = deltas.map(({ payload }) => payload.text).join('')
    assert.match(streamed, /^(slow )+/)
    assert.deepEqual(await answers(agent), [['Hello from the scripted model.', true], [streamed, false]])
    return streamed
  }

  test('a CLI killed in mid-answer is an error, keeps what it said, and continues with the same session', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    // The CLI writes its transcript at some later time; killed before that, it could not continue.
    const { sessionId } = await agent.get()
    await until(async () => /"role":"assistant"/.test(await transcript(sessionId)), 'the first answer is in the transcript')
    await agent.send('Count. @@slow')
    await agent.next('text_delta')
    const dead = await killed(agent)
    const streamed = await keepsStreamed(agent)
    const started = await agent.start('Greet me again. @@hello')
    assert.equal(started.sessionId, dead.sessionId)
    assert.equal((await agent.turnEnd()).status.reason, 'turn_done')
    assert.deepEqual(await agent.asked(), ['hello:0', 'slow:0', 'hello:0'])
    const greeting = ['Hello from the scripted model.', true]
    assert.deepEqual(await answers(agent), [greeting, [streamed, false], greeting])
  })

  test('what was said stays when a person forces a stop in mid-answer, and when the CLI is killed while no daemon runs', async () => {
    const begin = async () => {
      const agent = await studio.begin('Greet me. @@hello')
      await agent.turnEnd()
      await agent.send('Count. @@slow')
      await agent.next('text_delta')
      return agent
    }
    const [stopped, orphan] = await Promise.all([begin(), begin()])
    await studio.want(200, 'POST', `${stopped.route}/stop?force=true`)
    await keepsStreamed(stopped)

    const pid = await orphan.pid()
    await studio.daemon.kill()
    process.kill(pid, 'SIGKILL')
    await until(async () => !(await lives(pid)), 'the CLI is gone')
    await studio.daemon.restart()
    studio.live = await studio.daemon.connect()
    const found = await studio.follow({ id: orphan.id }, orphan.worktree)
    await found.next('exit')
    await keepsStreamed(found)
  })

  test('if the CLI is killed while it asks, the ask becomes void', async () => {
    const agent = await studio.begin('Make a file. @@write')
    const ask = await agent.ask()
    await killed(agent)
    const { state } = await studio.want(200, 'GET', `/api/asks/${ask.id}`)
    assert.equal(state, 'void')
    const late = await studio.daemon.api('POST', `/api/asks/${ask.id}/answer`, { decision: 'allow' })
    assert.equal(late.status, 409)
    assert.deepEqual(await changes(agent.worktree.path), [])
  })
})
