// What programs and consumers do to an eye, with real ones of each kind (tests/eye/hostile.c, holder.c): the eye lives, says what
// happened, and frees everything, which is counted: descriptors and memory. src/eye/*_test.c has the same by message, in one process.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { holdFrames, openEye } from '../harness/eye.mjs'
import { build, cleanEnv } from '../harness/program.mjs'
import { until } from '../harness/wait.mjs'

const run = promisify(execFile)
const MIB = 1024 * 1024
const hostile = (...args) => ({ argv: [path.join(build, 'tests/eye/hostile'), ...args.map(String)], route: 'wayland' })
const STALE = 1
const RESET_CLIENT = 3

describe('an eye survives', () => {
  let folder, program
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'eye-robust-'))
    program = path.join(folder, 'muster-eye')
    await copyFile(path.join(build, 'src/eye/muster-eye'), program)
  })
  after(() => rm(folder, { recursive: true }))

  /** An eye in which the program runs. Memory that was freed must not count: no quarantine of the sanitizer's. */
  function eye(t, config = {}, inside = hostile('draw', 0)) {
    const asan = [process.env.ASAN_OPTIONS, 'quarantine_size_mb=0', 'thread_local_quarantine_size_kb=0'].filter(Boolean).join(':')
    return openEye(t, program, { program: inside, ...config }, { env: { HOME: folder, ASAN_OPTIONS: asan } })
  }

  /** A client beside the eye's own program: what it printed at its end. */
  async function visit({ wayland }, ...args) {
    const [file, ...rest] = hostile(...args).argv
    const { stdout } = await run(file, rest, { env: cleanEnv({ WAYLAND_DISPLAY: wayland }), timeout: 30000 })
    return JSON.parse(stdout.trim().split('\n').at(-1))
  }

  const holder = (t, one, role, credits, frames, ms) => holdFrames(t, one, { role, credits, frames, ms })
  const drawn = ({ line }, more = 0) => line('status', ({ frames }) => frames > more)
  const settled = (one, fds) => until(async () => (await one.fds()) <= fds, `descriptors are ${fds} again`)

  test('a program that is killed while its frames are held: a reset, it is reaped, and it is started again', async (t) => {
    const one = await eye(t, {}, { ...hostile('kill', 3), isRestarted: true })
    const watching = holder(t, one, 'step', 4, 0, 0)
    const { signal } = await one.line('program', ({ event }) => event === 'exited')
    assert.equal(signal, 9)
    await watching.reset(RESET_CLIENT)
    const { pid } = await one.line('program', ({ event }) => event === 'exited')
    await one.line('program', (now) => now.event === 'started' && now.pid !== pid)
    await assert.rejects(readFile(`/proc/${pid}/status`), /ENOENT/, 'nothing is left of the first one')
  })

  test('the end of a program gives back its descriptors and memory, round after round', async (t) => {
    const one = await eye(t, {}, { argv: ['sleep', '1000'], route: 'wayland' })
    await visit(one, 'draw', 3)
    const [fds, memory] = [await one.fds(), await one.memory()]
    for (let round = 0; round < 10; round++) assert.equal((await visit(one, 'draw', 5)).n, 5)
    await settled(one, fds)
    assert.ok((await one.memory()) < memory + 8 * MIB)
  })

  test('a program that stops: its steps end stale, then with a reset; it goes on when it goes on', async (t) => {
    const one = await eye(t, { lockstep: true, stepTimeoutMs: 20 }, hostile('stop', 3))
    const stepping = holder(t, one, 'step', 2, 1e9, 0)
    await stepping.frame(({ flags }) => flags & STALE)
    const { message } = await one.line('error', ({ message }) => /ended without a frame/.test(message))
    assert.match(message, /after \d+ ms: .*stopped/i)
    await stepping.reset(RESET_CLIENT)
    const { programPid } = await one.line('status', (status) => status.programPid)
    const from = stepping.lines.items.length
    process.kill(programPid, 'SIGCONT')
    await stepping.frame(({ flags }) => !(flags & STALE), from)
  })

  test('a program with a single buffer is stepped', async (t) => {
    const one = await eye(t, { lockstep: true }, hostile('one', 0))
    const stepping = holder(t, one, 'step', 2, 1e9, 0)
    const { step } = await stepping.frame()
    await stepping.frame((now) => now.step >= step + 50 && !(now.flags & STALE))
  })

  test('consumers that are killed while they hold frames give them back, and the next one is served at once', async (t) => {
    const one = await eye(t)
    await drawn(one)
    const fds = await one.fds()
    for (let round = 0; round < 5; round++) {
      const consumer = holder(t, one, 'step', 4, 0, 0)
      await until(() => consumer.lines.items.length >= 2, 'it holds frames')
      await consumer.kill()
    }
    await settled(one, fds)
    await holder(t, one, 'step', 2, 1e9, 0).frame()
  })

  test('a watcher that holds each of its frames for long slows nobody', async (t) => {
    const one = await eye(t)
    const slow = holder(t, one, 'watch', 4, 1e9, 300)
    await slow.frame()
    const quick = holder(t, one, 'step', 2, 1e9, 0)
    const first = await quick.frame()
    const last = await quick.frame(({ frame }) => frame > first.frame + 300)
    assert.ok(slow.lines.items.length < 20, 'it got the fewest')
    const { dropped } = await slow.frame(({ dropped }) => dropped > 0)
    assert.ok(last.frame > first.frame + dropped / 1000)
  })

  for (const kind of ['draw', 'one', 'sizes'])
    test(`a consumer that comes late to a program of the kind "${kind}" sees what follows`, async (t) => {
      const one = await eye(t, {}, hostile(kind, kind === 'draw' ? 0 : 1e9))
      await drawn(one, 100)
      const late = holder(t, one, 'step', 2, 1e9, 0)
      const { frame } = await late.frame()
      await late.frame((now) => now.frame > frame + 100)
    })

  test('a flood of commits is absorbed, in free run and in lockstep', async (t) => {
    const one = await eye(t, { lockstep: true }, hostile('flood', 1000))
    await one.line('program', ({ event, code }) => event === 'exited' && code === 0)
    const other = await eye(t, {}, { argv: ['sleep', '1000'], route: 'wayland' })
    const watching = holder(t, other, 'step', 2, 1e9, 0)
    assert.equal((await visit(other, 'flood', 1000)).n, 1000)
    await watching.frame()
  })

  // More than a client may have: it is disconnected, the eye's own program goes on, and nothing stays.
  for (const [what, n, most] of [
    ['surfaces', 200000, 256],
    ['pools', 3000, 64],
    ['buffers', 3000, 256],
    ['regions', 5000, 1024],
    ['callbacks', 10000, 4096],
  ])
    test(`a client that makes ${n} ${what} is disconnected at ${most}`, async (t) => {
      const one = await eye(t)
      await drawn(one)
      await visit(one, 'draw', 1)
      const [fds, memory] = [await one.fds(), await one.memory()]
      const { code } = await visit(one, what, n)
      assert.equal(code, 3)
      const { message } = await one.line('error', ({ message }) => /used Wayland wrongly/.test(message))
      assert.ok(message.includes(`${most} ${what === 'callbacks' ? 'frame callbacks' : what}`), message)
      await settled(one, fds)
      assert.ok((await one.memory()) < memory + 16 * MIB)
      await drawn(one, one.lines.items.findLast(({ type }) => type === 'status').frames)
    })

  test('100,000 empty commits cost nothing', async (t) => {
    const one = await eye(t)
    await drawn(one)
    await visit(one, 'commits', 1000)
    const [fds, memory] = [await one.fds(), await one.memory()]
    assert.deepEqual(await visit(one, 'commits', 100000), { n: 100000, ended: false })
    await settled(one, fds)
    assert.ok((await one.memory()) < memory + 8 * MIB)
  })

  test('a surface of 16,384 × 16,384 pixels is passed on as it is, and said to be of another size', async (t) => {
    const one = await eye(t, {}, { argv: ['sleep', '1000'], route: 'wayland' })
    const consumer = holder(t, one, 'step', 1, 1e9, 0)
    const memory = await one.memory()
    assert.equal((await visit(one, 'huge', 4)).n, 4)
    const { width, flags } = await consumer.frame()
    assert.deepEqual([width, flags & 8], [16384, 8])
    await consumer.reset(RESET_CLIENT)
    assert.ok((await one.memory()) < memory + 32 * MIB, 'no byte of it was copied')
  })

  test('memory that is shown cannot be truncated by its program', async (t) => {
    const one = await eye(t)
    assert.equal((await visit(one, 'shrink')).ended, false)
  })

  test('a client that breaks the protocol is disconnected with the reason, and the others go on', async (t) => {
    const one = await eye(t)
    await drawn(one)
    const { interface: of, code } = await visit(one, 'wrong')
    assert.deepEqual([of, code], ['wl_shm', 2])
    const { message } = await one.line('error', ({ message }) => /used Wayland wrongly/.test(message))
    assert.match(message, /the file is shorter than the pool/)
    await drawn(one, one.lines.items.findLast(({ type }) => type === 'status').frames)
  })

  test('an eye that is ended while all of them are there takes everything with it', async (t) => {
    const one = await eye(t)
    await drawn(one)
    const watching = holder(t, one, 'step', 4, 0, 0)
    await watching.frame()
    one.order({ type: 'end' })
    await watching.lines.waitFor(({ reset, error }) => reset === 6 || error, { what: 'it hears that the eye ends' })
    await until(async () => !(await readdir(path.dirname(one.socket)).catch(() => undefined)), 'the folder of its sockets is gone')
  })
})
