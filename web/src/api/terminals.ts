import { frameKinds, parseTerminalFrame, sizeBytes, terminalFrame } from '~/api/terminal-frames'
import { channelOf, type Channel, type ChannelWire } from '~/api/channel'
import { isOfTerminal, terminalTopic, type ChannelMessage, type TerminalMessage } from '~/api/protocol'
import { CallError } from '~/api/wire'

export type TerminalSize = { rows: number; cols: number }
export type TerminalExit = { code?: number; signal?: number; reason: string; text?: string }

/** What a view of a terminal is given, in the order of the log. Its methods are called outside of any render. */
export type TerminalHandlers = {
  /** Bytes to draw. The daemon waits until `drawn` is called before it sends much more. */
  onBytes(bytes: Uint8Array, drawn: () => void): void
  /** The terminal has this size from here on. */
  onSize(size: TerminalSize): void
  /** What follows draws the whole screen and begins with a reset; `isPartial`: the log's start is gone. */
  onScreen(isPartial: boolean): void
  /** Whether this view's size is the terminal's. */
  onOwner(isYours: boolean): void
  /** These bytes of the log are not sent. */
  onGap(from: number, to: number, reason: string): void
  onExit(exit: TerminalExit): void
  /** Connected, or not: what is typed meanwhile is refused. `unheardBytes` were sent and perhaps not taken; `unsent` never left. */
  onLine(isConnected: boolean, unheardBytes: number, unsent: readonly Uint8Array[]): void
  /** Something that was typed was refused; the output goes on. */
  onFault(error: CallError): void
  /** Nothing follows. `unsent` was typed and never left. */
  onRefused(error: CallError, unsent: readonly Uint8Array[]): void
}

/** How a view speaks to its terminal. */
export type TerminalView = {
  /** False: it is not sent. What comes before the first answer waits for it; after a break nothing does. */
  type(bytes: Uint8Array): boolean
  resize(size: TerminalSize): void
  /** No bytes while nobody looks. */
  pause(): void
  resume(): void
  /** The number of its subscription, for take_terminal; undefined while there is none. */
  sub(): number | undefined
  /** Returns what was typed and never left. What did leave was put into the program's input by the daemon, in its order. */
  close(): readonly Uint8Array[]
}

/** The daemon refuses more than 256 KiB that its program has not taken. */
const mostUntaken = 128 * 1024
const mostWaiting = 8 * 1024 * 1024
const pieceBytes = 32 * 1024
/**
 * A view that goes on `after` an offset gets everything, however much it is; one with a screen is moved forward when it is far
 * behind. So one that gets this much within this time begins again with the screen.
 */
const floodBytes = 4 * 1024 * 1024
const floodMs = 5_000

type View = {
  topic: string
  handlers: TerminalHandlers
  /** Behind the last output that was handed over. */
  offset: number
  /** Of the screen that is being sent. */
  screenLeft: number
  hasBegun: boolean
  hasEnded: boolean
  isPaused: boolean
  /** The line broke, and is not back yet. */
  isBroken: boolean
  /** Of its subscription, and the number that the daemon gave it once it was confirmed. */
  id: string | undefined
  sub: number | undefined
  acked: number
  wish: TerminalSize | undefined
  /** What was typed and not sent yet; what was sent, and how much of that the program took. */
  waiting: Uint8Array[]
  waitingBytes: number
  typed: number
  taken: number
  flood: { at: number; bytes: number } | undefined
}

/**
 * The terminals that the page watches, one view of each. A view goes on behind the last byte that it was given, whether the line
 * broke or nobody looked; frames carry the number of their subscription, so what still comes of an earlier one is dropped. A
 * screen that was cut off is asked for again. What was typed is sent once, or not at all.
 */
export class Terminals implements Channel {
  readonly #views = new Map<string, View>()
  readonly #wire: ChannelWire

  constructor(wire: ChannelWire) {
    this.#wire = wire
  }

