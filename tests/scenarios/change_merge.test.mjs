// Merging in two stages over REST, beside what git merge-tree says: forty pairs of branches, landing, undo, and the radar.
import assert from 'node:assert/strict'
import { access, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makePairs, mergeTree, revision } from '../harness/conflicts.mjs'
import { Daemon } from '../harness/daemon.mjs'
import { git, makeRepository, makeSharedRepository, writeFiles } from '../harness/repository.mjs'
import { until } from '../harness/wait.mjs'

let daemon
before(async () => {
  daemon = await Daemon.start()
  await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
})
after(() => daemon.remove())

async function open(prepare = async () => {}) {
  const repository = await makeSharedRepository({ 'README.md': '# Sample\n', '.gitignore': 'secret\n' })
  const kept = await prepare(repository)
  const workspace = await daemon.want(201, 'POST', '/api/workspaces', { path: repository })
  const route = `/api/workspaces/${workspace.id}`
  const add = async (name, createBranch = true) => {
    const tree = await daemon.want(201, 'POST', `${route}/worktrees`, { name, branch: name, createBranch })
    const at = `${route}/worktrees/${tree.id}`
    return { ...tree, at, do: (status, what, body = {}) => daemon.want(status, 'POST', `${at}/${what}`, body) }
  }
  return { repository, route, add, kept }
}

async function commit(folder, files, message = 'More') {
  await writeFiles(folder, files)
  await git(folder, 'add', '--all')
  await git(folder, 'commit', '--quiet', `--message=${message}`)
}

/** What a merge in another worktree must leave alone: refs, except Muster's own, and the main worktree. */
async function surroundings(repository, without) {
  const refs = (await git(repository, 'for-each-ref', '--format=%(objectname) %(refname)')).split('\n').filter((line) => !line.includes(' refs/muster/') && !without.some((name) => line.endsWith(`/${name}`)))
  return [refs, await git(repository, 'status', '--porcelain', '--ignored'), await git(repository, 'rev-parse', 'HEAD')]
}

describe('of forty pairs of branches', () => {
  let opened
  before(async () => {
    opened = await open(makePairs)
  })

  test('each merge lists the conflicts that git merge-tree lists, and changes nothing outside its worktree', async (t) => {
    const { repository, add, kept: pairs } = opened
    assert.equal(pairs.length, 40)
    const tree = await add('merges')
    let conflicts = 0
    for (const { name, one, other } of pairs)
      await t.test(name, async () => {
        await git(tree.path, 'reset', '--quiet', '--hard', one)
        await git(tree.path, 'clean', '-qffdx')
        const expected = await mergeTree(tree.path, 'HEAD', await revision(repository, other))
        const outside = await surroundings(repository, ['merges'])
        const state = await tree.do(200, 'merge', { branch: other })
        const lines = state.conflicts.flatMap(({ path: file, stages }) => stages.map(({ mode, id, stage }) => `${mode} ${id} ${stage}\t${file}`))
        assert.deepEqual(lines, expected.lines)
        assert.equal(state.inProgress, expected.isClean ? 'none' : 'merge')
        assert.equal(state.conflictCount, new Set(expected.lines.map((line) => line.split('\t')[1])).size)
        assert.deepEqual(await surroundings(repository, ['merges']), outside)
        assert.deepEqual((await daemon.want(200, 'GET', `${tree.at}/merge`)).conflicts, state.conflicts)
        conflicts += expected.isClean ? 0 : 1
        if (!expected.isClean) await git(tree.path, 'merge', '--abort').catch(() => git(tree.path, 'reset', '--quiet', '--hard'))
      })
    assert.ok(conflicts >= 20 && conflicts <= 36, `${conflicts} of 40 conflict`)
  })

  test('the radar says of each pair what git merge-tree says', async () => {
    const { repository, route, add, kept: pairs } = opened
    const sidesOf = (n) => pairs.filter((_, i) => i % 2 === n).flatMap(({ one, other }) => [one, other])
    const trees = []
    for (const name of sidesOf(0)) trees.push(await add(name, false))
    for (const half of [0, 1]) { // twenty pairs at a time: the same worktrees, on the other branches
      const ids = new Map(trees.map(({ id }, i) => [id, sidesOf(half)[i]]))
      for (const tree of trees) await git(tree.path, 'switch', '--quiet', '--detach', ids.get(tree.id))
      const before = await surroundings(repository, [])
      const radar = await daemon.want(200, 'GET', `${route}/radar`)
      assert.deepEqual(await surroundings(repository, []), before)
      assert.equal(radar.leftOut, 0)
      const found = new Map(radar.pairs.map((pair) => [[ids.get(pair.oneId), ids.get(pair.otherId)].sort().join(' '), pair]))
      for (const { name, one, other } of pairs.filter((_, i) => i % 2 === half)) {
        const pair = found.get([one, other].sort().join(' '))
        assert.ok(pair, `${name} is compared`)
        const sides = [pair.oneId, pair.otherId].map((id) => revision(repository, ids.get(id)))
        const expected = await mergeTree(repository, ...(await Promise.all(sides)))
        assert.equal(pair.isClean, expected.isClean, name)
        assert.deepEqual(pair.conflicts, [...new Set(expected.lines.map((line) => line.split('\t')[1]))], name)
        found.delete([one, other].sort().join(' '))
      }
      // Pairs that were not made to conflict may do so all the same, as where git sees a renamed folder.
      const { worktrees } = await daemon.want(200, 'GET', `${route}/worktrees`)
      const headOf = (id) => revision(worktrees.find((w) => w.id === id).path, 'HEAD')
      for (const { oneId, otherId, conflicts } of [...found.values()].filter(({ isClean }) => !isClean)) {
        const expected = await mergeTree(repository, await headOf(oneId), await headOf(otherId))
        assert.deepEqual(conflicts, [...new Set(expected.lines.map((line) => line.split('\t')[1]))])
      }
    }
  })
})

