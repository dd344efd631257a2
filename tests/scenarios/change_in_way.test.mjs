// What git would overwrite as worthless stays where it was: ignored files, repositories, and what only the index has.
import assert from 'node:assert/strict'
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Daemon } from '../harness/daemon.mjs'
import { git, makeSharedRepository, writeFiles } from '../harness/repository.mjs'

let daemon
before(async () => {
  daemon = await Daemon.start()
  await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
})
after(() => daemon.remove())

async function commit(folder, message = 'More') {
  await git(folder, 'add', '--all')
  await git(folder, 'commit', '--quiet', `--message=${message}`)
}

async function open(files) {
  const repository = await makeSharedRepository({ '.gitignore': '*.log\nsecret\n', ...files })
  const workspace = await daemon.want(201, 'POST', '/api/workspaces', { path: repository })
  const route = `/api/workspaces/${workspace.id}/worktrees`
  const tree = await daemon.want(201, 'POST', route, { name: 'work', branch: 'work', createBranch: true })
  const run = (status, what, body = {}) => daemon.want(status, 'POST', `${route}/${tree.id}/${what}`, body)
  const in_ = (...names) => path.join(tree.path, ...names)
  const salvages = async () => (await daemon.want(200, 'GET', `${route}/${tree.id}/salvages`)).salvages
  return { repository, tree, run, in: in_, salvages }
}

const named = (answer) => answer.error.details.inTheWay

test('a discard that would remove an ignored file in a folder in place of a file is refused', async () => {
  const w = await open({ x: 'tracked\n' })
  await rm(w.in('x'))
  await writeFiles(w.tree.path, { 'x/keys.log': 'the only copy\n' })
  assert.deepEqual(named(await w.run(409, 'discard', { all: true })), ['x/keys.log'])
  assert.equal(await readFile(w.in('x/keys.log'), 'utf8'), 'the only copy\n')
})

test('a discard removes the folders that it empties, and no other', async () => {
  const w = await open({ 'kept/a': '1\n' })
  await writeFiles(w.tree.path, { 'new/deep/er/f': '1\n', 'new/deep/g': '1\n', 'kept/sub/f': '1\n', 'half/f': '1\n', 'half/x.log': 'ignored\n' })
  await mkdir(w.in('own/empty'), { recursive: true })
  await w.run(200, 'discard', { all: true })
  for (const name of ['new', 'kept/sub', 'half/f']) await assert.rejects(access(w.in(name)), name)
  for (const name of ['kept/a', 'half/x.log', 'own/empty']) await access(w.in(name))
  const [salvage] = await w.salvages()
  await w.run(200, `salvages/${salvage.id}/restore`)
  assert.equal(await readFile(w.in('new/deep/er/f'), 'utf8'), '1\n')
})

test('a discard that would replace an ignored file above a tracked one is refused', async () => {
  const w = await open({ a: '1\n' })
  await writeFiles(w.tree.path, { 'secret/f': 'tracked\n' })
  await git(w.tree.path, 'add', '--force', 'secret/f')
  await git(w.tree.path, 'commit', '--quiet', '--message=Forced')
  await rm(w.in('secret'), { recursive: true })
  await writeFile(w.in('secret'), 'the only copy\n')
  assert.deepEqual(named(await w.run(409, 'discard', { files: ['secret/f'] })), ['secret'])
  assert.equal(await readFile(w.in('secret'), 'utf8'), 'the only copy\n')
})

test('a discard that would remove a repository in place of a file is refused', async () => {
  const w = await open({ x: 'tracked\n', y: 'tracked\n' })
  for (const name of ['x', 'y']) {
    await rm(w.in(name))
    await mkdir(w.in(name))
    await git(w.in(name), 'init', '--quiet')
  }
  await writeFiles(w.in('x'), { inner: '1\n' })
  await commit(w.in('x'), 'Inner')
  await writeFiles(w.in('y'), { inner: 'never committed\n' })
  for (const name of ['x', 'y']) assert.deepEqual(named(await w.run(409, 'discard', { files: [name] })), [`${name}/`])
  assert.equal((await git(w.in('x'), 'log', '--format=%s')).trim(), 'Inner')
})

