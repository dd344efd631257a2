// Files of a worktree as a person and a page use them: listed, found, read and written, beside an agent that works there too.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { makeFolder } from '../harness/daemon.mjs'
import { runToEnd } from '../harness/program.mjs'
import { git, writeFiles } from '../harness/repository.mjs'
import { Site } from '../harness/site.mjs'
import { until } from '../harness/wait.mjs'

const sha256 = (text) => createHash('sha256').update(text).digest('hex')

let site, worktree, route
const want = (...call) => site.want(...call)
const list = (query = '') => want(200, 'GET', `${route}/files${query}`)
const find = (query) => want(200, 'GET', `${route}/files/find?query=${encodeURIComponent(query)}`)
const read = (file, more = '') => want(200, 'GET', `${route}/file?path=${encodeURIComponent(file)}${more}`)

before(async () => {
  site = await Site.open()
  worktree = await site.worktree('files')
  route = `/api/workspaces/${site.workspace.id}/worktrees/${worktree.id}`
})
after(() => site.close())

test('a folder is walked page by page, with what git says of each entry', async () => {
  await writeFiles(worktree.path, Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`many/${String(i).padStart(2, '0')}`, `${i}`])))
  await mkdir(path.join(worktree.path, 'many/empty'))
  const seen = []
  for (let after; ; ) {
    const page = await list(`?path=many&limit=10${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`)
    assert.equal(page.total, 26)
    seen.push(...page.entries)
    after = page.next
    if (after === undefined) break
  }
  assert.deepEqual(seen.map((entry) => entry.path), ['many/empty', ...Array.from({ length: 25 }, (_, i) => `many/${String(i).padStart(2, '0')}`)])
  assert.deepEqual(new Set(seen.slice(1).map(({ kind, state }) => `${kind} ${state}`)), new Set(['file untracked']))
})

test('a new file is found as soon as the watcher has seen it, and a removed one no longer', async () => {
  assert.deepEqual((await find('zzzebra')).paths, [])
  await writeFiles(worktree.path, { 'deep/in/zzzebra.txt': 'x' })
  await until(async () => (await find('zzzebra')).paths.includes('deep/in/zzzebra.txt'), 'the new file is found')
  await rm(path.join(worktree.path, 'deep/in/zzzebra.txt'))
  await until(async () => (await find('zzzebra')).paths.length === 0, 'the removed file is not found')
})

test('a file that changed since it was read is not overwritten, and the refusal names its present digest', async () => {
  await writeFiles(worktree.path, { 'shared.txt': 'first' })
  const { digest, content } = await read('shared.txt')
  assert.equal(content, 'first')
  await writeFile(path.join(worktree.path, 'shared.txt'), "the agent's")
  const refused = await want(409, 'PUT', `${route}/file`, { path: 'shared.txt', content: 'mine', ifDigest: digest })
  assert.deepEqual(refused.error.details.digest, [sha256("the agent's")])
  assert.equal(await readFile(path.join(worktree.path, 'shared.txt'), 'utf8'), "the agent's")
  const written = await want(200, 'PUT', `${route}/file`, { path: 'shared.txt', content: 'mine', ifDigest: sha256("the agent's") })
  assert.equal(await readFile(path.join(worktree.path, 'shared.txt'), 'utf8'), 'mine')
  assert.equal(await git(worktree.path, 'show', `${written.salvage.commit}:files/shared.txt`), "the agent's")
})

/** Two people save at the same time, again and again: each save is either made over what its author read, or refused. */
test('of saves at the same time none is lost', async () => {
  await writeFiles(worktree.path, { 'race.txt': '' })
  const save = async (author) => {
    const made = []
    for (let i = 0; made.length < 5; i++) {
      const { content, digest } = await read('race.txt')
      const { status } = await site.call('PUT', `${route}/file`, { path: 'race.txt', content: `${content}${author}${i}\n`, ifDigest: digest })
      assert.ok([200, 409].includes(status))
      if (status === 200) made.push(`${author}${i}`)
    }
    return made
  }
  const made = (await Promise.all([save('a'), save('b')])).flat()
  const lines = (await readFile(path.join(worktree.path, 'race.txt'), 'utf8')).trim().split('\n')
  assert.deepEqual(lines.toSorted(), made.toSorted())
})

test('what a hostile repository puts in the way is refused at once', async () => {
  const outside = path.join(site.home, 'token')
  await symlink(outside, path.join(worktree.path, 'secret'))
  await symlink(site.home, path.join(worktree.path, 'home'))
  await runToEnd('mkfifo', [path.join(worktree.path, 'pipe')])
  for (const [status, file] of [[403, 'secret'], [403, 'home/token'], [400, 'pipe'], [403, outside], [403, '../x']])
    assert.equal((await site.call('GET', `${route}/file?path=${encodeURIComponent(file)}`)).status, status, file)
  assert.equal((await site.call('GET', `${route}/files?path=home`)).status, 403)
  for (const [status, file] of [[400, 'secret'], [403, 'home/made'], [400, 'pipe'], [403, '.git/hooks/pre-commit'], [400, '../x']])
    assert.equal((await site.call('PUT', `${route}/file`, { path: file, content: 'x' })).status, status, file)
  const { entries } = await list()
  const kinds = Object.fromEntries(entries.map((entry) => [entry.path, entry.kind]))
  assert.deepEqual([kinds.secret, kinds.home, kinds.pipe, kinds['.git']], ['link', 'link', 'special', undefined])
})

test('a place is opened by the program of the settings, for callers on this machine alone', async () => {
  const folder = await makeFolder('said')
  const tool = path.join(folder, 'tool')
  await writeFile(tool, `#!/bin/sh\nprintf '%s\\n' "$PWD" "$@" >'${folder}/new' && mv '${folder}/new' '${folder}/said'\n`, { mode: 0o755 })
  await want(200, 'PUT', '/api/settings/open.editor', { value: `${tool}\n--line={line}\n{path}` })
  await writeFiles(worktree.path, { "it's; a $(file)": '' })
  await want(200, 'POST', `${route}/open`, { what: 'editor', path: "it's; a $(file)", line: 3 })
  await until(() => stat(`${folder}/said`).then(() => true, () => false), 'the program ran')
  assert.equal(await readFile(`${folder}/said`, 'utf8'), `${worktree.path}\n--line=3\n${worktree.path}/it's; a $(file)\n`)
  const { status } = await site.daemon.api('POST', `${route}/open`, { what: 'editor' }, { headers: { 'x-forwarded-for': '10.0.0.1' } })
  assert.equal(status, 403)
})
