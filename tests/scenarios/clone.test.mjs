// Cloning a repository: over https and ssh, whole or not at all, seen by whoever looks, ended by whoever wants to.
import assert from 'node:assert/strict'
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { makeBare, makeSsh, serveGit, trustGit } from '../harness/remotes.mjs'
import { git, makeRepository } from '../harness/repository.mjs'

const overviewTopic = 'overview/org_00000000000000000000000000'
let daemon, user, repository, ssh, count = 0

before(async () => {
  user = await makeFolder('user')
  const bin = path.join(user, 'bin')
  ssh = await makeSsh(bin)
  await trustGit(user)
  repository = await makeRepository({ 'README.md': '# Cloned\n' }, 'tidepool')
  daemon = await Daemon.start({ env: { HOME: user, PATH: `${bin}:${process.env.PATH}` } })
  await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
})
after(() => daemon.remove())

const target = () => path.join(user, 'clones', `clone-${++count}`)
const at = (host, folder = repository) => `ssh://git@${host}.example.org${folder}`
const clone = (url, folder, more) => daemon.api('POST', '/api/clones', { url, path: folder, ...more })
const clones = async () => (await daemon.want(200, 'GET', '/api/clones')).clones

/** Of another program, which follows the overview from now on. */
async function watch(t) {
  const live = await daemon.connect()
  t.after(() => live.close())
  return live.subscribe(overviewTopic)
}

async function nothingIsLeft(folder) {
  const names = await readdir(path.dirname(folder)).catch(() => [])
  assert.deepEqual(names.filter((name) => name.startsWith('.muster-') || name === path.basename(folder)), [])
}

