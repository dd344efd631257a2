// Ignored files that a new worktree gets: which, how, and what keeps one from being copied.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstat, mkdir, readFile, readlink, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Site } from '../harness/site.mjs'
import { until } from '../harness/wait.mjs'

describe('copied ignored files', () => {
  let site, route
  const at = (...parts) => path.join(site.repository, ...parts)
  const names = (folder) =>
    execFileSync('git', ['-C', folder, 'ls-files', '--others', '--ignored', '--exclude-standard'], { encoding: 'utf8' }).trim().split('\n').filter(Boolean).sort()
  const set = (patterns) => site.want(200, 'PUT', route, { patterns })

  before(async () => {
    site = await Site.open()
    route = `/api/workspaces/${site.workspace.id}/copied-files`
    await writeFile(at('.gitignore'), '.env*\n/build/\n*.local\n')
    execFileSync('git', ['-C', site.repository, 'add', '.gitignore'])
    execFileSync('git', ['-C', site.repository, 'commit', '-qm', 'ignore'])
    await mkdir(at('config/deep'), { recursive: true })
    await mkdir(at('build/cache/inner'), { recursive: true })
    await writeFile(at('.env'), 'KEY=1\n', { mode: 0o600 })
    await writeFile(at('.env.test'), Buffer.from([0, 255, 13, 10]))
    await writeFile(at('config/deep/a.local'), 'a')
    await writeFile(at('config/run.local'), '#!/bin/sh\n', { mode: 0o755 })
    await writeFile(at('build/out.o'), 'object')
    await writeFile(at('build/cache/inner/x'), 'cached')
    await symlink('../.env', at('config/link.local'))
    await symlink('/etc/passwd', at('config/outside.local'))
    execFileSync('mkfifo', [at('build/odd')])
  })
  after(() => site.close())

  test('without patterns nothing is copied', async () => {
    assert.deepEqual(await site.want(200, 'GET', route), { patterns: [] })
    assert.deepEqual(names((await site.worktree()).path), [])
  })

  test('files and links that fit are there, byte for byte, with their modes', async () => {
    await set(['.env*', '*.local', 'build/cache', 'build/odd'])
    const { path: folder, note } = await site.worktree()
    const copied = 'copied 7 ignored files (45 bytes): .env, .env.test, build/cache/inner/x, config/deep/a.local, config/link.local and 2 more'
    assert.equal(note, `${copied}; 1 ignored file was not copied; the first is build/odd: neither a regular file nor a link`)
    assert.deepEqual(names(folder), ['.env', '.env.test', 'build/cache/inner/x', 'config/deep/a.local', 'config/link.local', 'config/outside.local', 'config/run.local'])
    for (const name of ['.env', '.env.test', 'build/cache/inner/x', 'config/run.local']) {
      assert.deepEqual(await readFile(path.join(folder, name)), await readFile(at(name)))
      assert.equal((await lstat(path.join(folder, name))).mode, (await lstat(at(name))).mode)
    }
    assert.equal(await readlink(path.join(folder, 'config/link.local')), '../.env')
    assert.equal(await readlink(path.join(folder, 'config/outside.local')), '/etc/passwd')
    const status = await site.want(200, 'GET', `/api/workspaces/${site.workspace.id}/worktrees`)
    assert.ok(status.worktrees.length > 1)
  })

  test('a tracked link in the way leads nowhere else, and the worktree says what was not copied', async () => {
    const outside = path.join(path.dirname(site.repository), 'outside')
    await mkdir(outside)
    execFileSync('git', ['-C', site.repository, 'branch', 'linked'])
    const other = path.join(path.dirname(site.repository), 'other')
    execFileSync('git', ['-C', site.repository, 'worktree', 'add', '-q', other, 'linked'])
    await symlink(outside, path.join(other, 'config'))
    execFileSync('git', ['-C', other, 'add', 'config'])
    execFileSync('git', ['-C', other, 'commit', '-qm', 'link'])
    execFileSync('git', ['-C', site.repository, 'worktree', 'remove', '--force', other])
    await set(['*.local'])
    const worktree = await site.want(201, 'POST', `/api/workspaces/${site.workspace.id}/worktrees`, { name: 'linked', branch: 'linked' })
    assert.match(worktree.note, /^no ignored file was copied; 4 ignored files were not copied; the first is config\//)
    assert.equal(execFileSync('ls', ['-A', outside], { encoding: 'utf8' }), '')
  })

  test('a slash at the end means a folder', async () => {
    await set(['inner/', 'build/cache/', '.env/'])
    const { path: folder, note } = await site.worktree()
    assert.deepEqual(names(folder), ['build/cache/inner/x'])
    assert.equal(note, 'copied 1 ignored file (6 bytes): build/cache/inner/x; `.env/` matches no ignored folder')
  })

  test('the worktree says which patterns match nothing, and which of them git tracks', async () => {
    await set(['.gitignore', 'nothing*', '.env', '[.]env.test'])
    const { path: folder, note } = await site.worktree()
    assert.deepEqual(names(folder), ['.env', '.env.test'])
    assert.equal(
      note,
      'copied 2 ignored files (10 bytes): .env, .env.test; `.gitignore` matches no ignored file: git tracks it, so the worktree has its own; `nothing*` matches no ignored file',
    )
  })

  test('what does not fit into a gigabyte is not copied, and the worktree says so', async () => {
    await writeFile(at('large.local'), '')
    await truncate(at('large.local'), (1 << 30) - 4)
    await set(['.env', 'large.local'])
    const { path: folder, note } = await site.worktree()
    assert.equal(note, 'copied 1 ignored file (6 bytes): .env; the others were not: there are more than 20000, or than 1 GiB')
    assert.deepEqual(names(folder), ['.env'])
    await rm(at('large.local'))
  })

  /** A worktree whose files wait to be copied until `leave`; `made` is its call. */
  async function gated(name) {
    const [bin, leave] = [path.join(path.dirname(site.prompts), 'bin'), at(`../${name}-leave`)]
    const wait = `while [ ! -e '${leave}' ]; do sleep 0.05; done`
    await writeFile(path.join(bin, 'new'), `#!/bin/sh\ncase "$*" in *"ls-files --others --ignored"*) ${wait};; esac\nPATH=\${PATH#*:} exec git "$@"\n`, { mode: 0o755 })
    await rename(path.join(bin, 'new'), path.join(bin, 'git'))
    const made = site.call('POST', `/api/workspaces/${site.workspace.id}/worktrees`, { name, branch: name, createBranch: true })
    const find = async () => (await site.want(200, 'GET', `/api/workspaces/${site.workspace.id}/worktrees`)).worktrees.find((row) => row.name === name)
    await until(find, `${name} is listed`)
    const worktree = await find()
    return { worktree, made, leave: () => writeFile(leave, '') }
  }

  test('nobody waits for the repository while files are copied, and setup scripts start after them', async () => {
    await set(['.env'])
    const live = await site.daemon.connect()
    const topic = await live.subscribe(`workspace/${site.workspace.id}`)
    await site.want(201, 'POST', `/api/workspaces/${site.workspace.id}/scripts`, { kind: 'setup', name: 'Install', command: 'cat .env >installed' })
    const { worktree, made, leave } = await gated('later')
    const { payload } = await topic.waitFor('workspace_updated', ({ change, data }) => change === 'worktree_added' && data.id === worktree.id)
    assert.equal(payload.data.note, 'ignored files are being copied')
    await site.want(200, 'POST', `/api/workspaces/${site.workspace.id}/refresh`)
    assert.deepEqual(names(worktree.path), [])
    await leave()
    const { status, body } = await made
    assert.deepEqual([status, body.id, body.note], [201, worktree.id, 'copied 1 ignored file (6 bytes): .env'])
    const isRun = ({ change, data }) => change === 'script_run' && data.worktreeId === worktree.id && data.endedAt
    const run = await topic.waitFor('workspace_updated', isRun)
    assert.equal(run.payload.data.state, 'passed')
    assert.equal(await readFile(path.join(worktree.path, 'installed'), 'utf8'), 'KEY=1\n')
    await live.close()
  })

  test('a worktree that is removed while files are copied gets no more of them, and its call says so', async () => {
    await set(['.env'])
    const { worktree, made, leave } = await gated('gone')
    await site.want(204, 'DELETE', `/api/workspaces/${site.workspace.id}/worktrees/${worktree.id}?force=true`)
    await leave()
    const { status, body } = await made
    assert.deepEqual([status, body.error.message], [409, 'the worktree was removed while ignored files were copied into it'])
    const back = await site.want(200, 'POST', `/api/workspaces/${site.workspace.id}/worktrees/${worktree.id}/restore`)
    assert.deepEqual(names(back.path), [])
  })

  test('a pattern that leads out of the folder, or opens a set and does not close it, is refused', async () => {
    for (const [pattern, why] of [['/etc/*', /beneath/], ['../x', /beneath/], ['a/../../x', /beneath/], ['', /beneath/], ['[', /without its `\]`/], ['x[]', /without its `\]`/]]) {
      const { status, body } = await site.call('PUT', route, { patterns: ['ok', pattern] })
      assert.equal(status, 400, pattern)
      assert.deepEqual(Object.keys(body.error.details), ['patterns[1]'])
      assert.match(body.error.message, why)
    }
    await set(['a[]]', 'b[!]]', '\\['])
  })
})
