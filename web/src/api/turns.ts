import type { TurnPageOut } from '~/api/generated'
import { liveQuery, readQuery, type Fold } from '~/api/live'

const most = 50

/** A turn begins with the prompt that is sent and ends with its own event; its figures are counted by the daemon. */
const foldTurns: Fold<TurnPageOut> = (page, event) => {
  const isTurn = event.type === 'turn_end' || (event.type === 'message' && event.payload.state === 'sent')
  return isTurn ? 'refetch' : page
}

const mostOlder = 200

/** The turns before the newest ones. */
export const olderTurnsQuery = (agentId: string, before: string) => ({ ...readQuery('list_turns', { agentId, limit: mostOlder, before }), staleTime: Infinity })

/** The newest turns of an agent. */
export const turnsQuery = (agentId: string) => liveQuery('list_turns', { agentId, limit: most }, [`agent/${agentId}`], foldTurns)