  watch(launchId: string, handlers: TerminalHandlers): TerminalView {
    const topic = terminalTopic(launchId)
    const before = this.#views.get(topic)
    if (before) this.#refuse(before, new CallError(409, { code: 'CONFLICT', message: 'this terminal is shown elsewhere on this page now' }))
    const view: View = {
      topic, handlers, offset: 0, screenLeft: 0, hasBegun: false, hasEnded: false, isPaused: false, isBroken: false, id: undefined, sub: undefined,
      acked: 0, wish: undefined, waiting: [], waitingBytes: 0, typed: 0, taken: 0, flood: undefined,
    }
    this.#views.set(topic, view)
    this.#subscribe(view)
    const isCurrent = () => this.#views.get(topic) === view
    return {
      type: (bytes) => this.#type(view, bytes),
      resize: (size) => this.#resize(view, size),
      pause: () => this.#pause(view),
      resume: () => this.#resume(view),
      sub: () => view.sub,
      close: () => {
        if (!isCurrent()) return []
        this.#views.delete(topic)
        this.#wire.unsubscribe(topic)
        return view.hasEnded ? [] : this.#takeWaiting(view)
      },
    }
  }

  /** A new socket knows nothing. */
  subscribeAll() {
    for (const view of this.#views.values()) this.#subscribe(view)
  }

  onBroken() {
    for (const view of this.#views.values()) {
      if (view.id === undefined) continue
      view.isBroken = true
      view.handlers.onLine(false, this.#leave(view), this.#takeWaiting(view))
    }
  }

  onMessage(message: ChannelMessage) {
    if (!isOfTerminal(message)) return undefined
    const view = this.#views.get(message.topic)
    if (!view || message.type === 'unsubscribed') return undefined
    if (message.type === 'subscribed') return this.#onSubscribed(view, message)
    if (message.sub !== view.sub) return undefined
    switch (message.type) {
      case 'resized':
        view.offset = message.offset
        return view.handlers.onSize({ rows: message.rows, cols: message.cols })
      case 'size_owner':
        return view.handlers.onOwner(message.isYours)
      case 'gap':
        return this.#onGap(view, message)
      case 'exited':
        view.hasEnded = true
        return view.handlers.onExit(message)
      default:
        return message satisfies never
    }
  }

  onFrame(data: ArrayBuffer) {
    const frame = parseTerminalFrame(data)
    const view = frame && [...this.#views.values()].find(({ sub }) => sub === frame.sub)
    if (!view) return
    if (frame.kind === frameKinds.ack) return this.#onTaken(view, frame.offset)
    if (frame.kind === frameKinds.output) this.#onOutput(view, frame.offset, frame.bytes)
  }

  /** The daemon does not begin it, or gave up on it later. */
  onRefused(id: string, error: CallError) {
    for (const view of this.#views.values()) if (view.id === id) this.#refuse(view, error)
  }

  #refuse(view: View, error: CallError) {
    this.#views.delete(view.topic)
    view.handlers.onRefused(error, this.#takeWaiting(view))
  }

  #takeWaiting(view: View): readonly Uint8Array[] {
    const { waiting } = view
    Object.assign(view, { waiting: [], waitingBytes: 0 })
    return waiting
  }

  /** A frame of this page was refused. How much of what was typed was taken can no longer be counted. */
  onFault(topic: string, error: CallError) {
    const view = this.#views.get(topic)
    if (!view) return
    Object.assign(view, { waiting: [], waitingBytes: 0, typed: view.taken })
    view.handlers.onFault(error)
  }

  /** Returns how much of what was sent may not have reached the program. What was not sent yet goes over the next subscription. */
  #leave(view: View): number {
    const unheard = view.typed - view.taken
    Object.assign(view, { sub: undefined, id: undefined, typed: 0, taken: 0 })
    return unheard
  }

  #subscribe(view: View) {
    if (view.isPaused || view.hasEnded) return
    this.#leave(view)
    const isWhole = view.hasBegun && view.screenLeft === 0
    view.flood = isWhole ? { at: performance.now(), bytes: 0 } : undefined
    view.id = this.#wire.subscribe(view.topic, isWhole ? { after: view.offset } : { screen: true })
  }

  #pause(view: View) {
    if (view.isPaused) return
    view.isPaused = true
    if (view.id === undefined) return
    this.#leave(view)
    this.#wire.unsubscribe(view.topic)
  }

