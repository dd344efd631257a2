import type { Agent, AgentOverview, AgentReason, WorktreeDetail } from '~/api/generated'

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

/** Between turns the program stays alive. A list of agents has no pid, so the last status decides there. */
const between: ReadonlySet<AgentReason> = new Set(['ready', 'turn_done', 'interrupted', 'api'])
/** An error of a program that goes on when it is over: its turn has not ended. */
const held: ReadonlySet<AgentReason> = new Set(['no_room', 'suspended'])

type Running = Pick<AgentOverview, 'isRunning'> | Pick<Agent, 'status' | 'statusReason' | 'pid'>

/** One of its launches is alive: it accepts messages now, and can be stopped. Every page decides by this alone. */
export function isAlive(agent: Running): boolean {
  if ('isRunning' in agent) return agent.isRunning
  return agent.pid !== undefined || isBusy(agent) || between.has(agent.statusReason)
}

/** A turn is running, waiting for the user, or held up. */
export function isBusy({ status, statusReason }: Pick<Agent, 'status' | 'statusReason'>): boolean {
  return status === 'running' || status === 'waiting' || held.has(statusReason)
}

/** Comments on its diff can go to it: it reads prompts, and was not archived. */
export function takesComments({ adapter, deletedAt }: Agent): boolean {
  return adapter !== 'terminal' && deletedAt === undefined
}
