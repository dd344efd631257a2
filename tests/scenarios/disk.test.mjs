// The data folder's disk is full: what cannot be kept is refused and nothing is half done; when there is room again
// everything goes on, without a restart. The disk is a small tmpfs, mounted in the namespace of muster-reap; the logs have
// one of their own, so that either can be full without the other.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { after, afterEach, before, describe, test } from 'node:test'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { untilFolder } from '../harness/files.mjs'
import { gone } from '../harness/process.mjs'
import { build, checkout, runToEnd } from '../harness/program.mjs'
import { git, makeRepository, makeSharedRepository, writeFiles } from '../harness/repository.mjs'
import { fillWithStore, SmallDisk } from '../harness/small_disk.mjs'
import { until, within } from '../harness/wait.mjs'

const INSIDE = path.join(checkout, 'tests/harness/inside.mjs')
const DISK_MIB = 64
const MIN_FREE_DEFAULT = 512 // launch.min_free_mib
/** Less than either disk has free while it is empty. */
const MIN_FREE_SMALL = 20
const FLOOD_MIB = 8
const BASE_MIB = 12
/** More than a call may find free at all, and less than what is left then. */
const LARGE = 6 * 2 ** 20
/** Writes that the journal may still take in room that it has already: far below this many. */
const ENOUGH = 4000

const disk = await makeFolder('disk')
const home = path.join(disk, 'home')
const streams = path.join(home, 'streams')
const whole = await SmallDisk.mount(disk, DISK_MIB)
const skip = whole.why

