// What a repository's hooks and signatures do to an act: a refusal has its reason, a failure afterwards is a note, a
// hook that hangs can be cancelled, and delays only what must wait for it.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { access, chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { Live } from '../harness/live.mjs'
import { rows } from '../harness/recovery.mjs'
import { git, makeSharedRepository, writeFiles } from '../harness/repository.mjs'
import { until } from '../harness/wait.mjs'

const exists = (file) => access(file).then(() => true, () => false)
let daemon
before(async () => {
  daemon = await Daemon.start()
  await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
})
after(() => daemon.remove())

async function commit(folder, files, message = 'More') {
  await writeFiles(folder, files)
  await git(folder, 'add', '--all')
  await git(folder, 'commit', '--quiet', '--no-verify', `--message=${message}`)
}

/** A repository with a worktree `topic`, which has a commit of its own. */
async function open() {
  const repository = await makeSharedRepository({ 'README.md': '# Sample\n' })
  const { id } = await daemon.want(201, 'POST', '/api/workspaces', { path: repository })
  const route = `/api/workspaces/${id}/worktrees`
  const add = async (name) => {
    const tree = await daemon.want(201, 'POST', route, { name, branch: name, createBranch: true })
    const at = `${route}/${tree.id}`
    const want = (status, what, body = {}) => daemon.want(status, 'POST', `${at}/${what}`, body)
    const call = (what, body = {}, key = randomUUID()) => daemon.api('POST', `${at}/${what}`, body, { key })
    return { ...tree, at, want, call }
  }
  const topic = await add('topic')
  await commit(topic.path, { own: '1\n' }, 'Own')
  return { repository, workspace: id, route, add, topic }
}

async function addHook(repository, name, script) {
  const hook = path.join(repository, '.git/hooks', name)
  await mkdir(path.dirname(hook), { recursive: true })
  await writeFile(hook, `#!/bin/sh\n${script}\n`)
  await chmod(hook, 0o755)
}

/** A hook that waits: {begun, open, remove}. */
async function gate(repository, name, condition = 'true') {
  const folder = await makeFolder('gate')
  const [begun, leave] = [path.join(folder, 'begun'), path.join(folder, 'leave')]
  await addHook(repository, name, `if ${condition} && [ ! -e '${leave}' ]; then : >'${begun}'; while [ ! -e '${leave}' ]; do sleep 0.05; done; fi`)
  return { begun: () => until(() => exists(begun), `${name} runs`), open: () => writeFile(leave, ''), remove: () => rm(path.join(repository, '.git/hooks', name)) }
}

const log = (folder, range) => git(folder, 'log', '--format=%s', range)
const openIntents = async () => (await rows(daemon.home, 'SELECT op FROM op_intent')).map(({ op }) => op)

for (const hook of ['commit-msg', 'pre-merge-commit'])
  test(`a merge that the hook ${hook} refuses says so, and waits to be continued`, async () => {
    const { repository, topic } = await open()
    await commit(repository, { base: '1\n' })
    await addHook(repository, hook, 'echo "no merges on Friday" >&2; exit 1')
    const { error } = await topic.want(409, 'merge')
    assert.equal(error.message, `could not merge: the hook ${hook} refused it: no merges on Friday; the merge is in progress: continue or abort it`)
    assert.deepEqual(error.details.inProgress, ['merge'])
    assert.equal((await daemon.want(200, 'GET', `${topic.at}/merge`)).inProgress, 'merge')
    if (hook === 'commit-msg') await topic.want(409, 'merge/continue')
    await rm(path.join(repository, '.git/hooks', hook))
    const done = await topic.want(200, 'merge/continue')
    assert.deepEqual([done.inProgress, done.note], ['none', undefined])
    assert.deepEqual(await openIntents(), [])
  })

