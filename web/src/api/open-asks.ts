import { useQueries, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { foldOpenAsks } from '~/api/asks'
import type { AgentOverview, Ask } from '~/api/generated'
import { liveQuery } from '~/api/live'
import { overviewQuery } from '~/api/overview'
import { mostAsks, openAsksQuery } from '~/api/queries'

/** So many agents are read one by one where one list does not hold all; the next ones follow as these are answered. */
const mostBehind = 20

const ofAgent = (agentId: string) => liveQuery('list_asks', { state: 'open', subjectId: agentId, limit: mostAsks }, ['inbox/'], foldOpenAsks)

type Waiting = Pick<AgentOverview, 'id' | 'openAsks' | 'askAt'>

/**
 * Agents with open asks that are not in the list of the newest: those that wait longest first. `first`: an agent that is looked at,
 * whoever waits longer.
 */
export function behind(listed: readonly Pick<Ask, 'subjectId'>[], agents: readonly Waiting[], first?: string): string[] {
  if (listed.length < mostAsks) return []
  const known = new Map<string, number>()
  for (const { subjectId } of listed) known.set(subjectId, (known.get(subjectId) ?? 0) + 1)
  const rank = ({ id }: Waiting) => (id === first ? 0 : 1)
  return agents
    .filter(({ id, openAsks }) => openAsks > (known.get(id) ?? 0))
    .toSorted((a, b) => rank(a) - rank(b) || (a.askAt ?? '').localeCompare(b.askAt ?? ''))
    .slice(0, mostBehind)
    .map(({ id }) => id)
}

/** True from then on: what is read later changes nothing about it. */
function useOnce(isNow: boolean): boolean {
  const [was, setWas] = useState(false)
  if (isNow && !was) setWas(true)
  return was || isNow
}

/** The open asks: the newest, and where there are more than one list holds, those that wait longest. `total` counts all. */
export function useOpenAsks(agentId?: string) {
  const newest = useQuery(openAsksQuery())
  const agents = useQuery(overviewQuery()).data?.agents
  const listed = newest.data?.asks ?? []
  const reads = useQueries({ queries: behind(listed, agents ?? [], agentId).map(ofAgent) })
  const others = reads.flatMap(({ data }) => data?.asks ?? [])
  const asks = [...new Map([...others, ...listed].map((ask) => [ask.id, ask])).values()]
  const isWhole = listed.length < mostAsks || (agents !== undefined && reads.every(({ isPending }) => !isPending))
  const isRead = newest.data !== undefined && isWhole
  const counted = (agents ?? []).reduce((sum, { openAsks }) => sum + openAsks, 0)
  return { asks, total: listed.length < mostAsks ? asks.length : Math.max(asks.length, counted), isRead: useOnce(isRead), error: newest.error, refetch: newest.refetch }
}
