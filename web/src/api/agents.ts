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

/** Between turns the program stays alive. Lists carry no pid, so its last status decides. */
const between: ReadonlySet<AgentReason> = new Set(['ready', 'turn_done', 'interrupted', 'api'])

type Running = Pick<Agent, 'status' | 'statusReason' | 'pid'>

/** One of its launches is alive: it accepts messages now, and can be stopped. Every page decides by this alone. */
export function isAlive(agent: Running): boolean {
  return agent.pid !== undefined || isBusy(agent) || between.has(agent.statusReason)
}

/** A turn is running or waiting for the user. */
export function isBusy({ status }: Pick<Agent, 'status'>): boolean {
  return status === 'running' || status === 'waiting'
}

/** Comments on its diff can go to it: it reads prompts, and was not archived. */
export function takesComments({ adapter, deletedAt }: Agent): boolean {
  return adapter !== 'terminal' && deletedAt === undefined
}