test('a merge whose git is ended before it has noted what it merges is put back', async () => {
  const { repository, topic } = await open()
  await commit(repository, { base: '1\n', 'README.md': '# Base\n' })
  await writeFiles(topic.path, { untracked: 'mine\n' })
  const ended = async (status, why, answer) => {
    const { status: got, body } = await answer
    assert.equal(got, status)
    const said = new RegExp(`^${why}; the worktree is as it was before, and what git left is in salvage (slv_\\w+)$`).exec(body.error.message)
    assert.ok(said, body.error.message)
    assert.equal(await git(topic.path, 'status', '--porcelain'), '?? untracked')
    assert.deepEqual(await openIntents(), [])
    const { salvages } = await daemon.want(200, 'GET', `${topic.at}/salvages`)
    assert.deepEqual([salvages[0].id, salvages[1].id], [said[1], ...body.error.details.salvage])
    assert.equal(await git(topic.path, 'show', `${salvages[0].commit}:staged/base`), '1')
  }
  await addHook(repository, 'pre-merge-commit', 'kill -9 $PPID')
  await ended(500, 'git could not merge: signal 9 ended it', topic.call('merge'))
  const held = await gate(repository, 'pre-merge-commit')
  const answer = topic.call('merge')
  await held.begun()
  await topic.want(200, 'cancel')
  await ended(409, 'git merge was cancelled', answer)
  await held.remove()

  await addHook(repository, 'pre-merge-commit', 'echo theirs >>own; kill -9 $PPID')
  const { error: { message, details } } = await topic.want(500, 'merge')
  assert.match(message, /^git could not merge: signal 9 ended it; files are half changed: restore salvage slv_\w+ to have them as they were before \(own has changed since it began\)$/)
  assert.equal(await git(topic.path, 'status', '--porcelain'), 'M  README.md\nA  base\n M own\n?? untracked')
  await topic.want(200, `salvages/${details.salvage[0]}/restore`)
  assert.equal(await git(topic.path, 'status', '--porcelain'), '?? untracked')

  const lock = (await git(topic.path, 'rev-parse', '--path-format=absolute', '--git-path', 'index.lock')).trim()
  await addHook(repository, 'pre-merge-commit', `: >'${lock}'; kill -9 $PPID`)
  const { error } = await topic.want(500, 'merge')
  assert.match(error.message, /^git could not merge: signal 9 ended it; files are half changed: restore salvage slv_\w+ to have them as they were before \(.*index\.lock.*\)$/)
  assert.match(await git(topic.path, 'status', '--porcelain'), /^A {2}base$/m)
  await Promise.all([rm(lock), rm(path.join(repository, '.git/hooks/pre-merge-commit'))])
  await topic.want(200, `salvages/${error.details.salvage[0]}/restore`)
  assert.equal(await git(topic.path, 'status', '--porcelain'), '?? untracked')
  assert.equal((await topic.want(200, 'merge')).inProgress, 'none')
})

test('a hook that hangs delays what needs the whole repository, by name, and no act in another worktree', async (t) => {
  const { repository, workspace, topic, add } = await open()
  const other = await add('other')
  const held = await gate(repository, 'pre-commit', '[ "$(basename "$(pwd)")" = "$(basename \'' + topic.path + '\')" ]')
  await writeFiles(topic.path, { own: '2\n' })
  await writeFiles(other.path, { a: '1\n' })
  const hanging = topic.call('commit', { message: 'Held', all: true })
  t.after(() => held.open())
  await held.begun()
  await other.want(200, 'stage', { all: true })
  await other.want(200, 'commit', { message: 'Meanwhile' })
  await commit(repository, { base: '1\n' })
  await other.want(200, 'merge')
  const { token } = daemon
  const live = await Live.open(`${daemon.origin.replace('http', 'ws')}/ws`, { token })
  const news = await live.subscribe('app', { kinds: ['op_progress'] })
  const closing = daemon.api('DELETE', `/api/workspaces/${workspace}`)
  const { payload } = await news.waitFor('op_progress', ({ op }) => op === 'delete_workspace')
  assert.equal(payload.step, `waits for commit_changes of worktree ${topic.id}`)
  await held.open()
  assert.equal((await hanging).status, 200)
  assert.equal((await closing).status, 204)
  assert.equal(await log(topic.path, 'HEAD~1..HEAD'), 'Held')
  await live.close()
})

