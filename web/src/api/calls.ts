import type { ApiError, Cursor } from '~/api/generated'
import { CallError, unheard, type Answer, type Input, type OpName, type Output } from '~/api/wire'

/**
 * How long a call waits for a broken connection. While the connection is up it waits as long as it takes: the daemon answers
 * every call, and git may work for minutes.
 */
const patienceMs = 30_000
/** The daemon runs 64 calls of one socket at once and refuses any more; the rest wait here. */
const mostAtOnce = 48

type Pending = {
  op: OpName
  input: object
  key: string | undefined
  isSent: boolean
  isDropped: boolean
  settle(status: number, body: unknown, cursors: Cursor[]): void
  fail(error: CallError): void
}
/** Where an answer gets its type: the daemon encodes it by the shape named in the operation's row. */
function isOutput<K extends OpName>(body: unknown): body is Output<K> {
  return body === undefined || (typeof body === 'object' && body !== null)
}

function hasError(body: unknown): body is { error: ApiError } {
  return typeof body === 'object' && body !== null && 'error' in body
}

function errorOf(status: number, body: unknown): CallError {
  const fallback = { code: 'CALL_FAILED', message: `The daemon answered ${status}.` }
  return new CallError(status, hasError(body) ? body.error : fallback)
}

type Send = (id: string, op: OpName, input: object, key: string | undefined) => void

/** Nobody wants the answer any more. */
const cancelled = () => new CallError(0, { code: 'CANCELLED', message: 'The call was cancelled.' })

/**
 * Calls that wait for their reply. After a reconnect they are sent again: reads can be repeated freely, and every writing
 * call carries a key, so that the daemon returns the first result instead of acting twice.
 */
export class Calls {
  readonly #pending = new Map<string, Pending>()
  readonly #send: Send
  readonly #cancel: (id: string) => void
  #next = 1
  #sent = 0
  #patience: ReturnType<typeof setTimeout> | undefined

  constructor(send: Send, cancel: (id: string) => void) {
    this.#send = send
    this.#cancel = cancel
  }

  /** `abort`: of a read whose answer may become useless before it comes. */
  start<K extends OpName>(op: K, input: Input<K>, key: string | undefined, abort?: AbortSignal): Promise<Answer<Output<K>>> {
    const id = `c${this.#next++}`
    return new Promise((resolve, reject) => {
      if (abort?.aborted) return reject(cancelled())
      const drop = () => this.#drop(id)
      abort?.addEventListener('abort', drop)
      // A signal may outlive thousands of calls.
      const forget = () => abort?.removeEventListener('abort', drop)
      const settle = (status: number, body: unknown, cursors: Cursor[]) => {
        forget()
        if (status >= 400) reject(errorOf(status, body))
        else if (isOutput<K>(body)) resolve({ body, cursors })
        else reject(new CallError(status, { code: 'BAD_ANSWER', message: `${op} did not answer with an object.` }))
      }
      const fail = (error: CallError) => {
        forget()
        reject(error)
      }
      this.#pending.set(id, { op, input, key, isSent: false, isDropped: false, settle, fail })
      return this.#sendWaiting()
    })
  }

  /** What was sent is answered all the same, and counts until then. */
  #drop(id: string) {
    const pending = this.#pending.get(id)
    if (!pending) return
    pending.fail(cancelled())
    if (!pending.isSent) return void this.#pending.delete(id)
    pending.isDropped = true
    this.#cancel(id)
  }

  onReply(id: string, status: number, body: unknown, cursors: Cursor[]) {
    this.#take(id)?.settle(status, body, cursors)
  }

  onError(id: string, error: CallError) {
    this.#take(id)?.fail(error)
  }

  /** The connection was lost, or could not be restored. */
  onBroken() {
    this.#patience ??= setTimeout(() => this.giveUp(), patienceMs)
  }

  /** A new socket has no calls in flight. */
  sendAgain() {
    this.#stopWaiting()
    this.#sent = 0
    for (const [id, pending] of this.#pending)
      if (pending.isDropped) this.#pending.delete(id)
      else pending.isSent = false
    this.#sendWaiting()
  }

  /** No more answers will arrive. */
  giveUp() {
    this.#stopWaiting()
    this.#sent = 0
    for (const [id, pending] of this.#pending) {
      this.#pending.delete(id)
      pending.fail(unheard(pending.key))
    }
  }

  #stopWaiting() {
    clearTimeout(this.#patience)
    this.#patience = undefined
  }

  #sendWaiting() {
    for (const [id, pending] of this.#pending) {
      if (this.#sent >= mostAtOnce) return
      if (pending.isSent) continue
      pending.isSent = true
      this.#sent++
      this.#send(id, pending.op, pending.input, pending.key)
    }
  }

  #take(id: string): Pending | undefined {
    const pending = this.#pending.get(id)
    if (!pending) return undefined
    this.#pending.delete(id)
    this.#sent--
    this.#sendWaiting()
    return pending
  }
}
