import { agentsOf } from '~/api/agents'
import type { Agent, AgentStatusWord, WorkspaceDetail } from '~/api/generated'

/** Agents that need a person come first. This is the one order for every list. */
export const attentionOrder = ['waiting', 'error', 'running', 'finished'] as const satisfies readonly AgentStatusWord[]

export function byAttention(a: Agent, b: Agent): number {
  return attentionOrder.indexOf(a.status) - attentionOrder.indexOf(b.status) || a.displayOrder - b.displayOrder
}

export function agentsByAttention(workspace: WorkspaceDetail | undefined): readonly Agent[] {
  return (workspace?.worktrees.flatMap(agentsOf) ?? []).sort(byAttention)
}
