// Workspaces and worktrees over HTTP: the shapes of the first source's API, and what a crash in the middle leaves.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { crashAt } from '../harness/crash.mjs'
import { Daemon } from '../harness/daemon.mjs'
import { git, makeRepository, writeFiles } from '../harness/repository.mjs'
import { until } from '../harness/wait.mjs'

const WORKSPACE = { id: /^ws_[a-z0-9]+$/, name: 'string', path: 'string', worktreeCount: 'number', agentCount: 'number', createdAt: /Z$/, updatedAt: /Z$/ }
const WORKTREE = {
  id: /^wt_[a-z0-9]+$/, workspaceId: /^ws_[a-z0-9]+$/, name: 'string', branch: 'string', path: 'string', sortMode: /^(free|status|name)$/,
  displayOrder: 'number', isMain: 'boolean', createdAt: /Z$/, updatedAt: /Z$/,
}
const STATUS = { isClean: 'boolean', ahead: 'number', behind: 'number', modified: 'list', staged: 'list', untracked: 'list' }

/** Every field of the source's shape, with its type; more fields are allowed. */
function assertShape(value, shape) {
  for (const [field, want] of Object.entries(shape)) {
    if (want === 'list') assert.ok(Array.isArray(value[field]), field)
    else if (typeof want === 'string') assert.equal(typeof value[field], want, field)
    else assert.match(value[field], want, field)
  }
}

async function startDaemon() {
  const daemon = await Daemon.start()
  await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
  return daemon
}

async function openRepository(daemon, files) {
  const repository = await makeRepository(files)
  const workspace = await daemon.want(201, 'POST', '/api/workspaces', { path: repository })
  return { repository, workspace, route: `/api/workspaces/${workspace.id}` }
}

const addTopic = ({ route }, daemon, options) =>
  daemon.want(201, 'POST', `${route}/worktrees`, { name: 'topic', branch: 'topic', createBranch: true }, options)

/** The repository's folder, its worktrees beside it, and what the rows say must be one list. */
async function assertAgreement(daemon, { repository, route }) {
  const main = (await daemon.want(200, 'GET', route)).worktrees.find((tree) => tree.isMain)
  await daemon.want(200, 'GET', `${route}/worktrees/${main.id}/branches`) // git is asked behind what a crash cut off
  const detail = await daemon.want(200, 'GET', route)
  const listed = (await git(repository, 'worktree', 'list', '--porcelain')).match(/^worktree .*$/gm).map((line) => line.slice(9))
  const beside = path.dirname(repository)
  const folders = (await readdir(beside)).filter((name) => !name.startsWith('.')).map((name) => path.join(beside, name))
  const shown = listed.filter((name) => !name.includes('/trash/'))
  assert.deepEqual(detail.worktrees.map((tree) => tree.path).sort(), shown.sort())
  assert.deepEqual(folders.sort(), shown)
  const { entries } = await daemon.want(200, 'GET', '/api/trash')
  assert.equal(entries.length, listed.length - shown.length)
  return detail
}

test('answers have the fields and types of Claude Manager', async () => {
  const daemon = await startDaemon()
  const opened = await openRepository(daemon)
  assertShape(opened.workspace, WORKSPACE)
  const tree = await addTopic(opened, daemon)
  assertShape(tree, WORKTREE)
  const at = `${opened.route}/worktrees/${tree.id}`
  const { workspaces } = await daemon.want(200, 'GET', '/api/workspaces')
  assertShape(workspaces[0], WORKSPACE)
  const detail = await daemon.want(200, 'POST', `${opened.route}/refresh`)
  assertShape(detail, WORKSPACE)
  for (const row of detail.worktrees) assertShape(row, { ...WORKTREE, agents: 'list', previousAgents: 'list' })
  assertShape(await daemon.want(200, 'GET', at), { ...WORKTREE, agents: 'list', previousAgents: 'list' })
  assertShape(await daemon.want(200, 'GET', `${at}/status`), STATUS)
  assert.equal((await daemon.want(200, 'GET', `${at}/status`)).hidden, undefined)
  assertShape(await daemon.want(200, 'GET', `${at}/branches`), { local: 'list', remote: 'list', current: 'string' })
  assertShape(await daemon.want(200, 'PUT', at, { name: 'new', sortMode: 'name', order: 3 }), WORKTREE)
  assertShape(await daemon.want(200, 'POST', `${at}/checkout`, { branch: 'more', createBranch: true }), WORKTREE)
  const { worktrees } = await daemon.want(200, 'PUT', `${opened.route}/worktrees/reorder`, { worktreeIds: [tree.id] })
  assert.deepEqual(worktrees, [{ id: tree.id, order: 0 }])
  await daemon.want(204, 'DELETE', at)
  await daemon.want(204, 'DELETE', opened.route)
  await daemon.remove()
})

