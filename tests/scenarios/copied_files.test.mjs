// Ignored files that a new worktree gets: which, how, and what keeps one from being copied.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstat, mkdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Site } from '../harness/site.mjs'

describe('copied ignored files', () => {
  let site, route
  const at = (...parts) => path.join(site.repository, ...parts)
  const names = (folder) =>
    execFileSync('git', ['-C', folder, 'ls-files', '--others', '--ignored', '--exclude-standard'], { encoding: 'utf8' }).trim().split('\n').filter(Boolean).sort()
  const set = (patterns) => site.want(200, 'PUT', route, { patterns })

  before(async () => {
    site = await Site.open()
    route = `/api/workspaces/${site.workspace.id}/copied-files`
    await writeFile(at('.gitignore'), '.env*\n/build/\n*.local\n/odd\n')
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
    execFileSync('mkfifo', [at('odd')])
  })
  after(() => site.close())

  test('without patterns nothing is copied', async () => {
    assert.deepEqual(await site.want(200, 'GET', route), { patterns: [] })
    assert.deepEqual(names((await site.worktree()).path), [])
  })

  test('files and links that fit are there, byte for byte, with their modes', async () => {
    await set(['.env*', '*.local', 'build/cache', 'odd'])
    const { path: folder, note } = await site.worktree()
    assert.equal(note, undefined)
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
    assert.match(worktree.note, /^4 ignored files were not copied; the first is config\//)
    assert.equal(execFileSync('ls', ['-A', outside], { encoding: 'utf8' }), '')
  })

  test('a pattern that leads out of the folder is refused', async () => {
    for (const pattern of ['/etc/*', '../x', 'a/../../x', '']) {
      const { status, body } = await site.call('PUT', route, { patterns: ['ok', pattern] })
      assert.equal(status, 400, pattern)
      assert.deepEqual(Object.keys(body.error.details), ['patterns[1]'])
    }
  })
})
