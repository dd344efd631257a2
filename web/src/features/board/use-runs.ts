import { useQuery } from '@tanstack/react-query'
import type { AgentOverview } from '~/api/generated'
import { overviewQuery } from '~/api/overview'

/** Of a program that runs: a turn, a prompt that waits, or something in the background keeps its worktree until somebody stops it. */
export function isEngaged(agent: AgentOverview): boolean {
  return agent.status === 'running' || agent.status === 'waiting' || agent.isInTurn || agent.queueLength > 0 || (agent.backgroundCommands ?? 0) > 0
}

/** Who runs in a worktree: at rest, and at work. */
export function useRuns(worktreeId: string) {
  const agents = useQuery(overviewQuery()).data?.agents.filter((agent) => agent.worktreeId === worktreeId && agent.isRunning) ?? []
  return { idle: agents.filter((agent) => !isEngaged(agent)), engaged: agents.filter(isEngaged) }
}
