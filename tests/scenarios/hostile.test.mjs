// A repository whose configuration, attributes and hooks name programs: no operation that only reads runs one of them. The
// operations are taken from their table.
import assert from 'node:assert/strict'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { checkpointsRoute, settledCheckpoints } from '../harness/checkpoints.mjs'
import { makeFolder } from '../harness/daemon.mjs'
import { makeReadable, reads } from '../harness/reads.mjs'
import { runToEnd } from '../harness/program.mjs'
import { git, writeFiles } from '../harness/repository.mjs'
import { Site } from '../harness/site.mjs'
import { until } from '../harness/wait.mjs'

/** Keys of git-config(1) whose value is a program. */
const KEYS = [
  'core.fsmonitor', 'core.editor', 'core.pager', 'core.sshCommand', 'core.askPass', 'core.alternateRefsCommand', 'core.gitProxy', 'sequence.editor',
  'diff.external', 'diff.evil.command', 'diff.evil.textconv', 'filter.evil.clean', 'filter.evil.smudge', 'filter.evil.process', 'merge.evil.driver',
  'credential.helper', 'gpg.program', 'gpg.ssh.program', 'gpg.x509.program', 'interactive.diffFilter', 'pager.status', 'pager.diff', 'pager.log',
  'pager.branch', 'remote.origin.uploadpack', 'remote.origin.receivepack', 'uploadpack.packObjectsHook', 'trailer.x.command', 'alias.status', 'alias.diff',
]
const HOOKS = ['post-checkout', 'post-index-change', 'fsmonitor-watchman', 'reference-transaction', 'pre-auto-gc', 'post-rewrite', 'pre-commit', 'post-commit', 'post-merge']

let site, ids, agent, told
before(async () => {
  site = await Site.open()
  ;({ ids, agent } = await makeReadable(site))
  const folder = await makeFolder('evil')
  told = path.join(folder, 'told')
  const evil = path.join(folder, 'evil')
  await writeFile(evil, `#!/bin/sh\necho "$0 $*" >>'${told}'\ncat\n`, { mode: 0o755 })
  const hooks = path.join(folder, 'hooks')
  await mkdir(hooks)
  for (const name of HOOKS) await writeFile(path.join(hooks, name), `#!/bin/sh\necho hook ${name} >>'${told}'\n`, { mode: 0o755 })
  for (const key of KEYS) await git(site.repository, 'config', key, evil)
  for (const [key, value] of [['core.hooksPath', hooks], ['filter.evil.required', 'true'], ['diff.evil.binary', 'false'], ['status.submoduleSummary', 'true'], ['commit.gpgSign', 'true']])
    await git(site.repository, 'config', key, value)
  await writeFiles(agent.worktree.path, { '.gitattributes': '* filter=evil diff=evil merge=evil\n', 'new.txt': 'new\n', 'README.md': '# Changed\n' })
  await chmod(path.join(agent.worktree.path, 'README.md'), 0o755)
  await rm(told, { force: true }) // what git itself ran while this was set up
})
after(async () => {
  await agent.leave()
  await site.close()
})

const ran = () => readFile(told, 'utf8').catch(() => '')

test('the programs run where a person calls git, so that this test can fail', async () => {
  await git(agent.worktree.path, 'status').catch(() => {})
  assert.match(await ran(), /evil/)
  await rm(told)
})

test('no operation that reads runs a program of the repository', async (t) => {
  for (const { name, at } of await reads())
    await t.test(name, async () => {
      const { status, body } = await site.call('GET', at({ ...ids, errorId: ids.errorId ?? `err_${'0'.repeat(26)}` }))
      assert.ok(status === 200 || name === 'get_error', `${status} ${JSON.stringify(body)}`)
      assert.equal(await ran(), '')
    })
})

test('nor does a checkpoint of it, a comparison with one, or a restore', async () => {
  const want = (...call) => site.want(...call)
  const at = checkpointsRoute(agent.worktree)
  await agent.stop()
  const [newest, ...older] = await settledCheckpoints(want, agent.worktree)
  assert.deepEqual([newest.kind, newest.state], ['turn_end', 'taken'])
  const { files } = await want(200, 'GET', `${at.replace('/checkpoints', '/diff')}?from=${older.at(-1).id}&to=${newest.id}`)
  assert.deepEqual(files.map((file) => file.path), ['.gitattributes', 'README.md', 'new.txt'])
  const { before: saved } = await want(200, 'POST', `${at}/${older.at(-1).id}/restore`)
  await assert.rejects(readFile(path.join(agent.worktree.path, 'new.txt')))
  await want(200, 'GET', `${at.replace('/checkpoints', '/diff')}?from=${newest.id}`)
  await want(200, 'POST', `${at.replace('/checkpoints', '/salvages')}/${saved.id}/restore`)
  assert.equal(await readFile(path.join(agent.worktree.path, 'new.txt'), 'utf8'), 'new\n')
  assert.equal(await ran(), '')
})

test('a salvage that the repository brings along writes nothing outside the worktree', async () => {
  const [worktreeId, id] = [`wt_${'0'.repeat(25)}1`, `slv_${'0'.repeat(25)}2`]
  const script = `
    blob=$(echo pwned | git hash-object -w --stdin)
    head=$(git rev-parse HEAD | git hash-object -w --stdin)
    folder() { printf '%s %s\\t%s\\n' "$1" "$2" "$3" | git mktree; }
    up=$(folder '040000 tree' $(folder '040000 tree' $(folder '100644 blob' $blob pwned) ..) ..)
    state=$(printf '100644 blob %s\\tHEAD\\n040000 tree %s\\trebase-merge\\n' $head $up | git mktree)
    files=$(git rev-parse HEAD^{tree})
    manifest=$(printf 'muster-manifest 1 644 755 755\\n' | git hash-object -w --stdin)
    tree=$(printf '040000 tree %s\\tfiles\\n100644 blob %s\\tmanifest\\n040000 tree %s\\tstate\\n' $files $manifest $state | git mktree)
    commit=$(printf 'x\\n\\nMuster-Act: x\\nMuster-State: none\\n' | git -c user.name=x -c user.email=x@y commit-tree $tree)
    git update-ref refs/muster/salvage/${worktreeId}/${id.slice(4)} $commit`
  await runToEnd('sh', ['-ec', script], { cwd: agent.worktree.path })
  await rm(told, { force: true })
  const { status, body } = await site.call('POST', `/api/workspaces/${agent.worktree.workspaceId}/worktrees/${worktreeId}/salvages/${id}/restore`, { into: agent.worktree.id })
  assert.deepEqual([status, body.error.code], [500, 'GIT_ERROR'])
  assert.match(body.error.message, /the salvage is damaged: its state has the path rebase-merge\/\.\.\/\.\.\/pwned; nothing was restored/)
  const { out } = await runToEnd('find', [path.dirname(site.repository), agent.worktree.path, '-name', 'pwned'])
  assert.equal(out, '')
  assert.equal(await readFile(path.join(agent.worktree.path, 'new.txt'), 'utf8'), 'new\n')
  assert.equal(await ran(), '')
})

test('nor does the watch, when a file changes', async () => {
  await writeFiles(agent.worktree.path, { 'seen.txt': 'seen\n' })
  await until(async () => {
    const { worktrees } = await site.want(200, 'GET', '/api/overview')
    return worktrees.find(({ id }) => id === ids.worktreeId).untracked >= 2
  }, 'the watch has seen the file')
  assert.equal(await ran(), '')
})