test('over https from git http-backend, into the folder that is given, and opened', async (t) => {
  const served = await makeFolder('served')
  await makeBare(repository, path.join(served, 'tidepool.git'))
  const server = await serveGit(served)
  t.after(server.close)
  const folder = target()
  const { status, body } = await clone(`${server.url}/tidepool.git`, folder, { name: 'Tide pool' })
  assert.deepEqual([status, body.path, body.name, body.worktreeCount], [201, folder, 'Tide pool', 1])
  assert.equal(await readFile(path.join(folder, 'README.md'), 'utf8'), '# Cloned\n')
  assert.equal((await git(folder, 'remote', 'get-url', 'origin')).trim(), `${server.url}/tidepool.git`)
  assert.equal(await git(folder, 'status', '--porcelain'), '')
  assert.deepEqual(await clones(), [])
  const gone = target()
  const missing = await clone(`${server.url}/nowhere.git`, gone)
  assert.equal(missing.status, 404)
  assert.match(missing.body.error.message, /no repository at the remote's address/)
  await nothingIsLeft(gone)
  await daemon.want(204, 'DELETE', `/api/clones/${missing.body.error.details.clone[0]}`)
})

test('a remote that wants a password is refused, and nobody is asked', async (t) => {
  const server = await serveGit(user, { refuse: true })
  t.after(server.close)
  const folder = target()
  const { status, body } = await clone(`${server.url}/a.git`, folder)
  assert.equal(status, 409)
  assert.match(body.error.message, /wants credentials, and nobody can be asked/)
  await nothingIsLeft(folder)
  const [failed] = await clones()
  assert.deepEqual([failed.state, failed.error, failed.path], ['failed', body.error.message, folder])
  await daemon.want(204, 'DELETE', `/api/clones/${failed.id}`)
  assert.deepEqual(await clones(), [])
})

test('addresses with a password are refused and never stored', async () => {
  for (const url of ['https://me:hunter2hunter2@127.0.0.1/a', 'https://hunter2hunter2@127.0.0.1/a', 'ssh://git:hunter2hunter2@127.0.0.1/a', 'https://127.0.0.1/a?token=hunter2hunter2']) {
    const { status, body } = await clone(url, target())
    assert.equal(status, 400, url)
    assert.equal(Object.keys(body.error.details)[0], 'url')
    assert.ok(!JSON.stringify(body).includes('hunter2'))
  }
  for (const name of await readdir(daemon.home)) {
    const file = path.join(daemon.home, name)
    if ((await stat(file)).isFile() && name.startsWith('muster.db')) assert.ok(!(await readFile(file)).includes('hunter2hunter2'), name)
  }
})

test('its progress is an event, and is there for whoever comes later; it appears whole', async (t) => {
  const overview = await watch(t)
  const folder = target()
  const done = clone(at('slow'), folder)
  const { payload } = await overview.waitFor('clone_changed', ({ step, path: to }) => step === 'receive' && to === folder)
  assert.deepEqual([payload.state, payload.done, payload.total], ['running', 3, 6])
  const [row] = await clones()
  assert.deepEqual(row, payload)
  assert.match(row.tail, /^Receiving objects: {2}50% \(3\/6\)/m)
  await assert.rejects(stat(folder))
  const second = await clone(at('here'), folder)
  assert.equal(second.status, 409)
  assert.match(second.body.error.message, /is already running/)
  await writeFile(ssh.go, '')
  const { status, body } = await done
  assert.deepEqual([status, body.path], [201, folder])
  const end = await overview.waitFor('clone_changed', ({ state, path: to }) => state === 'done' && to === folder)
  assert.equal(end.payload.workspaceId, body.id)
  await overview.waitFor('workspace_opened', ({ workspaceId }) => workspaceId === body.id)
  await rm(ssh.go)
})

test('it can be cancelled, and nothing of it is left', async (t) => {
  const overview = await watch(t)
  const folder = target()
  const done = clone(at('silent'), folder)
  const { payload } = await overview.waitFor('clone_changed', ({ state, tail, path: to }) => state === 'running' && tail !== '' && to === folder)
  assert.match(payload.tail, /is slow today/)
  await daemon.want(204, 'POST', `/api/clones/${payload.id}/cancel`)
  const { status, body } = await done
  assert.equal(status, 409)
  assert.match(body.error.message, /was cancelled/)
  await overview.waitFor('clone_changed', ({ id, state }) => id === payload.id && state === 'cancelled')
  assert.deepEqual(await clones(), [])
  await nothingIsLeft(folder)
  assert.equal((await daemon.api('POST', `/api/clones/${payload.id}/cancel`)).status, 404)
})

test('a remote that never answers is given up, and holds up nobody else meanwhile', async (t) => {
  await daemon.want(200, 'PUT', '/api/settings/workspace.clone_silence_seconds', { value: '2' })
  t.after(() => daemon.want(200, 'DELETE', '/api/settings/workspace.clone_silence_seconds'))
  const folders = [target(), target(), target(), target()]
  const stuck = folders.map((folder) => clone(at('silent'), folder))
  const overview = await watch(t)
  while ((await clones()).length < folders.length) await overview.waitFor('clone_changed', ({ state }) => state === 'running')
  const fifth = await clone(at('here'), target())
  assert.equal(fifth.status, 409)
  assert.match(fifth.body.error.message, /4 clones are running/)
  const open = await daemon.want(201, 'POST', '/api/workspaces', { path: repository })
  assert.equal(open.path, repository)
  for (const { status, body } of await Promise.all(stuck)) {
    assert.equal(status, 504)
    assert.match(body.error.message, /nothing was heard from silent\.example\.org for 2 s/)
  }
  for (const folder of folders) await nothingIsLeft(folder)
  for (const { id } of await clones()) await daemon.want(204, 'DELETE', `/api/clones/${id}`)
})

test('a failure keeps its reason until the next clone into its folder', async () => {
  const folder = target()
  const { status, body } = await clone(at('refuses'), folder)
  assert.equal(status, 409)
  assert.match(body.error.message, /none of your ssh keys/)
  const [row] = await clones()
  assert.match(row.tail, /Permission denied \(publickey\)/)
  assert.equal((await clone(at('here'), folder)).status, 201)
  assert.deepEqual(await clones(), [])
})

test('without a folder it goes beside the repository that was opened last', async () => {
  const { folder } = await daemon.want(200, 'GET', '/api/clones')
  const other = await makeRepository({ 'a.txt': 'a\n' }, 'source')
  const { body } = await daemon.api('POST', '/api/clones', { url: at('here', other) })
  assert.equal(body.path, path.join(folder, 'source'))
})

test('a folder that is not empty is never written to', async () => {
  const folder = target()
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'mine'), 'mine')
  const { status, body } = await clone(at('here'), folder)
  assert.equal(status, 409)
  assert.match(body.error.message, /is not empty/)
  assert.deepEqual(await readdir(folder), ['mine'])
})

test('a daemon that stops ends it, and one that is killed leaves it to the next start', async () => {
  for (const end of ['stop', 'kill']) {
    const folder = target()
    const live = await daemon.connect()
    const overview = await live.subscribe(overviewTopic)
    const done = clone(at('silent'), folder).catch((error) => error)
    await overview.waitFor('clone_changed', ({ tail, path: to }) => tail !== '' && to === folder)
    await live.close()
    await daemon[end]()
    await done
    await daemon.restart()
    for (;;) {
      const [row] = await clones()
      if (row.state === 'running') continue
      assert.deepEqual([row.state, row.path], ['failed', folder])
      assert.match(row.error, /Muster was stopped while it was being cloned; nothing of it is left/)
      await daemon.want(204, 'DELETE', `/api/clones/${row.id}`)
      break
    }
    await nothingIsLeft(folder)
  }
})

test('the command line clones, too', async () => {
  const folder = target()
  const { out } = await daemon.cli(['workspace', 'clone', at('here'), '--path', folder])
  assert.equal(JSON.parse(out).path, folder)
})
