import type { Checks, Landings, LandingPlan, LandQueue, LandQueueFound, Radar, ScriptRun } from '~/api/generated'
import { liveQuery, readQuery, type Fold } from '~/api/live'
import { isQueue, type Heads } from '~/features/landing/progress'
import { isObject } from '~/lib/json'
import { createStore } from '~/lib/store'

/** The row that a workspace's event carries: the daemon encoded it by the run's shape. */
function isRun(value: unknown): value is ScriptRun {
  return isObject(value) && typeof value['scriptId'] === 'string' && typeof value['state'] === 'string'
}

function foldChecks(worktreeId: string): Fold<Checks> {
  return (body, event) => {
    if (event.type !== 'workspace_updated') return body
    const { change, data } = event.payload
    if (change === 'script_added' || change === 'script_removed' || change === 'script_updated') return 'refetch'
    if (change !== 'script_run' || !isRun(data) || data.worktreeId !== worktreeId || data.kind !== 'check') return body
    const at = body.checks.findIndex(({ scriptId }) => scriptId === data.scriptId)
    return { checks: at < 0 ? [...body.checks, data] : body.checks.with(at, data) }
  }
}

export const checksQuery = (workspaceId: string, worktreeId: string) =>
  liveQuery('list_checks', { workspaceId, worktreeId }, [`workspace/${workspaceId}`], foldChecks(worktreeId))

const changesPlans: ReadonlySet<string> = new Set(['worktree_added', 'worktree_removed', 'script_run', 'base_changed', 'landed', 'landing_undone'])

/** An order, which pairs conflict, and what can be undone follow from all worktrees at once: no event carries them. */
function foldPlan<T extends LandingPlan | Landings | Radar>(body: T, event: Parameters<Fold<T>>[1]): T | 'refetch' {
  if (event.type === 'git_status') return 'refetch'
  return event.type === 'workspace_updated' && changesPlans.has(event.payload.change) ? 'refetch' : body
}

export const planQuery = (workspaceId: string) => liveQuery('plan_landing', { workspaceId }, [`workspace/${workspaceId}`], foldPlan<LandingPlan>)
export const radarQuery = (workspaceId: string) => liveQuery('get_radar', { workspaceId }, [`workspace/${workspaceId}`], foldPlan<Radar>)

const landableMs = 30_000

/** In which workspaces something can land: no event says so, and only the numbers beside their names depend on it. */
export const landableQuery = () => ({ ...readQuery('list_landable', {}), staleTime: landableMs / 3, refetchInterval: landableMs })

/** Queues that ran while this page was open, each with the commits of its worktrees as it was first seen. */
export const followed = createStore<ReadonlyMap<string, Heads>>(new Map())

export function noteFollowed(queue: LandQueue) {
  const heads = new Set(queue.rows.flatMap(({ headId }) => headId ?? []))
  if (!followed.get().has(queue.id)) followed.set((now) => new Map([...now, [queue.id, heads]]))
}

function note({ queue }: LandQueueFound) {
  if (queue?.state === 'running') noteFollowed(queue)
}

/** An undo changes its row. */
const foldQueue: Fold<LandQueueFound> = (body, event) => {
  if (event.type !== 'workspace_updated') return body
  const { change, data } = event.payload
  if (change === 'landing_undone') return 'refetch'
  if (change !== 'land_queue' || !isQueue(data)) return body
  note(body)
  note({ queue: data })
  return { queue: data }
}

export const landQueueQuery = (workspaceId: string) => liveQuery('get_land_queue', { workspaceId }, [`workspace/${workspaceId}`], foldQueue)

const mostLandings = 20

/** What has landed, the newest first. */
export const landingsQuery = (workspaceId: string) => liveQuery('list_landings', { workspaceId, limit: mostLandings }, [`workspace/${workspaceId}`], foldPlan<Landings>)
