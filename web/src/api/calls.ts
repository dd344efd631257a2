import type { ApiError, Cursor } from '~/api/generated'
import { CallError, type Answer, type Input, type OpName, type Output } from '~/api/wire'

const patienceMs = 30_000

type Pending = {
  op: OpName
  input: object
  key: string | undefined
  settle(status: number, body: unknown, cursors: Cursor[]): void
  fail(error: CallError): void
  timer: ReturnType<typeof setTimeout>
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

type Send = (id: string, op: OpName, input: object, key: string | undefined) => void

/**
 * Calls that wait for their reply. After a reconnect they are sent again: reads are free to repeat, and every writing
 * call carries a key under which the daemon answers the first result instead of acting twice.
 */
export class Calls {
  readonly #pending = new Map<string, Pending>()
  readonly #send: Send
  #next = 1

  constructor(send: Send) {
    this.#send = send
  }

  start<K extends OpName>(op: K, input: Input<K>, key: string | undefined): Promise<Answer<Output<K>>> {
    const id = `c${this.#next++}`
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id)
        reject(new CallError(0, { code: 'TIMEOUT', message: `No answer to ${op} after ${patienceMs / 1000} s.` }))
      }, patienceMs)
      const settle = (status: number, body: unknown, cursors: Cursor[]) => {
        if (status >= 400) reject(errorOf(status, body))
        else if (isOutput<K>(body)) resolve({ body, cursors })
        else reject(new CallError(status, { code: 'BAD_ANSWER', message: `${op} answered no object.` }))
      }
      this.#pending.set(id, { op, input, key, settle, fail: reject, timer })
      this.#send(id, op, input, key)
    })
  }

  onReply(id: string, status: number, body: unknown, cursors: Cursor[]) {
    this.#take(id)?.settle(status, body, cursors)
  }

  onError(id: string, error: ApiError) {
    this.#take(id)?.fail(new CallError(400, error))
  }

  sendAgain() {
    for (const [id, { op, input, key }] of this.#pending) this.#send(id, op, input, key)
  }

  #take(id: string): Pending | undefined {
    const pending = this.#pending.get(id)
    if (!pending) return undefined
    clearTimeout(pending.timer)
    this.#pending.delete(id)
    return pending
  }
}
