import type { ApiError, Cursor, Events, Operations } from '~/api/generated'

export type OpName = keyof Operations
export type Input<K extends OpName> = Operations[K]['input']
export type Output<K extends OpName> = Operations[K]['output']

type Envelope<Kind, Payload> = {
  type: Kind
  topic: string
  generation: number
  seq: number
  at: string
  payload: Payload
  /** On a parent's topic: the child's event that this one shows. */
  source?: { topic: string; seq: number }
}
/** One event of any stream, distinguished by `type`. A kind that is newer than this page falls through every switch. */
export type StreamEvent = { [K in keyof Events]: Envelope<K, Events[K]> }[keyof Events]

/** What an operation answered, and the positions of the streams from which it was read. */
export type Answer<T> = { body: T; cursors: Cursor[] }

/** Every failure of a call, whichever way it went. `status` 0 means that the daemon was not reached. */
export class CallError extends Error {
  readonly status: number
  readonly code: string
  readonly details: Record<string, string[]>

  constructor(status: number, error: ApiError) {
    super(error.message)
    this.name = 'CallError'
    this.status = status
    this.code = error.code
    this.details = error.details ?? {}
  }
}

/** Nothing was heard of a call. `key`: of one that writes, which may have been done. */
export function unheard(key?: string): CallError {
  if (key === undefined) return new CallError(0, { code: 'UNREACHABLE', message: 'The daemon did not answer.' })
  return new CallError(0, { code: 'UNHEARD', message: 'The daemon did not answer: this may or may not have been done.' })
}

/** "topic;generation;seq" joined by commas, as the header Muster-Cursor carries it. */
export function parseCursors(header: string | null): Cursor[] {
  if (!header) return []
  return header.split(',').flatMap((part) => {
    const [topic, generation, seq] = part.trim().split(';')
    return topic && generation && seq ? [{ topic, generation: Number(generation), seq: Number(seq) }] : []
  })
}

/** True when an answer that was read at `cursors` cannot contain the event yet. */
export function isAfter(event: StreamEvent, cursors: readonly Cursor[]): boolean {
  const cursor = cursors.find((c) => c.topic === event.topic)
  if (!cursor) return true
  return event.generation === cursor.generation ? event.seq > cursor.seq : event.generation > cursor.generation
}
