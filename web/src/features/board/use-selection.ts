import { useRef, useState } from 'react'
import type { AgentOverview } from '~/api/generated'

/** Agents that were selected one by one or as a range of `order`, in which they are shown. One that is gone is selected no longer. */
export function useSelection(agents: readonly AgentOverview[], order: readonly AgentOverview[]) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const last = useRef<string>(undefined)
  const selected = agents.filter(({ id }) => ids.has(id))
  const extend = (more: readonly AgentOverview[]) => setIds((now) => new Set([...now, ...more.map(({ id }) => id)]))
  function toggle({ id }: AgentOverview) {
    last.current = id
    setIds((now) => {
      const next = new Set(now)
      if (!next.delete(id)) next.add(id)
      return next
    })
  }
  /** All from the last one that was selected to this. */
  function extendTo(agent: AgentOverview) {
    const [from, to] = [order.findIndex(({ id }) => id === last.current), order.indexOf(agent)]
    if (from < 0 || to < 0) return toggle(agent)
    extend(order.slice(Math.min(from, to), Math.max(from, to) + 1))
  }
  return {
    selected,
    has: (id: string) => ids.has(id),
    clear: () => setIds(new Set()),
    extend,
    toggle,
    extendTo,
    mark: (agent: AgentOverview, isRange: boolean) => (isRange ? extendTo(agent) : toggle(agent)),
  }
}
