import type { ApiError, Cursor, Eye } from '~/api/generated'
import type { OpName, StreamEvent } from '~/api/wire'

/** What the page says on muster.v1. */
export type ClientMessage =
  | { type: 'subscribe'; id: string; topic: string; generation: number; after?: number; kinds?: string[] }
  | { type: 'unsubscribe'; topic: string }
  | ({ type: 'subscribe'; id: string; topic: string } & Readonly<Record<string, unknown>>)
  | { type: 'call'; id: string; op: OpName; input: object; key?: string }
  | { type: 'cancel'; id: string }
  | { type: 'ping' }

/** What the daemon says besides events. */
export type ControlMessage =
  | { type: 'subscribed' | 'unsubscribed'; id?: string; topic: string; generation: number; seq: number }
  | { type: 'live'; topic: string; generation: number; seq: number }
  | { type: 'reset'; topic: string; generation: number; seq: number }
  | { type: 'lagged'; topic: string; generation: number; seq: number }
  | { type: 'reply'; id: string; status: number; body?: unknown; cursors?: Cursor[] }
  | { type: 'error'; id?: string; topic?: string; error: ApiError }
  | { type: 'pong' }

/** Where output of a terminal begins, and how large the terminal is there. The first `screenBytes` draw the screen. */
type TerminalPlace = { offset: number; rows: number; cols: number; screenBytes?: number; isPartial?: boolean }

/** What the daemon says about a terminal beside its frames; docs/live.md, "Terminals". */
export type TerminalMessage =
  | ({ type: 'subscribed'; id?: string; topic: string; sub: number; isYours: boolean } & TerminalPlace)
  | { type: 'resized'; topic: string; sub: number; offset: number; rows: number; cols: number }
  | { type: 'size_owner'; topic: string; sub: number; isYours: boolean }
  | ({ type: 'gap'; topic: string; sub: number; from: number; to: number; reason: string } & Partial<TerminalPlace>)
  | { type: 'exited'; topic: string; sub: number; offset: number; code?: number; signal?: number; reason: string; text?: string }
  | { type: 'unsubscribed'; topic: string }

/** What the daemon says about an eye beside its frames; docs/live.md, "Eyes". */
export type EyeMessage =
  | { type: 'subscribed'; id?: string; topic: string; sub: number; eye: Eye }
  | { type: 'eye'; topic: string; sub: number; eye: Eye }
  | { type: 'lease'; topic: string; sub: number; isYours: boolean; holder: string }
  | { type: 'refused'; topic: string; sub: number; text: string }
  | { type: 'unsubscribed'; topic: string }

export type ChannelMessage = TerminalMessage | EyeMessage

type Frame = ControlMessage | ChannelMessage | StreamEvent

const controlTypes: ReadonlySet<string> = new Set([
  'subscribed',
  'unsubscribed',
  'live',
  'reset',
  'lagged',
  'reply',
  'error',
  'pong',
])

/** The boundary where the wire becomes typed: the daemon's shapes are generated from the tables it encodes by. */
export function parseFrame(text: string): Frame {
  return JSON.parse(text)
}

const terminals = 'terminal/'
const eyes = 'eye/'

export const terminalTopic = (launchId: string) => `${terminals}${launchId}`
export const eyeTopic = (eyeId: string) => `${eyes}${eyeId}`

/** No event has such a topic. A refusal of one is an error like any other. */
export function isOfChannel(frame: Frame): frame is ChannelMessage {
  return 'topic' in frame && frame.type !== 'error' && (isOfTerminal(frame) || isOfEye(frame))
}

export const isOfTerminal = (frame: { topic: string }): frame is TerminalMessage => frame.topic.startsWith(terminals)
export const isOfEye = (frame: { topic: string }): frame is EyeMessage => frame.topic.startsWith(eyes)

export function isControl(frame: ControlMessage | StreamEvent): frame is ControlMessage {
  return controlTypes.has(frame.type)
}
