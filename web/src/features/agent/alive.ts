import type { Agent } from '~/api/generated'

/** A launch of it lives: it takes messages now. */
export function isAlive(agent: Agent): boolean {
  return agent.pid !== undefined || isBusy(agent)
}

/** A turn runs or waits for its user. */
export function isBusy({ status }: Agent): boolean {
  return status === 'running' || status === 'waiting'
}