test('the radar sees what is not committed, and leaves nothing behind', async () => {
  const { repository, route, add } = await open()
  const [one, other] = [await add('one'), await add('other')]
  await writeFiles(one.path, { 'new.txt': 'one\n' })
  await writeFiles(other.path, { 'new.txt': 'other\n', 'README.md': '# Changed\n' })
  const objects = await git(repository, 'count-objects')
  const radar = await daemon.want(200, 'GET', `${route}/radar`)
  assert.deepEqual(radar.pairs.filter(({ isClean }) => !isClean).map(({ conflicts }) => conflicts), [['new.txt']])
  assert.equal(await git(repository, 'count-objects'), objects)
  assert.equal(await git(other.path, 'status', '--porcelain'), ' M README.md\n?? new.txt')
})

/** Two branches that were merged into each other: one side takes back a file of the other, which changes it further. From one
 * of their two bases the first of them has changed nothing. */
async function criss(repository, name, back) {
  const [one, other] = [`${name}-one`, `${name}-other`]
  const firsts = {}
  for (const side of [one, other]) {
    await git(repository, 'switch', '--quiet', '--create', side, 'main')
    await commit(repository, { [side]: 'first\n' }, 'First')
    firsts[side] = await revision(repository, 'HEAD')
  }
  for (const [side, from] of [[other, one], [one, other]]) {
    await git(repository, 'switch', '--quiet', side)
    await git(repository, 'merge', '--quiet', '--message=Cross', firsts[from])
    await commit(repository, { [`${name}-${back}`]: side === `${name}-${back}` ? 'second\n' : 'base\n' }, 'Then')
  }
  await git(repository, 'switch', '--quiet', 'main')
  return [one, other]
}

test('the radar compares branches that were merged into each other as git does', async () => {
  const { repository, route, add, kept: pairs } = await open(async (folder) => {
    await commit(folder, { 'x-one': 'base\n', 'x-other': 'base\n', 'y-one': 'base\n', 'y-other': 'base\n' })
    return [await criss(folder, 'x', 'one'), await criss(folder, 'y', 'other')]
  })
  const ids = new Map()
  for (const name of pairs.flat()) ids.set(name, (await add(name, false)).id)
  const radar = await daemon.want(200, 'GET', `${route}/radar`)
  for (const [one, other] of pairs) {
    assert.equal((await git(repository, 'merge-base', '--all', one, other)).split('\n').length, 2)
    assert.equal((await mergeTree(repository, one, other)).isClean, false)
    const found = radar.pairs.find(({ oneId, otherId }) => [oneId, otherId].every((id) => [ids.get(one), ids.get(other)].includes(id)))
    assert.equal(found?.isClean, false, `${one} and ${other}`)
  }
})

