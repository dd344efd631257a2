import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { AgentOverview, Ask } from '~/api/generated'
import { useOpenAsks } from '~/api/open-asks'
import { overviewQuery } from '~/api/overview'
import { answeredAsksQuery, askQuery } from '~/api/workspace-queries'
import { steadyOrder } from '~/features/ask/batch'
import { lookOf } from '~/lib/status'

/** What needs a person: an ask, or an agent that failed. */
export type Need = { id: string; at: string } & ({ kind: 'ask'; ask: Ask } | { kind: 'failed'; agent: AgentOverview })

/** Whose it is. */
export const agentIdOf = (need: Need) => (need.kind === 'ask' ? need.ask.subjectId : need.agent.id)

const byAge = (a: Need, b: Need) => a.at.localeCompare(b.at) || a.id.localeCompare(b.id)
const isFailed = ({ kind }: Need) => Number(kind === 'failed')

/** All that is open: asks come before failures, for they hold an agent up, and the oldest first. */
export function useNeeds() {
  const open = useOpenAsks()
  const overview = useQuery(overviewQuery())
  const ofAsks = open.asks.map((ask): Need => ({ id: ask.id, at: ask.createdAt, kind: 'ask', ask }))
  const agents = overview.data?.agents ?? []
  const failed = agents.filter(({ statusReason, openAsks }) => openAsks === 0 && lookOf(statusReason) === 'error')
  const ofFailed = failed.map((agent): Need => ({ id: agent.id, at: agent.statusSince ?? '', kind: 'failed', agent }))
  return { needs: [...ofAsks, ...ofFailed].toSorted((a, b) => isFailed(a) - isFailed(b) || byAge(a, b)), total: open.total + failed.length, agents, error: open.error, isRead: open.isRead, readAgain: () => void open.refetch() }
}

const isSame = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((id, at) => id === b[at])

/**
 * The rows as a person sees them: what is chosen and what is under the pointer stay where they are. What comes while the pointer
 * is among them is only counted.
 */
export function useSteadyNeeds(needs: readonly Need[], chosen: string | undefined) {
  const [known, setKnown] = useState<ReadonlyMap<string, Need>>(new Map())
  const [ids, setIds] = useState<readonly string[]>([])
  const [isHeld, setHeld] = useState(false)
  const open = needs.map(({ id }) => id)
  const next = isHeld ? ids : steadyOrder(ids, open, chosen)
  if (!isSame(next, ids)) setIds(next)
  const changed = needs.filter((need) => known.get(need.id)?.at !== need.at)
  if (changed.length > 0) setKnown(new Map([...known, ...changed.map((need) => [need.id, need] as const)].slice(-2000)))
  const rows = next.flatMap((id) => {
    const need = needs.find((one) => one.id === id)
    const gone = known.get(id)
    return need ? [{ need, isOpen: true }] : gone ? [{ need: gone, isOpen: false }] : []
  })
  return {
    rows,
    news: open.filter((id) => !next.includes(id)).length,
    hold: { onPointerEnter: () => setHeld(true), onPointerLeave: () => setHeld(false) },
    release: () => setHeld(false),
  }
}

/** One ask, wherever it is: open, answered today, or older. */
export function useAsk(id: string | undefined) {
  const open = useOpenAsks()
  const answered = useQuery(answeredAsksQuery())
  const listed = open.asks.find((ask) => ask.id === id) ?? answered.data?.asks.find((ask) => ask.id === id)
  const isAsk = id?.startsWith('ask_') === true
  const one = useQuery({ ...askQuery(id ?? ''), enabled: isAsk && !listed && open.isRead, staleTime: 0 })
  return { ask: listed ?? one.data, error: listed ? null : one.error }
}
