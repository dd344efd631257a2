import type { ApiError, Cursor } from '~/api/generated'
import { CallError, type Answer, type Input, type OpName, type Output } from '~/api/wire'

/**
 * How long a call waits for a broken line. While the line stands it waits for as long as it takes: the daemon answers
 * every call, and git may work for minutes.
 */
const patienceMs = 30_000
/** The daemon runs 64 calls of one socket at once and refuses the others; these wait here instead. */
const mostAtOnce = 48

type Pending = {
  op: OpName
  input: object
  key: string | undefined
  isSent: boolean
  settle(status: number, body: unknown, cursors: Cursor[]): void
  fail(error: CallError): void
}
/** Where an answer becomes typed: the daemon encodes it by the shape that the operation's row names. */
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

function unheard({ key }: Pending): CallError {
  const message = key === undefined ? 'The daemon did not answer.' : 'The line to the daemon broke before it answered: this may have been done or not.'
  return new CallError(0, { code: 'UNREACHABLE', message })
}

type Send = (id: string, op: OpName, input: object, key: string | undefined) => void

/**
 * Calls that wait for their reply. After a reconnect they are sent again: reads are free to repeat, and every writing
 * call carries a key under which the daemon answers the first result instead of acting twice.
 */
export class Calls {
  readonly #pending = new Map<string, Pending>()
  readonly #send: Send
  #next = 1
  #sent = 0
  #patience: ReturnType<typeof setTimeout> | undefined

  constructor(send: Send) {
    this.#send = send
  }

  start<K extends OpName>(op: K, input: Input<K>, key: string | undefined): Promise<Answer<Output<K>>> {
    const id = `c${this.#next++}`
    return new Promise((resolve, reject) => {
      const settle = (status: number, body: unknown, cursors: Cursor[]) => {
        if (status >= 400) reject(errorOf(status, body))
        else if (isOutput<K>(body)) resolve({ body, cursors })
        else reject(new CallError(status, { code: 'BAD_ANSWER', message: `${op} answered no object.` }))
      }
      this.#pending.set(id, { op, input, key, isSent: false, settle, fail: reject })
      this.#sendWaiting()
    })
  }

  onReply(id: string, status: number, body: unknown, cursors: Cursor[]) {
    this.#take(id)?.settle(status, body, cursors)
  }

  onError(id: string, error: CallError) {
    this.#take(id)?.fail(error)
  }

  /** The line broke, or could not be made again. */
  onBroken() {
    this.#patience ??= setTimeout(() => this.giveUp(), patienceMs)
  }

  /** A new socket knows nothing. */
  sendAgain() {
    this.#stopWaiting()
    this.#sent = 0
    for (const pending of this.#pending.values()) pending.isSent = false
    this.#sendWaiting()
  }

  /** Nothing will come any more. */
  giveUp() {
    this.#stopWaiting()
    this.#sent = 0
    for (const [id, pending] of this.#pending) {
      this.#pending.delete(id)
      pending.fail(unheard(pending))
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