test('the radar compares in a folder whose name has a colon, and removes what a crash left of it', async () => {
  const repository = await makeRepository({ f: '1\n' }, 're:p"o')
  const { id } = await daemon.want(201, 'POST', '/api/workspaces', { path: repository })
  for (const name of ['one', 'other']) {
    const tree = await daemon.want(201, 'POST', `/api/workspaces/${id}/worktrees`, { name, branch: name, createBranch: true })
    await writeFiles(tree.path, { f: `${name}\n` })
  }
  const left = path.join(daemon.home, 'radar-AbCdEf')
  await mkdir(path.join(left, '00'), { recursive: true })
  await daemon.stop()
  await daemon.restart()
  await assert.rejects(access(left))
  const { pairs, worktrees } = await daemon.want(200, 'GET', `/api/workspaces/${id}/radar`)
  assert.deepEqual(worktrees.map(({ note }) => note), [undefined, undefined, undefined])
  assert.deepEqual(pairs.filter(({ isClean }) => !isClean).map(({ conflicts }) => conflicts), [['f']])
  const one = await daemon.want(200, 'GET', `/api/workspaces/${id}/radar?worktreeId=${pairs[0].oneId}`)
  assert.deepEqual(one.pairs, pairs.filter(({ oneId, otherId }) => [oneId, otherId].includes(pairs[0].oneId)))
})

test('the radar sees an edit of the same size in the second in which the index was written', async () => {
  const { route, add } = await open()
  const [one, other] = [await add('racy'), await add('against')]
  await commit(one.path, { 'a.txt': 'one\n' })
  await writeFiles(other.path, { 'a.txt': 'aaa\n' })
  const index = (await git(other.path, 'rev-parse', '--path-format=absolute', '--git-path', 'index')).trim()
  const at = new Date(Math.floor(Date.now() / 1000) * 1000)
  await utimes(path.join(other.path, 'a.txt'), at, at)
  await git(other.path, 'add', '--all')
  await writeFiles(other.path, { 'a.txt': 'one\n' })
  await utimes(path.join(other.path, 'a.txt'), at, at)
  await utimes(index, at, at)
  const { pairs } = await daemon.want(200, 'GET', `${route}/radar`)
  assert.deepEqual(pairs.filter(({ oneId, otherId }) => [one.id, other.id].includes(oneId) && [one.id, other.id].includes(otherId)).map(({ isClean }) => isClean), [true], 'both have the same file now')
})

test('a queue waits for a check that runs already, and runs it again if it saw what was there before the merge', async () => {
  const { repository, route, add } = await open()
  const tree = await add('joined')
  await commit(tree.path, { 'a.txt': '1\n' })
  await commit(repository, { 'b.txt': 'base\n' })
  const gate = `${repository}-gate`
  const { id } = await daemon.want(201, 'POST', `${route}/scripts`, { kind: 'check', name: 'Tests', command: `until test -e '${gate}'; do sleep 0.05; done`, timeoutSeconds: 60 })
  const early = await daemon.want(201, 'POST', `${tree.at}/scripts/${id}/run`)
  await daemon.want(202, 'POST', `${route}/land-queue`, { worktrees: [{ worktreeId: tree.id, how: 'squash', message: 'Land' }] })
  const queue = async () => (await daemon.want(200, 'GET', `${route}/land-queue`)).queue
  await until(async () => (await queue()).rows[0].checks === 1, 'the queue waits for the check')
  await writeFile(gate, '')
  await until(async () => (await queue()).endedAt, 'the queue ends')
  const { state, rows } = await queue()
  assert.deepEqual([state, rows[0].text], ['landed', undefined])
  const [last] = (await daemon.want(200, 'GET', `${tree.at}/checks`)).checks
  assert.notEqual(last.id, early.id)
  await rm(gate)
})