test('what is impossible is refused with the right status', async () => {
  const daemon = await startDaemon()
  const opened = await openRepository(daemon)
  const { worktrees } = await daemon.want(200, 'GET', `${opened.route}/worktrees`)
  const main = `${opened.route}/worktrees/${worktrees[0].id}`
  const rows = [
    [409, 'POST', '/api/workspaces', { path: opened.repository }],
    [403, 'POST', '/api/workspaces', { path: '/etc' }],
    [403, 'GET', '/api/browse?path=/'],
    [400, 'POST', '/api/workspaces', { path: path.dirname(opened.repository) }],
    [409, 'POST', `${opened.route}/worktrees`, { name: 'x', branch: 'main', createBranch: true }],
    [409, 'POST', `${opened.route}/worktrees`, { name: 'x', branch: 'main' }],
    [400, 'DELETE', main],
  ]
  for (const [status, method, route, body] of rows) await daemon.want(status, method, route, body)
  await rm(opened.repository, { recursive: true })
  await daemon.want(404, 'POST', `${opened.route}/refresh`)
  await daemon.want(404, 'GET', `${main}/status`)
  await daemon.remove()
})

test('a refusal names what is meant, and what a person can do', async () => {
  const daemon = await startDaemon()
  const one = await openRepository(daemon)
  const refused = async (status, ...call) => (await daemon.want(status, ...call)).error.message
  const open = (folder, status = 400) => refused(status, 'POST', '/api/workspaces', { path: folder })

  const bare = path.join(path.dirname(one.repository), 'bare.git')
  await git(one.repository, 'clone', '--quiet', '--bare', '.', bare)
  assert.equal(await open(bare), `${bare} is a bare repository without a worktree; add one (git worktree add FOLDER BRANCH) and open that`)
  const first = path.join(path.dirname(one.repository), 'first')
  await git(bare, 'worktree', 'add', '--quiet', first)
  for (const [folder, worktree] of [[bare, first], [path.join(one.repository, '.git'), one.repository]])
    assert.equal(await open(folder), `${folder} is a bare repository or a git folder; open one of its worktrees, as ${worktree}`)
  assert.equal(await open('/etc/passwd', 403), '/etc/passwd is outside the folders of workspace.roots, and not a folder')

  const start = { name: 'x', branch: 'x', createBranch: true, start: 'v9.9' }
  assert.equal(await refused(404, 'POST', `${one.route}/worktrees`, start), 'the start v9.9 names no commit of the repository')

  const unborn = await openRepository(daemon)
  await git(unborn.repository, 'symbolic-ref', 'HEAD', 'refs/heads/begun')
  const fresh = { name: 'x', branch: 'x', createBranch: true }
  assert.equal(await refused(404, 'POST', `${unborn.route}/worktrees`, fresh), "the branch begun of the repository's own folder has no commit yet; name another branch, or a commit, as the start")
  assert.equal(await refused(404, 'POST', `${unborn.route}/worktrees`, start), 'the start v9.9 names no commit of the repository')
  await daemon.want(201, 'POST', `${unborn.route}/worktrees`, { ...fresh, start: 'main' })

  const topic = await addTopic(one, daemon)
  await daemon.want(204, 'DELETE', `${one.route}/worktrees/${topic.id}`)
  const { entries: [entry] } = await daemon.want(200, 'GET', '/api/trash')
  await rename(entry.place, `${entry.place}-away`)
  const gone = await refused(404, 'POST', `${one.route}/worktrees/${topic.id}/restore`)
  assert.equal(gone, `${entry.place} is not there: it was moved or deleted outside Muster, or its disk is not mounted; if it was moved, move it back and try again`)
  await rename(`${entry.place}-away`, entry.place)
  await daemon.want(200, 'POST', `${one.route}/worktrees/${topic.id}/restore`)

  await writeFile(path.join(one.repository, '.git/worktrees', path.basename(topic.path), 'index'), 'no index')
  assert.match(await refused(500, 'GET', `${one.route}/worktrees/${topic.id}/status`), new RegExp(`^git could not read the status in ${topic.path}: .*index`))
  await daemon.remove()
})

