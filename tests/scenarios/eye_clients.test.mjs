// The consumers that come with Muster, against the real eye and our own game: libmuster-eye's examples, the Python client's, a
// consumer of version 1, and the programs that measure.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { build, checkout, cleanEnv } from '../harness/program.mjs'
import { Feed } from '../harness/wait.mjs'

const run = promisify(execFile)
const client = (name, ...args) => run(path.join(build, 'clients/c', name), args, { env: cleanEnv() })
// Debian's own interpreter has Debian's numpy.
const python = (...args) =>
  run('/usr/bin/python3', args, { env: cleanEnv({ PYTHONPATH: path.join(checkout, 'clients/python'), PYTHONDONTWRITEBYTECODE: '1' }) })
const catchGame = { argv: [path.join(build, 'tests/eye/catch')], env: ['SDL_AUDIODRIVER=dummy'], route: 'wayland' }

describe('consumers of an eye', () => {
  let folder, program
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'eye-clients-'))
    program = path.join(folder, 'muster-eye')
    await copyFile(path.join(build, 'src/eye/muster-eye'), program)
    await copyFile(path.join(build, 'src/preload/libmuster-clock.so'), path.join(folder, 'libmuster-clock.so'))
  })
  after(() => rm(folder, { recursive: true }))

  /** An eye in which the program runs: {socket, frameSocket}; it ends with the test. */
  async function eye(t, config, inside = catchGame) {
    const lines = new Feed()
    const child = spawn(program, [], { env: cleanEnv({ HOME: folder }), stdio: ['pipe', 'pipe', 'ignore'] })
    createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line)))
    t.after(async () => {
      const was = child.exitCode ?? child.signalCode
      child.stdin.on('error', () => {}) // it ends when it pleases: what counts is how
      if (was === null) child.stdin.end(`${JSON.stringify({ type: 'end' })}\n`)
      const code = child.exitCode ?? child.signalCode ?? (await once(child, 'exit'))[0]
      assert.equal(code, 0, `the eye ended with ${code}${was === null ? '' : ' before the test ended'}`)
    })
    const order = (one) => child.stdin.write(`${JSON.stringify(one)}\n`)
    child.stdin.write(`${JSON.stringify({ type: 'start', config: { id: 'eye', width: 320, height: 240, program: inside, ...config } })}\n`)
    await lines.waitFor(({ type, state }) => type === 'status' && state !== 'starting', { what: 'the program has drawn' })
    return { ...(await lines.waitFor(({ type }) => type === 'hello', { what: 'hello' })), lines, order }
  }
  const lockstep = { lockstep: true, clock: 'virtual', seed: 3 }
  const drawing = (...args) => ({ argv: [path.join(build, 'bench/eye-client'), '--width', '320', '--height', '240', ...args], route: 'wayland' })

  test('the same keys give the same pictures, other keys give others', async (t) => {
    const hashes = async (seed) => {
      const { socket } = await eye(t, lockstep)
      const [file, picture] = [path.join(folder, 'hashes'), path.join(folder, 'last.ppm')]
      const { stdout } = await client('eye-step', socket, '--steps', '300', '--keys', 'left,right', '--seed', seed, '--hash', file, '--ppm', picture)
      assert.deepEqual([JSON.parse(stdout).steps, JSON.parse(stdout).stale], [300, 0])
      assert.equal((await stat(picture)).size, 'P6\n320 240\n255\n'.length + 320 * 240 * 3)
      return (await readFile(file, 'utf8')).trim().split('\n')
    }
    const [first, again, other] = [await hashes('1'), await hashes('1'), await hashes('2')]
    assert.deepEqual(again, first)
    assert.equal(first.length, 300)
    // The block falls a row every six steps.
    assert.ok(new Set(first.map((line) => line.split(' ')[1])).size > 300 / 6 - 10, 'the pictures move')
    assert.notDeepEqual(other, first)
  })

  test('an eye without a program shows a pattern that moves by steps, and else at its rate', async (t) => {
    const file = path.join(folder, 'hashes')
    const play = async (steps) => {
      const { socket } = await eye(t, lockstep, { argv: [] })
      const { stdout } = await client('eye-step', socket, '--steps', steps, '--hash', file)
      assert.deepEqual([JSON.parse(stdout).steps, JSON.parse(stdout).stale], [Number(steps), 0])
      return (await readFile(file, 'utf8')).trim().split('\n').map((line) => line.split(' ')[1])
    }
    const [first, again] = [await play('100'), await play('100')]
    assert.deepEqual(again, first)
    assert.equal(new Set(first).size, 100)
    const { socket } = await eye(t, { hz: 50 }, { argv: [] })
    const { stdout } = await client('eye-watch', socket, '--frames', '20')
    const pixels = [...stdout.matchAll(/^frame \d+: 320×240, .* dropped, first pixel (\w+)$/gm)]
    assert.equal(pixels.length, 20)
  })

  /** An encoder that keeps what it reads, in its last argument, and ends as the word says. */
  async function makeEncoder(end = '') {
    const encoder = path.join(folder, 'encoder')
    await writeFile(encoder, `#!/bin/sh\nfor last; do :; done\ncat >"$last"\n${end}\n`, { mode: 0o755 })
    return encoder
  }

  test('each step is a frame of the video, and one that ends badly says so', async (t) => {
    const { socket, order, lines } = await eye(t, lockstep, { argv: [] })
    const film = async (name, encoder, steps, end = () => order({ type: 'stop_video' })) => {
      const file = path.join(folder, name)
      order({ type: 'video', path: file, encoder })
      if (steps) await client('eye-step', socket, '--steps', steps)
      await end()
      return lines.waitFor((line) => line.type === 'filmed' && line.path === file, { what: `the end of ${name}` })
    }
    const good = await film('good', await makeEncoder(), '30')
    assert.deepEqual([good.steps, good.bytes, good.detail], [30, 30 * 320 * 240 * 4, undefined])
    const pixels = await readFile(good.path)
    const pictures = Array.from({ length: 30 }, (_, i) => pixels.subarray(i * 320 * 240 * 4, (i + 1) * 320 * 240 * 4).toString('latin1'))
    assert.equal(new Set(pictures).size, 30)
    assert.match((await film('bad', await makeEncoder('exit 3'), '5')).detail, /the encoder exited with status 3/)
    assert.match((await film('gone', path.join(folder, 'no-encoder'), 0, () => {})).detail, /no-encoder cannot be started: No such file/)
    order({ type: 'stop_video' })
    await lines.waitFor(({ type, message }) => type === 'error' && /no video is being made/.test(message), { what: 'a refusal' })
    const cut = await film('cut', await makeEncoder(), '3', () => order({ type: 'end' }))
    assert.deepEqual([cut.steps, cut.bytes, cut.detail], [3, 3 * 320 * 240 * 4, undefined])
  })

  test('a script of keys is played step by step', async (t) => {
    const [file, script] = [path.join(folder, 'hashes'), path.join(folder, 'keys')]
    const play = async (text) => {
      const { socket } = await eye(t, lockstep)
      await writeFile(script, text)
      await client('eye-step', socket, '--steps', '60', '--script', script, '--hash', file)
      return (await readFile(file, 'utf8')).split('\n')
    }
    const [still, moved] = [await play(''), await play('20 left 1\n30 KEY_LEFT 0\n')]
    assert.deepEqual(moved.slice(0, 20), still.slice(0, 20))
    assert.notDeepEqual(moved.slice(20, 40), still.slice(20, 40))
    const { socket } = await eye(t, lockstep)
    await assert.rejects(client('eye-step', socket, '--keys', 'nothing'), /there is no key of this name: nothing/)
    const { stdout } = await client('eye-step', socket, '--steps', '10', '--frames', '3')
    assert.equal(JSON.parse(stdout).steps, 10)
  })

  test('a watcher sees copies of frames as they come', async (t) => {
    const { socket } = await eye(t, { hz: 60 })
    const { stdout } = await client('eye-watch', socket, '--frames', '5', '--hz', '30')
    const frames = stdout.match(/^frame (\d+): 320×240, .*copied/gm).map((line) => Number(/\d+/.exec(line)[0]))
    assert.equal(frames.length, 5)
    assert.deepEqual([...frames].sort((a, b) => a - b), frames)
  })

  test('a consumer of version 1 gets a frame for each ping', async (t) => {
    const { frameSocket } = await eye(t, lockstep)
    const { stdout } = await client('eye-v1', frameSocket, '6')
    const frames = [...stdout.matchAll(/^frame (\d+): 320×240, 1 descriptors, 0 fences, flags (\d+), sum (\d+)$/gm)]
    assert.equal(frames.length, 6)
    for (const [, , flags, sum] of frames) assert.deepEqual([Number(flags) & 1, Number(sum) > 0], [1, true])
    assert.equal(new Set(frames.map(([, id]) => id)).size, 6)
  })

  /** The first block of that language in RECIPES.md. */
  const recipe = async (language) => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(await readFile(path.join(checkout, 'RECIPES.md'), 'utf8'))[1]

  test('the consumers of RECIPES.md are built as it says, and run', async (t) => {
    const [source, built, script] = ['my.c', 'my', 'my.py'].map((name) => path.join(folder, name))
    await writeFile(source, await recipe('c'))
    await writeFile(script, await recipe('python'))
    const options = JSON.parse(await readFile(path.join(build, 'meson-info/intro-buildoptions.json'), 'utf8'))
    const { value: sanitizers } = options.find(({ name }) => name === 'b_sanitize')
    const env = cleanEnv({ PKG_CONFIG_PATH: path.join(build, 'meson-uninstalled') })
    const { stdout: flags } = await run('pkg-config', ['--cflags', '--libs', 'muster-eye'], { env })
    const sanitize = sanitizers === 'none' ? [] : [`-fsanitize=${sanitizers}`]
    await run('cc', ['-Wall', '-Wextra', '-Werror', '-o', built, source, ...flags.trim().split(/\s+/), ...sanitize])
    const first = await eye(t, lockstep)
    const { stdout } = await run(built, [first.socket], { env: cleanEnv({ LD_LIBRARY_PATH: path.join(build, 'clients/c') }) })
    assert.equal(stdout.match(/^step \d+: first pixel [0-9a-f]{2}$/gm).length, 100)
    const second = await eye(t, lockstep)
    const { stdout: means } = await python(script, second.socket)
    assert.equal(means.match(/^step \d+: mean [\d.]+$/gm).length, 100)
  })

  test('the Python client steps a game', async (t) => {
    const { socket } = await eye(t, lockstep)
    const { stdout } = await python(path.join(checkout, 'clients/python/examples/steps.py'), socket, '50', 'left', 'right')
    assert.match(stdout, /^320×240, lockstep, clock: virtual$/m)
    assert.match(stdout, /^50 steps, [\d.]+ a second, 0 stale, 0 resets, last brightness [\d.]+$/m)
  })

  test('what the bench measures with is measured right', async (t) => {
    for (const [config, args, inside] of [
      [{ lockstep: true }, ['--step'], drawing()],
      [{ hz: 0 }, ['--copy'], drawing()],
      [{ hz: 0 }, [], drawing('--run-ahead')],
    ]) {
      const { socket, pid } = await eye(t, config, inside)
      const { stdout } = await run(path.join(build, 'bench/eye-consumer'), [socket, '--seconds', '0.3', '--pid', String(pid), ...args])
      const found = JSON.parse(stdout)
      assert.ok(found.frames > 10 && found.frames_per_s > 0 && found.cpu_per_frame > 0, stdout)
      assert.ok(found.painted_to_mapped.p50 >= found.commit_to_mapped.p50 && found.commit_to_mapped.p50 >= found.sent_to_mapped.p50, stdout)
      assert.equal(found.resets, 0)
    }
  })
})
