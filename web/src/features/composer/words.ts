import type { Agent, AgentMode, AgentPermission, MessageWait } from '~/api/generated'
import { isAlive, isBusy } from '~/api/agents'

const waits: Record<MessageWait, string> = {
  delivery: 'on its way',
  order: 'after the one before',
  start: 'waits for the agent to start',
  stop: 'waits until the agent has stopped',
  ready: 'waits for the session to open',
  restoring: 'waits until the log is read again',
  session_lost: 'waits for your word on the lost prompt',
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

/** What the agent may do without asking, in two words. */
export function accessText(mode: AgentMode, permissions: readonly AgentPermission[]): string {
  if (mode === 'plan') return 'Plans first'
  if (mode === 'auto') return 'Accepts edits'
  const [edits, runs] = [permissions.includes('write'), permissions.includes('execute')]
  if (edits && runs) return 'Edits and runs'
  if (edits) return 'Edits, asks to run'
  return runs ? 'Runs, asks to edit' : 'Asks first'
}

export const modes = [
  { value: 'regular', label: 'Ask first', hint: 'Asks before what its permissions do not cover' },
  { value: 'plan', label: 'Plan first', hint: 'You review a plan before it changes anything' },
  { value: 'auto', label: 'Accept edits', hint: 'Edits without asking' },
] as const satisfies readonly { value: AgentMode; label: string; hint: string }[]

export const permissionWords = [
  { value: 'read', label: 'Read and search' },
  { value: 'write', label: 'Write and edit files' },
  { value: 'execute', label: 'Run commands' },
] as const satisfies readonly { value: AgentPermission; label: string }[]

export const efforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const
