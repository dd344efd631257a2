// A person who watches an eye on /ws, and plays; and the games that tests run in one.
import { KINDS, frameOf } from '../../web/mock/frames.mjs'
import path from 'node:path'
import { build } from './program.mjs'
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
