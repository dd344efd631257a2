import { checkedAnswer, checkedFollower } from '~/api/checked'
import { connection } from '~/api/connection'
import { createStore } from '~/lib/store'
import { checkLengths } from '~/api/lengths'
import { socketUrl } from '~/api/place'
import { callRest } from '~/api/rest'
import { Socket } from '~/api/socket'
import type { Follower } from '~/api/topics'
import { CallError, type Answer, type Input, type OpName, type Output } from '~/api/wire'
import type { Cursor } from '~/api/generated'

/** Whether the page has a token, and the socket opened with it. */
type Session = { token: string; socket: Socket } | undefined

export const session = createStore<Session>(undefined)

export function openSession(token: string) {
  const socket = new Socket(socketUrl(), token, () => void askWhy())
  session.set({ token, socket })
  socket.open()
}

/** Retries the daemon at once instead of waiting for the next attempt. */
export function reconnect() {
  session.get()?.socket.open()
}

function requireSession() {
  const open = session.get()
  if (!open) throw new CallError(401, { code: 'UNAUTHORIZED', message: 'This page has no token.' })
  return open
}

/**
 * The socket accepts messages of up to 1 MiB and closes on a larger one, which would then be sent again and again; HTTP refuses it with
 * an error message. Counted in characters, each of which may be three bytes.
 */
const mostOnSocket = 256 * 1024

function fits(input: object): boolean {
  return JSON.stringify(input).length <= mostOnSocket
}

/**
 * One operation: over the socket while it is open, so that no request competes with a stream, otherwise over HTTP. Writing
 * calls carry a key, so that a repeated one acts once.
 */
export async function call<K extends OpName>(op: K, input: Input<K>, key?: string): Promise<Answer<Output<K>>> {
  const { token, socket } = requireSession()
  checkLengths(op, input)
  return checkedAnswer(op, socket.isOpen && fits(input) ? socket.call(op, input, key) : callRest(op, input, token, key).catch(noteRefusal))
}

/** A refused socket only reports that it closed; the answer over HTTP says why. */
async function askWhy() {
  await call('get_system', {}).catch(() => undefined)
}

function noteRefusal(error: unknown): never {
  if (error instanceof CallError && error.status === 401) {
    session.get()?.socket.close()
    connection.set({ state: 'refused' })
  }
  throw error
}

export function follow(cursor: Cursor, follower: Follower): () => void {
  return requireSession().socket.follow(cursor, checkedFollower(follower))
}
