// A person who watches an eye on /ws, and plays; and the games that tests run in one.
import { KINDS, frameOf } from '../../web/mock/frames.mjs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { build, cleanEnv } from './program.mjs'
import { writeFiles } from './repository.mjs'
import { Feed } from './wait.mjs'

/** Our own game (tests/eye/catch.c) and one that draws nothing, as manifests in that folder for XDG_CONFIG_HOME. */
export function writeGames(config) {
  const catchGame = path.join(build, 'tests/eye/catch')
  return writeFiles(config, {
    'muster/games/catch.yaml': `name: Catch\ncommand: [${catchGame}]\nenv: [SDL_AUDIODRIVER=dummy]\nwidth: 320\nheight: 240\nroute: wayland\n`,
    'muster/games/still.yaml': 'name: Still\ncommand: [sleep, "1000"]\nroute: wayland\n',
    'muster/games/broken.yaml': 'name: [\n',
  })
}

/** Records of clients/c/muster-eye-abi.h, as clients send them: {kind, code, a, b}. */
export function inputsOf(...inputs) {
  return Buffer.concat(
    inputs.map(({ kind, code = 0, a = 0, b = 0 }) => {
      const record = Buffer.alloc(16)
      record.writeUInt16LE(kind, 0)
      record.writeUInt16LE(code, 2)
      record.writeInt32LE(a, 4)
      record.writeInt32LE(b, 8)
      return record
    }),
  )
}
export const keyOf = (code, down) => ({ kind: 1, code, a: down ? 1 : 0 })

export class Watcher {
  pictures = new Feed()
  acks = true

  static async open(daemon, eyeId, { pictures, ...options } = {}) {
    const watcher = new Watcher()
    watcher.live = await daemon.connect(options)
    watcher.topic = `eye/${eyeId}`
    watcher.live.onBinary = (data) => watcher.#take(data)
    watcher.begun = await watcher.live.request({ type: 'subscribe', topic: watcher.topic, pictures })
    if (watcher.begun.type !== 'subscribed') throw new Error(JSON.stringify(watcher.begun))
    watcher.sub = watcher.begun.sub
    return watcher
  }

  #take(data) {
    const [kind, frame] = [data.readUInt8(), Number(data.readBigUInt64LE(5))]
    if (kind !== KINDS.picture) throw new Error(`a frame of kind ${kind}`)
    const body = data.subarray(13)
    this.pictures.push({
      frame,
      step: Number(body.readBigUInt64LE(8)),
      width: body.readUInt32LE(24),
      height: body.readUInt32LE(28),
      jpegWidth: body.readUInt16LE(44),
      jpegHeight: body.readUInt16LE(46),
      jpeg: body.subarray(48),
    })
    if (this.acks) this.ack(frame)
  }

  ack(frame) {
    this.live.ws.send(frameOf(KINDS.ack, this.sub, frame))
  }

  input(...inputs) {
    this.live.ws.send(frameOf(KINDS.input, this.sub, 0, inputsOf(...inputs)))
  }

  control(order) {
    this.live.ws.send(frameOf(KINDS.control, this.sub, 0, Buffer.from(JSON.stringify(order))))
  }

  /** The next message of that type, from now on unless `from` says otherwise. */
  message(type, fits = () => true, from = 0) {
    return this.live.frames.waitFor((m) => m.type === type && m.topic === this.topic && fits(m), { what: `${type} of ${this.topic}, ${fits}`, from })
  }

  /** The row, once it is as wanted. */
  async row(fits, options = {}) {
    const { eye } = await this.live.frames.waitFor((m) => m.topic === this.topic && m.eye && fits(m.eye), { what: `a row with ${fits}`, ...options })
    return eye
  }
}

/** An eye of a test's own, without a daemon: the program `file` (muster-eye) with that configuration, ended with the test. What its
 * hello says, and its lines. */
export async function openEye(t, file, config, { env = {}, user } = {}) {
  const lines = new Feed()
  const child = spawn(file, [], { env: cleanEnv(env), stdio: ['pipe', 'pipe', 'ignore'], uid: user, gid: user })
  child.stdin.on('error', () => {}) // a test may have ended it before: its code says how
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line)))
  const order = (what) => child.stdin.write(`${JSON.stringify(what)}\n`)
  t.after(async () => {
    child.stdin.end(`${JSON.stringify({ type: 'end' })}\n`)
    const code = child.exitCode ?? child.signalCode ?? (await once(child, 'exit'))[0]
    if (code !== 0) throw new Error(`the eye ended with ${code}`)
  })
  order({ type: 'start', config: { id: 'eye', width: 320, height: 240, hz: 0, ...config } })
  const hello = await lines.waitFor(({ type }) => type === 'hello', { what: 'hello' })
  return {
    ...hello,
    lines,
    order,
    line: (kind, matches = () => true, from = 0) => lines.waitFor((one) => one.type === kind && matches(one), { from, what: `${kind}: ${matches}` }),
    fds: async () => (await readdir(`/proc/${child.pid}/fd`)).length,
    memory: async () => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'))[1]) * 1024,
  }
}

/** A consumer (tests/eye/holder.c), ended with the test: the frames and resets that it gets. `frames` are held for `ms` each and given
 * back, the ones after that are kept. */
export function holdFrames(t, { socket }, { role = 'step', credits = 2, frames = 1e9, ms = 0, file = path.join(build, 'tests/eye/eye-holder'), user } = {}) {
  const lines = new Feed()
  const child = spawn(file, [socket, role, credits, frames, ms].map(String), { env: cleanEnv(), stdio: ['ignore', 'pipe', 'pipe'], uid: user, gid: user })
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line)))
  const ended = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.after(kill)
  return {
    lines,
    kill,
    ended,
    frame: (matches = () => true, from = 0) => lines.waitFor((one) => one.frame && matches(one), { from, what: `a frame: ${matches}` }),
    reset: (reason) => lines.waitFor((one) => one.reset === reason, { what: `reset ${reason}` }),
  }
}