test('a check that has not passed on what is there keeps a worktree from landing, unless its checks are ignored', async () => {
  const { repository, route, add } = await open()
  const tree = await add('checked')
  await commit(tree.path, { 'a.txt': '1\n' })
  const { id } = await daemon.want(201, 'POST', `${route}/scripts`, { kind: 'check', name: 'Tests', command: 'rm -f once; test ! -e broken', timeoutSeconds: 60 })
  const refused = async (why) => {
    const { error } = await tree.do(409, 'land', { how: 'ff' })
    assert.deepEqual(error.details.checks, [`Tests: ${why}`])
    const [row] = (await daemon.want(200, 'GET', `${route}/landing`)).worktrees
    assert.equal(row.unmetChecks, 1)
  }
  const check = async () => {
    const { id: runId } = await daemon.want(201, 'POST', `${tree.at}/scripts/${id}/run`)
    const isJudged = ({ id: newest, state, endContentId }) => newest === runId && state !== 'running' && (state !== 'passed' || endContentId)
    await until(async () => isJudged((await daemon.want(200, 'GET', `${tree.at}/checks`)).checks[0]), 'the check ends')
  }
  await refused('never')
  await writeFiles(tree.path, { broken: '' })
  await check()
  await refused('failed')
  await git(tree.path, 'clean', '-qf')
  await writeFiles(tree.path, { once: '' })
  await check()
  await refused('passed, but on other content')
  await check()
  const objects = await git(repository, 'count-objects')
  assert.equal((await daemon.want(200, 'GET', `${route}/landing`)).worktrees[0].unmetChecks, 0)
  assert.equal(await git(repository, 'count-objects'), objects, 'a plan writes nothing into the repository')
  await commit(tree.path, { 'b.txt': '2\n' })
  await refused('passed, but on other content')
  await tree.do(200, 'land', { how: 'ff', ignoreChecks: true })
  await tree.do(200, 'land/undo')
  await check()
  await tree.do(200, 'land', { how: 'ff' })
})

test('base is merged into the worktree, then lands; an undo moves it back unless it has moved since', async () => {
  const { repository, route, add } = await open()
  const tree = await add('topic')
  await commit(tree.path, { 'a.txt': 'topic\n' })
  await commit(tree.path, { 'b.txt': 'topic\n' })
  await commit(repository, { 'a.txt': 'base\n' })
  const { error } = await tree.do(409, 'land', { how: 'squash', message: 'Topic' })
  assert.match(error.message, /^main has commits that are not in this worktree: merge them here first/)
  const state = await tree.do(200, 'merge')
  assert.deepEqual(state.conflicts.map(({ path: file, kind }) => [file, kind]), [['a.txt', 'bothAdded']])
  await tree.do(409, 'land', { how: 'squash', message: 'Topic' })
  assert.match((await tree.do(409, 'merge/continue')).error.message, /1 file is still in conflict/)
  await writeFiles(tree.path, { 'a.txt': 'both\n' })
  await tree.do(200, 'stage', { files: ['a.txt'] })
  assert.equal((await tree.do(200, 'merge/continue')).inProgress, 'none')

  await writeFiles(repository, { 'b.txt': 'in the way\n' })
  assert.match((await tree.do(409, 'land', { how: 'squash', message: 'Topic' })).error.message, /in the way/)
  assert.equal(await readFile(path.join(repository, 'b.txt'), 'utf8'), 'in the way\n')
  await git(repository, 'clean', '-qf')
  await writeFiles(repository, { 'README.md': '# Being edited\n' })
  await tree.do(409, 'land', { how: 'squash', message: 'Topic' })
  await git(repository, 'restore', 'README.md')

  const plan = await daemon.want(200, 'GET', `${route}/landing`)
  assert.deepEqual(plan.worktrees.map(({ ahead, behind, files, added, checks }) => [ahead, behind, files, added, checks]), [[3, 0, 2, 2, []]])
  const landing = await tree.do(200, 'land', { how: 'squash', message: 'Topic' })
  assert.equal(await git(repository, 'log', '-1', '--format=%H %P %s'), `${landing.toId} ${landing.fromId} Topic`)
  assert.equal(await readFile(path.join(repository, 'a.txt'), 'utf8'), 'both\n')
  assert.equal(await git(repository, 'status', '--porcelain'), '')

  await commit(repository, { 'later.txt': '1\n' }, 'Later')
  const moved = await tree.do(409, 'land/undo')
  assert.match(moved.error.message, /^main has moved since/)
  assert.match(moved.error.details.since[0], /Later$/)
  await git(repository, 'reset', '--quiet', '--hard', 'HEAD~1')
  assert.equal((await tree.do(200, 'land/undo')).id, landing.id)
  assert.equal(await revision(repository, 'main'), landing.fromId)
  assert.equal(await git(repository, 'status', '--porcelain'), '')
  await tree.do(409, 'land/undo')
})

