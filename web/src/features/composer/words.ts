import type { Agent, MessageWait } from '~/api/generated'
import { isAlive, isBusy } from '~/api/agents'

const waits: Record<MessageWait, string> = {
  delivery: 'on its way',
  order: 'after the one before',
  start: 'waits for the agent to start',
  stop: 'waits until the agent has stopped',
  ready: 'waits for the session to open',
  restoring: 'waits until the log is read again',
  session_lost: 'waits until you decide about the lost prompt',
  ask: 'waits for your answer',
  turn: 'waits until the turn ends',
}

/** Why a queued prompt waits: as the daemon said, or as it follows from the agent since then. */
export function waitText(said: MessageWait | undefined, agent: Agent, isFirst: boolean, hasLost: boolean): string {
  if (said !== undefined) return waits[said]
  if (!isFirst) return waits.order
  if (hasLost) return waits.session_lost
  if (agent.status === 'waiting') return waits.ask
  if (isBusy(agent)) return waits.turn
  return isAlive(agent) ? waits.delivery : waits.start
}

/** What Enter does now. */
export function enterText(agent: Agent): string {
  if (agent.adapter === 'terminal') return isAlive(agent) ? 'types the line' : 'starts it and types the line'
  if (isBusy(agent)) return 'queues'
  if (isAlive(agent)) return 'sends'
  return agent.isResumable ? 'resumes the agent' : 'starts the agent'
}
