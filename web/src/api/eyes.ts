import { channelOf, type Channel, type ChannelWire } from '~/api/channel'
import { encodeInputs, mostInputs, parsePicture, type EyeInput, type EyePicture } from '~/api/eye-frames'
import type { Eye } from '~/api/generated'
import { eyeTopic, isOfEye, type ChannelMessage, type EyeMessage } from '~/api/protocol'
import { frameKinds, terminalFrame } from '~/api/terminal-frames'
import type { CallError } from '~/api/wire'

/** Pictures are made as small as is wanted, and no more often. */
export type EyePictures = { maxWidth: number; maxHeight: number; quality: number; hz: number }
/** Who has the step; nobody: ''. */
export type EyeLease = { isYours: boolean; holder: string }
export type EyeOrder = { type: 'take'; name: string } | { type: 'give' } | { type: 'hold'; isHeld: boolean } | { type: 'step'; steps: number }

/** What whoever watches an eye is given. The methods are called outside of any render. */
export type EyeHandlers = {
  onRow(eye: Eye): void
  /** The next one comes after it was drawn. */
  onPicture(picture: EyePicture): Promise<unknown>
  onLease(lease: EyeLease): void
  /** Why something that the person did had no effect. */
  onRefused(text: string): void
  /** Connected, or not: what is pressed meanwhile goes nowhere. */
  onLine(isConnected: boolean): void
  /** Nothing follows. */
  onGone(error: CallError): void
}

export type EyeWatch = {
  /** Other pictures from now on, or none. */
  want(pictures: EyePictures | undefined): void
  /** False: it was not sent, since there is no connection. */
  press(inputs: readonly EyeInput[]): boolean
  order(order: EyeOrder): boolean
  close(): void
}

type Watch = { handlers: EyeHandlers; wish: EyePictures | undefined }
type Subject = {
  topic: string
  watches: Set<Watch>
  /** Of its subscription, and the number that the daemon gave it once it was confirmed. */
  id: string | undefined
  sub: number | undefined
  /** What was asked for last, as it was sent. */
  asked: string
  row: Eye | undefined
  lease: EyeLease
}

/** What serves all who watch: the largest of each. */
export function widest(wishes: readonly (EyePictures | undefined)[]): EyePictures | undefined {
  const wanted = wishes.filter((wish) => wish !== undefined)
  if (wanted.length === 0) return undefined
  const most = (of: (wish: EyePictures) => number) => Math.max(...wanted.map(of))
  return { maxWidth: most((w) => w.maxWidth), maxHeight: most((w) => w.maxHeight), quality: most((w) => w.quality), hz: most((w) => w.hz) }
}

const nobody: EyeLease = { isYours: false, holder: '' }
const encoder = new TextEncoder()

/**
 * The eyes that the page watches: one subscription of each, which serves all who watch it. A picture is acknowledged when everybody
 * has drawn it, so that a slow page gets fewer and never waits for old ones. What was pressed is sent at once or not at all.
 */
export class Eyes implements Channel {
  readonly #subjects = new Map<string, Subject>()
  readonly #wire: ChannelWire

  constructor(wire: ChannelWire) {
    this.#wire = wire
  }

