// Synthetic Eyes through the real daemon and the real muster-eye: started, watched, played, recorded, stopped; and what the row
// says within a second when one of the programs is killed.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { access, chmod, mkdir, readFile, symlink, unlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { Watcher, keyOf, writeGames } from '../harness/eye.mjs'
import { Live } from '../harness/live.mjs'
import { Program, build } from '../harness/program.mjs'
import { until } from '../harness/wait.mjs'

const WITHIN_MS = 1000
const hasProgram = (name) => (process.env.PATH ?? '').split(':').some((folder) => existsSync(path.join(folder, name)))
const KEY_LEFT = 105

describe('eyes', () => {
  let daemon, folder, live
  before(async () => {
    folder = await makeFolder('eyes')
    await writeGames(path.join(folder, 'config'))
    daemon = await Daemon.start({ env: { HOME: folder, XDG_CONFIG_HOME: path.join(folder, 'config'), XDG_DATA_DIRS: folder } })
    live = await daemon.connect()
  })
  after(() => daemon.remove())

  const start = (input) => daemon.want(201, 'POST', '/api/eyes', input)
  const stop = ({ id }) => daemon.want(200, 'POST', `/api/eyes/${id}/stop`)
  const show = ({ id }) => daemon.want(200, 'GET', `/api/eyes/${id}`)
  const post = (status, { id }, what, body) => daemon.want(status, 'POST', `/api/eyes/${id}/${what}`, body)
  const game = async (more = {}, options = {}) => {
    const eye = await start({ game: 'catch', ...more })
    const watcher = await Watcher.open(daemon, eye.id, options)
    await watcher.row(({ state }) => state === 'running' || state === 'waiting')
    return { eye, watcher }
  }

  test('games are listed with what is wrong with them', async () => {
    const { games } = await daemon.want(200, 'GET', '/api/games')
    const of = (id) => games.find((one) => one.id === id)
    assert.deepEqual([of('catch').source, of('catch').isInstalled, of('catch').manifest.width], ['own', true, 320])
    assert.match(of('broken').problem, /broken\.yaml: line 2/)
    assert.equal(of('kobodeluxe').source, 'builtin')
    assert.equal(of('kobodeluxe').manifest.clock, 'barrier')
  })

  test('a game is started, watched, played and stopped', async () => {
    const { eye, watcher } = await game({}, { pictures: { maxWidth: 160, maxHeight: 120, hz: 30 } })
    assert.deepEqual([eye.state, eye.why, eye.name, eye.config.width, eye.isPattern], ['starting', 'preparing', 'Catch', 320, false])
    const picture = await watcher.pictures.waitFor(() => true, { what: 'a picture' })
    assert.deepEqual([picture.width, picture.height, picture.jpegWidth, picture.jpegHeight], [320, 240, 160, 120])
    assert.equal(picture.jpeg.readUInt16BE(0), 0xffd8)
    await watcher.pictures.waitFor(({ frame }) => frame > picture.frame, { what: 'another one, after the ack' })
    watcher.input(keyOf(KEY_LEFT, true), keyOf(KEY_LEFT, false))
    const row = await watcher.row(({ status }) => status?.fps > 10)
    assert.deepEqual([row.why, row.program.event], ['drawing', 'started'])
    assert.ok(row.status.consumers.some(({ role }) => role === 'view'))
    const stopped = await stop(eye)
    assert.deepEqual([stopped.state, stopped.why, stopped.sockets, stopped.program], ['stopped', 'asked', undefined, undefined])
    await watcher.row(({ state }) => state === 'stopped')
  })

  test('without a game a test pattern moves, is stepped, and takes another size', async () => {
    const eye = await start({ game: '', config: { width: 320, height: 240, lockstep: true } })
    assert.deepEqual([eye.name, eye.isPattern], ['Test pattern', true])
    const watcher = await Watcher.open(daemon, eye.id, { pictures: { hz: 30 } })
    await watcher.row(({ state, why }) => state === 'waiting' && why === 'no_stepper')
    watcher.control({ type: 'take', name: 'Ada' })
    await watcher.message('lease', ({ isYours }) => isYours)
    const first = await watcher.pictures.waitFor(() => true, { what: 'a picture' })
    await watcher.pictures.waitFor(({ jpeg }) => !jpeg.equals(first.jpeg), { what: 'another picture' })
    await daemon.want(200, 'PUT', `/api/eyes/${eye.id}/size`, { width: 640, height: 360 })
    await watcher.pictures.waitFor(({ width, jpegWidth }) => width === 640 && jpegWidth === 640, { what: 'a picture of that size' })
    await stop(eye)
  })

  test('a picture is sent when the one before was acknowledged, and none while nobody wants any', async () => {
    const { eye, watcher } = await game()
    assert.equal(watcher.pictures.items.length, 0)
    watcher.acks = false
    watcher.control({ type: 'want', pictures: { hz: 30 } })
    const first = await watcher.pictures.waitFor(() => true, { what: 'a picture' })
    const { status } = await watcher.row((row) => row.status?.frames > first.frame + 30)
    assert.equal(watcher.pictures.items.length, 1, `${status.frames} frames, and one picture`)
    watcher.ack(first.frame)
    await watcher.pictures.waitFor(({ frame }) => frame > first.frame, { what: 'the newest picture' })
    watcher.control({ type: 'want' })
    await watcher.row(({ status }) => status && !status.consumers.some(({ role }) => role === 'view'))
    watcher.ack(first.frame + 1e6)
    assert.match((await watcher.message('error')).error.message, /names a frame that was sent/)
    await stop(eye)
  })

  test('who takes the step holds time still and makes single steps', async () => {
    const { eye, watcher } = await game({ config: { lockstep: true } }, { pictures: { hz: 30 } })
    const waiting = await watcher.row(({ state }) => state === 'waiting')
    assert.equal(waiting.why, 'no_stepper')
    watcher.control({ type: 'take', name: 'Ada' })
    const lease = await watcher.message('lease', ({ isYours }) => isYours)
    assert.equal(lease.holder, 'Ada')
    watcher.control({ type: 'hold', isHeld: true })
    const { status } = await watcher.row(({ status }) => status?.stepper === 'Ada')
    watcher.control({ type: 'step', steps: 5 })
    await watcher.row(({ status: now }) => now?.steps >= status.steps + 5)
    watcher.control({ type: 'give' })
    await watcher.message('lease', ({ isYours, holder }) => !isYours && holder === '')
    await stop(eye)
  })

  test('what an eye cannot take is refused, with the reason', async () => {
    const { eye, watcher } = await game({}, { pictures: { hz: 5 } })
    const refused = async (act, pattern) => {
      const from = watcher.live.frames.items.length
      act()
      assert.match((await watcher.message('error', () => true, from)).error.message, pattern)
    }
    await refused(() => watcher.input({ kind: 9 }), /unknown kind 9/)
    await refused(() => watcher.control({ type: 'dance' }), /./)
    await refused(() => watcher.control({ type: 'step', steps: 0 }), /./)
    const other = await Watcher.open(daemon, eye.id)
    other.input(keyOf(KEY_LEFT, true))
    assert.match((await other.message('error')).error.message, /subscribe with pictures/)
    await stop(eye)
    const missing = await other.live.request({ type: 'subscribe', topic: `eye/eye_${'0'.repeat(26)}` })
    assert.equal(missing.error.code, 'NOT_FOUND')
    const bad = await other.live.request({ type: 'subscribe', topic: `eye/${eye.id}`, pictures: { hz: 1000 } })
    assert.equal(bad.error.code, 'VALIDATION_ERROR')
  })

  test('the connection is tested, and a benchmark takes frames', async () => {
    const { eye } = await game({ config: { hz: 0 } })
    const reached = await post(200, eye, 'test')
    assert.deepEqual([reached.ok, reached.width, reached.height], [true, 320, 240])
    const bench = await post(200, eye, 'benchmark', { frames: 100, seconds: 20 })
    assert.deepEqual([bench.ok, bench.id, bench.mode, bench.frames], [true, eye.id, 'free_run', 100])
    assert.ok(bench.per_frame_ms.min <= bench.per_frame_ms.p50 && bench.per_frame_ms.p50 <= bench.per_frame_ms.max)
    assert.ok(Math.abs(bench.fps * bench.elapsed_s - 100) < 1e-6)
    await stop(eye)
    const still = await start({ game: 'still' })
    await until(async () => (await show(still)).sockets, 'it has its sockets')
    const silent = await post(200, still, 'test')
    assert.deepEqual([silent.ok, /draws nothing/.test(silent.failed)], [false, true])
    await stop(still)
    await post(409, still, 'test')
  })

  test('the frames of its steps become a video', { skip: !hasProgram('ffmpeg') && 'ffmpeg is not installed' }, async () => {
    const { eye, watcher } = await game({ config: { lockstep: true, clock: 'virtual' } }, { pictures: { hz: 5 } })
    const eyes = await live.subscribe('eyes/org_00000000000000000000000000', { after: 0 })
    const made = await post(201, eye, 'video')
    assert.deepEqual([made.kind, made.state], ['video', 'recording'])
    watcher.control({ type: 'take', name: 'Ada' })
    await watcher.row(({ status: now }) => now?.steps >= 30)
    watcher.control({ type: 'give' })
    await daemon.want(200, 'DELETE', `/api/eyes/${eye.id}/video`)
    const { payload: done } = await eyes.waitFor('recording_changed', ({ id, state }) => id === made.id && state !== 'recording')
    assert.deepEqual([done.state, done.detail], ['done', undefined])
    assert.ok(done.steps >= 30, `${done.steps} frames`)
    const file = await readFile(path.join(daemon.home, done.path))
    assert.deepEqual([file.length, file.toString('latin1', 4, 8)], [done.bytes, 'ftyp'])
    await stop(eye)
  })

  test('inputs are recorded, and replayed into a fresh start with the same frames', async () => {
    const { eye, watcher } = await game({ config: { lockstep: true, clock: 'virtual' } }, { pictures: { hz: 30 } })
    const eyes = await live.subscribe('eyes/org_00000000000000000000000000', { after: 0 })
    const made = await post(201, eye, 'recording')
    assert.deepEqual([made.kind, made.state, made.eyeId], ['inputs', 'recording', eye.id])
    await post(409, eye, 'recording')
    await daemon.want(409, 'GET', `/api/recordings/${made.id}/content`)
    await watcher.row(({ status }) => status?.isRecording)
    watcher.control({ type: 'take', name: 'Ada' })
    await watcher.message('lease', ({ isYours }) => isYours)
    watcher.input(keyOf(KEY_LEFT, true))
    await watcher.row(({ status: now }) => now?.steps >= 60)
    watcher.control({ type: 'give' })
    await daemon.want(200, 'DELETE', `/api/eyes/${eye.id}/recording`)
    const { payload: done } = await eyes.waitFor('recording_changed', ({ id, state }) => id === made.id && state !== 'recording')
    assert.deepEqual([done.state, done.steps >= 60, done.bytes > 0], ['done', true, true])
    const lines = (await readFile(path.join(daemon.home, done.path), 'utf8')).trim().split('\n').map((line) => JSON.parse(line))
    assert.ok(lines.length > done.steps)
    assert.equal(lines[0].clock, 'virtual')
    const { url } = await daemon.want(200, 'POST', '/api/tickets', { path: `/api/recordings/${made.id}/content` })
    const download = await fetch(daemon.origin + url)
    assert.deepEqual([download.status, download.headers.get('content-type')], [200, 'application/x-ndjson'])
    assert.match(download.headers.get('content-disposition'), new RegExp(`^attachment; filename="${made.id}\\.jsonl"`))
    assert.deepEqual(await download.text(), await readFile(path.join(daemon.home, done.path), 'utf8'))
    const again = await post(200, eye, 'restart')
    await watcher.row(({ launchId, state }) => launchId === again.launchId && state === 'waiting')
    const replaying = await daemon.want(200, 'POST', `/api/recordings/${made.id}/replay`, {})
    assert.deepEqual([replaying.replayState, replaying.replayEyeId], ['running', eye.id])
    const { payload: replayed } = await eyes.waitFor('recording_changed', ({ replayState }) => replayState && replayState !== 'running')
    assert.deepEqual([replayed.replayState, replayed.differsAt, replayed.replaySteps], ['same', undefined, done.steps], replayed.replayDetail)
    await daemon.want(200, 'PUT', `/api/eyes/${eye.id}/size`, { width: 640, height: 480 })
    await daemon.want(200, 'POST', `/api/recordings/${made.id}/replay`, {})
    const { payload: refused } = await eyes.waitFor('recording_changed', ({ replayState, replayAt }) => replayState === 'cut' && replayAt > replayed.replayAt)
    assert.match(refused.replayDetail, /320x240 pixels, the eye 640x480/)
    await daemon.want(204, 'DELETE', `/api/recordings/${made.id}`)
    await daemon.want(404, 'GET', `/api/recordings/${made.id}`)
    await stop(eye)
  })

  test('the size changes while it runs, and a restart changes the rest', async () => {
    const { eye, watcher } = await game()
    await daemon.want(200, 'PUT', `/api/eyes/${eye.id}/size`, { width: 640, height: 480 })
    await watcher.row(({ status }) => status?.width === 640 && status.resets > 0)
    const again = await post(200, eye, 'restart', { config: { lockstep: true }, name: 'Other' })
    assert.deepEqual([again.id, again.config.width, again.config.lockstep, again.name, again.state], [eye.id, 640, true, 'Other', 'starting'])
    assert.notEqual(again.launchId, eye.launchId)
    await watcher.row(({ launchId, state }) => launchId === again.launchId && state === 'waiting')
    await stop(eye)
    const pattern = await post(200, eye, 'restart', { game: '' })
    assert.deepEqual([pattern.isPattern, pattern.gameId], [true, undefined])
    await stop(eye)
    await daemon.want(204, 'DELETE', `/api/eyes/${eye.id}`)
    await daemon.want(404, 'GET', `/api/eyes/${eye.id}`)
  })

  describe('a kill is shown within a second', () => {
    /** Until the row is as wanted; the time counts from now. */
    async function soon(watcher, act, fits) {
      const from = watcher.live.frames.items.length
      const begin = performance.now()
      await act()
      const row = await watcher.row(fits, { from })
      assert.ok(performance.now() - begin < WITHIN_MS + 500, `${Math.round(performance.now() - begin)} ms`)
      return row
    }
    const killed = (pid) => () => process.kill(pid, 'SIGKILL')

    test('of the game', async () => {
      const { eye, watcher } = await game()
      const row = await soon(watcher, killed((await show(eye)).program.pid), ({ state }) => state === 'idle')
      assert.deepEqual([row.why, row.program.event, row.program.signal], ['program_exited', 'exited', 9])
      assert.match(row.detail, /signal 9 ended the program/)
      await daemon.want(200, 'POST', `/api/eyes/${eye.id}/program`)
      await watcher.row(({ state, program }) => state === 'running' && program.event === 'started')
      await stop(eye)
    })

    test('of the game on Xwayland, which keeps its window', async () => {
      const { eye, watcher } = await game({ config: { route: 'x11' } })
      const { body: refused } = await daemon.api('PUT', `/api/eyes/${eye.id}/size`, { width: 640, height: 480 })
      assert.match(refused.error.message, /^Xwayland keeps its size/)
      assert.equal((await show(eye)).config.width, 320)
      const row = await soon(watcher, killed((await show(eye)).program.pid), ({ state }) => state === 'idle')
      assert.equal(row.why, 'program_exited')
      await stop(eye)
    })

    test('of the eye', async () => {
      const { eye, watcher } = await game()
      const { sockets, program } = await show(eye)
      const row = await soon(watcher, killed(sockets.pid), ({ endedAt }) => endedAt)
      assert.deepEqual([row.state, row.why, row.exitCode], ['exited', 'killed', undefined])
      await until(() => !isAlive(program.pid), 'its game has gone too')
    })

    test('of the hold', async () => {
      const { eye, watcher } = await game()
      const { sockets, program } = await show(eye)
      const row = await soon(watcher, killed(await parentOf(sockets.pid)), ({ endedAt }) => endedAt)
      assert.deepEqual([row.state, row.why], ['lost', 'hold_lost'])
      await until(() => !isAlive(program.pid) && !isAlive(sockets.pid), 'nothing is left')
    })

    test('of a consumer', async () => {
      const { eye, watcher } = await game()
      const consumer = new Program(path.join(build, 'clients/c/eye-watch'), [(await show(eye)).sockets.socket])
      await watcher.row(({ status }) => status?.consumers.some(({ role, pid }) => role === 'watch' && pid === consumer.pid))
      await soon(watcher, killed(consumer.pid), ({ status }) => !status.consumers.some(({ pid }) => pid === consumer.pid))
      await stop(eye)
    })

    test('of Xwayland', async () => {
      const { eye, watcher } = await game({ config: { route: 'x11' } })
      const { sockets, program, status: { generation } } = await show(eye)
      const row = await soon(watcher, killed(await childOf(sockets.pid, 'Xwayland')), ({ lastError }) => /Xwayland/.test(lastError ?? ''))
      assert.ok(row.lastReset.generation > generation, 'the frames broke')
      const from = watcher.live.frames.items.length
      const again = await watcher.row(({ state, program, status: now }) => state === 'running' && program.event === 'started' && now.frames > row.status.frames, { from: from })
      assert.notEqual(again.program.pid, program.pid, 'the game runs again, on a new Xwayland')
      await stop(eye)
    })

    test('of the daemon: the eye goes on and is adopted', async () => {
      const { eye } = await game()
      const { sockets, status } = await show(eye)
      await daemon.kill()
      assert.ok(isAlive(sockets.pid))
      await daemon.restart()
      live = await daemon.connect()
      const watcher = await Watcher.open(daemon, eye.id, { pictures: { hz: 30 } })
      const row = await watcher.row((now) => now.status?.frames > status.frames + 60)
      assert.deepEqual([row.state, row.sockets.pid, row.launchId], ['running', sockets.pid, eye.launchId])
      await watcher.pictures.waitFor(() => true, { what: 'a picture' })
      await stop(eye)
    })
  })

  test('an eye that a signal stops is shown as silent at once, until it reports again', async () => {
    const { eye, watcher } = await game()
    const { sockets } = await show(eye)
    process.kill(sockets.pid, 'SIGSTOP')
    const row = await watcher.row(({ state }) => state === 'stalled')
    assert.deepEqual([row.why, row.detail], ['silent', 'a signal stopped muster-eye'])
    const from = watcher.live.frames.items.length
    process.kill(sockets.pid, 'SIGCONT')
    await watcher.row(({ state }) => state === 'running', { from })
    await stop(eye)
  })

  test('what is wrong with a call is said by its field', async () => {
    const shared = path.join(folder, 'shared')
    await mkdir(shared)
    await chmod(shared, 0o777)
    const cases = [
      [400, { config: { width: 321 } }, 'config.width'],
      [400, { config: { width: 8 } }, 'config.width'],
      [400, { config: { height: 100000 } }, 'config.height'],
      [400, { config: { buffers: 9 } }, 'config.buffers'],
      [400, { config: { deniedKeys: ['left meta'] } }, 'config.deniedKeys'],
      [400, { config: { socketPath: path.join(shared, 's') } }, 'config.socketPath'],
      [400, { config: { socketPath: 'relative' } }, 'config.socketPath'],
      [400, { config: { route: 'directx' } }, 'config.route'],
      [404, { game: 'nothing' }],
      [400, { game: 'broken' }],
    ]
    for (const [status, input, field] of cases) {
      const { status: got, body } = await daemon.api('POST', '/api/eyes', { game: '', ...input })
      assert.equal(got, status, JSON.stringify([input, body]))
      if (field) assert.ok(body.error.details?.[field], JSON.stringify(body))
    }
    const eye = await start({ game: '' })
    await stop(eye)
    for (const [method, what] of [['POST', 'recording'], ['DELETE', 'recording'], ['DELETE', 'program'], ['POST', 'program'], ['DELETE', 'video']])
      await daemon.want(409, method, `/api/eyes/${eye.id}/${what}`)
    await daemon.want(409, 'PUT', `/api/eyes/${eye.id}/size`, { width: 640, height: 480 })
  })

  test('what an operation cannot do now is said in a sentence, and changes nothing', async () => {
    const { eye, watcher } = await game()
    const made = await post(201, eye, 'recording')
    await watcher.row(({ status }) => status?.isRecording)
    const file = path.join(folder, 'a file')
    await writeFile(file, '')
    const cases = [
      ['PUT', `eyes/${eye.id}/size`, { width: 641, height: 480 }, 400, /width and height must be even/, 'width'],
      ['POST', `eyes/${eye.id}/restart`, { config: { height: 241 } }, 400, /config\.height must be even/, 'config.height'],
      ['POST', `eyes/${eye.id}/restart`, { config: { socketPath: file } }, 400, /at socketPath is something that is not a socket of yours/, 'config.socketPath'],
      ['POST', `eyes/${eye.id}/restart`, { game: 'nothing' }, 404, /no game `nothing`/],
      ['POST', `eyes/${eye.id}/restart`, { game: 'broken' }, 400, /broken\.yaml: line 2/],
      ['DELETE', `eyes/${eye.id}`, undefined, 409, /this eye is running; stop it first/],
      ['POST', `eyes/${eye.id}/program`, {}, 409, /the program runs already; stop it first/],
      ['POST', `eyes/${eye.id}/recording`, {}, 409, /already recording its inputs/],
      ['DELETE', `eyes/${eye.id}/video`, undefined, 409, /not being filmed/],
      ['GET', `recordings/${made.id}/content`, undefined, 409, /this recording has not ended yet/],
      ['DELETE', `recordings/${made.id}`, undefined, 409, /this recording is in use; stop it first/],
      ['POST', `recordings/${made.id}/replay`, {}, 409, /this recording has not ended yet/],
    ]
    const refuse = async ([method, route, input, status, pattern, field]) => {
      const { status: got, body } = await daemon.api(method, `/api/${route}`, input)
      assert.deepEqual([got, pattern.test(body.error?.message)], [status, true], `${method} ${route}: ${JSON.stringify(body)}`)
      if (field) assert.ok(body.error.details[field], JSON.stringify(body))
    }
    for (const one of cases) await refuse(one)
    const now = await show(eye)
    assert.deepEqual([now.launchId, now.config, now.name], [eye.launchId, eye.config, eye.name])
    await daemon.want(200, 'DELETE', `/api/eyes/${eye.id}/recording`)
    await until(async () => (await daemon.want(200, 'GET', `/api/recordings/${made.id}`)).state !== 'recording', 'it has ended')
    await refuse(['POST', `recordings/${made.id}/replay`, {}, 409, /a replay needs an eye in lockstep/])
    await unlink(path.join(daemon.home, made.path))
    await refuse(['GET', `recordings/${made.id}/content`, undefined, 404, /the file of this recording is gone/])
    await symlink(path.join(daemon.home, 'token'), path.join(daemon.home, made.path))
    await refuse(['GET', `recordings/${made.id}/content`, undefined, 404, /the file of this recording is gone/])
    await stop(eye)
    for (const [method, what] of [['PUT', 'size'], ['POST', 'test'], ['POST', 'benchmark'], ['POST', 'program'], ['DELETE', 'program'], ['POST', 'recording'], ['POST', 'video']])
      await refuse([method, `eyes/${eye.id}/${what}`, what === 'size' ? { width: 640, height: 480 } : method === 'POST' ? {} : undefined, 409, /this eye does not run: it is stopped/])
    await refuse(['POST', `recordings/${made.id}/replay`, {}, 409, /this eye does not run: it is stopped/])
  })

  test('a socket path of a call is served, and used by one eye at a time', async () => {
    const mine = path.join(folder, 'mine')
    await mkdir(mine, { mode: 0o700 })
    const socketPath = path.join(mine, 'frame.sock')
    const { eye } = await game({ config: { socketPath } })
    assert.equal((await show(eye)).sockets.frameSocket, socketPath)
    const { body } = await daemon.api('POST', '/api/eyes', { game: '', config: { socketPath } })
    assert.match(body.error.message, /another eye has its socket/)
    const again = await post(200, eye, 'restart', { config: { hz: 30 } })
    assert.equal(again.config.socketPath, socketPath)
    await stop(eye)
  })

  test("MetaBonk's clients check the requirements, start an eye and get its health", async () => {
    const lab = await Live.open(`ws://127.0.0.1:${daemon.port}/ws/lab`, { protocols: [], headers: { authorization: `Bearer ${daemon.token}` } })
    const ask = async (message) => {
      const from = lab.frames.items.length
      lab.send(message)
      return lab.frames.waitFor((m) => m.type === message.type, { what: message.type, from })
    }
    const checked = await ask({ type: 'check_synthetic_eye_requirements' })
    assert.deepEqual(Object.keys(checked.payload.result).sort(), ['cuda_version', 'dmabuf_support', 'gpu_name', 'kernel_version'])
    assert.deepEqual([checked.ok, checked.result], [true, checked.payload.result])
    const idle = await lab.frames.waitFor((m) => m.type === 'system_health', { what: 'health' })
    assert.deepEqual(idle.payload, { syntheticEye: { fps: null, latency: null, pcieBandwidth: null, status: 'stopped' } })
    const folderOfSource = path.join(folder, 'metabonk')
    await mkdir(folderOfSource, { mode: 0o700 })
    const config = { socket_path: path.join(folderOfSource, 'frame.sock'), width: 320, height: 240, lockstep: true }
    const pattern = await ask({ type: 'start_synthetic_eye', payload: { config } })
    assert.equal(pattern.ok, true, JSON.stringify(pattern))
    await until(async () => (await show(pattern.result)).sockets, 'it has its sockets')
    const as = await show(pattern.result)
    assert.deepEqual([as.isPattern, as.config.width, as.config.height, as.config.lockstep, as.config.socketPath, as.sockets.frameSocket],
      [true, 320, 240, true, config.socket_path, config.socket_path])
    const { stdout: frames } = await promisify(execFile)(path.join(build, 'clients/c/eye-v1'), [config.socket_path, '3'])
    assert.equal(frames.match(/^frame \d+: 320×240/gm).length, 3)
    const told = path.join(folderOfSource, 'compositor.env')
    const lines = Object.fromEntries((await readFile(told, 'utf8')).trim().split('\n').map((line) => line.split('=')))
    assert.deepEqual(lines, {
      METABONK_INSTANCE_ID: as.id,
      XDG_RUNTIME_DIR: path.dirname(as.sockets.wayland),
      WAYLAND_DISPLAY: path.basename(as.sockets.wayland),
      METABONK_FRAME_SOCK: config.socket_path,
    })
    const taken = await ask({ type: 'start_synthetic_eye', payload: { config } })
    assert.deepEqual([taken.ok, taken.error.code], [false, 'CONFLICT'])
    await stop(pattern.result)
    await assert.rejects(access(told), /ENOENT/)
    const started = await ask({ type: 'start_synthetic_eye', payload: { config: { width: 320, height: 240, lockstep: false }, game: 'catch' } })
    assert.equal(started.ok, true, JSON.stringify(started))
    await lab.frames.waitFor(({ payload }) => payload.syntheticEye?.status === 'running' && payload.syntheticEye.fps > 0, { what: 'frames a second' })
    for (const [field, wrong] of [['width', 1], ['width', '1280'], ['height', 100000], ['lockstep', 'yes'], ['socket_path', 7], ['socket_path', 'x'.repeat(200)], ['resolution', '4K']]) {
      const bad = await ask({ type: 'start_synthetic_eye', payload: { config: { [field]: wrong } } })
      assert.deepEqual([bad.ok, bad.error.code, Object.keys(bad.error.details)], [false, 'VALIDATION_ERROR', [`config.${field}`]], JSON.stringify(bad))
    }
    for (const payload of [{}, [], 'text', { config: [] }, { config: {}, game: 7 }, { config: {}, gaem: 'catch' }]) {
      const bad = await ask({ type: 'start_synthetic_eye', payload })
      assert.deepEqual([bad.ok, bad.error.code], [false, 'VALIDATION_ERROR'], JSON.stringify([payload, bad]))
    }
    const unknown = await ask({ type: 'start_everything' })
    assert.deepEqual([unknown.ok, unknown.error.code], [false, 'NOT_IMPLEMENTED'])
    lab.ws.send('not JSON')
    await lab.frames.waitFor((m) => m.type === 'error' && !m.ok, { what: 'an error' })
    await stop(started.payload.result)
    await lab.close()
  })

  test("the port of MetaBonk's clients serves them at any path, with a token", async () => {
    const port = await freePort()
    await daemon.want(200, 'PUT', '/api/settings/net.lab_port', { value: String(port) })
    await daemon.stop()
    await daemon.restart()
    live = await daemon.connect()
    const lab = await Live.open(`ws://localhost:${port}/`, { protocols: [], headers: { authorization: `Bearer ${daemon.token}` } })
    await lab.frames.waitFor((m) => m.type === 'system_health', { what: 'health' })
    await lab.close()
    await assert.rejects(Live.open(`ws://localhost:${port}/`, { protocols: [] }), /401/)
    assert.equal((await fetch(`http://localhost:${port}/api/health`)).status, 426)
  })

  const freePort = () =>
    new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const { port } = server.address()
        server.close(() => resolve(port))
      })
    })

  const isAlive = (pid) => {
    try {
      process.kill(pid, 0)
      return true
    } catch {
      return false
    }
  }
  const childOf = async (pid, name) => {
    for (const child of (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean))
      if ((await readFile(`/proc/${child}/comm`, 'utf8')).trim() === name) return Number(child)
    throw new Error(`no ${name} below ${pid}`)
  }
  const parentOf = async (pid) => Number((await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) \S+ (\d+) .*$/s, '$1'))
})