test('a merge, a rebase and a squash whose signature fails say so', async () => {
  const { repository, topic } = await open()
  await commit(topic.path, { own: '2\n' }, 'Own again')
  await commit(repository, { base: '1\n' })
  await git(repository, 'config', 'commit.gpgSign', 'true')
  await git(repository, 'config', 'gpg.program', '/bin/false')
  const unsigned = /could not (merge|rebase|commit): the commit could not be signed: unlock the key, or turn commit\.gpgSign off/
  const merged = await topic.want(409, 'merge')
  assert.match(merged.error.message, unsigned)
  assert.deepEqual(merged.error.details.inProgress, ['merge'])
  await topic.want(200, 'merge/abort')
  const rebased = await topic.want(409, 'rebase')
  assert.match(rebased.error.message, unsigned)
  assert.deepEqual(rebased.error.details.inProgress, ['rebase'])
  await topic.want(200, 'merge/abort')
  const head = await git(topic.path, 'rev-parse', 'HEAD')
  assert.match((await topic.want(409, 'squash', { message: 'One' })).error.message, unsigned)
  assert.equal(await git(topic.path, 'rev-parse', 'HEAD'), head)
  assert.deepEqual(await openIntents(), [])
})

test('a hook that fails after the act is a note of its answer', async () => {
  const { repository, topic } = await open()
  await commit(repository, { base: '1\n' })
  for (const [name, code] of [['post-merge', 3], ['post-commit', 4]]) await addHook(repository, name, `echo "${name} is broken" >&2; exit ${code}`)
  const failed = (name, code) => `the hook ${name} failed with exit code ${code}: ${name} is broken`
  assert.equal((await topic.want(200, 'merge')).note, failed('post-merge', 3))
  await writeFiles(topic.path, { own: '2\n' })
  assert.equal((await topic.want(200, 'commit', { message: 'Mine', all: true })).note, failed('post-commit', 4))
  assert.equal((await topic.want(200, 'land', { how: 'ff' })).note, failed('post-merge', 3))
  await addHook(repository, 'post-merge', 'exit 5')
  await topic.want(200, 'land/undo')
  assert.equal((await topic.want(200, 'land', { how: 'ff' })).note, 'the hook post-merge failed with exit code 5')
})

test('what is cancelled is settled at once: nothing is left to recover, and what follows is stored once', async () => {
  const { repository, topic } = await open()
  await writeFiles(topic.path, { own: 'mine\n' })
  const hanging = async (what, body, hook, condition) => {
    const held = await gate(repository, hook, condition)
    const answer = topic.call(what, body)
    await held.begun()
    assert.deepEqual(await topic.want(200, 'cancel'), { cancelled: condition ? 0 : 1 })
    if (condition) await held.open() // a landing that has begun to move is not cancelled
    const { status, body: said } = await answer
    await held.remove()
    assert.deepEqual(await openIntents(), [], what)
    return { status, said }
  }
  assert.equal((await hanging('commit', { message: 'Never', all: true }, 'pre-commit')).status, 409)
  assert.equal(await log(topic.path, 'main..HEAD'), 'Own')
  await topic.want(200, 'commit', { message: 'Mine', all: true })
  await commit(repository, { base: '1\n' }, 'Base')
  const merge = await hanging('merge', {}, 'post-merge')
  assert.deepEqual([merge.status, merge.said.inProgress, merge.said.note], [200, 'merge', 'git merge was cancelled'], 'its commit is there, but git has not cleaned up')
  assert.equal((await topic.want(200, 'merge/abort')).head, merge.said.head)
  assert.equal((await hanging('land', { how: 'squash', message: 'Landed' }, 'reference-transaction', 'grep -q refs/heads/main')).status, 200)
  await topic.want(200, 'land/undo')
  const land = await hanging('land', { how: 'squash', message: 'Landed' }, 'post-merge')
  assert.deepEqual([land.status, land.said.note], [200, 'the hook post-merge failed: git hook was cancelled'])
  const late = await hanging('commit', { message: 'Late', allowEmpty: true }, 'post-commit')
  assert.deepEqual([late.status, late.said.summary, late.said.note], [200, 'Late', 'git commit was cancelled'])
  await daemon.stop()
  await daemon.restart()
  assert.deepEqual(daemon.program.errors.items.filter((line) => /recovering/.test(line)), [])
  await topic.want(200, 'land/undo')
  await topic.want(409, 'land/undo')
  assert.equal(await log(repository, 'main'), 'Base\nFirst')
})
