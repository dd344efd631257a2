import { checkedAnswer, checkedFollower } from '~/api/checked'
import { connection } from '~/api/connection'
import { createStore } from '~/lib/store'
import { checkLengths } from '~/api/lengths'
import type { Follower } from '~/api/topics'
import { browserTransport, type Transport } from '~/api/transport'
import { CallError, type Answer, type Input, type OpName, type Output } from '~/api/wire'
import type { Cursor } from '~/api/generated'

/** Whether the page has a token, and the transport opened with it. */
type Session = { token: string; transport: Transport } | undefined

export const session = createStore<Session>(undefined)

export function openSession(token: string) {
  const transport = browserTransport(token, () => void askWhy())
  session.set({ token, transport })
  transport.open()
}

/** Retries the daemon at once instead of waiting for the next attempt. */
export function reconnect() {
  session.get()?.transport.open()
}

export function requireTransport(): Transport {
  const open = session.get()
  if (!open) throw new CallError(401, { code: 'UNAUTHORIZED', message: 'This page has no token.' })
  return open.transport
}

/** One operation. */
export async function call<K extends OpName>(op: K, input: Input<K>, key?: string, abort?: AbortSignal): Promise<Answer<Output<K>>> {
  const transport = requireTransport()
  checkLengths(op, input)
  return checkedAnswer(op, transport.call(op, input, key, abort).catch(noteRefusal))
}

/** A refused socket only reports that it closed; the answer over HTTP says why. */
async function askWhy() {
  await call('get_system', {}).catch(() => undefined)
}

function noteRefusal(error: unknown): never {
  if (error instanceof CallError && error.status === 401) {
    session.get()?.transport.close()
    connection.set({ state: 'refused' })
  }
  throw error
}

export function follow(cursor: Cursor, follower: Follower): () => void {
  return requireTransport().subscribe(cursor, checkedFollower(follower))
}

export function download(path: string, name?: string): Promise<void> {
  return requireTransport().download(path, name).catch(noteRefusal)
}

/** A request beside the operations, with the address, the token and the refusals of all others. */
export async function request<T>(path: string, send: (url: string, token: string) => Promise<T>): Promise<T> {
  return requireTransport().request(path, send).catch(noteRefusal)
}

export function fetchBlob(path: string, abort?: AbortSignal): Promise<Blob> {
  return requireTransport().fetchBlob(path, abort).catch(noteRefusal)
}