test('what is in the trash of a lost store is named by the doctor, and listed again once its repository is open', async () => {
  const daemon = await startDaemon()
  const opened = await openRepository(daemon)
  const tree = await addTopic(opened, daemon)
  await writeFiles(tree.path, { precious: 'every byte\n' })
  await daemon.want(204, 'DELETE', `${opened.route}/worktrees/${tree.id}?force=true`)
  const { entries: [entry] } = await daemon.want(200, 'GET', '/api/trash')
  await daemon.stop()
  for (const name of await readdir(daemon.home)) if (name.startsWith('muster.db')) await rm(path.join(daemon.home, name))
  await daemon.restart()
  await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
  assert.deepEqual((await daemon.want(200, 'GET', '/api/trash')).entries, [])
  const { out } = await daemon.cli(['doctor'])
  assert.ok(out.includes(`the worktree ${tree.path} is at ${entry.place} and not in the store`), out)
  await daemon.want(201, 'POST', '/api/workspaces', { path: opened.repository })
  const { entries: [again] } = await daemon.want(200, 'GET', '/api/trash')
  assert.deepEqual([again.id, again.worktreeId, again.branch], [entry.id, tree.id, 'refs/heads/topic'])
  assert.doesNotMatch((await daemon.cli(['doctor'])).out, /^note +trash/m)
  await daemon.want(200, 'POST', `/api/trash/${entry.id}/restore`)
  assert.equal(await readFile(path.join(tree.path, 'precious'), 'utf8'), 'every byte\n')

  await writeFiles(tree.path, { precious: 'saved\n' })
  const { worktrees } = await daemon.want(200, 'GET', '/api/workspaces').then(({ workspaces: [{ id }] }) => daemon.want(200, 'GET', `/api/workspaces/${id}`))
  const { workspaceId } = worktrees[0]
  await daemon.want(200, 'POST', `/api/workspaces/${workspaceId}/worktrees/${tree.id}/discard`, { all: true })
  const { salvages: [{ id, commit }] } = await daemon.want(200, 'GET', `/api/workspaces/${workspaceId}/salvages`)
  await rm(path.join(opened.repository, '.git/objects', commit.slice(0, 2), commit.slice(2)))
  assert.match((await daemon.cli(['doctor'], { code: 1 })).out, new RegExp(`^BAD +salvages +salvage ${id} .* is damaged`, 'm'))
  await daemon.remove()
})

test('the status names the files whose changes git does not report', async () => {
  const daemon = await startDaemon()
  const { repository, route } = await openRepository(daemon, { 'a.txt': 'a\n', 'b.txt': 'b\n', 'c.txt': 'c\n', 'plain.txt': 'p\n' })
  await git(repository, 'update-index', '--assume-unchanged', 'a.txt')
  await git(repository, 'update-index', '--skip-worktree', 'b.txt', 'c.txt')
  await writeFiles(repository, { 'a.txt': 'hidden\n' })
  await rm(path.join(repository, 'c.txt'))
  const [main] = (await daemon.want(200, 'GET', `${route}/worktrees`)).worktrees
  const { isClean, hidden } = await daemon.want(200, 'GET', `${route}/worktrees/${main.id}/status`)
  assert.deepEqual({ isClean, hidden }, { isClean: true, hidden: ['a.txt', 'b.txt'] })
  await daemon.remove()
})

