// An agent cannot hurt the machine: limits end it and say so, nothing of its tree outlives it, and its hold keeps nothing
// open that is not its own.
import assert from 'node:assert/strict'
import { copyFile, readFile, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeFolder } from '../harness/daemon.mjs'
import { collected, descriptors, holdsOf, running } from '../harness/process.mjs'
import { build, runToEnd } from '../harness/program.mjs'
import { Site } from '../harness/site.mjs'
import { until } from '../harness/wait.mjs'

/** A program that misbehaves, src/hold/victim.c, under a name of its own: others may run it too. */
const VICTIM = path.join(await makeFolder('victim'), 'victim')
await copyFile(path.join(build, 'src/hold/hold-victim'), VICTIM)
const isAtRest = ({ status }) => status === 'finished' || status === 'error'
let site

before(async () => {
  site = await Site.open()
})
after(() => site.close())

async function terminal(command, limits) {
  const agent = await site.agent({ adapter: 'terminal', command, ...(limits && { limits }) })
  await agent.start()
  return agent
}

/** How it ended, by its events and by its row alike; one end, emitted once. */
async function ending(agent) {
  await agent.follower.waitFor('exit')
  const event = await agent.follower.waitFor('status', isAtRest)
  const row = await agent.get()
  assert.deepEqual([row.status, row.statusReason, row.statusDetail], [event.status, event.reason, event.detail])
  const ends = agent.events.filter(({ type, payload }) => type === 'status' && isAtRest(payload))
  assert.deepEqual([ends.length, agent.follower.count('exit')], [1, 1])
  await site.drop(agent.follower)
  return { status: event.status, reason: event.reason, detail: event.detail }
}

/** The hold of an agent that was started; undefined if the agent ended before its hold was seen. */
async function holdOf(agent) {
  const { launchId } = await agent.get()
  let hold
  await until(async () => ([hold] = await holdsOf(site.home, launchId)) && (hold || agent.follower.count('exit')), 'its hold runs')
  return hold
}

describe('limits', () => {
  const cases = [
    { title: 'a memory hog', how: ['hog'], limits: { memoryMib: 128 }, detail: 'memory limit 128 MiB exceeded (sampled)' },
    { title: 'a fork bomb', how: ['bomb'], limits: { processes: 100 }, detail: 'processes limit 100 exceeded (sampled)' },
    { title: 'a program that does not end', how: ['deaf'], limits: { wallSeconds: 2 }, detail: 'wall time limit 2 s exceeded (timer)' },
    { title: 'an output flood', how: ['flood', String(2 ** 40)], limits: { outputMib: 8 }, detail: 'output limit 8 MiB exceeded (counted)' },
  ]
  for (const { title, how, limits, detail } of cases) {
    test(`${title} is stopped, and its status names the limit and the mechanism`, async () => {
      const agent = await terminal([VICTIM, ...how], limits)
      const hold = await holdOf(agent)
      assert.deepEqual(await ending(agent), { status: 'error', reason: 'limit', detail })
      if (hold) await collected(hold)
      assert.deepEqual(await running(VICTIM), [])
    })
  }

  test('the settings apply if an agent has no limit of its own', async () => {
    await site.want(200, 'PUT', '/api/settings/agent.wall_seconds', { value: '1' })
    const agent = await terminal([VICTIM, 'deaf'])
    assert.deepEqual(await ending(agent), { status: 'error', reason: 'limit', detail: 'wall time limit 1 s exceeded (timer)' })
    await site.want(200, 'PUT', '/api/settings/agent.wall_seconds', { value: '0' })
  })

  test('eight megabytes through a terminal within its limits do not end it', async () => {
    const agent = await terminal([VICTIM, 'flood', String(8 * 2 ** 20)], { outputMib: 64, wallSeconds: 600 })
    assert.deepEqual(await ending(agent), { status: 'finished', reason: 'exited', detail: undefined })
  })
})

