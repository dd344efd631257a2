import { Calls } from '~/api/calls'
import type { Channel, ChannelWire } from '~/api/channel'
import { backoffMs, connection } from '~/api/connection'
import type { Cursor } from '~/api/generated'
import { isControl, isOfChannel, parseFrame, type ClientMessage, type ControlMessage } from '~/api/protocol'
import { Topics, type Follower } from '~/api/topics'
import { CallError, type Answer, type Input, type OpName, type Output } from '~/api/wire'

const pingEveryMs = 5_000
/** How long to wait for any frame after a ping. Silence alone means nothing: a hidden page pings once a minute. */
const staleAfterMs = 7_000
const deadAfterMs = 20_000

/** The page's one socket: events of every followed topic, channels such as that of terminals, and every call while it is open. */
export class Socket {
  readonly #url: string
  readonly #token: string
  readonly #onRefused: () => void
  readonly #topics: Topics
  readonly #channels: Channel[] = []
  readonly #calls: Calls
  #ws: WebSocket | undefined
  #attempt = 0
  #lastFrame = 0
  /** When the first ping that is still unanswered was sent. */
  #askedAt: number | undefined
  #subscription = 0
  #heartbeat: ReturnType<typeof setInterval> | undefined
  /** The next attempt, or the end of one that is not answered. */
  #retry: ReturnType<typeof setTimeout> | undefined

