// Eyes of the mock: rows and pictures for those who watch one, as docs/live.md says.
import { readFileSync } from 'node:fs'
import { KINDS, frameOf } from './frames.mjs'

/** Of our own game, 320 by 240. */
const jpeg = readFileSync(new URL('./eye.jpg', import.meta.url))
const pictureHead = 48
let lastSub = 1_000_000

function pictureOf({ frame, step }, { width, height }) {
  const head = Buffer.alloc(pictureHead)
  head.writeBigUInt64LE(BigInt(frame), 0)
  head.writeBigUInt64LE(BigInt(step), 8)
  head.writeBigUInt64LE(1n, 16)
  head.writeUInt32LE(width, 24)
  head.writeUInt32LE(height, 28)
  head.writeUInt16LE(320, 44)
  head.writeUInt16LE(240, 46)
  return Buffer.concat([head, jpeg])
}

/** One eye: who watches it, and what was done to it. */
export class MockEye {
  viewers = new Set()
  /** Inputs as they came: {kind, code, a, b}. */
  inputs = []
  orders = []
  frame = 0
  step = 0

  constructor(row) {
    this.row = row
    this.topic = `eye/${row.id}`
  }

  change(fields) {
    Object.assign(this.row, fields)
    for (const viewer of this.viewers) viewer.say({ type: 'eye', eye: this.row })
  }

  say(message) {
    for (const viewer of this.viewers) viewer.say(message)
  }
}

class Viewer {
  sub = ++lastSub

  constructor(eye, ws, send, { id, pictures }) {
    Object.assign(this, { eye, ws, send, pictures })
    eye.viewers.add(this)
    this.say({ type: 'subscribed', id, eye: eye.row })
    this.offer()
  }

  say(message) {
    this.send({ topic: this.eye.topic, sub: this.sub, ...message })
  }

  /** One picture, when there is a viewer for it and the eye lives. */
  offer() {
    const { eye } = this
    if (!this.pictures || eye.row.endedAt) return
    eye.frame++
    if (this.ws.readyState === this.ws.OPEN) this.ws.send(frameOf(KINDS.picture, this.sub, eye.frame, pictureOf(eye, eye.row.status ?? eye.row.config)))
  }

  take(kind, bytes) {
    if (kind === KINDS.input)
      for (let at = 0; at < bytes.length; at += 16)
        this.eye.inputs.push({ kind: bytes.readUInt16LE(at), code: bytes.readUInt16LE(at + 2), a: bytes.readInt32LE(at + 4), b: bytes.readInt32LE(at + 8) })
    if (kind === KINDS.control) this.#obey(JSON.parse(bytes.toString()))
  }

  #obey(order) {
    const { eye } = this
    eye.orders.push(order)
    if (order.type === 'want') {
      const isFirst = !this.pictures
      this.pictures = order.pictures
      if (isFirst) this.offer()
    } else if (order.type === 'take') {
      for (const viewer of eye.viewers) viewer.say({ type: 'lease', isYours: viewer === this, holder: order.name })
    } else if (order.type === 'give') {
      eye.say({ type: 'lease', isYours: false, holder: '' })
    }
  }

  close() {
    this.eye.viewers.delete(this)
  }
}

/** The eyes that one socket watches; `send` is for what is no frame. */
export function socketEyes(world, ws, send) {
  const viewers = new Map()
  const leave = (topic) => {
    viewers.get(topic)?.close()
    viewers.delete(topic)
  }
  return {
    leave,
    subscribe(message) {
      leave(message.topic)
      const eye = world.eyes.get(message.topic.slice('eye/'.length))
      if (eye) viewers.set(message.topic, new Viewer(eye, ws, send, message))
      else send({ type: 'error', id: message.id, topic: message.topic, error: { code: 'NOT_FOUND', message: 'there is no eye of this id' } })
    },
    take(data) {
      const viewer = [...viewers.values()].find(({ sub }) => sub === data.readUInt32LE(1))
      viewer?.take(data.readUInt8(), data.subarray(13))
    },
    close: () => viewers.forEach((viewer) => viewer.close()),
  }
}
