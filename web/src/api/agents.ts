import type { Agent, AgentReason, WorktreeDetail } from '~/api/generated'

/** A worktree's answer carries its agents as the agent's own encoder wrote them: rows of Agent. */
function isAgents(value: unknown): value is Agent[] {
  return Array.isArray(value)
}

export function agentsOf({ agents }: WorktreeDetail): readonly Agent[] {
  return isAgents(agents) ? agents : []
}

export function previousAgentsOf({ previousAgents }: WorktreeDetail): readonly Agent[] {
  return isAgents(previousAgents) ? previousAgents : []
}

/** Between two turns the program lives on. Lists tell no pid, so what it did last says so. */
const between: ReadonlySet<AgentReason> = new Set(['ready', 'turn_done', 'interrupted', 'api'])

/** A launch of it lives: it takes messages now. */
export function isAlive(agent: Agent): boolean {
  return agent.pid !== undefined || isBusy(agent) || between.has(agent.statusReason)
}

/** A turn runs or waits for its user. */
export function isBusy({ status }: Agent): boolean {
  return status === 'running' || status === 'waiting'
}