describe('a full disk', { skip }, () => {
  let daemon, live, repository, workspace, small, idle, logs
  const fill = (how) => whole.fill(how)
  const free = () => Promise.all([whole.free(), logs.free()])

  const want = (...call) => daemon.want(...call)
  const worktree = (name) => want(201, 'POST', `/api/workspaces/${workspace.id}/worktrees`, { name, branch: name, createBranch: true })
  const agentsNow = async () => (await want(200, 'GET', '/api/agents')).agents.map(({ id }) => id).sort()

  /** Calls until the store has no room left for one more; every call before was kept whole. Returns their bodies. */
  async function untilFull(...call) {
    const kept = []
    for (let n = 0; n < ENOUGH; n++) {
      const { status, body } = await daemon.api(...call)
      if (status === 507) {
        assert.equal(body.error.code, 'DISK_FULL')
        return kept
      }
      assert.ok(status < 300, `${call[0]} ${call[1]}: ${status} ${JSON.stringify(body)}`)
      kept.push(body)
    }
    return assert.fail(`${ENOUGH} calls found room on a full disk`)
  }

  const squeeze = () => fillWithStore(whole, daemon)

  const refuse = async (...call) => {
    const { status, body } = await daemon.api(...call)
    assert.equal(status, 507, `${call[0]} ${call[1]}: ${status} ${JSON.stringify(body)}`)
    assert.equal(body.error.code, 'DISK_FULL')
    return body.error.message
  }

  async function inside({ path: folder }, act, what = {}) {
    const to = net.connect(path.join(folder, 'inside'))
    to.write(JSON.stringify({ act, ...what }) + '\n')
    const [line] = await within(once(createInterface(to), 'line'), `${act} inside`)
    return JSON.parse(line)
  }

  const untilNobodyListens = (where) =>
    until(async () => {
      const to = net.connect(path.join(where.path, 'inside'))
      const [failed] = await Promise.race([once(to, 'error'), once(to, 'connect').then(() => [])])
      to.destroy()
      return failed
    }, 'nothing listens inside')

  async function startAgent(where) {
    const { id } = await want(201, 'POST', '/api/agents', { worktreeId: where.id })
    const topic = await live.subscribe(`agent/${id}`)
    const before = new Set(await readdir(streams))
    await want(200, 'POST', `/api/agents/${id}/start`, { initialPrompt: 'Go' })
    const { payload } = await topic.waitFor('ask')
    const [launch] = (await readdir(streams)).filter((name) => !before.has(name))
    return { id, topic, launch, askId: payload.askId }
  }

  before(async () => {
    await mkdir(streams, { recursive: true, mode: 0o700 })
    logs = await SmallDisk.mount(streams, DISK_MIB)
    daemon = await Daemon.start({ home })
    live = await daemon.connect()
    for (const [name, value] of [['workspace.roots', os.tmpdir()], ['agent.claude_path', INSIDE]]) await want(200, 'PUT', `/api/settings/${name}`, { value })
    repository = await makeRepository()
    workspace = await want(201, 'POST', '/api/workspaces', { path: repository })
  })
  afterEach(free)
  after(async () => {
    for (const id of await agentsNow()) await daemon.api('POST', `/api/agents/${id}/stop?force=true`)
    live.ws.terminate()
    await daemon.stop()
    await logs.unmount()
    await whole.unmount()
  })

  test('below launch.min_free_mib no agent is started, and the refusal names the setting', async () => {
    small = await worktree('small')
    idle = await want(201, 'POST', '/api/agents', { worktreeId: small.id, initialPrompt: 'Go' })
    assert.match(await refuse('POST', `/api/agents/${idle.id}/start`, {}), new RegExp(`launch\\.min_free_mib asks for ${MIN_FREE_DEFAULT}`))
    const { status, statusReason, startedAt } = await want(200, 'GET', `/api/agents/${idle.id}`)
    assert.deepEqual([status, statusReason, startedAt], ['error', 'disk_full', undefined])
    await want(200, 'PUT', '/api/settings/launch.min_free_mib', { value: String(MIN_FREE_SMALL) })
    const refused = () => refuse('POST', `/api/agents/${idle.id}/start`, {})
    await logs.fill()
    assert.equal(await refused(), `the disk of the data folder's streams has 0 MiB free; launch.min_free_mib asks for ${MIN_FREE_SMALL}`)
    const { out } = await daemon.cli(['doctor'], { code: null })
    assert.match(out, /free space .* 0 MiB: no agent is started below/)
    assert.ok(out.includes(`free some space on the disk of ${streams}`), out)
    await logs.free()
    await whole.fill({ leave: LARGE })
    assert.match(await refused(), /^the data folder has [0-6] MiB free/)
    await whole.free()
    await want(200, 'PUT', '/api/settings/launch.min_free_mib', { value: '0' })
  })

  test('what cannot be stored is refused as a whole, what was stored stays, and reading still works', async () => {
    const where = await worktree('whole')
    const agent = await startAgent(where)
    const before = await agentsNow()
    await fill()
    const kept = await untilFull('POST', '/api/agents', { worktreeId: where.id, name: 'x'.repeat(100) })
    assert.deepEqual(await agentsNow(), [...before, ...kept.map(({ id }) => id)].sort())
    const { worktrees } = await want(200, 'GET', `/api/workspaces/${workspace.id}/worktrees`)

    const refused = [
      ['POST', `/api/workspaces/${workspace.id}/worktrees`, { name: 'never', branch: 'never', createBranch: true }],
      ['POST', `/api/agents/${before[0]}/start`, { initialPrompt: 'Go' }],
      ['POST', `/api/asks/${agent.askId}/answer`, { decision: 'allow' }],
      ['DELETE', `/api/workspaces/${workspace.id}/worktrees/${small.id}?force=true`],
    ]
    for (const call of refused) {
      await squeeze()
      await refuse(...call)
    }

    const said = await untilFull('POST', `/api/agents/${agent.id}/message`, { content: 'More' })
    const { messages } = await want(200, 'GET', `/api/agents/${agent.id}/messages?limit=100`)
    assert.equal(messages.filter(({ content }) => content === 'More').length, said.length)
    assert.equal((await want(200, 'GET', `/api/asks/${agent.askId}`)).state, 'open')
    await squeeze()
    const ill = await daemon.api('GET', '/api/health')
    assert.equal(ill.status, 503)
    assert.ok(ill.body.error.message.includes(path.join(home, 'muster.db')), ill.body.error.message)
    assert.deepEqual(Object.keys(ill.body.error.details), ['database', 'space', 'since'])
    assert.deepEqual((await want(200, 'GET', `/api/workspaces/${workspace.id}/worktrees`)).worktrees.map(({ id }) => id), worktrees.map(({ id }) => id))
    assert.equal(await git(repository, 'branch', '--list', 'never'), '')
    assert.equal((await git(repository, 'worktree', 'list', '--porcelain')).match(/^worktree /gm).length, worktrees.length)
    assert.equal((await want(200, 'GET', `/api/agents/${before[0]}`)).startedAt, undefined)

    await free()
    const answered = await want(200, 'POST', `/api/asks/${agent.askId}/answer`, { decision: 'allow' })
    assert.equal(answered.state, 'answered')
    assert.equal((await want(200, 'GET', '/api/health')).checks.database, 'ok')
    await worktree('after')
    const late = await startAgent(where)
    assert.ok(late.askId)
  })

  test('a stop that cannot be stored still ends the agent, and its status follows when there is room', async () => {
    const where = await worktree('stopped')
    const agent = await startAgent(where)
    await squeeze()
    assert.match(await refuse('POST', `/api/agents/${agent.id}/stop`), /is being stopped, but the disk is full/)
    await untilNobodyListens(where)
    await free()
    await until(async () => !(await want(200, 'GET', `/api/agents/${agent.id}/status`)).isRunning, 'its end is stored')
  })

  test('the end of an agent while nothing can be stored is reported as soon as there is room', async () => {
    const where = await worktree('ended')
    const agent = await startAgent(where)
    const { pid } = await want(200, 'GET', `/api/agents/${agent.id}/status`)
    await squeeze()
    process.kill(pid, 'SIGKILL')
    await gone(pid)
    await untilFolder(path.join(streams, agent.launch), () => logHas(agent, 'by signal 9'))
    assert.equal((await want(200, 'GET', `/api/agents/${agent.id}`)).status, 'waiting', 'its end cannot be stored')
    await free()
    await agent.topic.waitFor('exit')
    const { payload: told } = await agent.topic.waitFor('status', ({ reason }) => reason === 'exit')
    assert.deepEqual([told.status, told.detail], ['error', 'ended by signal 9'])
    const row = await want(200, 'GET', `/api/agents/${agent.id}`)
    assert.deepEqual([row.status, row.statusReason, row.statusDetail], [told.status, told.reason, told.detail])
    const { agents } = await want(200, 'GET', '/api/agents')
    assert.deepEqual(agents.find(({ id }) => id === agent.id), row)
    const shown = await want(200, 'GET', `/api/agents/${agent.id}/status`)
    assert.deepEqual([shown.status, shown.statusReason, shown.isRunning], [told.status, told.reason, false])
    assert.equal((await want(200, 'GET', `/api/asks/${agent.askId}`)).state, 'void')
  })

  test('all agents end by a stop of all that cannot be kept', async () => {
    const places = await Promise.all([worktree('all-1'), worktree('all-2')])
    const agents = [await startAgent(places[0]), await startAgent(places[1])]
    await squeeze()
    assert.match(await refuse('POST', '/api/agents/stop-all'), /agents are being stopped, but the disk is full/)
    await Promise.all(places.map((where) => untilNobodyListens(where)))
    await free()
    for (const agent of agents)
      await until(async () => !(await want(200, 'GET', `/api/agents/${agent.id}/status`)).isRunning, 'its end is stored')
  })

  test('an agent that writes is held with the reason, and goes on when there is room', async () => {
    const where = await worktree('held')
    const agent = await startAgent(where)
    await logs.fill({ leave: (FLOOD_MIB / 2) * 2 ** 20 })
    const flooded = inside(where, 'flood', { mib: FLOOD_MIB })
    const held = await agent.topic.waitFor('status', ({ reason }) => reason === 'no_room')
    assert.match(held.payload.detail, /disk full/)
    const shown = await want(200, 'GET', `/api/agents/${agent.id}/status`)
    assert.deepEqual([shown.status, shown.statusReason, shown.isRunning], ['error', 'no_room', true])
    await free()
    assert.deepEqual(await flooded, { flooded: FLOOD_MIB })
    await agent.topic.waitFor('status', ({ reason }) => reason !== 'no_room', { after: held.seq })
    await want(200, 'POST', `/api/asks/${agent.askId}/answer`, { decision: 'allow' })
    await untilLogged(agent)
  })

  test('an agent that writes loses nothing even if its status cannot be stored', async () => {
    const where = await worktree('blind')
    const agent = await startAgent(where)
    await logs.fill()
    await squeeze()
    const flooded = inside(where, 'flood', { mib: FLOOD_MIB })
    await refuse('POST', `/api/asks/${agent.askId}/answer`, { decision: 'allow' })
    await free()
    assert.deepEqual(await flooded, { flooded: FLOOD_MIB })
    await untilLogged(agent)
    const answered = await want(200, 'POST', `/api/asks/${agent.askId}/answer`, { decision: 'allow' })
    assert.equal(answered.state, 'answered')
  })

  test('what saves first changes nothing where it finds no room, and what is saved can be read', async () => {
    const there = path.join(disk, 'there')
    await git(repository, 'clone', '--quiet', repository, there)
    const large = await want(201, 'POST', '/api/workspaces', { path: there })
    const trees = `/api/workspaces/${large.id}/worktrees`
    const [main] = (await want(200, 'GET', trees)).worktrees
    const [readme, big] = ['README.md', 'big'].map((name) => path.join(there, name))
    const discard = ['POST', `${trees}/${main.id}/discard`, { files: ['README.md'] }]
    await writeFile(big, randomBytes(LARGE))
    await writeFile(readme, 'first\n')
    await want(200, ...discard)
    const { salvages } = await want(200, 'GET', `${trees}/${main.id}/salvages`)
    const salvage = `${trees}/${main.id}/salvages/${salvages[0].id}`

    const gone = await want(201, 'POST', trees, { name: 'gone', branch: 'gone', createBranch: true })
    await want(204, 'DELETE', `${trees}/${gone.id}`)
    const { id: trashId, place } = (await want(200, 'GET', '/api/trash')).entries.find(({ worktreeId }) => worktreeId === gone.id)
    for (const call of [discard, ['POST', `${salvage}/restore`], ['POST', `/api/trash/${trashId}/restore`]]) {
      await squeeze()
      await refuse(...call)
    }
    assert.deepEqual((await want(200, 'GET', `${trees}/${main.id}/salvages`)).salvages, salvages)
    assert.deepEqual((await want(200, 'GET', salvage)).files.map((file) => file.path), ['README.md', 'big'])
    assert.ok([place, gone.path].some((folder) => existsSync(path.join(folder, 'README.md'))))

    // The store finds room, the objects and the files do not.
    await free()
    await writeFile(readme, 'second\n')
    await writeFile(big, randomBytes(LARGE))
    await fill({ leave: LARGE - 2 ** 20 })
    assert.match(await refuse(...discard), /full/)
    assert.equal(await readFile(readme, 'utf8'), 'second\n')
    await free()
    await want(200, ...discard)
    await rm(big)
    await fill({ leave: LARGE - 2 ** 20 })
    assert.match(await refuse('POST', `${salvage}/restore`), /are free; no file was changed/)
    await free()
    await want(200, 'POST', `${salvage}/restore`)
    assert.deepEqual([await readFile(readme, 'utf8'), (await stat(big)).size], ['first\n', LARGE])
    await git(there, 'add', 'README.md') // no lock is left
    assert.equal((await want(200, 'POST', `/api/trash/${trashId}/restore`)).id, gone.id)
  })

  test('a landing for whose files the disk of base has no room changes nothing there', async (t) => {
    const [base, own] = [await makeFolder('base'), await makeSharedRepository({ big: 'small\n', gone: '1\n' })]
    const room = await SmallDisk.mount(base, BASE_MIB)
    t.after(() => room.unmount())
    const place = path.join(base, 'main')
    await git(own, 'switch', '--quiet', '--create', 'other')
    await git(own, 'worktree', 'add', '--quiet', place, 'main')
    const { id } = await want(201, 'POST', '/api/workspaces', { path: own })
    const tree = await want(201, 'POST', `/api/workspaces/${id}/worktrees`, { name: 'topic', branch: 'topic', createBranch: true })
    await writeFiles(tree.path, { a: 'added\n', big: randomBytes(LARGE) })
    await git(tree.path, 'rm', '--quiet', 'gone')
    await git(tree.path, 'add', '--all')
    await git(tree.path, 'commit', '--quiet', '--message=Large')
    const land = ['POST', `/api/workspaces/${id}/worktrees/${tree.id}/land`, { how: 'squash', message: 'Landed' }]
    await room.fill({ leave: LARGE / 2 })
    assert.match(await refuse(...land), /\d+ are free; nothing was changed$/)
    assert.equal(await git(place, 'status', '--porcelain'), '')
    await room.free()
    await want(200, ...land)
    assert.deepEqual([await git(place, 'status', '--porcelain'), (await stat(path.join(place, 'big'))).size], ['', LARGE])
  })

  test('a daemon starts on a full disk: it uses its reserve, refuses what needs room, and creates the reserve again later', async () => {
    const reserve = path.join(home, 'ballast')
    const isKept = () => stat(reserve).then(() => true, () => false)
    await want(200, 'PUT', '/api/settings/launch.min_free_mib', { value: String(MIN_FREE_DEFAULT) })
    for (const id of await agentsNow()) await want(200, 'POST', `/api/agents/${id}/stop?force=true`)
    await until(isKept, 'room is kept for a start')
    await live.close()
    await daemon.stop()
    await fill()
    await daemon.restart()
    live = await daemon.connect()
    assert.equal(await isKept(), false)
    const ill = await want(200, 'GET', '/api/health')
    assert.deepEqual([ill.status, ill.checks.database, ill.checks.space], ['degraded', 'ok', 'error'])
    assert.ok(ill.problems[0].message.includes(home), ill.problems[0].message)
    const agent = await want(201, 'POST', '/api/agents', { worktreeId: small.id })
    await refuse('POST', `/api/agents/${agent.id}/start`, {})
    await free()
    await until(isKept, 'room is kept again')
    assert.equal((await want(200, 'GET', '/api/health')).checks.space, 'ok')

    await live.close()
    await daemon.stop()
    await rm(reserve)
    await fill()
    const { err } = await runToEnd(path.join(build, 'bin/muster'), ['serve', '--home', home, '--port', '0'], { code: 1 })
    assert.match(err, /\d+ bytes are free in/)
    assert.ok(err.includes(home) && err.includes('streams'), err)
    await free()
    await daemon.restart()
    live = await daemon.connect()
  })

  async function logHas({ launch }, text) {
    const logs = (await readdir(path.join(streams, launch))).filter((name) => name.startsWith('log.'))
    const all = await Promise.all(logs.map((name) => readFile(path.join(streams, launch, name), 'latin1')))
    return all.some((log) => log.includes(text))
  }

  /** Every byte is in the log; what the pipe still held is written a moment later. */
  async function untilLogged({ launch }) {
    const folder = path.join(streams, launch)
    const isWhole = async () => {
      const logs = (await readdir(folder)).filter((name) => name.startsWith('log.'))
      const sizes = await Promise.all(logs.map(async (name) => (await stat(path.join(folder, name))).size))
      return sizes.reduce((sum, size) => sum + size, 0) > FLOOD_MIB * 2 ** 20
    }
    await untilFolder(folder, isWhole)
  }
})