describe('nothing outlives an agent', () => {
  const ends = [
    { title: 'stopped', act: (agent) => agent.stop() },
    { title: 'archived', act: (agent) => site.want(204, 'DELETE', agent.route) },
    { title: 'deleted', act: (agent) => site.want(204, 'DELETE', `${agent.route}?archive=false`) },
  ]
  for (const { title, act } of ends) {
    test(`${title}, not even a process in a session of its own with an empty environment`, async () => {
      const held = path.join(path.dirname(site.prompts), `held-${title}`)
      const agent = await terminal([VICTIM, 'escape', held])
      await until(() => isLocked(held), `the victim has its lock on ${held}`)
      const hold = await holdOf(agent)
      await act(agent)
      assert.equal(await isLocked(held), false)
      await collected(hold)
      assert.deepEqual(await running(VICTIM), [])
      await site.drop(agent.follower)
    })
  }
})

describe('the end of a command is reported as it was', () => {
  const cases = [
    { title: '0 is a clean exit', command: ['/bin/sh', '-c', 'exit 0'], want: { status: 'finished', reason: 'exited', detail: undefined } },
    { title: '3 is an error', command: ['/bin/sh', '-c', 'exit 3'], want: { status: 'error', reason: 'exit', detail: 'ended with code 3' } },
    { title: 'so is a signal', command: ['/bin/sh', '-c', 'kill -ABRT $$'], want: { status: 'error', reason: 'exit', detail: 'ended by signal 6' } },
  ]
  for (const { title, command, want } of cases) {
    test(title, async () => assert.deepEqual(await ending(await terminal(command)), want))
  }

  test('a program that prints nothing is shown as running', async () => {
    const agent = await terminal(['/bin/sleep', '1000'])
    const { status, source } = await agent.follower.waitFor('status', ({ reason }) => reason === 'working')
    assert.deepEqual([status, source], ['running', 'process'])
    await agent.leave()
  })

  test('a program that ends because of its user’s interrupt was interrupted and did not fail', async () => {
    const agent = await terminal(['/bin/sh', '-c', 'echo up; exec sleep 1000'])
    const { launchId } = await agent.get()
    await until(() => hasPrinted(launchId, 'up'), 'the program runs')
    await site.want(200, 'POST', `${agent.route}/interrupt`)
    assert.deepEqual(await ending(agent), { status: 'finished', reason: 'interrupted', detail: undefined })
  })

  test('a program that does not exist is refused before anything starts', async () => {
    const agent = await site.agent({ adapter: 'terminal', command: ['/no/such/program'] })
    const { status, body } = await site.call('POST', `${agent.route}/start`, {})
    assert.deepEqual([status, body.error.code], [409, 'MISSING_CLI'])
    const row = await agent.get()
    assert.deepEqual([row.statusReason, row.startedAt], ['missing_cli', undefined])
    await site.drop(agent.follower)
  })

  test('a program is found by its path in the worktree', async () => {
    const agent = await site.agent({ adapter: 'terminal', command: ['./tool.sh'] })
    await writeFile(path.join(agent.worktree.path, 'tool.sh'), '#!/bin/sh\n', { mode: 0o755 })
    await agent.start()
    const { status, reason } = await ending(agent)
    assert.deepEqual([status, reason], ['finished', 'exited'])
  })

  test('a file that cannot be executed shows why', async () => {
    const script = path.join(site.repository, 'broken')
    await writeFile(script, '\x7fELF of no machine', { mode: 0o755 })
    const { status, reason, detail } = await ending(await terminal([script]))
    assert.deepEqual([status, reason], ['error', 'exit'])
    assert.match(detail, /Exec format error/)
  })

  test('a stop by its user is not an error, however the program reacts', async () => {
    const agent = await terminal(['/bin/sh', '-c', 'trap "exit 7" HUP TERM; echo up; while :; do sleep 0.1; done'])
    const { launchId } = await agent.get()
    await until(() => hasPrinted(launchId, 'up'), 'the program has set its trap')
    await agent.stop()
    assert.deepEqual(await ending(agent), { status: 'finished', reason: 'stopped', detail: undefined })
  })
})

const notRoot = process.getuid() !== 0 && 'a hold is closed to everybody but root'