test('the refusal of a dirty worktree gives counts and names to every reader', async () => {
  const daemon = await startDaemon()
  const opened = await openRepository(daemon)
  const tree = await addTopic(opened, daemon)
  const names = Array.from({ length: 6 }, (_, i) => `new-${i}`)
  await writeFiles(tree.path, { ...Object.fromEntries(names.map((name) => [name, ''])), 'two\nlines': '' })
  const refused = await daemon.want(409, 'DELETE', `${opened.route}/worktrees/${tree.id}`)
  assert.deepEqual(refused.error.details, { untrackedCount: ['7'], untracked: names.slice(0, 4), untrackedOmitted: ['3'] })
  await Promise.all(names.map((name) => rm(path.join(tree.path, name))))
  const { error } = await daemon.want(409, 'DELETE', `${opened.route}/worktrees/${tree.id}`)
  assert.deepEqual(error.details, { untrackedCount: ['1'], untracked: ['two\\nlines'] })
  await daemon.remove()
})

test('a folder is not moved from under an agent of another workspace', async () => {
  const daemon = await startDaemon()
  const [around, inner] = [await openRepository(daemon), await openRepository(daemon)]
  const tree = await addTopic(around, daemon)
  const place = { name: 'guest', branch: 'guest', createBranch: true, path: `${tree.path}/guest` }
  const guest = await daemon.want(201, 'POST', `${inner.route}/worktrees`, place)
  const agent = await daemon.want(201, 'POST', '/api/agents', { worktreeId: guest.id, name: 'a', adapter: 'terminal', command: ['sleep', '1000'] })
  await daemon.want(200, 'POST', `/api/agents/${agent.id}/start`, {})
  const refused = await daemon.want(409, 'DELETE', `${around.route}/worktrees/${tree.id}?force=true`)
  assert.match(refused.error.message, /worktree guest at .* is inside it/)
  assert.ok((await readdir(place.path)).includes('.git'))
  await daemon.want(200, 'POST', `/api/agents/${agent.id}/stop`, {})
  await daemon.remove()
})

test('a worktree whose folder was deleted is forgotten, with its agents archived', async () => {
  const daemon = await startDaemon()
  const opened = await openRepository(daemon)
  const tree = await addTopic(opened, daemon)
  const at = `${opened.route}/worktrees/${tree.id}`
  const agent = await daemon.want(201, 'POST', '/api/agents', { worktreeId: tree.id, name: 'a', adapter: 'terminal', command: ['true'] })
  await rm(tree.path, { recursive: true })
  assert.equal((await daemon.want(200, 'GET', at)).isMissing, true)
  await daemon.want(204, 'DELETE', at)
  await daemon.want(404, 'GET', at)
  assert.ok((await daemon.want(200, 'GET', `/api/agents/${agent.id}`)).deletedAt)
  assert.equal((await assertAgreement(daemon, opened)).worktrees.length, 1)
  await daemon.remove()
})

