import { useEffect } from 'react'
import type { Agent } from '~/api/generated'
import { markSeen } from '~/api/seen'
import { useUiState } from '~/api/ui-state'

/** Whoever has the page on screen has seen how the agent is. */
export function useMarkSeen({ id, statusSince = '' }: Agent) {
  useEffect(() => {
    function note() {
      if (document.visibilityState === 'visible') markSeen(id, statusSince)
    }
    note()
    document.addEventListener('visibilitychange', note)
    return () => document.removeEventListener('visibilitychange', note)
  }, [id, statusSince])
}

const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined)

/** The last message of an agent that this person has read. */
export const useRead = (agentId: string) => useUiState(`read.${agentId}`, numberOf)
