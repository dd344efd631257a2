import { createStore } from '~/lib/store'

/** What a person must know about the connection to the daemon. `live` means that a frame arrived within the last few seconds. */
export type Connection =
  | { state: 'connecting' }
  | { state: 'live' }
  | { state: 'stale'; since: number }
  /** since: when something last arrived, if anything did. */
  | { state: 'offline'; retryAt: number; attempt: number; since?: number }
  | { state: 'refused' }

export const connection = createStore<Connection>({ state: 'connecting' })

const firstWaitMs = 500
const longestWaitMs = 15_000

/** Back-off with full jitter above a floor: many pages must not reconnect at the same instant. */
export function backoffMs(attempt: number, random = Math.random()): number {
  const ceiling = Math.min(longestWaitMs, firstWaitMs * 2 ** attempt)
  return Math.round(ceiling / 2 + (ceiling / 2) * random)
}
