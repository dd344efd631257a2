import type { AgentOverview } from '~/api/generated'
import { bothSeen, parseSeen, seenKey, type Seen } from '~/api/seen-marks'
import { storedValue } from '~/api/ui-stored'
import { createStore, useStore } from '~/lib/store'

export const seen = createStore<Seen>(parseSeen(storedValue(localStorage, seenKey)))

/** This agent's page was looked at as it was since that time. */
export function markSeen(agentId: string, at: string) {
  if ((seen.get().get(agentId) ?? '') < at) seen.set(bothSeen(seen.get(), new Map([[agentId, at]])))
}

export function useSeen() {
  const at = useStore(seen)
  return { isSeen: ({ id, statusSince = '' }: AgentOverview) => (at.get(id) ?? '') >= statusSince }
}
