// A viewer of a terminal on /ws: its bytes, its messages, and what it types.
import { KINDS, frameOf } from '../../web/mock/frames.mjs'
import { Feed } from './wait.mjs'

export class Viewer {
  /** Output as text since the start, or the last screen or gap. */
  text = ''
  bytes = 0
  /** Behind the last frame of output. */
  offset = 0
  typed = 0
  acks = true
  outputs = new Feed()

  /** A socket of its own. `on`: {screen} or {after}. */
  static async open(daemon, launchId, on = { screen: true }, options = {}) {
    const viewer = new Viewer()
    viewer.live = await daemon.connect(options)
    viewer.topic = `terminal/${launchId}`
    viewer.live.onBinary = (data) => viewer.#take(data)
    viewer.begun = await viewer.live.request({ type: 'subscribe', topic: viewer.topic, ...on })
    if (viewer.begun.type !== 'subscribed') throw new Error(JSON.stringify(viewer.begun))
    viewer.sub = viewer.begun.sub
    return viewer
  }

  #take(data) {
    const [kind, sub, offset] = [data.readUInt8(), data.readUInt32LE(1), Number(data.readBigUInt64LE(5))]
    if (this.sub !== undefined && sub !== this.sub) throw new Error(`a frame of subscription ${sub}`)
    if (kind === KINDS.ack) this.typed = offset
    if (kind === KINDS.output) {
      if (offset < this.offset) throw new Error(`offset ${offset} after ${this.offset}`)
      this.offset = offset
      this.bytes += data.length - 13
      this.text += data.toString('latin1', 13)
      this.onOutput?.(data.subarray(13), offset)
      if (this.acks) this.live.ws.send(frameOf(KINDS.ack, sub, offset))
    }
    this.outputs.push({ kind, offset })
  }

  ack(offset = this.offset) {
    this.live.ws.send(frameOf(KINDS.ack, this.sub, offset))
  }

  type(text) {
    this.live.ws.send(frameOf(KINDS.input, this.sub, 0, Buffer.from(text)))
  }

  resize(rows, cols) {
    const size = Buffer.alloc(4)
    size.writeUInt16LE(rows)
    size.writeUInt16LE(cols, 2)
    this.live.ws.send(frameOf(KINDS.resize, this.sub, 0, size))
  }

  /** Waits until the text holds it, from `from` on. */
  async see(what, from = 0) {
    const holds = () => (typeof what === 'string' ? this.text.indexOf(what, from) >= 0 : what.test(this.text.slice(from)))
    if (!holds()) await this.outputs.waitFor(holds, { what: `${what} on the screen; it ends in ${JSON.stringify(this.text.slice(-300))}`, from: this.outputs.items.length })
  }

  /** The first message of that type about this terminal. */
  message(type, fits = () => true, from = 0) {
    return this.live.frames.waitFor((m) => m.type === type && m.topic === this.topic && fits(m), { what: `${type} of ${this.topic}`, from })
  }

  close() {
    return this.live.close()
  }
}
