import { requireTransport } from '~/api/client'
import type { ChannelMessage } from '~/api/protocol'
import type { Transport } from '~/api/transport'
import type { CallError } from '~/api/wire'

/** How a channel speaks on the socket. */
export type ChannelWire = {
  /** `more`: what the kind of topic adds to the message. Returns the id with which the daemon confirms it. */
  subscribe(topic: string, more: object): string
  unsubscribe(topic: string): void
  send(frame: Uint8Array<ArrayBuffer>): void
}

/** Topics that have frames of their own on the socket, beside events: terminals, and eyes. Each ignores what belongs to another. */
export type Channel = {
  /** A new socket knows nothing. */
  subscribeAll(): void
  onBroken(): void
  onMessage(message: ChannelMessage): void
  onFrame(data: ArrayBuffer): void
  /** The daemon does not begin a subscription, or gave up on it later. */
  onRefused(id: string, error: CallError): void
  /** A frame of this page was refused. */
  onFault(topic: string, error: CallError): void
}

/** The one of each transport, made when it is first wanted: its code is not part of the first load. */
export function channelOf<C extends Channel>(create: (wire: ChannelWire) => C): () => C {
  const made = new WeakMap<Transport, C>()
  return () => {
    const transport = requireTransport()
    const known = made.get(transport)
    if (known) return known
    const channel = transport.channel(create)
    made.set(transport, channel)
    return channel
  }
}
