// What can be lost beside the daemon: the CLI, the hold, the end of a log, time. And two daemons on one home.
import assert from 'node:assert/strict'
import { copyFile, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { muster } from '../harness/daemon.mjs'
import { Program, runToEnd } from '../harness/program.mjs'
import { gone, halt, holdsOf, standstill } from '../harness/process.mjs'
import { change, rows, sameAsDerivedAgain } from '../harness/recovery.mjs'
import { Site } from '../harness/site.mjs'
import { until, within } from '../harness/wait.mjs'

const MIB = 2 ** 20
const SOAK_STOPPED_MS = 60_000
const isLost = ({ reason }) => reason === 'hold_lost'
const holdOf = async (site, launch) => {
  const found = await holdsOf(site.home, launch)
  assert.equal(found.length, 1)
  return found[0]
}

describe('one home', () => {
  let site
  before(async () => {
    site = await Site.open()
  })
  after(() => site.close())

  /** An agent in the middle of a turn, which waits for an answer. */
  async function asking(nonce) {
    const agent = await site.agent()
    await agent.start(`Begin. @@full#${nonce}`)
    await agent.follower.waitFor('status', ({ status }) => status === 'waiting')
    return agent
  }

  test('a second daemon names the first and exits with 1', async () => {
    const { err } = await runToEnd(muster, ['serve', '--home', site.home, '--port', '0'], { code: 1 })
    assert.match(err, new RegExp(`another daemon uses .*process ${site.daemon.program.pid}\\b`))
  })

  test('a CLI that is killed is shown as an error, and its session continues', async () => {
    const agent = await asking('killed')
    const { pid } = await agent.status()
    process.kill(pid, 'SIGKILL')
    await agent.follower.waitFor('exit')
    const status = await agent.atRest()
    assert.deepEqual([status.status, status.reason, status.detail], ['error', 'exit', 'ended by signal 9'])
    const before = await agent.get()
    await sameAsDerivedAgain(site.home, before.launchId)
    const { asks } = await site.want(200, 'GET', `/api/asks?state=open`)
    assert.deepEqual(asks, [])
    await site.want(200, 'POST', `${agent.route}/resume`)
    await agent.send('Go on. @@short#resumed')
    await agent.follower.waitFor('turn_end')
    const after = await agent.get()
    assert.equal(after.sessionId, before.sessionId)
    assert.notEqual(after.launchId, before.launchId)
    await agent.leave()
  })

  test('a hold that is killed is reported as lost, once; its tree is swept, and a prompt that was being answered counts as sent', async () => {
    const agent = await asking('lost')
    const { pid } = await agent.status()
    const { launchId } = await agent.get()
    process.kill(await holdOf(site, launchId), 'SIGKILL')
    await agent.follower.waitFor('status', isLost)
    await gone(pid)
    await site.crash()
    const row = await agent.get()
    assert.deepEqual([row.status, row.statusReason], ['error', 'hold_lost'])
    const count = (kind, fits) => agent.events.filter(({ type, payload }) => type === kind && fits(payload)).length
    assert.deepEqual([count('status', isLost), count('exit', () => true)], [1, 1])
    const { messages } = await site.want(200, 'GET', `${agent.route}/messages`)
    assert.deepEqual(messages.filter(({ role }) => role === 'user').map(({ state }) => state), ['sent'])
    await sameAsDerivedAgain(site.home, launchId)
    await agent.send('And now? @@short#after')
    await agent.start()
    await agent.follower.waitFor('turn_end')
    const own = (await site.reached()).filter((text) => /#(lost|after)$/.test(text))
    assert.deepEqual(own, ['Begin. @@full#lost', 'And now? @@short#after'])
    await agent.leave()
  })
})

/** Three bytes each: more than the 65,536 that a pipe holds, pipe(7). */
const MORE_THAN_A_PIPE = 30_000

describe('a damaged log', () => {
  let site
  before(async () => {
    site = await Site.open()
  })
  after(() => site.close())

  const logged = async (launchId, what) => (await readFile(await logOf(site.home, launchId), 'latin1')).split(what).length - 1

  /** Changes a byte at the last occurrence of `find`, in place: the hold may be writing to the same file. */
  async function damage(launchId, find) {
    const name = await logOf(site.home, launchId)
    const log = await readFile(name)
    const at = log.lastIndexOf(find)
    assert.ok(at > 0, `${find} is in the log`)
    const file = await open(name, 'r+')
    try {
      await file.write(Buffer.of(log[at] ^ 1), 0, 1, at)
    } finally {
      await file.close()
    }
  }

  test('of a running agent: the gap is reported, the open turn ends as unknown, and the next turn works', async (t) => {
    const agent = await site.agent()
    const logs = new Program(muster, ['--home', site.home, 'logs', '-f', agent.id])
    t.after(() => logs.end('SIGKILL'))
    await agent.start('Begin. @@short#before')
    await agent.follower.waitFor('turn_end')
    const { launchId, pid } = await agent.get()
    await agent.atRest()
    // The turn that is damaged is written while no daemon runs.
    await halt(pid)
    await agent.send('Go on. @@short#damaged')
    await agent.follower.waitFor('message', ({ state }) => state === 'sent', 2)
    await site.daemon.kill()
    const results = await logged(launchId, '"type":"result"')
    process.kill(pid, 'SIGCONT')
    await until(async () => (await logged(launchId, '"type":"result"')) > results, 'the turn is written')
    await damage(launchId, '"type":"result"')
    await site.revive()
    const { to, from, reason } = await agent.follower.waitFor('gap')
    assert.ok(to > from)
    assert.equal(reason, 'the log is damaged')
    await agent.follower.waitFor('notice', ({ code, level }) => code === 'gap' && level === 'warning')
    await agent.follower.waitFor('turn_end', ({ outcome }) => outcome === 'unknown')
    await agent.atRest(2)
    await agent.send('Again. @@short#behind')
    await agent.follower.waitFor('turn_end', ({ outcome }) => outcome === 'ok', 2)
    assert.equal((await agent.get()).pid, pid, 'it is the same program')
    assert.equal((await site.reached()).filter((text) => text.endsWith('#behind')).length, 1)
    const { out, err } = await runToEnd(muster, ['derive', 'claude', path.join(site.home, 'streams', launchId)], { code: 1 })
    assert.match(out, /"kind":"gap"/)
    assert.match(err, /damaged/)
    const gap = await logs.waitLine(/^! some output is missing: the log is damaged$/)
    await logs.lines.waitFor((line) => line === '> Again. @@short#behind', { what: 'the next prompt', from: logs.lines.items.indexOf(gap) })
    await logs.lines.waitFor((line) => line === '-- the turn is complete', { what: 'the next turn', from: logs.lines.items.lastIndexOf('> Again. @@short#behind') })
    assert.equal(logs.lines.items.filter((line) => line === gap).length, 1)
    await agent.leave()
  })

  const prompts = [
    { title: 'that its hold has written to the program is sent', size: 0, state: 'sent' },
    { title: 'that its hold could not write yet may never arrive, and says so', size: MORE_THAN_A_PIPE, state: 'delivery_unknown' },
  ]
  for (const { title, size, state } of prompts) {
    test(`which hides a prompt: one ${title}`, async () => {
      const agent = await site.agent()
      await agent.start('Begin. @@short#hidden')
      await agent.follower.waitFor('turn_end')
      await agent.atRest()
      const { launchId, pid } = await agent.get()
      await halt(pid)
      // It dies when it has derived the prompt's frame, before it stores that.
      const { env } = site.daemon.options
      await site.daemon.stop()
      await site.daemon.restart({ env: { ...env, MUSTER_CRASH: 'derive.before_commit:1' } })
      const mark = `@@short#${state}`
      const content = `${'€'.repeat(size)} ${mark}`
      const taken = ({ status }) => assert.equal(status, 202)
      await site.daemon.api('POST', `${agent.route}/message`, { content }).then(taken, () => {})
      await within(site.daemon.program.ended, 'the daemon dies')
      await until(async () => (await logged(launchId, mark)) === 1, 'the prompt is in the log')
      await damage(launchId, mark)
      site.daemon.options.env = env
      await site.revive()
      await agent.follower.waitFor('gap')
      const { messages } = await site.want(200, 'GET', `${agent.route}/messages`)
      const [last] = messages.filter(({ role, content }) => role === 'user' && content.endsWith(mark))
      assert.equal(last.state, state)
      process.kill(pid, 'SIGCONT')
      await agent.leave()
    })
  }

  test('whose last frame is damaged: its exit is the one that the hold reports', async () => {
    const agent = await site.agent()
    await agent.start('Begin. @@short#exit')
    await agent.follower.waitFor('turn_end')
    await agent.atRest()
    const { launchId, pid } = await agent.get()
    await site.daemon.kill()
    process.kill(pid, 'SIGKILL')
    await until(async () => (await logged(launchId, 'by signal 9')) === 1, 'the exit is written')
    await damage(launchId, 'by signal 9')
    await site.revive()
    const { signal } = await agent.follower.waitFor('exit')
    assert.equal(signal, 9)
    assert.equal(agent.follower.count('gap'), 1)
    const { status, statusReason } = await agent.get()
    assert.deepEqual([status, statusReason], ['error', 'exit'])
    await agent.leave()
  })
})

/* Power loss: every process dies, the store is an older one of the same history, the log lacks its end. */

const SEGMENT_HEADER = 96 // docs/hold-wire.md

const random = (seed) => () => {
  seed = (seed * 1103515245 + 12345) % 2 ** 31
  return seed / 2 ** 31
}

async function copyStore(from, to) {
  for (const end of ['', '-wal']) await copyFile(from + end, to + end)
}

async function logOf(home, launch) {
  const folder = path.join(home, 'streams', launch)
  const [name] = (await readdir(folder)).filter((file) => file.startsWith('log.'))
  return path.join(folder, name)
}

describe('power loss', () => {
  const rounds = process.env.MUSTER_SOAK ? 40 : 6
  const draw = random(20261121)

  for (let round = 0; round <= rounds; round++) {
    test(`an older store, and a log cut ${round ? `at some byte (${round})` : 'to nothing'}: what remains is emitted once, the rest is a gap`, async () => {
      const site = await Site.open()
      const agent = await site.agent()
      await agent.start('Begin. @@full#power')
      await agent.follower.waitCount(round ? 1 + Math.floor(draw() * 20) : 1)
      const store = path.join(site.home, 'muster.db')
      // Its state at some moment: a copy taken while nothing is written.
      await halt(site.daemon.program.pid)
      await copyStore(store, `${store}.older`)
      process.kill(site.daemon.program.pid, 'SIGCONT')
      await agent.follower.waitFor('ask', ({ tool }) => tool === 'Write')
      const launchId = await everythingDies(site, agent)

      await copyStore(`${store}.older`, store)
      await rm(`${store}-shm`, { force: true })
      await change(site.home, ANOTHER_BOOT)
      const log = await logOf(site.home, launchId)
      const { size } = await stat(log)
      await truncate(log, SEGMENT_HEADER + (round ? Math.floor(draw() * (size - SEGMENT_HEADER)) : 0))

      const before = await rows(site.home, "SELECT generation FROM stream WHERE topic LIKE 'agent/%'")
      await site.daemon.restart()
      const again = await site.follow(agent.id)
      await again.follower.waitFor('status', isLost)
      const row = await again.get()
      assert.deepEqual([row.status, row.statusReason], ['error', 'hold_lost'])
      assert.ok(again.events[0].generation > before[0].generation, 'cursors from before start again')
      const places = again.events.map(({ seq }) => seq)
      assert.deepEqual(places, [...new Set(places)].sort((a, b) => a - b))
      await leftIsTrue(site, launchId, (await stat(log)).size)
      const user = (await site.want(200, 'GET', `${again.route}/messages`)).messages.filter(({ role }) => role === 'user')
      assert.equal(user.length, 1, 'a prompt that was accepted is kept')
      const isAnswered = again.events.some(({ type }) => ['text', 'text_delta', 'thought', 'tool_start'].includes(type))
      assert.equal(user[0].state, isAnswered ? 'sent' : 'delivery_unknown')
      await site.close()
    })
  }

  test('starts that end early do not hide it, and a prompt that was handed over is not sent again', async () => {
    const site = await Site.open()
    const agent = await site.agent()
    await agent.start('Begin. @@full#early')
    await agent.follower.waitFor('ask', ({ tool }) => tool === 'Write')
    const launchId = await everythingDies(site, agent)
    // The store of a moment before anything was derived; the log has nothing of it.
    await change(
      site.home,
      `${ANOTHER_BOOT};
       UPDATE message SET state = 'queued' WHERE role = 'user';
       UPDATE launch SET derived = 0, seen = 0, skip = 0, owner_state = NULL`,
    )
    await truncate(await logOf(site.home, launchId), SEGMENT_HEADER)
    const [before] = await rows(site.home, "SELECT generation FROM stream WHERE topic LIKE 'agent/%'")

    const token = path.join(site.home, 'token')
    await rename(token, `${token}.kept`)
    await writeFile(token, 'not a token')
    await runToEnd(muster, ['serve', '--home', site.home, '--port', '0'], { code: 1 })
    await rename(`${token}.kept`, token)

    // Cursors begin again here; the launch is not yet judged. It may die before it says that it is ready.
    const { env } = site.daemon.options
    await site.daemon.restart({ env: { ...env, MUSTER_CRASH: 'launch.committed:1' } }).catch(() => {})
    const { signal } = await within(site.daemon.program.ended, 'the daemon dies')
    assert.equal(signal, 'SIGKILL')
    await site.daemon.restart({ env })
    const again = await site.follow(agent.id)
    await again.follower.waitFor('status', isLost)
    assert.ok(again.events[0].generation > before.generation)
    const { messages } = await site.want(200, 'GET', `${again.route}/messages`)
    assert.deepEqual(messages.filter(({ role }) => role === 'user').map(({ state }) => state), ['delivery_unknown'])
    await site.close()
  })
})

const ANOTHER_BOOT = "UPDATE store_meta SET value = 'another' WHERE key = 'boot_id'"

/** Daemon, hold and program at once. Returns the launch. */
async function everythingDies(site, agent) {
  const { launchId } = await agent.get()
  const { pid } = await agent.status()
  await site.drop(agent.follower)
  const hold = await holdOf(site, launchId)
  await site.daemon.kill()
  process.kill(hold, 'SIGKILL')
  await Promise.all([gone(hold), gone(pid)])
  return launchId
}

/** Below the cut the store has what the log gives; beyond it only what it had before, and one gap says so. */
async function leftIsTrue(site, launch, size) {
  const all = await rows(
    site.home,
    `SELECT k.text AS kind, e.log_offset AS "offset", e.log_index AS "index" FROM event e
     JOIN event_word k ON k.number = e.kind JOIN event_word l ON l.number = e.launch
     WHERE l.text = '${launch}' AND e.payload IS NOT NULL ORDER BY e.id`,
  )
  const places = all.map(({ kind, offset, index }) => `${kind} ${offset}.${index}`)
  assert.equal(new Set(places).size, places.length, `emitted twice: ${places.join(', ')}`)
  const { out } = await runToEnd(muster, ['derive', 'claude', path.join(site.home, 'streams', launch)])
  const left = out.split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter(({ kind }) => kind !== 'state')
  const fromLog = left.map(({ kind, offset, index }) => `${kind} ${offset}.${index}`)
  assert.deepEqual(places.slice(0, fromLog.length), fromLog)
  const beyond = all.slice(fromLog.length)
  const gaps = beyond.filter(({ kind }) => kind === 'gap')
  assert.equal(gaps.length, beyond.length > 0 ? 1 : 0, JSON.stringify({ size, beyond }))
}

async function logSize(home, launch) {
  const folder = path.join(home, 'streams', launch)
  const logs = (await readdir(folder)).filter((file) => file.startsWith('log.'))
  const sizes = await Promise.all(logs.map(async (name) => (await stat(path.join(folder, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** All of the flood is in the log, or its hold has stopped reading and its program waits for it. */
async function untilTaken(site, { launchId, pid }, { mib, held }) {
  await until(async () => (await logSize(site.home, launchId)) > (held ? 1 : mib) * MIB, 'the hold takes what it may')
  if (held) await standstill([pid, await holdOf(site, launchId)])
  const size = await logSize(site.home, launchId)
  assert.equal(size > mib * MIB, !held, `${size} bytes`)
}

describe('a daemon that is stopped', () => {
  const cases = [
    { title: 'below the cap', settings: {}, mib: 4, held: false },
    { title: 'above the cap', settings: { 'launch.backlog_mib': '1' }, mib: 32, held: true },
  ]
  for (const { title, settings, mib, held } of cases) {
    test(`for a while, under output ${title}: nothing lost, nothing doubled, and its status is true`, async () => {
      const site = await Site.open({ settings })
      const agent = await site.agent()
      await agent.start()
      await agent.atRest()
      const { launchId, pid } = await agent.get()
      await agent.send(`Flood. @@flood#${mib}`)
      await agent.follower.waitFor('session')
      await halt(site.daemon.program.pid)
      await untilTaken(site, { launchId, pid }, { mib, held })
      if (process.env.MUSTER_SOAK) await new Promise((resolve) => setTimeout(resolve, SOAK_STOPPED_MS))
      process.kill(site.daemon.program.pid, 'SIGCONT')
      await agent.follower.waitFor('turn_end')
      const { status } = await agent.follower.waitFor('status', ({ reason }) => reason === 'turn_done')
      assert.equal(status, 'finished')
      const reasons = agent.events.filter(({ type }) => type === 'status').map(({ payload }) => payload.reason)
      assert.equal(reasons.includes('held'), held, reasons.join(', '))
      await agent.stop()
      await agent.follower.waitFor('exit')
      await sameAsDerivedAgain(site.home, launchId)
      await wholeFlood(site, launchId, mib)
      await site.close()
    })
  }
})

/** Every byte that the program wrote is in the log. */
async function wholeFlood(site, launch, mib) {
  const folder = path.join(site.home, 'streams', launch)
  let lines = 0
  for (const name of (await readdir(folder)).filter((file) => file.startsWith('log.')).sort()) {
    const file = await open(path.join(folder, name))
    const bytes = await file.readFile()
    await file.close()
    for (let at = bytes.indexOf('keep_alive'); at >= 0; at = bytes.indexOf('keep_alive', at + 1)) lines++
  }
  const length = JSON.stringify({ type: 'keep_alive', filler: 'x'.repeat(4000) }).length + 1
  assert.equal(lines, Math.ceil((mib * MIB) / length))
}
