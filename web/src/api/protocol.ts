import type { ApiError, Cursor } from '~/api/generated'
import type { OpName, StreamEvent } from '~/api/wire'

/** What the page says on muster.v1. */
export type ClientMessage =
  | { type: 'subscribe'; id: string; topic: string; generation: number; after?: number; kinds?: string[] }
  | { type: 'unsubscribe'; topic: string }
  | { type: 'call'; id: string; op: OpName; input: object; key?: string }
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
export function parseFrame(text: string): ControlMessage | StreamEvent {
  return JSON.parse(text)
}

export function isControl(frame: ControlMessage | StreamEvent): frame is ControlMessage {
  return controlTypes.has(frame.type)
}
