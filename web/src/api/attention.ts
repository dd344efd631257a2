import { agentsOf } from '~/api/agents'
import type { Agent, AgentStatusWord, WorkspaceDetail } from '~/api/generated'

/** Who needs a person comes first. The order says it once, for every list. */
export const attentionOrder = ['waiting', 'error', 'running', 'finished'] as const satisfies readonly AgentStatusWord[]

export function byAttention(a: Agent, b: Agent): number {
  return attentionOrder.indexOf(a.status) - attentionOrder.indexOf(b.status) || a.displayOrder - b.displayOrder
}

export function agentsByAttention(workspace: WorkspaceDetail | undefined): readonly Agent[] {
  return (workspace?.worktrees.flatMap(agentsOf) ?? []).sort(byAttention)
}