  #resume(view: View) {
    if (!view.isPaused || this.#views.get(view.topic) !== view) return
    view.isPaused = false
    this.#subscribe(view)
  }

  #onSubscribed(view: View, message: Extract<TerminalMessage, { type: 'subscribed' }>) {
    if (view.id !== message.id) return
    Object.assign(view, { sub: message.sub, acked: message.offset, offset: message.offset, hasBegun: true, isBroken: false })
    view.screenLeft = message.screenBytes ?? 0
    view.handlers.onLine(true, 0, [])
    view.handlers.onOwner(message.isYours)
    if (message.screenBytes !== undefined) view.handlers.onScreen(message.isPartial === true)
    view.handlers.onSize({ rows: message.rows, cols: message.cols })
    if (view.wish) this.#sendSize(view, view.wish)
    this.#sendTyped(view, message.sub)
  }

  #onGap(view: View, { from, to, reason, ...place }: Extract<TerminalMessage, { type: 'gap' }>) {
    view.offset = place.offset ?? to
    view.handlers.onGap(from, to, reason)
    if (place.screenBytes === undefined) return
    view.screenLeft = place.screenBytes
    view.acked = view.offset
    view.handlers.onScreen(place.isPartial === true)
    if (place.rows !== undefined && place.cols !== undefined) view.handlers.onSize({ rows: place.rows, cols: place.cols })
  }

  #onOutput(view: View, offset: number, bytes: Uint8Array) {
    const { sub } = view
    if (sub === undefined) return
    view.screenLeft = Math.max(0, view.screenLeft - bytes.length)
    view.offset = Math.max(view.offset, offset)
    view.handlers.onBytes(bytes, () => this.#onDrawn(view, sub, offset))
    if (!view.flood) return
    view.flood.bytes += bytes.length
    const isLate = performance.now() - view.flood.at > floodMs
    if (isLate) view.flood = { at: performance.now(), bytes: 0 }
    else if (view.flood.bytes > floodBytes) this.#startOver(view)
  }

  #startOver(view: View) {
    view.hasBegun = false
    this.#subscribe(view)
  }

  #onDrawn(view: View, sub: number, offset: number) {
    if (view.sub !== sub || offset <= view.acked) return
    view.acked = offset
    this.#wire.send(terminalFrame(frameKinds.ack, sub, offset))
  }

  #type(view: View, bytes: Uint8Array): boolean {
    // Asked for and not confirmed yet, as after the tab was hidden: it is sent then. Not over a line that broke: who knows what was heard.
    const isComing = view.id !== undefined && !view.isBroken
    if ((view.sub === undefined && !isComing) || view.hasEnded || view.waitingBytes + bytes.length > mostWaiting) return false
    for (let at = 0; at < bytes.length; at += pieceBytes) view.waiting.push(bytes.subarray(at, at + pieceBytes))
    view.waitingBytes += bytes.length
    if (view.sub !== undefined) this.#sendTyped(view, view.sub)
    return true
  }

  #sendTyped(view: View, sub: number) {
    while (view.typed - view.taken < mostUntaken) {
      const piece = view.waiting.shift()
      if (!piece) return
      view.waitingBytes -= piece.length
      view.typed += piece.length
      this.#wire.send(terminalFrame(frameKinds.input, sub, 0, piece))
    }
  }

  #onTaken(view: View, upTo: number) {
    view.taken = Math.max(view.taken, upTo)
    if (view.sub !== undefined) this.#sendTyped(view, view.sub)
  }

  #resize(view: View, size: TerminalSize) {
    if (view.wish?.rows === size.rows && view.wish.cols === size.cols) return
    view.wish = size
    this.#sendSize(view, size)
  }

  #sendSize(view: View, { rows, cols }: TerminalSize) {
    if (view.sub !== undefined && !view.hasEnded) this.#wire.send(terminalFrame(frameKinds.resize, view.sub, 0, sizeBytes(rows, cols)))
  }
}

const terminals = channelOf((wire) => new Terminals(wire))

/** Watches the terminal of a launch, and types in it. */
export const watchTerminal = (launchId: string, handlers: TerminalHandlers): TerminalView => terminals().watch(launchId, handlers)
