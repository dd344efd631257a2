import { useEffect } from 'react'
import type { Agent } from '~/api/generated'
import { markSeen } from '~/api/seen'
import { useUiState } from '~/api/ui-state'
import { lookedAt } from '~/lib/looked-at'
import { useStore } from '~/lib/store'

/** Whoever looks at the page has seen how the agent is. */
export function useMarkSeen({ id, statusSince = '' }: Agent) {
  const isLooked = useStore(lookedAt)
  useEffect(() => {
    if (isLooked) markSeen(id, statusSince)
  }, [id, statusSince, isLooked])
}

const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined)

/** The last message of an agent that this person has read. */
export const useRead = (agentId: string) => useUiState(`read.${agentId}`, numberOf)
