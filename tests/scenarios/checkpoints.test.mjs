// Checkpoints of what the real CLI writes: one per turn and per call, compared, restored, undone.
import assert from 'node:assert/strict'
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'
import { checkpointsRoute, settledCheckpoints } from '../harness/checkpoints.mjs'
import { git } from '../harness/repository.mjs'

const write = (file, content) => ({ tool: 'Write', input: { file_path: `\${cwd}/${file}`, content } })
const SCRIPT = {
  scenarios: {
    one: [{ delay: 500, content: [write('hello.txt', 'one\n')] }, { content: [{ text: 'Written.' }] }],
    two: [{ delay: 500, content: [write('more.txt', 'more\n')] }, { content: [{ text: 'Written.' }] }],
    slow: [{ content: [{ text: 'slow ', repeat: 400, pace: 50 }] }],
  },
}

forEachClaude((cli) => {
  let studio
  before(async () => {
    studio = await Studio.open(cli, { script: SCRIPT })
  })
  after(() => studio.close())

  const want = (...call) => studio.want(...call)
  const settled = (agent, isThere) => settledCheckpoints(want, agent.worktree, isThere)
  const ends = (n) => (rows) => rows.filter(({ kind }) => kind === 'turn_end').length === n
  const diff = (agent, query) => want(200, 'GET', `${checkpointsRoute(agent.worktree).replace('/checkpoints', '/diff')}?${new URLSearchParams(query)}`)
  const paths = ({ files }) => files.map(({ path, kind }) => `${kind ?? ''} ${path}`.trim())
  const restore = (agent, id, input = {}) => want(200, 'POST', `${checkpointsRoute(agent.worktree)}/${id}/restore`, input)

  test('two turns with writes are listed, compared, restored, and the restore is undone', async () => {
    const agent = await studio.agent()
    const { path: folder } = agent.worktree
    const read = (name) => readFile(path.join(folder, name), 'utf8')
    await agent.start('Write. @@one')
    const ask = await agent.ask()
    // While it asks, nothing has been written.
    const [asked] = await settled(agent, ([newest]) => newest?.kind === 'before_tool')
    assert.deepEqual([asked.tool, asked.toolId, asked.isExact, asked.turn, asked.agentId], ['Write', ask.toolId, true, 0, agent.id])
    await agent.answer(ask, { decision: 'allow' })
    await agent.turnEnd()
    await settled(agent, ends(1))
    await agent.send('And more. @@two')
    await agent.answer(await agent.ask(), { decision: 'allow' })
    await agent.turnEnd()
    const rows = await settled(agent, ends(2))
    assert.deepEqual(
      rows.toReversed().map(({ kind, turn, state }) => [kind, turn, state]),
      [0, 1].flatMap((turn) => ['turn_start', 'before_tool', 'after_tool', 'turn_end'].map((kind) => [kind, turn, 'taken'])),
    )
    assert.ok(rows[0].isExact && !rows[0].isLate)
    const whole = await want(200, 'GET', `${checkpointsRoute(agent.worktree)}?limit=3`)
    const rest = await want(200, 'GET', `${checkpointsRoute(agent.worktree)}?agentId=${agent.id}&before=${whole.nextCursor}`)
    assert.deepEqual([...whole.checkpoints, ...rest.checkpoints], rows)
    assert.equal('nextCursor' in rest, false)

    const { turns } = await want(200, 'GET', `${agent.route}/turns`)
    const of = (kind, turn) => rows.find((row) => row.kind === kind && row.turn === turn)
    assert.deepEqual(turns.map(({ checkpointId }) => checkpointId), [of('turn_end', 0).id, of('turn_end', 1).id])
    assert.deepEqual(turns.map(({ startCheckpointId }) => startCheckpointId), [of('turn_start', 0).id, of('turn_start', 1).id])

    // Any two are compared, a turn with its start, one with the worktree.
    assert.deepEqual(paths(await diff(agent, { from: turns[0].startCheckpointId, to: turns[1].checkpointId })).length, 2)
    const second = await diff(agent, { from: `${agent.id}:1:start`, to: `${agent.id}:1:end` })
    assert.deepEqual(second.files.map((file) => file.path), ['more.txt'])
    assert.deepEqual(second.files[0].hunks[0].lines.map(({ text }) => text), ['more'])
    assert.deepEqual((await diff(agent, { from: turns[1].checkpointId })).files, [])
    await writeFile(path.join(folder, 'mine.txt'), 'mine\n')
    assert.deepEqual((await diff(agent, { from: turns[0].checkpointId })).files.map((file) => file.path), ['mine.txt', 'more.txt'])
    const { status, body } = await studio.daemon.api('GET', `${checkpointsRoute(agent.worktree).replace('/checkpoints', '/diff')}?from=${agent.id}:7:start`)
    assert.deepEqual([status, body.error.code], [404, 'NOT_FOUND'])

    // The first turn's end comes back; what is there now is in the salvage, from which all of it comes back.
    await rm(path.join(folder, 'hello.txt'))
    const head = await git(folder, 'rev-parse', 'HEAD')
    const { before: undo, checkpoint } = await restore(agent, turns[0].checkpointId)
    assert.equal(checkpoint.id, turns[0].checkpointId)
    assert.equal(await read('hello.txt'), 'one\n')
    for (const gone of ['more.txt', 'mine.txt']) await assert.rejects(read(gone))
    assert.equal(await git(folder, 'rev-parse', 'HEAD'), head)
    assert.deepEqual((await diff(agent, { from: turns[0].checkpointId })).files, [])
    await want(200, 'POST', `${checkpointsRoute(agent.worktree).replace('/checkpoints', '/salvages')}/${undo.id}/restore`)
    await assert.rejects(read('hello.txt'))
    assert.deepEqual([await read('more.txt'), await read('mine.txt')], ['more\n', 'mine\n'])
    await restore(agent, turns[1].checkpointId, { paths: ['hello.txt'] })
    assert.deepEqual([await read('hello.txt'), await read('mine.txt')], ['one\n', 'mine\n'])
    await agent.stop()
  })

  test('a restore equals the checkpoint byte for byte, whatever the files are', async () => {
    const agent = await studio.agent()
    const { path: folder } = agent.worktree
    const at = (name) => path.join(folder, name)
    await writeFile(at('.gitattributes'), '* text=auto eol=lf\n')
    await writeFile(at('crlf.txt'), 'a\r\nb\r\n')
    await writeFile(at('bin'), Buffer.from([0, 1, 255, 13, 10]))
    await symlink('nowhere', at('link'))
    await writeFile(at('tool.sh'), '#!/bin/sh\n')
    await chmod(at('tool.sh'), 0o755)
    await mkdir(at('empty/deeper'), { recursive: true })
    await git(folder, 'init', '--quiet', 'inner')
    await writeFile(at('inner/file'), 'inner\n')
    await agent.start('Write. @@one')
    await agent.answer(await agent.ask(), { decision: 'deny' })
    await agent.turnEnd()
    const [taken] = await settled(agent, ends(1))
    for (const name of ['crlf.txt', 'link', 'bin', 'empty']) await rm(at(name), { recursive: true })
    await writeFile(at('crlf.txt'), 'a\nb\n')
    await chmod(at('tool.sh'), 0o644)
    await writeFile(at('inner/file'), 'other\n')
    await writeFile(at('link'), 'a file now\n')
    await restore(agent, taken.id)
    // A snapshot of the present has the tree of the checkpoint: `git diff` between the two finds nothing.
    const now = await diff(agent, { from: taken.id })
    assert.deepEqual([now.files, now.toId], [[], taken.tree])
    assert.equal(await git(folder, 'diff', '--raw', taken.tree, now.toId), '')
    assert.equal(await readFile(at('crlf.txt'), 'latin1'), 'a\r\nb\r\n')
    assert.deepEqual([...(await readFile(at('bin')))], [0, 1, 255, 13, 10])
    assert.equal(await readFile(at('inner/file'), 'utf8'), 'inner\n')
    await agent.stop()
  })

  /** Whatever else replaces files of the agent's worktree; a person may still discard, and land elsewhere. */
  async function refuseOthers(agent) {
    const route = `/api/workspaces/${agent.worktree.workspaceId}`
    const at = (tree) => `${route}/worktrees/${tree.id}`
    const other = await studio.worktree()
    await git(other.path, 'commit', '--quiet', '--allow-empty', '--message=Ahead')
    await git(agent.worktree.path, 'stash', '--quiet', '--include-untracked')
    await want(200, 'PUT', `${route}/base`, { branch: agent.worktree.branch })
    const rows = [
      [agent.worktree, 'checkout', { branch: 'elsewhere', createBranch: true }],
      [agent.worktree, 'merge', { branch: other.branch }],
      [agent.worktree, 'rebase', { branch: other.branch }],
      [other, 'land', { how: 'ff' }],
    ]
    for (const [tree, what, input] of rows) {
      const { error } = await want(409, 'POST', `${at(tree)}/${what}`, input)
      assert.equal(error.message, `1 agent is working in worktree ${agent.worktree.name}; interrupt it first`, what)
    }
    await git(agent.worktree.path, 'stash', 'pop', '--quiet')
    const { salvages } = await want(200, 'GET', `${at(agent.worktree)}/salvages`)
    assert.deepEqual(salvages.filter(({ act }) => act !== 'restore_checkpoint'), [], 'a refusal leaves no salvage')
    await writeFile(path.join(agent.worktree.path, 'scratch'), '1\n')
    await want(200, 'POST', `${at(agent.worktree)}/discard`, { files: ['scratch'] })
    await want(200, 'PUT', `${route}/base`, {})
  }

  test('a restore is refused while a turn runs, and changes nothing', async () => {
    const agent = await studio.agent()
    await agent.start('Write. @@one')
    await agent.answer(await agent.ask(), { decision: 'allow' })
    await agent.turnEnd()
    const rows = await settled(agent, ends(1))
    await agent.send('Count. @@slow')
    await agent.next('text_delta')
    const { status, body } = await studio.daemon.api('POST', `${checkpointsRoute(agent.worktree)}/${rows.at(-1).id}/restore`)
    assert.deepEqual([status, body.error.code], [409, 'CONFLICT'])
    assert.match(body.error.message, /1 agent is working in worktree .+; interrupt it first/)
    assert.equal(await readFile(path.join(agent.worktree.path, 'hello.txt'), 'utf8'), 'one\n')
    await refuseOthers(agent)
    await agent.stop()
    await settled(agent, ends(2))
    await restore(agent, rows.at(-1).id)
    await assert.rejects(readFile(path.join(agent.worktree.path, 'hello.txt')))
  })
})
