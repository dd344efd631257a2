// Forks of a conversation, and an agent's earlier sessions: what is resumed or forked is what was said there, once.
import assert from 'node:assert/strict'
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'
import { settledCheckpoints } from '../harness/checkpoints.mjs'
import { git } from '../harness/repository.mjs'

const write = (content) => ({ tool: 'Write', input: { file_path: '${cwd}/hello.txt', content } })
const SCRIPT = {
  scenarios: {
    one: [{ content: [write('one\n')] }, { content: [{ text: 'Written.' }] }],
    two: [{ content: [write('two\n')] }, { content: [{ text: 'Written again.' }] }],
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

  /** What the first start of a fork in another folder does: the newer CLI finds the session of another worktree, the older one does not. */
  async function goesOn(copy, sessionId) {
    await copy.start('Go on. @@hello')
    assert.equal((await copy.turnEnd()).outcome, 'ok')
    const [mine] = await sessions(copy)
    const isFound = cli.version !== '2.1.112'
    assert.equal(mine.parentSessionId, isFound ? sessionId : undefined)
    const notices = copy.topic.events.filter(({ type, payload }) => type === 'notice' && payload.code === 'reset')
    assert.equal(notices.length, isFound ? 0 : 1)
    await copy.stop()
  }

  test('a fork from a checkpoint has its files in a new worktree, and the whole session', async () => {
    const agent = await studio.agent({ name: 'Writer', permissions: ['read', 'write'], mode: 'auto' })
    const { path: folder } = agent.worktree
    await agent.start('Write. @@one')
    await agent.turnEnd()
    await settledCheckpoints(studio.want.bind(studio), agent.worktree, (rows) => rows.some(({ kind }) => kind === 'turn_end'))
    await agent.send('Write. @@two')
    await agent.turnEnd()
    const rows = await settledCheckpoints(studio.want.bind(studio), agent.worktree, (all) => all.filter(({ kind }) => kind === 'turn_end').length === 2)
    const first = rows.find(({ kind, turn }) => kind === 'turn_end' && turn === 0)
    const { sessionId } = await agent.get()

    const row = await studio.want(201, 'POST', `${agent.route}/fork`, { checkpointId: first.id })
    assert.deepEqual([row.parentAgentId, row.forkSessionId, row.forkedSession, row.before], [agent.id, sessionId, 'whole', undefined])
    assert.match(row.note, /whole session: the fork also knows what was said after the checkpoint/)
    const place = await studio.want(200, 'GET', `/api/workspaces/${studio.workspace.id}/worktrees/${row.worktreeId}`)
    assert.equal(place.branch, `${agent.worktree.branch}-fork`)
    assert.equal(await git(place.path, 'rev-parse', 'HEAD'), first.head)
    assert.equal(await readFile(path.join(place.path, 'hello.txt'), 'utf8'), 'one\n')
    assert.equal(await readFile(path.join(folder, 'hello.txt'), 'utf8'), 'two\n', 'the origin keeps its files')
    await goesOn(await studio.follow(row, place), sessionId)
    assert.equal((await studio.want(201, 'POST', `${agent.route}/fork`, { checkpointId: first.id })).name, 'Writer (fork) 2')

    // In a worktree that is named: what it had is in a salvage.
    const other = await studio.worktree()
    await writeFile(path.join(other.path, 'mine.txt'), 'mine\n')
    const into = await studio.want(201, 'POST', `${agent.route}/fork`, { checkpointId: first.id, worktreeId: other.id, name: 'Into' })
    assert.deepEqual([into.worktreeId, into.name], [other.id, 'Into'])
    assert.equal(await readFile(path.join(other.path, 'hello.txt'), 'utf8'), 'one\n')
    await assert.rejects(readFile(path.join(other.path, 'mine.txt')))
    await studio.want(200, 'POST', `/api/workspaces/${studio.workspace.id}/worktrees/${other.id}/salvages/${into.before.id}/restore`)
    assert.equal(await readFile(path.join(other.path, 'mine.txt'), 'utf8'), 'mine\n')

    const stranger = await studio.agent()
    for (const [who, input, status, why] of [
      [stranger, { checkpointId: first.id }, 404, /has no checkpoint/],
      [agent, { branch: 'alone' }, 400, /checkpointId/],
      [agent, { checkpointId: first.id, branch: 'main' }, 409, /already exists/],
      [agent, { checkpointId: first.id, branch: 'x', worktreeId: other.id }, 400, /either worktreeId or branch/],
    ]) {
      const refused = await studio.daemon.api('POST', `${who.route}/fork`, input)
      assert.equal(refused.status, status)
      assert.match(refused.body.error.message, why)
    }
    await agent.send('Count. @@slow')
    await agent.next('text_delta')
    const busy = await studio.daemon.api('POST', `${agent.route}/fork`, { checkpointId: first.id, worktreeId: agent.worktree.id })
    assert.deepEqual([busy.status, busy.body.error.code], [409, 'CONFLICT'])
    await agent.stop()
  })

  test('an agent whose worktree was removed goes on in another one, and so does a fork of it', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    await agent.stop()
    await studio.want(204, 'DELETE', `/api/workspaces/${studio.workspace.id}/worktrees/${agent.worktree.id}`)
    const refused = async (act, status, why) => {
      const { status: got, body } = await studio.daemon.api('POST', `${agent.route}/${act}`, {})
      assert.equal(got, status)
      assert.match(body.error.message, why)
    }
    await refused('restore', 409, /in the trash; restore it from there, or name another worktree in worktreeId/)
    const { entries } = await studio.want(200, 'GET', '/api/trash')
    await studio.want(200, 'POST', '/api/trash/empty', { trashIds: entries.map(({ id }) => id) })
    await refused('restore', 409, /was removed; name another worktree in worktreeId/)
    await refused('fork', 404, /was removed; name another worktree in worktreeId/)
    await refused('start', 409, /archived; restore it first/)
    const place = await studio.worktree()
    const copy = await studio.want(201, 'POST', `${agent.route}/fork`, { worktreeId: place.id })
    assert.equal(copy.worktreeId, place.id)
    const back = await studio.want(200, 'POST', `${agent.route}/restore`, { worktreeId: place.id })
    assert.deepEqual([back.worktreeId, back.deletedAt], [place.id, undefined])
    const { agents } = await studio.want(200, 'GET', `/api/agents?worktreeId=${place.id}`)
    assert.deepEqual(agents.map(({ id }) => id), [copy.id, agent.id])
    await agent.start('Greet me again. @@hello')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    const unknown = await studio.daemon.api('GET', '/api/agents?worktreeId=wt_01arz3ndektsv4rrffq69g5faa')
    assert.deepEqual([unknown.status, unknown.body.error.code], [404, 'NOT_FOUND'])
  })
})
