// Forks of a conversation, and an agent's earlier sessions: what is resumed or forked is what was said there, once.
import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'

const SCRIPT = {
  scenarios: {
    hello: [{ content: [{ text: 'Hello from the scripted model.' }] }],
    slow: [{ content: [{ text: 'slow ', repeat: 400, pace: 50 }] }],
  },
}
/** What every session row has. */
const FIELDS = ['contextLevel', 'id', 'isCurrent', 'isResumable', 'launchId', 'startedAt']

forEachClaude((cli) => {
  let studio
  before(async () => {
    studio = await Studio.open(cli, { script: SCRIPT })
  })
  after(() => studio.close())

  const sessions = async (agent) => (await studio.want(200, 'GET', `${agent.route}/sessions`)).sessions
  const fork = async (agent, input = {}) => studio.follow(await studio.want(201, 'POST', `${agent.route}/fork`, input), agent.worktree)

  test('a fork continues the conversation in a session of its own, and both go on apart', async () => {
    const agent = await studio.begin('Greet me. @@hello', { mode: 'plan', permissions: ['read', 'write'], name: 'Origin' })
    await agent.turnEnd()
    const origin = await agent.get()
    const row = await studio.want(201, 'POST', `${agent.route}/fork`)
    assert.deepEqual(
      [row.name, row.worktreeId, row.mode, row.permissions, row.parentAgentId, row.contextLevel, row.forkSessionId, row.status, row.sessionId],
      ['Origin (fork)', origin.worktreeId, 'plan', ['read', 'write'], agent.id, origin.contextLevel, origin.sessionId, 'finished', undefined],
    )
    const copy = await studio.follow(row, agent.worktree)
    await copy.start('And what did you say? @@hello#fork')
    await copy.turnEnd()
    const forked = await copy.get()
    assert.notEqual(forked.sessionId, origin.sessionId)
    assert.equal(forked.forkSessionId, undefined)
    // The second request of the conversation, under the new id: the model sees what was said before the fork.
    assert.equal((await copy.asked()).length, 1)
    const [request] = (await studio.model.requests()).filter(({ session }) => session === forked.sessionId)
    assert.ok(JSON.stringify(request).includes(forked.sessionId))
    const [mine] = await sessions(copy)
    assert.deepEqual(Object.keys(mine).sort(), [...FIELDS, 'parentSessionId'].sort())
    assert.deepEqual([mine.id, mine.parentSessionId, mine.isCurrent, mine.isResumable], [forked.sessionId, origin.sessionId, true, true])

    // The first one was alive all the time and goes on where it was.
    await agent.send('More. @@hello#more')
    await agent.turnEnd()
    assert.equal((await agent.get()).sessionId, origin.sessionId)
    // A stop and a start resume the fork: it is not forked again.
    await copy.stop()
    await copy.start('Once more. @@hello#again')
    await copy.turnEnd()
    assert.equal((await copy.get()).sessionId, forked.sessionId)
    assert.equal((await sessions(copy)).length, 1)
    assert.equal((await studio.want(201, 'POST', `${agent.route}/fork`)).name, 'Origin (fork) 2')
  })

  test('a fork of an agent that never ran starts with an empty context', async () => {
    const agent = await studio.agent({ name: 'Fresh' })
    const copy = await fork(agent, { name: 'Copy' })
    assert.deepEqual([(await copy.get()).name, (await copy.get()).forkSessionId], ['Copy', undefined])
    assert.deepEqual(await sessions(agent), [])
    await copy.start('Greet me. @@hello')
    assert.equal((await copy.turnEnd()).outcome, 'ok')
    const missing = await studio.daemon.api('POST', `${agent.route}/fork`, { sessionId: 'no-such-session' })
    assert.deepEqual([missing.status, missing.body.error.code], [404, 'NOT_FOUND'])
    await copy.stop()
  })

  test('a session that was lost is followed by another one, and both are listed', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    const { sessionId: first } = await agent.stop()
    const transcripts = path.join(studio.user, '.claude/projects')
    for (const folder of await readdir(transcripts)) await rm(path.join(transcripts, folder, `${first}.jsonl`), { force: true })
    await agent.start('Greet me again. @@hello')
    await agent.turnEnd()
    const { sessionId: second } = await agent.stop()
    assert.deepEqual(
      (await sessions(agent)).map((one) => [one.id, one.isCurrent, one.isResumable, one.endedAt !== undefined]),
      [[second, true, true, true], [first, false, false, true]],
    )
    const gone = await studio.daemon.api('POST', `${agent.route}/resume`, { sessionId: first })
    assert.deepEqual([gone.status, gone.body.error.message], [409, 'the CLI no longer has this session'])
    for (const act of ['resume', 'fork']) {
      const { status } = await studio.daemon.api('POST', `${agent.route}/${act}`, { sessionId: 'another' })
      assert.equal(status, 404)
    }
  })

  test('an earlier session is resumed by its id', async (t) => {
    const agent = await studio.begin('Greet me. @@hello#one')
    await agent.turnEnd()
    const { sessionId: first } = await agent.get()
    await agent.send('/clear')
    await agent.turnEnd()
    await agent.send('Greet me. @@hello#two')
    await agent.turnEnd()
    const { sessionId: second } = await agent.stop()
    if (second === first) return t.skip('this version keeps its session over /clear')
    const resumed = await studio.want(200, 'POST', `${agent.route}/resume`, { sessionId: first })
    assert.equal(resumed.sessionId, first)
    await agent.send('And now? @@hello#three')
    await agent.turnEnd()
    await agent.stop()
    assert.deepEqual((await sessions(agent)).filter(({ isCurrent }) => isCurrent).map(({ id }) => id), [first])
    assert.equal((await studio.asked(first)).length, 2)
  })
})
