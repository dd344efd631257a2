// Synthetic Eyes, their games and recordings: the rows of the mock.
import { MockEye } from './eyes.mjs'
import { ApiError, newId, notFound, orgTopic } from './world.mjs'

const topic = orgTopic('eyes')
const config = { width: 320, height: 240, lockstep: false, hz: 60, buffers: 3, stepTimeoutMs: 500, clock: 'real', route: 'wayland', seed: 1, drawsCursor: false, isRestarted: false }
const status = {
  state: 'running', width: 320, height: 240, fps: 59.7, stepsPerS: 0, frames: 486204, steps: 0, stale: 0, timeouts: 0, delivered: 35412, dropped: 12, ranAhead: 0, resets: 2,
  generation: 3, latencyP50Us: 54, latencyP99Us: 110, path: 'shared', programPid: 4300,
  consumers: [{ name: 'trainer', role: 'watch', pid: 4400, fps: 59.7, delivered: 35412, dropped: 12, held: 1 }],
}
const sockets = { protocol: 1, pid: 4299, wayland: '/tmp/muster-1000-0badcafe/wayland-0', socket: '/tmp/muster-1000-0badcafe/eye.sock', frameSocket: '/tmp/muster-1000-0badcafe/frame.sock', viewSocket: '/tmp/muster-1000-0badcafe/view.sock' }

const keys = [{ does: 'Move', keys: ['LEFT', 'RIGHT'] }, { does: 'Start', keys: ['SPACE', 'ENTER'] }]
const games = [
  { id: 'catch', name: 'Catch', source: 'own', path: '/home/me/.config/muster/games/catch.yaml', isInstalled: true, program: '/usr/games/catch', manifest: { name: 'Catch', command: ['catch'], width: 320, height: 240, keys, notes: 'Same inputs gave the same frames over 10,000 steps.' } },
  { id: 'kobodeluxe', name: 'Kobo Deluxe', source: 'builtin', path: '/usr/share/muster/games/kobodeluxe.yaml', isInstalled: false, problem: 'kobodl is not installed', manifest: { name: 'Kobo Deluxe', command: ['kobodl'], package: 'kobodeluxe' } },
]

const requirements = [
  { id: 'compositor', name: 'muster-eye', ok: true, isRequired: true, found: '/usr/bin/muster-eye', needed: 'beside muster' },
  { id: 'kernel', name: 'Linux kernel', ok: true, isRequired: false, found: '6.1.0-21-amd64', needed: '5.15 or later' },
  { id: 'gpu', name: 'NVIDIA GPU', ok: false, isRequired: false, found: '', needed: 'any, with its driver', instead: 'programs draw by software (llvmpipe), which limits their frames a second' },
  { id: 'encoder', name: 'ffmpeg', ok: false, isRequired: false, found: '', needed: 'to film an eye', instead: 'inputs can be recorded and replayed, videos cannot be made; on Debian: apt install ffmpeg' },
]

/** `fields`: of the row, where it is not an eye that runs. */
export function addEye(world, fields = {}) {
  const at = world.now()
  const row = {
    id: newId('eye'), orgId: 'org_00000000000000000000000000', name: 'Catch', gameId: 'catch', isPattern: false, config, state: 'running', why: 'drawing', since: at, launchId: newId('lch'), sockets, status,
    statusAt: at, program: { event: 'started', pid: 4300, route: 'wayland' }, programAt: at, errors: 0, createdAt: at, startedAt: at, ...fields,
  }
  const eye = new MockEye(row)
  world.eyes.set(row.id, eye)
  world.streams.emit(topic, 'eye_changed', { ...row })
  return eye
}