  watch(eyeId: string, handlers: EyeHandlers, wish?: EyePictures): EyeWatch {
    const topic = eyeTopic(eyeId)
    const known = this.#subjects.get(topic)
    const subject: Subject = known ?? { topic, watches: new Set(), id: undefined, sub: undefined, asked: '', row: undefined, lease: nobody }
    const watch: Watch = { handlers, wish }
    subject.watches.add(watch)
    this.#subjects.set(topic, subject)
    // Not a new subscription for who comes later: the step would be given back.
    if (known) this.#join(subject, handlers)
    else this.#subscribe(subject)
    return {
      want: (pictures) => {
        watch.wish = pictures
        this.#want(subject)
      },
      press: (inputs) => this.#press(subject, inputs),
      order: (order) => this.#send(subject, frameKinds.control, encoder.encode(JSON.stringify(order))),
      close: () => {
        subject.watches.delete(watch)
        if (subject.watches.size > 0) return this.#want(subject)
        if (this.#subjects.get(topic) !== subject) return undefined
        this.#subjects.delete(topic)
        return this.#wire.unsubscribe(topic)
      },
    }
  }

  subscribeAll() {
    for (const subject of this.#subjects.values()) this.#subscribe(subject)
  }

  onBroken() {
    for (const subject of this.#subjects.values()) {
      Object.assign(subject, { id: undefined, sub: undefined, lease: nobody })
      each(subject, ({ onLine, onLease }) => {
        onLease(nobody)
        onLine(false)
      })
    }
  }

  onMessage(message: ChannelMessage) {
    if (!isOfEye(message)) return
    const subject = this.#subjects.get(message.topic)
    if (subject && message.type !== 'unsubscribed') this.#onMessage(subject, message)
  }

  onFrame(data: ArrayBuffer) {
    const found = new DataView(data).getUint8(0) === frameKinds.picture ? parsePicture(data) : undefined
    const subject = found && [...this.#subjects.values()].find(({ sub }) => sub === found.sub)
    if (!subject) return
    const { sub, picture } = found
    const drawn = [...subject.watches].filter(({ wish }) => wish).map(({ handlers }) => handlers.onPicture(picture))
    void Promise.allSettled(drawn).then(() => {
      if (subject.sub === sub) this.#wire.send(terminalFrame(frameKinds.ack, sub, picture.frame))
    })
  }

  onRefused(id: string, error: CallError) {
    for (const subject of this.#subjects.values()) {
      if (subject.id !== id) continue
      this.#subjects.delete(subject.topic)
      each(subject, ({ onGone }) => onGone(error))
    }
  }

  onFault(topic: string, error: CallError) {
    const subject = this.#subjects.get(topic)
    if (subject) each(subject, ({ onRefused }) => onRefused(error.message))
  }

  #onMessage(subject: Subject, message: Exclude<EyeMessage, { type: 'unsubscribed' }>) {
    if (message.type === 'subscribed') {
      if (message.id !== subject.id) return
      Object.assign(subject, { sub: message.sub, row: message.eye })
      each(subject, ({ onLine, onRow }) => {
        onLine(true)
        onRow(message.eye)
      })
      return this.#want(subject)
    }
    if (message.sub !== subject.sub) return
    if (message.type === 'eye') {
      subject.row = message.eye
      each(subject, ({ onRow }) => onRow(message.eye))
    }
    if (message.type === 'lease') {
      const lease = { isYours: message.isYours, holder: message.holder }
      subject.lease = lease
      each(subject, ({ onLease }) => onLease(lease))
    }
    if (message.type === 'refused') each(subject, ({ onRefused }) => onRefused(message.text))
  }

  #join(subject: Subject, { onLine, onRow, onLease }: EyeHandlers) {
    if (subject.sub !== undefined) onLine(true)
    if (subject.row) onRow(subject.row)
    onLease(subject.lease)
    this.#want(subject)
  }

  #wishOf(subject: Subject) {
    return widest([...subject.watches].map(({ wish }) => wish))
  }

  #subscribe(subject: Subject) {
    const pictures = this.#wishOf(subject)
    subject.sub = undefined
    subject.asked = JSON.stringify(pictures ?? null)
    subject.id = this.#wire.subscribe(subject.topic, pictures ? { pictures } : {})
  }

  #want(subject: Subject) {
    const pictures = this.#wishOf(subject)
    const wanted = JSON.stringify(pictures ?? null)
    if (wanted === subject.asked || subject.sub === undefined) return
    subject.asked = wanted
    this.#send(subject, frameKinds.control, encoder.encode(JSON.stringify({ type: 'want', ...(pictures && { pictures }) })))
  }

  #press(subject: Subject, inputs: readonly EyeInput[]): boolean {
    for (let at = 0; at < inputs.length; at += mostInputs)
      if (!this.#send(subject, frameKinds.input, encodeInputs(inputs.slice(at, at + mostInputs)))) return false
    return true
  }

  #send({ sub }: Subject, kind: number, bytes: Uint8Array): boolean {
    if (sub === undefined) return false
    this.#wire.send(terminalFrame(kind, sub, 0, bytes))
    return true
  }
}

function each(subject: Subject, run: (handlers: EyeHandlers) => void) {
  for (const { handlers } of subject.watches) run(handlers)
}

const eyes = channelOf((wire) => new Eyes(wire))

export const watchEye = (eyeId: string, handlers: EyeHandlers, wish?: EyePictures): EyeWatch => eyes().watch(eyeId, handlers, wish)