test('a repository that is closed and opened again has its agents and their messages', async () => {
  const daemon = await startDaemon()
  const opened = await openRepository(daemon)
  const tree = await addTopic(opened, daemon)
  const create = (name) =>
    daemon.want(201, 'POST', '/api/agents', { worktreeId: tree.id, name, adapter: 'terminal', command: ['sleep', '1000'] })
  const [runner, archived] = [await create('runner'), await create('archived')]
  await daemon.want(202, 'POST', `/api/agents/${archived.id}/message`, { content: 'remember this' })
  await daemon.want(204, 'DELETE', `/api/agents/${archived.id}`)
  await daemon.want(200, 'POST', `/api/agents/${runner.id}/start`, {})
  const busy = await daemon.want(409, 'DELETE', opened.route)
  assert.equal(busy.error.message, '1 agent is running in worktree topic; stop it first')
  await daemon.want(200, 'POST', `/api/agents/${runner.id}/stop`, {})
  await daemon.want(204, 'DELETE', opened.route)
  await daemon.want(404, 'GET', opened.route)
  await daemon.want(404, 'GET', `${opened.route}/worktrees/${tree.id}`)
  const refused = await daemon.want(409, 'POST', `/api/agents/${runner.id}/restore`)
  assert.match(refused.error.message, /workspace is closed; open its repository again first/)
  await daemon.stop()
  await daemon.restart()
  const again = await daemon.want(201, 'POST', '/api/workspaces', { path: opened.repository })
  assert.deepEqual([again.id, again.worktreeCount, again.agentCount], [opened.workspace.id, 2, 1])
  const detail = await daemon.want(200, 'GET', `${opened.route}/worktrees/${tree.id}`)
  assert.deepEqual(detail.agents.map(({ id }) => id), [runner.id])
  assert.deepEqual(detail.previousAgents.map(({ id }) => id), [archived.id])
  const { messages } = await daemon.want(200, 'GET', `/api/agents/${archived.id}/messages`)
  assert.deepEqual(messages.map(({ content }) => content), ['remember this'])
  await daemon.want(200, 'POST', `/api/agents/${archived.id}/restore`)
  await daemon.want(200, 'POST', `/api/agents/${runner.id}/start`, {})
  await daemon.want(200, 'POST', `/api/agents/${runner.id}/stop`, {})
  await daemon.remove()
})

test('20 calls at once with one key and a crash in the middle create one worktree', async () => {
  const key = randomUUID()
  let opened
  const body = { name: 'once', branch: 'once', createBranch: true }
  const call = (daemon) => daemon.api('POST', `${opened.route}/worktrees`, body, { key })
  const wasReached = await crashAt('worktree.added', {
    prepare: async () => {
      const daemon = await startDaemon()
      opened = await openRepository(daemon)
      return daemon
    },
    job: (daemon) => Promise.all(Array.from({ length: 20 }, () => call(daemon))),
    verify: async (daemon) => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => call(daemon)))
      assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [201])
      assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1)
      const detail = await assertAgreement(daemon, opened)
      assert.equal(detail.worktreeCount, 2)
    },
  })
  assert.ok(wasReached)
})

/** Every point of the table that worktrees reach, by the act that reaches it. */
const POINTS = {
  create: ['worktree.intended', 'worktree.added', 'worktree.stored'],
  checkout: ['checkout.intended', 'checkout.switched', 'checkout.stored'],
  remove: ['remove.intended', 'trash.locked', 'trash.moved', 'trash.linked', 'trash.detached', 'remove.moved', 'remove.stored'],
  restore: ['restore.intended', 'restore.moved', 'restore.linked', 'restore.attached', 'restore.stored'],
}

/** Each act is asked again with its key after the crash, as a client would, and must then have been done once. */
const ACTS = {
  create: { job: (daemon, scene) => daemon.api('POST', `${scene.route}/worktrees`, { name: 'more', branch: 'more', createBranch: true }, { key: scene.key }), count: 3 },
  checkout: { job: (daemon, scene) => daemon.api('POST', `${scene.at}/checkout`, { branch: 'more', createBranch: true }, { key: scene.key }), count: 2 },
  remove: { job: (daemon, scene) => daemon.api('DELETE', `${scene.at}?force=true`, undefined, { key: scene.key }), count: 1 },
  restore: { job: (daemon, scene) => daemon.api('POST', `${scene.at}/restore`, undefined, { key: scene.key }), count: 2 },
}

