// A person, a git that outlives the daemon, and Muster change the same branch: every answer is true, and nothing is moved from
// where it is not expected.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { access, chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { git, makeSharedRepository, writeFiles } from '../harness/repository.mjs'
import { until, within } from '../harness/wait.mjs'

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
  await git(folder, 'commit', '--quiet', `--message=${message}`)
}

async function open() {
  const repository = await makeSharedRepository({ 'README.md': '# Sample\n' })
  const workspace = await daemon.want(201, 'POST', '/api/workspaces', { path: repository })
  const route = `/api/workspaces/${workspace.id}/worktrees`
  const tree = await daemon.want(201, 'POST', route, { name: 'topic', branch: 'topic', createBranch: true })
  await commit(tree.path, { own: '1\n' }, 'Own')
  const at = `${route}/${tree.id}`
  const call = (what, body = {}, key = randomUUID()) => daemon.api('POST', `${at}/${what}`, body, { key })
  const want = (status, what, body = {}) => daemon.want(status, 'POST', `${at}/${what}`, body)
  return { repository, tree, route, at, call, want }
}

const land = { how: 'squash', message: 'Landed' }
const log = (folder, range) => git(folder, 'log', '--format=%s', range)

const gitFolder = (tree) => git(tree, 'rev-parse', '--absolute-git-dir')

/** A hook that waits: {begun, open}. */
async function gate(repository, hook, condition = 'true', afterwards = '') {
  const folder = await makeFolder('gate')
  const [begun, leave, file] = [path.join(folder, 'begun'), path.join(folder, 'leave'), path.join(repository, '.git/hooks', hook)]
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, `#!/bin/sh\nif ${condition} && [ ! -e '${leave}' ]; then : >'${begun}'; while [ ! -e '${leave}' ]; do sleep 0.05; done; ${afterwards}fi\n`)
  await chmod(file, 0o755)
  return { begun: () => until(() => exists(begun), `${hook} runs`), open: () => writeFile(leave, '') }
}

/** Dies at `point` in the call; `meanwhile`, and then it is started again. Returns the call's key. */
async function dieAt(point, call, meanwhile) {
  const key = randomUUID()
  await daemon.stop()
  const { env } = daemon.options
  await daemon.restart({ env: { ...env, MUSTER_CRASH: `${point}:1` } })
  await Promise.all([daemon.program.ended, assert.rejects(call(key))])
  await meanwhile()
  await daemon.restart({ env })
  return key
}

for (const [what, begin] of [['rebase', ['rebase', '--quiet', 'other']], ['bisect', ['bisect', 'start', 'HEAD', 'HEAD~1']]])
  test(`nothing lands on a branch while a ${what} of it is in progress elsewhere`, async () => {
    const w = await open()
    await git(w.repository, 'switch', '--quiet', '--create', 'other')
    await commit(w.repository, { clash: 'other\n' })
    await git(w.repository, 'switch', '--quiet', 'main')
    await commit(w.repository, { clash: 'main\n' })
    await w.want(200, 'merge')
    const place = path.join(await makeFolder('side'), 'side')
    await git(w.repository, 'switch', '--quiet', 'other')
    await git(w.repository, 'worktree', 'add', '--quiet', place, 'main')
    await git(place, ...begin).catch(() => {})
    const before = await git(w.repository, 'rev-parse', 'main')
    const { error } = await w.want(409, 'land', land)
    assert.match(error.message, new RegExp(`a ${what} of main is in progress at .*side`))
    assert.equal(await git(w.repository, 'rev-parse', 'main'), before)
  })

test('nothing lands on a branch that two worktrees have checked out', async () => {
  const w = await open()
  await git(w.repository, 'worktree', 'add', '--quiet', '--force', path.join(await makeFolder('side'), 'side'), 'main')
  assert.match((await w.want(409, 'land', land)).error.message, /main is checked out twice/)
})

