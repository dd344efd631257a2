import type { LandHow, LandingPlan, LandQueue, LandQueueRow, LandStep } from '~/api/generated'
import { isObject } from '~/lib/json'

export type Step = LandStep
/** What undo_merge takes back, and what it is shown as. */
export type Landed = { id: string; workspaceId: string; worktreeId: string; toId: string }
export type Progress =
  | { state: 'running'; step: Step; startedAt: number; detail: string }
  | { state: 'stopped'; step: Step; text: string; conflicts: readonly string[] }
  | { state: 'landed'; landing: Landed }

export type Order = {
  workspaceId: string
  worktreeId: string
  branch: string
  baseRef: string
  /** Its commit, as it is shown: the queue stops before it if it has another one by then. */
  headId: string
  how: LandHow
  message: string
  /** Land although a check has not passed. */
  ignoreChecks?: boolean
  onLanded?: () => void
}

/** What a workspace's event carries: the daemon encoded it by the queue's shape. */
export function isQueue(value: unknown): value is LandQueue {
  return isObject(value) && typeof value['id'] === 'string' && typeof value['startedBy'] === 'string' && Array.isArray(value['rows'])
}

function progressOfRow({ workspaceId }: LandQueue, row: LandQueueRow): Progress | undefined {
  const { worktreeId, step = 'merge', stepAt = '', landingId, toId, passed = 0, checks, text = '', conflicts = [] } = row
  if (row.state === 'running') return { state: 'running', step, startedAt: Date.parse(stepAt), detail: step === 'checks' && checks !== undefined ? `${passed} of ${checks}` : '' }
  if (row.state === 'stopped') return { state: 'stopped', step, text, conflicts }
  return row.state === 'landed' && landingId !== undefined && toId !== undefined ? { state: 'landed', landing: { id: landingId, workspaceId, worktreeId, toId } } : undefined
}

/** Commits of a queue's worktrees as it was first seen: a plan that still has one of them is older than the landing. */
export type Heads = ReadonlySet<string>

/**
 * Why it stopped holds as long as its worktree is what it was then: the same commit, the merge in progress, the check unmet. That
 * it landed holds until it has a commit that did not.
 */
function isOver(row: LandQueueRow, plan: LandingPlan | undefined, heads: Heads | undefined): boolean {
  const now = plan?.worktrees.find(({ worktreeId }) => worktreeId === row.worktreeId)
  if (!now) return false
  if (row.state === 'landed') return now.headId !== row.headId && heads?.has(now.headId) !== true
  if (row.state !== 'stopped') return false
  if ((row.conflicts?.length ?? 0) > 0 && !now.isDirty) return true
  return (row.headId !== undefined && now.headId !== row.headId) || (row.step === 'checks' && now.unmetChecks === 0)
}

export type QueueShown = { progress: ReadonlyMap<string, Progress>; waiting: ReadonlySet<string>; isRunning: boolean }

/**
 * What the newest queue does, by worktree. Of one that had ended before this page was opened, only where it stopped: what landed
 * then is a landing among others.
 */
export function shownOf(queue: LandQueue | undefined, plan: LandingPlan | undefined, followed: ReadonlyMap<string, Heads>): QueueShown {
  const isRunning = queue?.state === 'running'
  const progress = new Map<string, Progress>()
  const waiting = new Set<string>()
  for (const row of queue?.rows ?? []) {
    if (queue === undefined || isOver(row, plan, followed.get(queue.id))) continue
    const one = progressOfRow(queue, row)
    if (one && (one.state !== 'landed' || isRunning || followed.has(queue.id))) progress.set(row.worktreeId, one)
    if (row.state === 'waiting' && isRunning) waiting.add(row.worktreeId)
  }
  return { progress, waiting, isRunning }
}
