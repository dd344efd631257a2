import { useState } from 'react'
import type { AgentOverview } from '~/api/generated'

/** Agents that were selected one by one or as a range. One that is gone is selected no longer. */
export function useSelection(agents: readonly AgentOverview[]) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const selected = agents.filter(({ id }) => ids.has(id))
  return {
    selected,
    has: (id: string) => ids.has(id),
    clear: () => setIds(new Set()),
    extend: (more: readonly AgentOverview[]) => setIds((now) => new Set([...now, ...more.map(({ id }) => id)])),
    toggle: ({ id }: AgentOverview) =>
      setIds((now) => {
        const next = new Set(now)
        if (!next.delete(id)) next.add(id)
        return next
      }),
  }
}