test('a worktree of base that was made a moment ago outside Muster is salvaged before it follows', async () => {
  const w = await open()
  await git(w.repository, 'switch', '--quiet', '--create', 'other')
  const place = path.join(await makeFolder('side'), 'side')
  await git(w.repository, 'worktree', 'add', '--quiet', place, 'main')
  await writeFile(path.join(place, 'untracked'), 'kept\n')
  await w.want(200, 'land', land)
  assert.equal(await git(place, 'status', '--porcelain'), '?? untracked')
  const { worktrees } = await daemon.want(200, 'GET', w.route)
  const row = worktrees.find((one) => one.path === place)
  const { salvages } = await daemon.want(200, 'GET', `${w.route}/${row.id}/salvages`)
  assert.equal(await git(place, 'show', `${salvages[0].commit}:files/untracked`), 'kept')
})

test('a landing that is cancelled halfway is finished, and base is whole', async () => {
  const w = await open()
  const hook = await gate(w.repository, 'reference-transaction', 'grep -q refs/heads/main')
  const answer = w.call('land', land)
  await hook.begun()
  await w.want(200, 'cancel')
  await hook.open()
  assert.equal((await answer).status, 200)
  assert.equal(await git(w.repository, 'status', '--porcelain'), '')
  assert.equal(await log(w.repository, 'main'), 'Landed\nFirst')
})

test('the commit that a person makes while the daemon is down is not taken for its own', async () => {
  const w = await open()
  await writeFile(path.join(w.tree.path, 'staged'), '1\n')
  await w.want(200, 'stage', { all: true })
  const body = { message: 'Mine' }
  const key = await dieAt('commit.intended', (k) => w.call('commit', body, k), () => git(w.tree.path, 'commit', '--quiet', '--allow-empty', '--only', '--message=Theirs'))
  const { status, body: made } = await w.call('commit', body, key)
  assert.deepEqual([status, made.summary], [200, 'Mine'])
  assert.equal(await log(w.tree.path, 'main..HEAD'), 'Mine\nTheirs\nOwn')
})

test('a merge that did not begin is not reported as done because a person has committed since', async () => {
  const w = await open()
  await commit(w.repository, { base: '1\n' }, 'Base')
  const key = await dieAt('step.intended', (k) => w.call('merge', {}, k), () => git(w.tree.path, 'commit', '--quiet', '--allow-empty', '--message=Theirs'))
  assert.equal((await w.call('merge', {}, key)).status, 200)
  await git(w.tree.path, 'merge-base', '--is-ancestor', 'main', 'HEAD')
})

test('a landing is stored although base has moved on before the daemon is back', async () => {
  const w = await open()
  const key = await dieAt('land.moved', (k) => w.call('land', land, k), () => commit(w.repository, { later: '1\n' }, 'Later'))
  const { status, body: landing } = await w.call('land', land, key)
  assert.equal(status, 200)
  assert.equal(await git(w.repository, 'rev-parse', 'main~1'), landing.toId)
  assert.match((await w.want(409, 'land/undo')).error.message, /^main has moved since/)
})

test('a recovery that cannot read the repository is repeated at the next start', async () => {
  const w = await open()
  const config = path.join(w.repository, '.git/config')
  const sound = await readFile(config)
  await writeFile(path.join(w.tree.path, 'staged'), '1\n')
  await w.want(200, 'stage', { all: true })
  const key = await dieAt('commit.made', (k) => w.call('commit', { message: 'Mine' }, k), () => writeFile(config, '[broken'))
  await w.call('commit', { message: 'Another' })
  await daemon.stop()
  await writeFile(config, sound)
  await daemon.restart()
  assert.equal((await w.call('commit', { message: 'Mine' }, key)).status, 200)
  assert.equal(await log(w.tree.path, 'main..HEAD'), 'Mine\nOwn')
})