for (const [what, route] of [['merge', 'merge'], ['rebase', 'rebase']])
  test(`a ${what} that would remove ignored files of a folder that becomes a file is refused`, async () => {
    const w = await open({ 'd/a': '1\n' })
    await writeFiles(w.tree.path, { own: '1\n' })
    await commit(w.tree.path)
    await writeFile(w.in('d/p.log'), 'the only copy\n')
    await git(w.repository, 'rm', '-rq', 'd')
    await writeFiles(w.repository, { d: 'a file now\n' })
    await commit(w.repository)
    assert.deepEqual(named(await w.run(409, route)), ['d/p.log'])
    assert.equal(await readFile(w.in('d/p.log'), 'utf8'), 'the only copy\n')
  })

test('a rebase that would pick a commit over an ignored file is refused', async () => {
  const w = await open({ a: '1\n' })
  await writeFiles(w.tree.path, { 'x.txt': 'once\n' })
  await commit(w.tree.path, 'adds x')
  await git(w.tree.path, 'rm', '-q', 'x.txt')
  await writeFiles(w.tree.path, { '.gitignore': 'x.txt\n' })
  await commit(w.tree.path, 'removes x')
  await writeFile(w.in('x.txt'), 'the only copy\n')
  await writeFiles(w.repository, { b: '2\n' })
  await commit(w.repository)
  assert.deepEqual(named(await w.run(409, 'rebase')), ['x.txt'])
  assert.equal(await readFile(w.in('x.txt'), 'utf8'), 'the only copy\n')
})

test('to continue or abort a rebase over an ignored file is refused, and works without it', async () => {
  const w = await open({ a: '1\n' })
  await writeFiles(w.tree.path, { a: 'ours\n' })
  await commit(w.tree.path, 'first')
  await writeFile(w.in('x.log'), 'committed\n')
  await git(w.tree.path, 'add', '--force', 'x.log')
  await git(w.tree.path, 'commit', '--quiet', '--message=second')
  await writeFiles(w.repository, { a: 'theirs\n' })
  await commit(w.repository)
  const state = await w.run(200, 'rebase')
  assert.equal(state.inProgress, 'rebase')
  await writeFile(w.in('x.log'), 'the only copy\n')
  await writeFile(w.in('a'), 'both\n')
  await git(w.tree.path, 'add', 'a')
  assert.deepEqual(named(await w.run(409, 'merge/continue')), ['x.log'])
  assert.deepEqual(named(await w.run(409, 'merge/abort')), ['x.log'])
  assert.equal(await readFile(w.in('x.log'), 'utf8'), 'the only copy\n')
  await rm(w.in('x.log'))
  assert.equal((await w.run(200, 'merge/abort')).inProgress, 'none')
  assert.equal(await readFile(w.in('x.log'), 'utf8'), 'committed\n')
})

test('what was staged and then edited is salvaged before it is unstaged or staged again', async () => {
  const w = await open({ a: '1\n' })
  for (const act of ['unstage', 'stage']) {
    await writeFile(w.in('a'), `staged before ${act}\n`)
    await git(w.tree.path, 'add', 'a')
    await writeFile(w.in('a'), `edited before ${act}\n`)
    await w.run(200, act, { all: true })
    const [newest] = await w.salvages()
    assert.equal(newest.act, `${act}_changes`)
    assert.equal(await git(w.tree.path, 'show', `${newest.commit}:staged/a`), `staged before ${act}`)
  }
})

test('a fetch whose refspec covers refs/muster is refused, and the salvages stay', async () => {
  const w = await open({ a: '1\n' })
  await git(w.repository, 'config', 'remote.origin.fetch', '+refs/*:refs/*')
  await writeFile(w.in('a'), '2\n')
  await w.run(200, 'discard', { all: true })
  const { error } = await w.run(409, 'fetch', { prune: true })
  assert.match(error.message, /refs\/muster/)
  assert.equal((await w.salvages()).length, 1)
})
