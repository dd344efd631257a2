// What changed, over REST: every file of a large change, one file at the price of one file, both sides of an image.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { Daemon } from '../harness/daemon.mjs'
import { git, makeRepository, writeFiles } from '../harness/repository.mjs'

const FILES = 16_000
const PAGE = 200 // the most
const TRIES = 5
/** A few processes of git instead of one, under the sanitizers; all of the change would cost hundreds of times as much. */
const TIMES_OF_GIT = 25

async function open(t, files) {
  const daemon = await Daemon.start()
  t.after(() => daemon.remove())
  await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
  const repository = await makeRepository(files)
  const { id } = await daemon.want(201, 'POST', '/api/workspaces', { path: repository })
  const { worktrees } = await daemon.want(200, 'GET', `/api/workspaces/${id}/worktrees`)
  const at = `/api/workspaces/${id}/worktrees/${worktrees[0].id}`
  const get = (what, query) => daemon.want(200, 'GET', `${at}/${what}?${new URLSearchParams(query)}`)
  return { daemon, repository, at, workspace: `/api/workspaces/${id}`, get }
}

async function touchMany(repository, n, text) {
  await mkdir(path.join(repository, 'many'), { recursive: true })
  for (let from = 0; from < n; from += 1000) {
    const some = Array.from({ length: Math.min(1000, n - from) }, (_, k) => path.join(repository, 'many', `f${from + k}.txt`))
    await Promise.all(some.map((file) => writeFile(file, text)))
  }
}

test('each of 16,000 changed files is reached by pages, and one of them alone costs what it costs git', async (t) => {
  const { repository, get } = await open(t)
  await touchMany(repository, FILES, 'one\n')
  await git(repository, 'add', '--all')
  await git(repository, 'commit', '--quiet', '--message=many')
  await touchMany(repository, FILES, 'two\n')
  await writeFiles(repository, { 'zz/new.txt': 'new\n' })
  const page = async (query) => {
    const { files, next, totalFiles } = await get('diff', { limit: PAGE, hunks: false, counts: false, ...query })
    assert.equal(totalFiles, FILES + 1)
    return { paths: files.map((file) => file.path), next }
  }
  const late = await page({ after: `t${Buffer.from('many/f9980.txt').toString('hex')}` })
  assert.deepEqual([(await page({})).paths[0], late.paths.at(-1), late.next], ['many/f0.txt', 'zz/new.txt', undefined])
  const all = (await get('diff', { limit: 1, hunks: false })).totalAdded
  assert.equal(all, FILES)

  const fastest = async (fn) => {
    const times = []
    for (let i = 0; i < TRIES; i++) {
      const from = performance.now()
      await fn()
      times.push(performance.now() - from)
    }
    return Math.min(...times)
  }
  const ours = await fastest(() => get('diff', { path: 'many/f777.txt' }))
  const gits = await fastest(() => git(repository, 'diff', 'HEAD', '--', 'many/f777.txt'))
  t.diagnostic(`one file: ${Math.round(ours)} ms, git diff: ${Math.round(gits)} ms`)
  assert.ok(ours < gits * TIMES_OF_GIT, `${ours} ms, git diff ${gits} ms`)
  const { files } = await get('diff', { path: 'many/f777.txt' })
  assert.deepEqual(files.map(({ path: name, added, removed }) => [name, added, removed]), [['many/f777.txt', 1, 1]])

  // Every page of the same change, between commits: git need not read each file again for each page.
  const from = (await git(repository, 'rev-parse', 'HEAD')).trim()
  await git(repository, 'add', '--all')
  await git(repository, 'commit', '--quiet', '--message=changed')
  const seen = []
  let after
  do {
    const { paths, next } = await page({ from, to: 'head', ...(after && { after }) })
    seen.push(...paths)
    after = next
  } while (after)
  const names = Array.from({ length: FILES }, (_, i) => `many/f${i}.txt`)
  assert.deepEqual(seen.toSorted(), [...names, 'zz/new.txt'].toSorted(), 'each once')
})