test('a git that outlives the daemon is awaited, whichever worktree it works in and whether or not it holds a lock', async () => {
  const w = await open()
  await writeFile(path.join(w.tree.path, 'staged'), '1\n')
  await w.want(200, 'stage', { all: true })
  const rows = [['commit', { message: 'Mine' }, 'pre-commit', 'true'], ['land', land, 'reference-transaction', 'grep -q refs/heads/main']]
  for (const [what, body, name, condition] of rows) {
    const hook = await gate(w.repository, name, condition)
    const key = randomUUID()
    const lost = assert.rejects(w.call(what, body, key))
    await hook.begun()
    await daemon.kill()
    await lost
    await daemon.restart()
    const behind = w.call(what, body, key)
    const status = await daemon.api('GET', '/api/system')
    assert.equal(status.status, 200)
    await hook.open()
    assert.equal((await behind).status, 200, what)
  }
  assert.equal(await log(w.tree.path, 'HEAD'), 'Mine\nOwn\nFirst')
  assert.equal(await log(w.repository, 'main'), 'Landed\nFirst')
  assert.equal(await git(w.repository, 'status', '--porcelain'), '')
})

test('a merge whose git outlives the daemon is made once and leaves nothing in progress', async () => {
  const w = await open()
  await writeFile(path.join(w.repository, 'base.txt'), '1\n')
  await git(w.repository, 'add', 'base.txt')
  await git(w.repository, 'commit', '-qm', 'Base')
  const hook = await gate(w.repository, 'pre-merge-commit')
  const key = randomUUID()
  const lost = assert.rejects(w.call('merge', {}, key))
  await hook.begun()
  await daemon.kill()
  await lost
  await hook.open()
  await until(async () => !(await exists(path.join(await gitFolder(w.tree.path), 'MERGE_HEAD'))), 'git ends the merge by itself')
  await daemon.restart()
  const { status, body } = await w.call('merge', {}, key)
  assert.deepEqual([status, body.inProgress], [200, 'none'])
  assert.equal(await git(w.tree.path, 'rev-list', '--count', '--merges', 'HEAD'), '1')
  assert.equal(await git(w.tree.path, 'status', '--porcelain'), '')
})

test('a merge whose git ended with the daemon is reported with the salvage that has the files', async () => {
  const w = await open()
  await commit(w.repository, { base: '1\n' }, 'Base')
  const hook = await gate(w.repository, 'pre-merge-commit', 'true', 'kill -9 $PPID; ')
  const lost = assert.rejects(w.call('merge'))
  await hook.begun()
  await daemon.kill()
  await lost
  await hook.open()
  await daemon.restart()
  const report = async () => (await daemon.want(200, 'GET', '/api/errors')).errors.map(({ error }) => /^a merge in worktree topic was interrupted, and files there have changed since it began: salvage (slv_\w+) has them as they were before$/.exec(error.message)).find(Boolean)
  await until(report, 'the interrupted merge is reported')
  assert.equal(await git(w.tree.path, 'status', '--porcelain'), 'A  base')
  await w.want(200, `salvages/${(await report())[1]}/restore`)
  assert.equal(await git(w.tree.path, 'status', '--porcelain'), '')
  assert.equal((await w.want(200, 'merge')).inProgress, 'none')
})

test('a git that outlives the daemon for long keeps nobody waiting, not even the end of the daemon, and is settled when it ends', async () => {
  const w = await open()
  await writeFile(path.join(w.tree.path, 'staged'), '1\n')
  await w.want(200, 'stage', { all: true })
  const hook = await gate(w.repository, 'pre-commit')
  const key = randomUUID()
  const lost = assert.rejects(w.call('commit', { message: 'Mine' }, key))
  await hook.begun()
  await daemon.kill()
  await lost
  for (const read of ['status', 'diff', 'merge']) {
    await daemon.restart()
    await daemon.want(200, 'GET', `${w.at}/${read}`)
    await within(daemon.stop(), 'the daemon ends beside a recovery')
  }
  await daemon.restart()
  await daemon.want(201, 'POST', w.route, { name: 'later', branch: 'later', createBranch: true })
  const { status, body } = await w.call('commit', { message: 'Mine' }, key)
  assert.equal(status, 503)
  assert.match(body.error.message, /the earlier call with this key was interrupted.*the git that was started for it still runs \(process \d+\)/)
  await hook.open()
  await until(async () => (await w.call('commit', { message: 'Mine' }, key)).status === 200, 'it is settled')
  assert.equal(await log(w.tree.path, 'main..HEAD'), 'Mine\nOwn')
})
