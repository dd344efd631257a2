// Terminals of the mock: each launch has a log, and viewers get it in binary frames, as docs/live.md says.
import { KINDS, frameOf } from './frames.mjs'

const window = 256 * 1024
/** Of each frame of a log: its offsets are not those of its bytes alone. */
const frameHead = 16
let lastSub = 0

export class MockTerminal {
  rows = 24
  cols = 80
  /** Behind the last frame. */
  offset = 0
  frames = []
  viewers = new Set()
  owner
  typed = ''
  /** What is typed is not taken yet, as by a program that does not read. */
  isDeaf = false
  /** The most that was sent ahead of what a viewer had drawn. */
  mostAhead = 0
  exited
  /** The log's start is gone. */
  isPartial = false
  /** What the program does with what is typed. */
  onInput = (text) => this.write(text.replaceAll('\r', '\r\n'))

  constructor(launchId) {
    this.launchId = launchId
    this.topic = `terminal/${launchId}`
  }

  write(text) {
    const bytes = Buffer.from(text)
    this.offset += frameHead + bytes.length
    this.frames.push({ end: this.offset, bytes })
    for (const viewer of this.viewers) viewer.pump()
  }

  resize(rows, cols) {
    if (rows === this.rows && cols === this.cols) return
    Object.assign(this, { rows, cols })
    this.offset += frameHead
    for (const viewer of this.viewers) viewer.say({ type: 'resized', offset: this.offset, rows, cols })
  }

  exit(code) {
    this.exited = { type: 'exited', offset: this.offset, code, reason: 'exit' }
    for (const viewer of this.viewers) viewer.pump()
  }

  /** The size is that viewer's from now on. */
  give(viewer) {
    if (this.owner === viewer) return
    this.owner = viewer
    for (const one of this.viewers) one.say({ type: 'size_owner', isYours: one === viewer })
    if (viewer?.wish) this.resize(...viewer.wish)
  }

  text() {
    return this.frames.map(({ bytes }) => bytes.toString()).join('')
  }
}

class Viewer {
  sub = ++lastSub
  hasExited = false
  taken = 0

  constructor(terminal, ws, { id, after, screen }) {
    Object.assign(this, { terminal, ws })
    this.sent = this.acked = after ?? terminal.offset
    const drawing = screen ? Buffer.from(`\x1bc${terminal.text()}`) : undefined
    const { rows, cols, isPartial } = terminal
    this.say({ type: 'subscribed', id, offset: this.sent, rows, cols, isYours: terminal.owner === this, ...(drawing && { screenBytes: drawing.length, isPartial }) })
    if (drawing) ws.send(frameOf(KINDS.output, this.sub, this.sent, drawing))
    terminal.viewers.add(this)
    this.pump()
  }

  say(message) {
    if (this.ws.readyState === this.ws.OPEN) this.ws.send(JSON.stringify({ topic: this.terminal.topic, sub: this.sub, ...message }))
  }

  /** What the log holds and the window allows. */
  pump() {
    const { terminal } = this
    for (const { end, bytes } of terminal.frames) {
      if (end <= this.sent) continue
      if (end > this.acked + window) return
      this.ws.send(frameOf(KINDS.output, this.sub, end, bytes))
      this.sent = end
      terminal.mostAhead = Math.max(terminal.mostAhead, this.sent - this.acked)
    }
    if (!terminal.exited || this.hasExited) return
    this.hasExited = true
    this.say(terminal.exited)
  }

  take(kind, offset, bytes) {
    const { terminal } = this
    if (kind === KINDS.ack) {
      this.acked = Math.max(this.acked, offset)
      this.pump()
    } else if (kind === KINDS.resize) {
      this.wish = [bytes.readUInt16LE(0), bytes.readUInt16LE(2)]
      if (!terminal.owner) terminal.give(this)
      else if (terminal.owner === this) terminal.resize(...this.wish)
    } else if (kind === KINDS.input) {
      terminal.give(this)
      terminal.typed += bytes.toString()
      terminal.onInput(bytes.toString())
      this.taken += bytes.length
      if (!terminal.isDeaf) this.ws.send(frameOf(KINDS.ack, this.sub, this.taken))
    }
  }

  close() {
    this.terminal.viewers.delete(this)
    if (this.terminal.owner === this) this.terminal.owner = undefined
  }
}

/** The terminals that one socket watches. */
export function socketTerminals(world, ws) {
  const viewers = new Map()
  const leave = (topic) => {
    viewers.get(topic)?.close()
    viewers.delete(topic)
  }
  return {
    leave,
    subscribe(message) {
      leave(message.topic)
      const terminal = world.shells.get(message.topic.slice('terminal/'.length))
      if (terminal) viewers.set(message.topic, new Viewer(terminal, ws, message))
      else ws.send(JSON.stringify({ type: 'error', id: message.id, topic: message.topic, error: { code: 'NOT_FOUND', message: 'there is no launch of this name' } }))
    },
    take(data) {
      const viewer = [...viewers.values()].find(({ sub }) => sub === data.readUInt32LE(1))
      viewer?.take(data.readUInt8(), Number(data.readBigUInt64LE(5)), data.subarray(13))
    },
    close: () => viewers.forEach((viewer) => viewer.close()),
  }
}
