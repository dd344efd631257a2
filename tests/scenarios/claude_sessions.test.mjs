// The life of an agent around its turns: stop, resume, a CLI that is missing, archive. Its deaths are in claude_deaths.
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'
import { lives } from '../harness/process.mjs'

const SCRIPT = {
  scenarios: {
    hello: [{ content: [{ text: 'Hello from the scripted model.' }] }],
    slow: [{ content: [{ text: 'slow ', repeat: 400, pace: 50 }] }],
  },
}

async function assertGone(pid) {
  assert.equal(await lives(pid), false)
}

forEachClaude((cli) => {
  let studio
  before(async () => {
    studio = await Studio.open(cli, { script: SCRIPT })
  })
  after(() => studio.close())

  test('after a stop and a start, the session continues and the model sees its history', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    const first = await agent.get()
    const pid = await agent.pid()
    const stopped = await agent.stop()
    assert.deepEqual([stopped.status, stopped.statusReason], ['finished', 'stopped'])
    await assertGone(pid)

    const second = await agent.start('And what did you say?')
    assert.equal(second.sessionId, first.sessionId)
    await agent.turnEnd()
    // The newest marker is that of the first prompt, with one answer behind it: the history came along.
    assert.deepEqual(await agent.asked(), ['hello:0', 'hello:1'])
    assert.equal((await agent.get()).sessionId, first.sessionId)
  })

  test('resume continues the session; it is refused without one, or while the agent is running', async () => {
    const agent = await studio.agent()
    const early = await studio.daemon.api('POST', `${agent.route}/resume`)
    assert.deepEqual([early.status, early.body.error.code], [409, 'CONFLICT'])
    await agent.start('Greet me. @@hello')
    await agent.turnEnd()
    const running = await studio.daemon.api('POST', `${agent.route}/resume`)
    assert.deepEqual([running.status, running.body.error.code], [409, 'CONFLICT'])
    const { sessionId } = await agent.stop()
    const resumed = await studio.want(200, 'POST', `${agent.route}/resume`)
    assert.equal(resumed.sessionId, sessionId)
    await agent.send('More. @@hello')
    await agent.turnEnd()
    assert.deepEqual(await agent.asked(), ['hello:0', 'hello:0'])
  })

  test('an agent keeps its chosen model when its session continues', async () => {
    const model = 'claude-sonnet-4-5-20250929'
    const agent = await studio.begin('Greet me. @@hello', { model })
    await agent.turnEnd()
    const { sessionId } = await agent.stop()
    await agent.start('Greet me again. @@hello')
    await agent.turnEnd()
    const requests = await studio.model.requests()
    const models = requests.filter(({ session }) => session === sessionId).map((request) => request.model)
    assert.deepEqual(models, [model, model])
    assert.equal((await agent.get()).model, model)
  })

  test('a session that the CLI has lost is replaced by a new one, once, with a notice', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    const { sessionId } = await agent.stop()
    await rm(path.join(studio.user, '.claude/projects'), { recursive: true })
    await agent.start('Greet me again. @@hello#lost')
    assert.match((await agent.next('exit', ({ isClean }) => !isClean)).text, /No conversation found/)
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    const row = await agent.get()
    assert.notEqual(row.sessionId, sessionId)
    assert.deepEqual(await studio.asked(row.sessionId), ['hello:0'])
    const notices = agent.topic.events.filter(({ type, payload }) => type === 'notice' && payload.code === 'reset')
    assert.equal(notices.length, 1)
    const requests = await studio.model.requests()
    assert.equal(requests.filter(({ nonce }) => nonce === 'lost').length, 1)
  })

  test('a stop in mid-answer is not an error', async () => {
    const agent = await studio.begin('Count. @@slow')
    await agent.next('text_delta')
    const stopped = await agent.stop()
    assert.deepEqual([stopped.status, stopped.statusReason, stopped.statusSource], ['finished', 'stopped', 'user'])
    assert.equal(agent.topic.events.some(({ type, payload }) => type === 'status' && payload.status === 'error'), false)
    const again = await studio.daemon.api('POST', `${agent.route}/stop`)
    assert.equal(again.status, 200, 'stopping what does not run changes nothing')
  })

  test('a deleted agent is stopped and archived; once restored, it continues its session', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    const pid = await agent.pid()
    const { sessionId } = await agent.get()
    await studio.want(204, 'DELETE', agent.route)
    await assertGone(pid)
    const archived = await agent.get()
    assert.ok(archived.deletedAt)
    const listed = async (query) => (await studio.want(200, 'GET', `/api/agents?worktreeId=${agent.worktree.id}${query}`)).agents.map(({ id }) => id)
    assert.deepEqual(await listed(''), [])
    assert.deepEqual(await listed('&includeDeleted=true'), [agent.id])
    const detail = await studio.want(200, 'GET', `/api/workspaces/${studio.workspace.id}/worktrees/${agent.worktree.id}`)
    assert.deepEqual(detail.agents, [])
    assert.deepEqual(detail.previousAgents.map(({ id }) => id), [agent.id])
    for (const act of ['start', 'resume'])
      assert.equal((await studio.daemon.api('POST', `${agent.route}/${act}`)).status, 409)

    const restored = await studio.want(200, 'POST', `${agent.route}/restore`)
    assert.equal('deletedAt' in restored, false)
    assert.equal((await studio.daemon.api('POST', `${agent.route}/restore`)).status, 409)
    await agent.start('More. @@hello')
    await agent.turnEnd()
    assert.equal((await agent.get()).sessionId, sessionId)
    assert.deepEqual(await agent.asked(), ['hello:0', 'hello:0'])
  })

  test('nothing remains of an agent that is deleted for good', async () => {
    const agent = await studio.begin('Count. @@slow')
    await agent.next('text_delta')
    const pid = await agent.pid()
    await studio.want(204, 'DELETE', `${agent.route}?archive=false`)
    await assertGone(pid)
    assert.equal((await studio.daemon.api('GET', agent.route)).status, 404)
    assert.equal((await studio.daemon.api('GET', `${agent.route}/messages`)).status, 404)
  })

  test('without the CLI a start is refused with the command that installs it', async () => {
    const agent = await studio.agent()
    await studio.uninstall()
    try {
      const { status, body } = await studio.daemon.api('POST', `${agent.route}/start`, { initialPrompt: 'Greet me. @@hello' })
      assert.deepEqual([status, body.error.code], [409, 'MISSING_CLI'])
      assert.match(body.error.message, /npm install -g @anthropic-ai\/claude-code/)
      const row = await agent.get()
      assert.deepEqual([row.status, row.statusReason], ['error', 'missing_cli'])
      assert.deepEqual((await agent.messages()).messages, [])
    } finally {
      await studio.install(cli)
    }
    await agent.start('Greet me. @@hello')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
  })
})
