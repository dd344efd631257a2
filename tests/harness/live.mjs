// A client of /ws: calls and subscriptions over one socket.
import WebSocket from 'ws'
import { Feed, within } from './wait.mjs'

export class Live {
  /** Everything that the daemon sent, in order. */
  frames = new Feed()
  #nextId = 1
  /** What a binary frame does; see terminal.mjs. */
  onBinary = () => {}

  static async open(url, { token, protocols = ['muster.v1', `bearer.${token}`], headers = {} } = {}) {
    const live = new Live()
    live.ws = new WebSocket(url, protocols, { headers, perMessageDeflate: false })
    live.ws.on('message', (data, isBinary) => (isBinary ? live.onBinary(data) : live.frames.push(JSON.parse(data.toString()))))
    live.ws.on('error', (error) => live.frames.end(`the socket failed: ${error.message}`))
    live.ws.on('close', (code) => live.frames.end(`the socket closed with ${code}`))
    await within(
      new Promise((resolve, reject) => {
        live.ws.once('open', resolve)
        live.ws.once('error', reject)
        live.ws.once('unexpected-response', (_, response) => reject(new Error(`refused with ${response.statusCode}`)))
      }),
      `a socket to ${url}`,
    )
    return live
  }

  send(message) {
    this.ws.send(JSON.stringify(message))
  }

  async request(message) {
    const id = String(this.#nextId++)
    const from = this.frames.items.length
    this.send({ ...message, id })
    return this.frames.waitFor((frame) => frame.id === id, { what: `an answer to ${JSON.stringify(message).slice(0, 200)}`, from })
  }

  /** {status, body, cursors}; a message that the socket itself refused gives {type: 'error', error}. */
  call(op, input, { key } = {}) {
    return this.request({ type: 'call', op, input, key })
  }

  /** Follows a topic after that event. The Topic sees only its own events. */
  async subscribe(topic, { after = 0, generation = 0, kinds } = {}) {
    const from = this.frames.items.length
    const answer = await this.request({ type: 'subscribe', topic, after, generation, kinds })
    if (answer.type !== 'subscribed') throw new Error(`subscribe ${topic}: ${JSON.stringify(answer)}`)
    return new Topic(this, topic, from)
  }

  async close() {
    const closed = new Promise((resolve) => this.ws.once('close', resolve))
    this.ws.close()
    await within(closed, 'the socket closes')
  }
}

export class Topic {
  constructor(live, name, from) {
    this.live = live
    this.name = name
    this.from = from
  }

  /** The events so far. */
  get events() {
    return this.live.frames.items.slice(this.from).filter((frame) => frame.topic === this.name && frame.payload !== undefined)
  }

  /** The first event of that kind whose payload the predicate accepts, after event `after`. */
  waitFor(kind, predicate = () => true, { after = 0, deadlineMs } = {}) {
    const fits = (frame) =>
      frame.topic === this.name && frame.type === kind && frame.seq > after && frame.payload !== undefined && predicate(frame.payload)
    return this.live.frames.waitFor(fits, { what: `${kind} on ${this.name} with ${predicate}`, from: this.from, deadlineMs })
  }
}