async function prepareScene(act) {
  const daemon = await startDaemon()
  const scene = await openRepository(daemon)
  const tree = await addTopic(scene, daemon)
  await writeFiles(tree.path, { precious: 'every byte' })
  if (act === 'checkout') {
    await git(tree.path, 'add', '--all')
    await git(tree.path, 'commit', '--quiet', '--message=More')
  }
  scene.at = `${scene.route}/worktrees/${tree.id}`
  scene.tree = tree
  scene.key = randomUUID()
  if (act === 'restore') await daemon.want(204, 'DELETE', `${scene.at}?force=true`)
  return { daemon, scene }
}

for (const [act, points] of Object.entries(POINTS))
  for (const point of points)
    test(`git, rows and folders agree after a crash at ${point}`, async () => {
      let scene
      const wasReached = await crashAt(point, {
        prepare: async () => {
          const made = await prepareScene(act)
          scene = made.scene
          return made.daemon
        },
        job: (daemon) => ACTS[act].job(daemon, scene),
        verify: async (daemon) => {
          await assertAgreement(daemon, scene)
          const again = await ACTS[act].job(daemon, scene)
          assert.ok(again.status < 300, JSON.stringify(again.body))
          const detail = await assertAgreement(daemon, scene)
          assert.equal(detail.worktreeCount, ACTS[act].count)
          for (const tree of detail.worktrees) assert.equal(tree.branch, await git(tree.path, 'branch', '--show-current'))
          if (act === 'checkout') assert.equal(again.body.branch, 'more')
          const { entries } = await daemon.want(200, 'GET', '/api/trash')
          const place = act === 'remove' ? entries[0].place : scene.tree.path
          assert.equal(await readFile(path.join(place, 'precious'), 'utf8'), 'every byte')
        },
      })
      assert.ok(wasReached, `${point} was not reached`)
    })

test('a restore that died is not repeated over a commit that was made since, and says where the rest is', async () => {
  const { daemon, scene } = await prepareScene('create')
  await git(scene.tree.path, 'add', '--all')
  await git(scene.tree.path, 'commit', '--quiet', '--message=Then')
  await daemon.want(200, 'POST', `${scene.at}/checkout`, { branch: 'more', createBranch: true })
  const salvages = () => daemon.want(200, 'GET', `${scene.at}/salvages`).then((answer) => answer.salvages)
  const [saved] = await salvages()
  await git(scene.tree.path, 'commit', '--quiet', '--allow-empty', '--message=Next')
  await writeFiles(scene.tree.path, { precious: 'edited' })
  const { env } = daemon.options
  await daemon.stop()
  await daemon.restart({ env: { ...env, MUSTER_CRASH: 'snapshot.files:1' } })
  const { ended } = daemon.program
  await assert.rejects(daemon.api('POST', `${scene.at}/salvages/${saved.id}/restore`))
  assert.equal((await ended).signal, 'SIGKILL')
  const since = await git(scene.tree.path, 'commit-tree', '-p', 'HEAD', '-m', 'Since', 'HEAD^{tree}')
  await git(scene.tree.path, 'update-ref', 'HEAD', since) // a commit beside the index, which the dead daemon had locked
  await daemon.restart({ env })
  const all = await salvages() // they wait for the recovery
  const reports = async () => (await daemon.want(200, 'GET', '/api/errors')).errors.map(({ error }) => error.message).filter((text) => /interrupted restore/.test(text))
  await until(async () => (await reports()).length, 'the interrupted restore is reported')
  const [reported] = await reports()
  assert.match(reported, /HEAD changed after the restore was interrupted; what it replaced is in salvage slv_/)
  assert.equal(await git(scene.tree.path, 'rev-parse', 'HEAD'), since)
  const named = all.find(({ id }) => reported.includes(id))
  assert.equal(await git(scene.tree.path, 'show', `${named.commit}:files/precious`), 'edited')
  await daemon.stop()
  await daemon.restart() // it is not tried again
  await salvages()
  assert.equal(await git(scene.tree.path, 'rev-parse', 'HEAD'), since)
  assert.equal((await reports()).length, 1)
  await daemon.remove()
})