test('a plan names the worktrees that cannot land, and why', async () => {
  const { repository, route, add } = await open()
  const [landing, empty, dirty, gone] = [await add('landing'), await add('empty'), await add('dirty'), await add('gone')]
  await commit(landing.path, { 'a.txt': '1\n' })
  await writeFiles(dirty.path, { 'a.txt': '1\n' })
  await commit(gone.path, { 'b.txt': '1\n' })
  await rm(gone.path, { recursive: true })
  const { worktrees, excluded } = await daemon.want(200, 'GET', `${route}/landing`)
  assert.deepEqual(worktrees.map(({ worktreeId }) => worktreeId), [landing.id])
  const why = Object.fromEntries(excluded.map(({ worktreeId, why }) => [worktreeId, why]))
  assert.equal(why[empty.id], 'it has no commits of its own')
  assert.equal(why[dirty.id], 'it has no commits of its own; its changes are not committed')
  assert.match(why[gone.id], /is not a folder|is gone/)
  assert.equal(excluded.length, 4)
  assert.ok(excluded.some((one) => one.why === 'it has the base branch itself checked out'), repository)
})

test('a base that is checked out nowhere moves as a branch, by a merge commit or a fast-forward', async () => {
  const { repository, add, route } = await open()
  const landings = async (query = '') => (await daemon.want(200, 'GET', `${route}/landings${query}`))
  const tree = await add('topic')
  await commit(tree.path, { 'a.txt': '1\n' })
  await git(repository, 'switch', '--quiet', '--create', 'elsewhere')
  await writeFiles(repository, { 'README.md': '# Being edited\n' })
  const merged = await tree.do(200, 'land', { how: 'merge' })
  assert.equal(await git(repository, 'log', '-1', '--format=%P %s', 'main'), `${merged.fromId} ${merged.headId} Merge branch 'topic' into main`)
  await git(repository, 'push', '--quiet', 'origin', 'main')
  assert.deepEqual((await landings()).landings.map(({ id, branch, canUndo }) => [id, branch, canUndo]), [[merged.id, 'topic', true]])
  assert.equal((await tree.do(200, 'land/undo')).note, 'origin/main still has the landed commit: undoing it here does not undo it there')
  assert.equal((await tree.do(200, 'land', { how: 'ff' })).toId, await revision(tree.path, 'HEAD'))
  const all = (await landings()).landings
  assert.deepEqual(all.map(({ how, canUndo, undoneAt }) => [how, canUndo, undoneAt !== undefined]), [['ff', true, false], ['merge', false, true]])
  assert.match(all[0].landedBy, /^usr_/)
  const first = await landings('?limit=1')
  assert.deepEqual([first.hasMore, first.nextCursor], [true, all[0].id])
  assert.deepEqual((await landings(`?after=${first.nextCursor}`)).landings, [all[1]])
  await git(repository, 'branch', '--force', 'main', all[0].fromId)
  assert.equal((await landings()).landings[0].canUndo, false, 'base has moved since')
  assert.equal(await readFile(path.join(repository, 'README.md'), 'utf8'), '# Being edited\n')
})