test('staged, unstaged, against base, and between two commits are the same question with other sides', async (t) => {
  const { daemon, repository, at, workspace, get } = await open(t, { 'a.txt': 'one\ntwo words here\n' })
  await git(repository, 'switch', '--quiet', '--create', 'topic')
  await writeFiles(repository, { 'committed.txt': '1\n' })
  await git(repository, 'add', '--all')
  await git(repository, 'commit', '--quiet', '--message=topic')
  await writeFiles(repository, { 'staged.txt': '2\n' })
  await git(repository, 'add', '--all')
  await writeFiles(repository, { 'a.txt': 'one\ntwo words there\n', 'untracked.txt': '3\n' })
  const names = async (query) => (await get('diff', query)).files.map((file) => file.path)
  assert.deepEqual(await names({}), ['a.txt', 'staged.txt', 'untracked.txt'])
  assert.deepEqual(await names({ from: 'index' }), ['a.txt', 'untracked.txt'])
  assert.deepEqual(await names({ to: 'index' }), ['staged.txt'])
  assert.deepEqual(await names({ from: 'base' }), ['a.txt', 'committed.txt', 'staged.txt', 'untracked.txt'])
  const main = (await git(repository, 'rev-parse', 'main')).trim()
  assert.deepEqual(await names({ from: main, to: 'head' }), ['committed.txt'])

  const { files } = await get('diff', { path: 'a.txt', words: true })
  const [removed, added] = files[0].hunks[0].lines.filter(({ type }) => type !== 'context')
  assert.deepEqual([removed.changed, added.changed], [[{ start: 10, length: 4 }], [{ start: 10, length: 5 }]])

  const { status, body } = await daemon.api('GET', `${workspace}/base`)
  assert.deepEqual([status, body], [200, { branch: 'main', isDefault: true }])
  for (const branch of ['none', 'main~1', 'topic^', 'main@{0}', 'topic^{tree}']) {
    await daemon.want(404, 'PUT', `${workspace}/base`, { branch })
    await daemon.want(404, 'POST', `${at}/merge`, { branch })
  }
  assert.deepEqual(await daemon.want(200, 'PUT', `${workspace}/base`, { branch: 'topic' }), { branch: 'topic', isDefault: false })
  assert.deepEqual(await names({ from: 'base', to: 'head' }), [])
})

test('both sides of an image are bytes with the type of their content', async (t) => {
  const { repository, daemon, at, get } = await open(t)
  const image = (n) => Buffer.concat([Buffer.from('89504e470d0a1a0a00', 'hex'), Buffer.alloc(3_000_000, n)])
  await writeFile(path.join(repository, 'photo.txt'), image(1))
  await git(repository, 'add', '--all')
  await git(repository, 'commit', '--quiet', '--message=image')
  await writeFile(path.join(repository, 'photo.txt'), image(2))
  const { files } = await get('diff', {})
  assert.deepEqual([files[0].isBinary, files[0].size], [true, 3_000_009])
  for (const [side, n] of [['head', 1], ['index', 1], ['worktree', 2]]) {
    const hash = createHash('sha256')
    for (let offset = 0, size = 1; offset < size;) {
      const part = await get('blob', { path: 'photo.txt', side, offset })
      assert.equal(part.mediaType, 'image/png')
      size = part.size
      const bytes = Buffer.from(part.content, 'base64')
      hash.update(bytes)
      offset += bytes.length
    }
    assert.equal(hash.digest('hex'), createHash('sha256').update(image(n)).digest('hex'), side)
  }
  assert.equal((await daemon.api('GET', `${at}/blob?path=..%2F..%2Fetc%2Fpasswd`)).status, 403)
  assert.equal((await daemon.api('GET', `${at}/blob?path=none`)).status, 404)
})
