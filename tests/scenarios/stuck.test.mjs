// What is stuck delays no one else: four repositories whose hooks sleep, a CLI that prints nothing, a client that does not read,
// disks that do not answer.
import assert from 'node:assert/strict'
import { access, chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { HungDisk } from '../harness/hung_disk.mjs'
import { callAnyhow, operationsByName, startAll, steps } from '../harness/operations.mjs'
import { reads } from '../harness/reads.mjs'
import { git, makeRepository, makeSharedRepository } from '../harness/repository.mjs'
import { until } from '../harness/wait.mjs'

/** What is stuck stays stuck until the test releases it: any answer before that shows that no call waited for it. */
const PATIENCE_MS = 20_000
const exists = (file) => access(file).then(() => true, () => false)

async function openRepository(daemon) {
  const repository = await makeRepository()
  const { id } = await daemon.want(201, 'POST', '/api/workspaces', { path: repository })
  const { worktrees } = await daemon.want(200, 'GET', `/api/workspaces/${id}/worktrees`)
  return { repository, route: `/api/workspaces/${id}`, main: `/api/workspaces/${id}/worktrees/${worktrees[0].id}` }
}

const addWorktree = (daemon, { route }, name) => daemon.api('POST', `${route}/worktrees`, { name, branch: name, createBranch: true })

/** A repository in which the creation of a worktree blocks until `open` is called; resolves once it blocks. */
async function makeStuck(daemon) {
  const opened = await openRepository(daemon)
  const gate = await makeFolder('gate')
  const [begun, leave, hook] = [path.join(gate, 'begun'), path.join(gate, 'leave'), path.join(opened.repository, '.git/hooks/post-checkout')]
  await mkdir(path.dirname(hook), { recursive: true })
  await writeFile(hook, `#!/bin/sh\n: >'${begun}'\nwhile [ ! -e '${leave}' ]; do sleep 0.1; done\n`)
  await chmod(hook, 0o755)
  const first = addWorktree(daemon, opened, 'stuck')
  await until(() => exists(begun), 'the hook runs')
  return { ...opened, first, open: () => writeFile(leave, '') }
}

async function startWithSilentCli(t, git) {
  const bin = await makeFolder('bin')
  const asked = path.join(bin, 'asked')
  await writeFile(path.join(bin, 'claude'), `#!/bin/sh\n: >'${asked}'\nexec sleep 600\n`, { mode: 0o755 })
  if (git) await writeFile(path.join(bin, 'git'), git, { mode: 0o755 })
  const daemon = await Daemon.start({ env: { PATH: `${bin}:${process.env.PATH}` } })
  t.after(() => daemon.remove())
  await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
  await daemon.want(200, 'GET', '/api/system')
  await until(() => exists(asked), 'the CLI is asked for its version')
  return daemon
}

/** Asks again and again and reads no answer. */
function connectDeaf(daemon) {
  const socket = net.connect(daemon.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.pause()
  const request = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${daemon.port}\r\nAuthorization: Bearer ${daemon.token}\r\n\r\n`
  socket.write(request.repeat(1000))
  return socket
}

/** The answer, and how long it took as a note; fails when it does not come while everything else is stuck. */
async function prompt(t, what, asked) {
  const from = performance.now()
  const answer = await Promise.race([asked, delay(PATIENCE_MS, undefined, { ref: false })])
  assert.ok(answer, `${what} is not answered`)
  t.diagnostic(`${what}: ${Math.round(performance.now() - from)} ms`)
  return answer
}

test('four stuck repositories, a silent CLI and a client that does not read delay no other call', async (t) => {
  const daemon = await startWithSilentCli(t)
  const healthy = await openRepository(daemon)
  const deaf = connectDeaf(daemon)
  const stuck = []
  for (let n = 0; n < 4; n++) stuck.push(await makeStuck(daemon))
  const behind = stuck.map((repository) => addWorktree(daemon, repository, 'behind'))
  try {
    const status = await prompt(t, 'status', daemon.api('GET', `${healthy.main}/status`))
    assert.equal(status.status, 200)
    assert.equal((await prompt(t, 'diff', daemon.api('GET', `${healthy.main}/diff`))).status, 200)
    const made = await prompt(t, 'a new worktree', addWorktree(daemon, healthy, 'topic'))
    assert.equal(made.status, 201)
    assert.equal((await prompt(t, 'system', daemon.api('GET', '/api/system'))).status, 200)
    const read = await prompt(t, 'status of a stuck repository', daemon.api('GET', `${stuck[0].main}/status`))
    assert.equal(read.status, 200, 'reading does not wait for a write')
    const command = ['sh', '-c', 'echo up; exec sleep 600']
    const agent = await daemon.want(201, 'POST', '/api/agents', { worktreeId: made.body.id, adapter: 'terminal', command })
    assert.equal((await prompt(t, 'a start', daemon.api('POST', `/api/agents/${agent.id}/start`))).status, 200)
    await daemon.want(200, 'POST', `/api/agents/${agent.id}/stop?force=true`)
  } finally {
    for (const repository of stuck) await repository.open()
    deaf.destroy()
  }
  for (const repository of stuck) assert.equal((await repository.first).status, 201)
  for (const answer of await Promise.all(behind)) assert.equal(answer.status, 201, 'who waited for a turn gets it')
})

/** A remote whose programs wait: {begun, open}. */
async function hangRemote(repository, program) {
  const folder = await makeFolder('remote')
  const [begun, leave, file] = [path.join(folder, 'begun'), path.join(folder, 'leave'), path.join(folder, 'program')]
  await writeFile(file, `#!/bin/sh\n: >'${begun}'\nwhile [ ! -e '${leave}' ]; do sleep 0.1; done\nexec git ${program} "$@"\n`, { mode: 0o755 })
  await git(repository, 'config', `remote.origin.${program.replace('-', '')}`, file)
  return { begun: () => until(() => exists(begun), `${program} runs`), open: () => writeFile(leave, '') }
}

test('a remote that hangs in a pull, a fetch or a push delays nobody in the same repository', async (t) => {
  const daemon = await Daemon.start()
  t.after(() => daemon.remove())
  await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
  for (const [what, program] of [['pull', 'upload-pack'], ['fetch', 'upload-pack'], ['push', 'receive-pack']]) {
    const repository = await makeSharedRepository()
    await git(repository, 'push', '--quiet', 'origin', 'main')
    const { id } = await daemon.want(201, 'POST', '/api/workspaces', { path: repository })
    const opened = { route: `/api/workspaces/${id}` }
    const { worktrees } = await daemon.want(200, 'GET', `${opened.route}/worktrees`)
    const main = `${opened.route}/worktrees/${worktrees[0].id}`
    const remote = await hangRemote(repository, program)
    const first = daemon.api('POST', `${main}/${what}`, {})
    await remote.begun()
    try {
      await writeFile(path.join(repository, 'new'), '1\n')
      assert.equal((await prompt(t, `stage during a ${what}`, daemon.api('POST', `${main}/stage`, { all: true }))).status, 200)
      assert.equal((await prompt(t, `commit during a ${what}`, daemon.api('POST', `${main}/commit`, { message: 'New' }))).status, 200)
      assert.equal((await prompt(t, `status during a ${what}`, daemon.api('GET', `${main}/status`))).status, 200)
      assert.equal((await prompt(t, `a worktree during a ${what}`, addWorktree(daemon, opened, 'topic'))).status, 201)
    } finally {
      await remote.open()
    }
    assert.equal((await first).status, 200, what)
  }
})

test('every operation is answered while four neighbours are stuck', async (t) => {
  const c = { ...(await startAll()), lastTurn: 0 }
  const operations = await operationsByName()
  const stuck = []
  t.after(async () => {
    for (const repository of stuck) await repository.open()
    await Promise.all(stuck.map(({ first }) => first))
    c.live.ws.terminate()
    await c.daemon.remove()
    await c.model.stop()
  })
  await c.daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
  for (let n = 0; n < 4; n++) stuck.push(await makeStuck(c.daemon))
  for (const [name, makeInput, keep] of steps)
    await t.test(name, async (t) => {
      const op = operations.get(name)
      const { status, body } = await prompt(t, name, callAnyhow(c, op, makeInput(c), op.writes ? { key: crypto.randomUUID() } : {}))
      assert.ok(status >= 200 && status < 300, JSON.stringify(body))
      await keep?.(c, body)
    })
})

/** As on a disk that does not answer: every git in a folder that holds this file hangs until its deadline. */
const HANGS = 'this-git-hangs'
const HANGING_GIT = `#!/bin/sh\n[ ! -e ${HANGS} ] || exec sleep 600\nPATH=\${PATH#*:} exec git "$@"\n`
const hangStatus = ({ repository }) => writeFile(path.join(repository, HANGS), '')

test('repositories whose status hangs delay the news of another one once at most', async (t) => {
  const daemon = await startWithSilentCli(t, HANGING_GIT)
  const healthy = await openRepository(daemon)
  const hanging = []
  for (let n = 0; n < 4; n++) hanging.push(await openRepository(daemon))
  const live = await daemon.connect()
  const topic = await live.subscribe(healthy.route.replace('/api/workspaces/', 'workspace/'))
  const changed = async (name, patience) => {
    await writeFile(path.join(healthy.repository, name), 'x')
    await topic.waitFor('git_status', (payload) => JSON.stringify(payload).includes(name), { deadlineMs: patience })
  }
  await changed('before', PATIENCE_MS)
  for (const repository of hanging) await hangStatus(repository)
  await changed('during', 60_000)
  for (let n = 0; n < 3; n++) {
    await changed(`after-${n}`, 5000)
    for (const { repository } of hanging) await writeFile(path.join(repository, `poke-${n}`), 'x')
    await delay(1000)
  }
  await live.close()
})

test('a worktree in which git hangs delays no read of another worktree of its repository', async (t) => {
  const daemon = await startWithSilentCli(t, HANGING_GIT)
  const opened = await openRepository(daemon)
  const { body: stuck } = await addWorktree(daemon, opened, 'stuck')
  const [, workspaceId, , worktreeId] = opened.main.split('/').slice(2)
  const ofTree = (await reads()).filter(({ route }) => /\{worktreeId\}/.test(route) && !/\{(?!workspaceId|worktreeId)/.test(route))
  assert.ok(ofTree.length >= 10)
  await writeFile(path.join(stuck.path, HANGS), '')
  const waiting = ofTree.map(({ at }) => daemon.api('GET', at({ workspaceId, worktreeId: stuck.id })))
  for (const { name, at } of ofTree) assert.equal((await prompt(t, name, daemon.api('GET', at({ workspaceId, worktreeId })))).status, 200, name)
  assert.equal(await Promise.race([Promise.all(waiting), delay(100, 'waits')]), 'waits', 'the first worktree still hangs')
  await rm(path.join(stuck.path, HANGS))
  void Promise.allSettled(waiting)
})

/** The topic of a workspace, and a wait for a status of one of its worktrees. */
async function followStatus(live, { route }) {
  const topic = await live.subscribe(route.replace('/api/workspaces/', 'workspace/'))
  return (what, accepts) => topic.waitFor('git_status', accepts, { what, deadlineMs: PATIENCE_MS })
}

test('disks that do not answer delay nothing of other workspaces, and say so', async (t) => {
  const daemon = await startWithSilentCli(t)
  const live = await daemon.connect()
  const [healthy, ...hanging] = await Promise.all([0, 1, 2, 3, 4, 5].map(() => openRepository(daemon)))
  const far = await Promise.all([healthy, hanging[0]].map(async (one) => (await addWorktree(daemon, one, 'far')).body))
  const [seen, ...seenHanging] = await Promise.all([healthy, ...hanging].map((one) => followStatus(live, one)))
  // Of the first one only a linked worktree, at which git looks whenever it lists the worktrees.
  const disks = []
  t.after(() => Promise.all(disks.map((disk) => disk.release())))
  for (const folder of [far[1].path, ...hanging.slice(1).map((one) => one.repository)]) disks.push(await HungDisk.mount(folder))
  if (disks[0].why) return t.skip(disks[0].why)

  const isSilent = ({ error }) => /^its disk does not answer: /.test(error ?? '')
  await Promise.all(seenHanging.map((wait) => wait('a disk is silent', isSilent)))
  const refreshed = daemon.api('POST', `${hanging[0].route}/refresh`)
  for (let n = 0; n < 3; n++) {
    await writeFile(path.join(healthy.repository, `new-${n}`), 'x')
    await seen('news of a healthy one', (payload) => JSON.stringify(payload).includes(`new-${n}`))
  }
  await rm(far[0].path, { recursive: true })
  await seen('a folder is gone', ({ missing }) => missing === 'folder')

  const all = [healthy, ...hanging]
  const lists = all.flatMap(({ route }) => [route, `${route}/worktrees`])
  const answers = [...lists, ...lists, '/api/workspaces', '/api/trash', '/api/overview'].map((at) => daemon.api('GET', at))
  for (const { status } of await prompt(t, 'lists', Promise.all(answers))) assert.equal(status, 200)
  const { body } = await prompt(t, 'landable', daemon.api('GET', '/api/landable'))
  assert.equal(body.leftOut, 6, 'the worktrees of the workspaces in which one hangs are not known')
  const read = await prompt(t, 'a read of a silent worktree', daemon.api('GET', `${hanging[1].main}/status`))
  assert.equal(read.status, 504, JSON.stringify(read.body))
  const agent = await daemon.want(201, 'POST', '/api/agents', { worktreeId: far[1].id, adapter: 'terminal', command: ['true'] })
  assert.equal((await prompt(t, 'a start on a silent disk', daemon.api('POST', `/api/agents/${agent.id}/start`))).status, 504)
  assert.equal((await prompt(t, 'a new worktree', addWorktree(daemon, healthy, 'topic'))).status, 201)
  assert.equal((await refreshed).status, 504, 'git that cannot even be killed is left alone')

  const isBack = ({ error, status }) => !error && status
  const back = seenHanging.map((wait) => wait('a disk is back', isBack))
  await Promise.all(disks.map((disk) => disk.release()))
  await Promise.all(back)
  assert.equal((await daemon.api('GET', `${hanging[1].main}/status`)).status, 200)
  await live.close()
})
