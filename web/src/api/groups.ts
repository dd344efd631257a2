import type { AgentOverview, Overview, WorktreeOverview } from '~/api/generated'
import { lookOf, type Look } from '~/lib/status'

export type Group = 'needs' | 'working' | 'finished' | 'quiet'

const groups: Record<Look, Group> = {
  waiting: 'needs',
  error: 'needs',
  running: 'working',
  retrying: 'working',
  held: 'working',
  finished: 'finished',
  stopped: 'quiet',
  idle: 'quiet',
  offline: 'quiet',
}

/**
 * The place of an agent in every list: what needs a person, what works, what has finished, and the rest. Whose ask has just been answered
 * needs nobody, although its status follows only when its program has the answer.
 */
export function groupOf({ statusReason, openAsks }: Pick<AgentOverview, 'statusReason' | 'openAsks'>): Group {
  const look = lookOf(statusReason)
  return look === 'waiting' && openAsks === 0 ? 'working' : groups[look]
}

/** Since when it is as it is: since its oldest ask, else since its status. */
export function sinceOf(agent: AgentOverview): string {
  return agent.askAt ?? agent.statusSince ?? ''
}

export type Groups = Record<'needs' | 'working' | 'finished', readonly AgentOverview[]>

const byAge = (a: AgentOverview, b: AgentOverview) => sinceOf(a).localeCompare(sinceOf(b)) || a.id.localeCompare(b.id)
const byNews = (a: AgentOverview, b: AgentOverview) => byAge(b, a)

/** Who needs a person, the oldest ask or failure first; work by its age; of the finished those that were not looked at, the newest first. */
export function groupsOf({ agents }: Pick<Overview, 'agents'>, isSeen: (agent: AgentOverview) => boolean): Groups {
  const of = (group: Group) => agents.filter((agent) => groupOf(agent) === group)
  return {
    needs: of('needs').sort(byAge),
    working: of('working').sort(byAge),
    finished: of('finished')
      .filter((agent) => !isSeen(agent))
      .sort(byNews),
  }
}

/** Something in it is not committed. */
export function isDirty({ staged = 0, modified = 0, untracked = 0 }: WorktreeOverview): boolean {
  return staged + modified + untracked > 0
}

/** Its turns are over, and nothing there works or waits. */
function isDone(worktree: WorktreeOverview, agents: readonly AgentOverview[]): boolean {
  const own = agents.filter(({ worktreeId }) => worktreeId === worktree.id)
  return !worktree.isMain && own.length > 0 && own.every((agent) => groupOf(agent) === 'finished')
}

/** Its work is committed, base lacks it, and nobody is in the middle of a turn there: as the page Landing has it, it can be landed. */
export function isReady(worktree: WorktreeOverview, agents: readonly AgentOverview[]): boolean {
  const isBusy = agents.some((agent) => agent.worktreeId === worktree.id && agent.isInTurn)
  return !worktree.isMain && !isBusy && !isDirty(worktree) && (worktree.baseAhead ?? 0) > 0 && worktree.isLanded !== true
}

/** Its agents are done and left what is not committed: somebody reads it and commits it. */
export function isToReview(worktree: WorktreeOverview, agents: readonly AgentOverview[]): boolean {
  return isDone(worktree, agents) && isDirty(worktree)
}

/** How many things in the inbox wait for somebody: asks, and agents that failed. */
export function inboxCount(agents: readonly AgentOverview[]): number {
  return agents.reduce((n, agent) => n + (agent.openAsks > 0 ? agent.openAsks : lookOf(agent.statusReason) === 'error' ? 1 : 0), 0)
}

/** How many of its agents need somebody, failed, work or have finished: what a folded row shows. */
export function countLooks(agents: readonly AgentOverview[]): readonly { look: Look; count: number }[] {
  const counts = new Map<Look, number>()
  for (const { statusReason } of agents) counts.set(lookOf(statusReason), (counts.get(lookOf(statusReason)) ?? 0) + 1)
  const shown: readonly Look[] = ['waiting', 'error', 'running', 'retrying', 'held']
  return shown.flatMap((look) => (counts.has(look) ? [{ look, count: counts.get(look) ?? 0 }] : []))
}