test('what a sanitizer finds in a hold is reported where check.py looks for it', { skip: notRoot }, async () => {
  const agent = await terminal([VICTIM, 'deaf'])
  const hold = await holdOf(agent)
  const found = (await readFile(`/proc/${hold}/environ`, 'utf8')).split('\0').filter(Boolean).sort()
  const names = ['ASAN_OPTIONS', 'LSAN_OPTIONS', 'TSAN_OPTIONS', 'UBSAN_OPTIONS'].filter((name) => process.env[name])
  assert.deepEqual(found, [...names.map((name) => `${name}=${process.env[name]}`), 'LC_ALL=C'].sort())
  await agent.leave()
})

describe('a hold has open what its header lists', { skip: notRoot }, () => {
  /* src/hold/hold.h: the folder, the lock, the newest segment, a signalfd, a listening socket and at most two connections,
   * a cgroup where one could be made; and three pipes, or the master of a pty. */
  const own = (folder) => [
    ['the folder', (target) => target === folder, 1, 1],
    ['the lock', (target) => target === path.join(folder, 'lock'), 1, 1],
    ['the newest segment', (target) => target.startsWith(path.join(folder, 'log.')), 1, 1],
    ['signals', (target) => target === 'anon_inode:[signalfd]', 1, 1],
    ['sockets', (target) => target.startsWith('socket:'), 1, 3],
    ['a cgroup', (target) => target.startsWith('/sys/fs/cgroup/'), 0, 1],
  ]
  const streams = {
    terminal: [['the master', (target) => target.startsWith('/dev/ptmx') || target.startsWith('/dev/pts/ptmx'), 1, 1]],
    claude: [['pipes', (target) => target.startsWith('pipe:'), 3, 3]],
  }

  for (const adapter of ['terminal', 'claude']) {
    test(`of a ${adapter} agent`, async () => {
      const agent = await site.agent({ adapter, ...(adapter === 'terminal' && { command: [VICTIM, 'deaf'] }) })
      await agent.start()
      await agent.follower.waitFor('status', ({ reason }) => reason !== 'starting')
      const { launchId } = await agent.get()
      const folder = path.join(site.home, 'streams', launchId)
      const hold = await holdOf(agent)
      const pipes = streams[adapter].find(([what]) => what === 'pipes')?.[2] ?? 0
      const isPipe = (target) => target.startsWith('pipe:')
      await until(async () => [...(await descriptors(hold)).values()].filter(isPipe).length <= pipes, 'the exec is over, and its pipe closed')
      const open = await descriptors(hold)
      for (const standard of [0, 1, 2]) assert.match(open.get(standard), /^\/dev\/null$|stderr$/)
      const rest = [...open].filter(([fd]) => fd > 2).map(([, target]) => target)
      for (const [what, fits, least, most] of [...own(folder), ...streams[adapter]]) {
        const n = rest.filter(fits).length
        assert.ok(n >= least && n <= most, `${what}: ${n} of ${least} to ${most} in ${rest.join(', ')}`)
      }
      const fits = [...own(folder), ...streams[adapter]].map(([, fit]) => fit)
      assert.deepEqual(rest.filter((target) => !fits.some((fit) => fit(target))), [])
      await agent.leave()
    })
  }
})

/** Whether somebody has a write lock on the file: the kernel is asked by the same call that the victim took it with. */
async function isLocked(file) {
  const ask = 'import fcntl,struct,sys; f=open(sys.argv[1],"r+b"); l=struct.pack("hhqqi4x",fcntl.F_WRLCK,0,0,0,0); ' +
    'print(struct.unpack("hhqqi4x",fcntl.fcntl(f,36,l))[0]!=fcntl.F_UNLCK)'
  const { code, out } = await runToEnd('python3', ['-c', ask, file], { code: null })
  return code === 0 && out === 'True'
}

async function hasPrinted(launch, text) {
  const folder = path.join(site.home, 'streams', launch)
  const logs = (await readdir(folder)).filter((name) => name.startsWith('log.'))
  const all = await Promise.all(logs.map((name) => readFile(path.join(folder, name))))
  return all.some((bytes) => bytes.includes(text))
}