  /** `onRefused`: the socket could not be opened; the reason is not known. */
  constructor(url: string, token: string, onRefused: () => void) {
    this.#url = url
    this.#token = token
    this.#onRefused = onRefused
    this.#calls = new Calls((id, op, input, key) =>
      this.#send(key === undefined ? { type: 'call', id, op, input } : { type: 'call', id, op, input, key }),
      (id) => this.#send({ type: 'cancel', id }),
    )
    this.#topics = new Topics({
      subscribe: (topic, { generation, seq }) => {
        const id = `s${++this.#subscription}`
        // Without `after`, only what happens from now on is sent.
        this.#send({ type: 'subscribe', id, topic, generation, ...(Number.isFinite(seq) && { after: seq }) })
        return id
      },
      unsubscribe: (topic) => this.#send({ type: 'unsubscribe', topic }),
    })
  }

  get isOpen(): boolean {
    return this.#ws?.readyState === WebSocket.OPEN
  }

  call<K extends OpName>(op: K, input: Input<K>, key: string | undefined, abort: AbortSignal | undefined): Promise<Answer<Output<K>>> {
    return this.#calls.start(op, input, key, abort)
  }

  follow(cursor: Cursor, follower: Follower): () => void {
    return this.#topics.follow(cursor, follower)
  }

  addChannel<C extends Channel>(create: (wire: ChannelWire) => C): C {
    const channel = create({
      subscribe: (topic, more) => {
        const id = `s${++this.#subscription}`
        this.#send({ type: 'subscribe', id, topic, ...more })
        return id
      },
      unsubscribe: (topic) => this.#send({ type: 'unsubscribe', topic }),
      send: (frame) => this.isOpen && this.#ws?.send(frame),
    })
    this.#channels.push(channel)
    return channel
  }

  /** Connects, or tries again at once when it waits for its next attempt. */
  open() {
    if (this.isOpen) return
    clearTimeout(this.#retry)
    // Who accepts a connection and then says nothing would be waited for as long as the browser does.
    const before = this.#ws
    this.#ws = undefined
    before?.close()
    this.#retry = setTimeout(() => this.#drop(), deadAfterMs)
    if (this.#attempt === 0) connection.set({ state: 'connecting' })
    const ws = new WebSocket(this.#url, ['muster.v1', `bearer.${this.#token}`])
    this.#ws = ws
    ws.binaryType = 'arraybuffer'
    ws.addEventListener('open', () => this.#onOpen(ws))
    ws.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => this.#onData(data))
    ws.addEventListener('close', () => this.#onClose(ws))
  }

  close() {
    clearTimeout(this.#retry)
    clearInterval(this.#heartbeat)
    this.#heartbeat = undefined
    const ws = this.#ws
    this.#ws = undefined
    ws?.close()
    this.#calls.giveUp()
  }

  #send(message: ClientMessage) {
    if (this.isOpen) this.#ws?.send(JSON.stringify(message))
  }

  #onOpen(ws: WebSocket) {
    if (ws !== this.#ws) return
    clearTimeout(this.#retry)
    this.#attempt = 0
    this.#lastFrame = Date.now()
    connection.set({ state: 'live' })
    this.#askedAt = undefined
    this.#heartbeat = setInterval(() => this.#beat(), pingEveryMs)
    this.#topics.subscribeAll()
    for (const channel of this.#channels) channel.subscribeAll()
    this.#calls.sendAgain()
  }

  #beat() {
    const silentMs = this.#askedAt === undefined ? 0 : Date.now() - this.#askedAt
    if (silentMs > deadAfterMs) return this.#drop()
    if (silentMs > staleAfterMs && connection.get().state === 'live') connection.set({ state: 'stale', since: this.#lastFrame })
    this.#askedAt ??= Date.now()
    return this.#send({ type: 'ping' })
  }

  /** A silent peer does not answer the close either, and the browser would wait a minute for it. */
  #drop() {
    const ws = this.#ws
    if (!ws) return
    this.#onClose(ws)
    ws.close()
  }

  #onData(data: string | ArrayBuffer) {
    this.#lastFrame = Date.now()
    this.#askedAt = undefined
    if (connection.get().state !== 'live') connection.set({ state: 'live' })
    if (typeof data === 'string') this.#onFrame(data)
    else for (const channel of this.#channels) channel.onFrame(data)
  }

  #onFrame(text: string) {
    const frame = parseFrame(text)
    if (isOfChannel(frame)) for (const channel of this.#channels) channel.onMessage(frame)
    else if (isControl(frame)) this.#onControl(frame)
    else this.#topics.onEvent(frame)
  }

  #onControl(message: ControlMessage) {
    switch (message.type) {
      case 'reply':
        return this.#calls.onReply(message.id, message.status, message.body, message.cursors ?? [])
      case 'error':
        return this.#onError(message.id, message.topic, new CallError(400, message.error))
      case 'reset':
        return this.#topics.onReset(message.topic, message.generation)
      case 'live':
        return this.#topics.onLive(message.topic)
      case 'subscribed':
        return this.#topics.onSubscribed(message.topic, message.id)
      // The daemon continues by itself from where a slow client was.
      case 'lagged':
      case 'unsubscribed':
      case 'pong':
        return undefined
      default:
        return message satisfies never
    }
  }

  /** The id belongs to a call or to a subscription. */
  #onError(id: string | undefined, topic: string | undefined, error: CallError) {
    if (id === undefined) {
      if (topic !== undefined) for (const channel of this.#channels) channel.onFault(topic, error)
      return
    }
    this.#calls.onError(id, error)
    this.#topics.onRefused(id, error)
    for (const channel of this.#channels) channel.onRefused(id, error)
  }

  #onClose(ws: WebSocket) {
    if (ws !== this.#ws) return
    const wasOpen = this.#heartbeat !== undefined
    clearInterval(this.#heartbeat)
    clearTimeout(this.#retry)
    this.#heartbeat = undefined
    this.#ws = undefined
    this.#calls.onBroken()
    for (const channel of this.#channels) channel.onBroken()
    const waitMs = backoffMs(this.#attempt++)
    connection.set({ state: 'offline', retryAt: Date.now() + waitMs, attempt: this.#attempt, ...(this.#lastFrame > 0 && { since: this.#lastFrame }) })
    this.#retry = setTimeout(() => this.open(), waitMs)
    if (!wasOpen) this.#onRefused()
  }
}