test('a landing that would overwrite changes that git does not report names their files', async () => {
  const { repository, add } = await open()
  const tree = await add('topic')
  await commit(tree.path, { 'README.md': '# Landed\n' })
  for (const [bit, text] of [['assume-unchanged', '# Hidden\n'], ['skip-worktree', '# Skipped\n']]) {
    await git(repository, 'update-index', `--${bit}`, 'README.md')
    await writeFiles(repository, { 'README.md': text })
    const { error } = await tree.do(409, 'land', { how: 'ff' })
    assert.match(error.message, /^1 file has changes that git does not report \(assume-unchanged, skip-worktree\) and that would be overwritten; nothing was changed$/)
    assert.deepEqual(error.details.hidden, ['README.md'])
    assert.equal(await readFile(path.join(repository, 'README.md'), 'utf8'), text)
    await git(repository, 'update-index', `--no-${bit}`, 'README.md')
    await git(repository, 'restore', 'README.md')
  }
  await git(repository, 'update-index', '--assume-unchanged', 'README.md')
  await utimes(path.join(repository, 'README.md'), 1, 1)
  assert.equal((await tree.do(200, 'land', { how: 'ff' })).note, undefined, 'one with the same content is not in the way')
  await git(repository, 'update-index', '--assume-unchanged', 'README.md')
  await writeFiles(repository, { 'README.md': '# Hidden again\n' })
  assert.deepEqual((await tree.do(409, 'land/undo')).error.details.hidden, ['README.md'])
})

test('no ignored file is overwritten by a merge, a rebase or a pull', async () => {
  const { repository, add } = await open()
  const tree = await add('topic')
  await commit(tree.path, { 'own.txt': '1\n' })
  await writeFiles(repository, { secret: 'from base\n' })
  await git(repository, 'add', '--force', 'secret')
  await git(repository, 'commit', '--quiet', '--message=secret')
  await git(repository, 'push', '--quiet', 'origin', 'main:topic')
  await writeFiles(tree.path, { secret: 'mine\n' })
  for (const [what, body] of [['merge', {}], ['rebase', {}], ['pull', { how: 'merge' }]]) {
    const { error } = await tree.do(409, what, body)
    assert.deepEqual(error.details.inTheWay, ['secret'], what)
  }
  assert.equal(await readFile(path.join(tree.path, 'secret'), 'utf8'), 'mine\n')
  assert.equal(await git(tree.path, 'log', '--format=%s', 'main~1..HEAD'), 'More')
})

test('rebase, pull and squash move a clean worktree, and refuse one that is not', async () => {
  const { repository, add } = await open()
  const tree = await add('topic')
  await commit(tree.path, { 'a.txt': '1\n' }, 'One')
  await commit(tree.path, { 'b.txt': '2\n' }, 'Two')
  await commit(repository, { 'base.txt': '1\n' }, 'Base')
  await writeFiles(tree.path, { 'a.txt': 'edited\n' })
  assert.deepEqual((await tree.do(409, 'rebase')).error.details.modified, ['a.txt'])
  await git(tree.path, 'restore', 'a.txt')
  assert.equal((await tree.do(200, 'rebase')).inProgress, 'none')
  assert.equal(await git(tree.path, 'log', '--format=%s'), 'Two\nOne\nBase\nFirst')
  await tree.do(200, 'squash', { message: 'Both' })
  assert.equal(await git(tree.path, 'log', '--format=%s'), 'Both\nBase\nFirst')
  assert.equal(await git(tree.path, 'status', '--porcelain'), '')
  assert.match((await tree.do(404, 'pull')).error.message, /no branch topic on origin/)
  await git(tree.path, 'switch', '--quiet', '--detach')
  for (const what of ['pull', 'push']) assert.equal((await tree.do(409, what)).error.message, 'HEAD is detached: check out a branch first')
  await git(tree.path, 'switch', '--quiet', 'topic')
  await tree.do(200, 'push', { setUpstream: true })
  await git(repository, 'push', '--quiet', 'origin', 'main:other')
  assert.equal((await tree.do(200, 'pull')).inProgress, 'none')
  const [here, never] = [await revision(tree.path, 'HEAD'), '0'.repeat(39) + '1']
  assert.equal((await tree.do(409, 'push', { forceExpected: never })).error.message, `topic on origin is at ${here} already, not at ${never}: nothing was pushed`)
  await tree.do(200, 'push', { forceExpected: here })
  await mkdir(path.join(tree.path, 'x'), { recursive: true })
  await writeFile(path.join(tree.path, 'x/y'), '1')
  assert.equal((await tree.do(200, 'rebase')).inProgress, 'none', 'untracked files are left alone')
})
