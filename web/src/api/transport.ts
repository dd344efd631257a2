import type { Channel, ChannelWire } from '~/api/channel'
import { apiUrl, socketUrl } from '~/api/place'
import { callRest, fetchAnswer } from '~/api/rest'
import { Socket } from '~/api/socket'
import type { Follower } from '~/api/topics'
import { CallError, type Answer, type Input, type OpName, type Output } from '~/api/wire'
import type { Cursor } from '~/api/generated'

/** How the page reaches its daemon: everything else is built on these. In a browser by HTTP and one WebSocket. */
export type Transport = {
  /** Writing calls carry a key, so that a repeated one acts once; reading ones may be aborted, which ends them in the daemon too. */
  call<K extends OpName>(op: K, input: Input<K>, key?: string, abort?: AbortSignal): Promise<Answer<Output<K>>>
  /** Follows a topic from behind a cursor; returns how to stop. */
  subscribe(cursor: Cursor, follower: Follower): () => void
  /** Adds a channel, such as that of terminals, for as long as the transport lives. */
  channel<C extends Channel>(create: (wire: ChannelWire) => C): C
  /** Gives a file of the API to the person, as `name`. */
  download(path: string, name?: string): Promise<void>
  /** A request beside the operations, such as an upload: `send` gets its address and the token. */
  request<T>(path: string, send: (url: string, token: string) => Promise<T>): Promise<T>
  /** A small file of the API in memory, such as an image to be shown. */
  fetchBlob(path: string, abort?: AbortSignal): Promise<Blob>
  /** Connects, or tries again at once. */
  open(): void
  close(): void
}

/**
 * The socket accepts messages of up to 1 MiB and closes on a larger one, which would then be sent again and again; HTTP refuses it with
 * an error message. Counted in characters, each of which may be three bytes.
 */
const mostOnSocket = 256 * 1024

function fits(input: object): boolean {
  return JSON.stringify(input).length <= mostOnSocket
}

/** What is shown in a page; anything larger is a download. */
const mostBlobBytes = 32 * 1024 * 1024

async function fetchBlob(url: string, token: string, abort: AbortSignal | undefined): Promise<Blob> {
  const response = await fetchAnswer(url, token, abort)
  if (Number(response.headers.get('content-length') ?? 0) > mostBlobBytes) {
    await response.body?.cancel()
    throw new CallError(413, { code: 'TOO_LARGE', message: 'this file is too large to be shown; download it' })
  }
  return response.blob()
}

/** The browser fetches it itself, so that it need not fit in memory; a ticket is the token of this one address. */
function save(url: string, name: string | undefined) {
  const link = document.createElement('a')
  link.href = url
  link.download = name ?? ''
  link.rel = 'noreferrer'
  document.body.append(link)
  link.click()
  link.remove()
}

/** `onRefused`: the socket could not be opened; the reason is not known. */
export function browserTransport(token: string, onRefused: () => void): Transport {
  const socket = new Socket(socketUrl(), token, onRefused)
  /** Over the socket while it is open, so that no request competes with a stream, otherwise over HTTP. */
  function call<K extends OpName>(op: K, input: Input<K>, key?: string, abort?: AbortSignal): Promise<Answer<Output<K>>> {
    return socket.isOpen && fits(input) ? socket.call(op, input, key, abort) : callRest(op, input, token, key, abort)
  }
  return {
    call,
    subscribe: (cursor, follower) => socket.follow(cursor, follower),
    channel: (create) => socket.addChannel(create),
    async download(path, name) {
      const { body } = await call('create_ticket', { path }, crypto.randomUUID())
      save(apiUrl(body.url), name)
    },
    request: (path, send) => send(apiUrl(path), token),
    fetchBlob: (path, abort) => fetchBlob(apiUrl(path), token, abort),
    open: () => socket.open(),
    close: () => socket.close(),
  }
}
