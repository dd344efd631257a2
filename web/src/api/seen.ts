import type { AgentOverview } from '~/api/generated'
import { createStore, useStore } from '~/lib/store'
import { isObject } from '~/lib/json'

const key = 'muster.seen'
const mostKept = 500

function read(): ReadonlyMap<string, string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
    return new Map(Object.entries(isObject(kept) ? kept : {}).map(([id, at]) => [id, String(at)]))
  } catch {
    return new Map()
  }
}

const seen = createStore<ReadonlyMap<string, string>>(read())

/** This agent's page was looked at as it was at that time. The oldest looks are forgotten. */
export function markSeen(agentId: string, at: string) {
  if ((seen.get().get(agentId) ?? '') >= at) return
  const next = new Map(seen.get())
  next.delete(agentId)
  next.set(agentId, at)
  const kept = new Map([...next].slice(-mostKept))
  seen.set(kept)
  localStorage.setItem(key, JSON.stringify(Object.fromEntries(kept)))
}

export function useSeen() {
  const at = useStore(seen)
  return {
    isSeen: ({ id, statusSince = '' }: AgentOverview) => (at.get(id) ?? '') >= statusSince,
    seenAt: (agentId: string) => at.get(agentId),
  }
}
