import { useQuery } from '@tanstack/react-query'
import type { AgentOverview, AgentReason } from '~/api/generated'
import { overviewQuery } from '~/api/overview'

const restReasons: ReadonlySet<AgentReason> = new Set(['ready', 'turn_done', 'interrupted', 'api'])

/** A program runs, but no turn, no prompt waits, and nothing is in the background: it is stopped with its worktree. */
function isIdle({ statusReason, queueLength, backgroundCommands = 0 }: AgentOverview): boolean {
  return restReasons.has(statusReason) && queueLength === 0 && backgroundCommands === 0
}

/** It keeps its worktree until somebody stops it. */
function isEngaged(agent: AgentOverview): boolean {
  return agent.status === 'running' || agent.status === 'waiting' || (restReasons.has(agent.statusReason) && !isIdle(agent))
}

/** Who runs in a worktree: at rest, and at work. */
export function useRuns(worktreeId: string) {
  const agents = useQuery(overviewQuery()).data?.agents.filter((agent) => agent.worktreeId === worktreeId) ?? []
  return { idle: agents.filter(isIdle), engaged: agents.filter(isEngaged) }
}
