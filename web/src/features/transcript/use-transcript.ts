import { useQuery } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { call } from '~/api/client'
import { noMeta, type Meta } from '~/features/transcript/meta'
import { readMetaAt } from '~/features/transcript/past'
import type { Snapshot } from '~/features/transcript/snapshot'
import { TranscriptStore } from '~/features/transcript/store'

/** How many transcripts stay in memory after their page is left, so that going back costs nothing. */
const keptMost = 6

const stores = new Map<string, TranscriptStore>()

/** The newest comes last; the oldest unwatched one is dropped. */
export function transcriptOf(agentId: string): TranscriptStore {
  const store = stores.get(agentId) ?? new TranscriptStore(agentId)
  stores.delete(agentId)
  stores.set(agentId, store)
  for (const [id, old] of stores) {
    if (stores.size <= keptMost) break
    if (!old.isWatched) stores.delete(id)
  }
  return store
}

const metaOf = (store: TranscriptStore) => () => store.get().meta

/** Open asks, queued prompts, commands, plan, model and usage of an agent. It changes with them alone, not with what is said. */
export function useTranscriptMeta(agentId: string): Meta {
  const store = transcriptOf(agentId)
  return useSyncExternalStore(store.subscribe, metaOf(store))
}

/** Plan, context and usage as they were at a moment; nothing without one. */
export function usePastMeta(agentId: string, moment: number | undefined) {
  return useQuery({
    queryKey: ['past-meta', agentId, moment],
    queryFn: async ({ signal }) => {
      const { cursors } = await call('list_turns', { agentId, limit: 1 }, undefined, signal)
      const place = cursors.find(({ topic }) => topic === `agent/${agentId}`)
      return place ? readMetaAt({ ...place, signal }, moment ?? 0) : noMeta
    },
    enabled: moment !== undefined,
    staleTime: Infinity,
  })
}

export function useTranscript(agentId: string): Snapshot {
  const store = transcriptOf(agentId)
  return useSyncExternalStore(store.subscribe, store.get)
}

/** Reads the newest turns again whenever another checkpoint was taken: it is what can be restored, and counts the files of its turn. */
export function useTurnsOf(agentId: string, checkpointId: string | undefined) {
  useEffect(() => {
    if (checkpointId !== undefined) transcriptOf(agentId).refreshTurns()
  }, [agentId, checkpointId])
}