/** One that runs in lockstep, and one that was killed. */
export function addEyes(world) {
  const waiting = addEye(world, { name: 'Kobo Deluxe', gameId: 'kobodeluxe', state: 'waiting', why: 'no_stepper', config: { ...config, lockstep: true, clock: 'barrier' } })
  addRecording(world, waiting)
  addEye(world, { name: 'Freedoom', state: 'exited', why: 'killed', detail: 'signal 9 ended muster-eye', lastError: 'signal 9 ended muster-eye', lastErrorAt: world.now(), errors: 1, endedAt: world.now(), sockets: undefined, program: undefined })
  return addEye(world)
}

export function addRecording(world, eye, fields = {}) {
  const row = {
    id: newId('rec'), orgId: eye.row.orgId, eyeId: eye.row.id, gameId: eye.row.gameId, kind: 'inputs', state: 'done', path: `eyes/${eye.row.id}/inputs.jsonl`, config: eye.row.config, steps: 1200, bytes: 118000,
    replayState: 'same', replaySteps: 1200, replayEyeId: eye.row.id, replayAt: world.now(), createdAt: world.now(), endedAt: world.now(), ...fields,
  }
  world.recordings.set(row.id, row)
  world.streams.emit(topic, 'recording_changed', { ...row })
  return row
}

function eyeOf(world, { eyeId }) {
  const eye = world.eyes.get(eyeId)
  if (!eye) throw notFound('eye')
  return eye
}

function change(world, eye, fields) {
  eye.change(fields)
  world.streams.emit(topic, 'eye_changed', { ...eye.row })
  return { body: { ...eye.row } }
}

const withCursor = (world, body) => ({ body, cursors: [world.streams.cursor(topic)] })
const startAgain = (world) => ({ state: 'running', why: 'drawing', since: world.now(), startedAt: world.now(), launchId: newId('lch'), sockets, status, program: { event: 'started', pid: 4300, route: 'wayland' }, endedAt: undefined, detail: undefined })

export const eyeOps = {
  list_synthetic_eyes: (world) => withCursor(world, { eyes: [...world.eyes.values()].map(({ row }) => ({ ...row })).toReversed(), hasMore: false }),
  get_synthetic_eye: (world, input) => withCursor(world, { ...eyeOf(world, input).row }),
  list_games: () => ({ body: { games } }),
  check_synthetic_eye_requirements: () => ({ body: { gpuName: '', cudaVersion: '', kernelVersion: '6.1.0-21-amd64', dmabufSupport: false, format: 'ARGB8888', isReady: true, requirements } }),
  start_synthetic_eye(world, { game = '', name, config: wish = {} }) {
    const found = games.find(({ id }) => id === game)
    if (wish.socketPath?.startsWith('/tmp')) throw new ApiError(400, 'VALIDATION_ERROR', 'config.socketPath: others can write into its folder', { 'config.socketPath': ['others can write into its folder'] })
    const eye = addEye(world, { name: name ?? found?.name ?? 'Test pattern', gameId: game || undefined, isPattern: game === '', config: { ...config, ...wish } })
    return { body: { ...eye.row }, status: 201 }
  },
  stop_synthetic_eye: (world, input) => change(world, eyeOf(world, input), { state: 'stopped', why: 'asked', since: world.now(), endedAt: world.now(), sockets: undefined, program: undefined }),
  restart_synthetic_eye(world, { config: wish = {}, ...input }) {
    const eye = eyeOf(world, input)
    return change(world, eye, { ...startAgain(world), config: { ...eye.row.config, ...wish } })
  },
  delete_synthetic_eye(world, input) {
    const { row } = eyeOf(world, input)
    world.eyes.delete(row.id)
    world.streams.emit(topic, 'eye_removed', { id: row.id })
    return { status: 204 }
  },
  list_recordings: (world, { eyeId }) => withCursor(world, { recordings: [...world.recordings.values()].filter((row) => row.eyeId === eyeId).toReversed(), hasMore: false }),
  test_synthetic_eye_connection: () => ({ body: { ok: true, connectMs: 0.4, frameMs: 12.1, latencyMs: 0.06, width: 320, height: 240 } }),
}
