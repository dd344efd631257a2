import { useQueries, useQuery } from '@tanstack/react-query'
import { trashQuery, workspacesQuery } from '~/api/workspace-queries'
import { overviewQuery } from '~/api/overview'
import { archivedQuery, checkpointQuery, checkpointsQuery, salvagesQuery } from '~/api/recovery'
import { useSetting } from '~/api/settings'
import { useNow } from '~/lib/clock'
import { agentRow, checkpointRow, lockRow, namesOf, newestOf, restTexts, salvageRow, sameFiles, spokesmanOf, trashRow, type AnyRow, type Kind } from '~/features/recovery/rows'

/** Checkpoints are read worktree by worktree: of so many at once, and unasked only of a few. */
const mostWorktrees = 40
const fewWorktrees = 12

const minuteMs = 60_000

function useDays(name: string, fallback: number): number {
  return Number(useSetting(name) ?? fallback)
}

/** A checkpoint that the address names, which may be older than those that are listed. */
export type Asked = { at?: string | undefined; w?: string | undefined; wt?: string | undefined }

/** Everything that was set aside, and what could not be read of it. */
export function useRows(kind: Kind, { at = '', w = '', wt = '' }: Asked) {
  // By the minute, so that a row does not render again for a date.
  const now = Math.floor(useNow() / minuteMs) * minuteMs
  const trash = useQuery(trashQuery())
  const overview = useQuery(overviewQuery())
  const archived = useQuery(archivedQuery())
  const workspaces = useQuery(workspacesQuery())
  const open = workspaces.data?.workspaces ?? []
  const salvages = useQueries({ queries: open.map(({ id }) => salvagesQuery(id)) })
  // Also those whose agents are all archived: nothing else restores their checkpoints.
  const worktrees = overview.data?.worktrees ?? []
  const most = kind === 'checkpoints' ? mostWorktrees : worktrees.length <= fewWorktrees ? fewWorktrees : 0
  const checkpoints = useQueries({ queries: worktrees.slice(0, most).map(({ id, workspaceId }) => checkpointsQuery(workspaceId, id)) })
  const named = useQuery({ ...checkpointQuery(w, wt, at), enabled: at !== '' && w !== '' && wt !== '', retry: false })
  const keep = {
    salvageDays: useDays('retention.salvage_days', 0),
    checkpointDays: useDays('retention.checkpoint_days', 30),
    agentDays: useDays('retention.archived_days', 0),
  }
  const names = namesOf(overview.data ?? { workspaces: [], worktrees: [], agents: [], hasMore: false })
  const place = { names, now, keep }
  const allSalvages = salvages.flatMap(({ data }, nth) => (data?.salvages ?? []).map((salvage) => ({ salvage, workspaceId: open[nth]?.id ?? '' })))
  const newestSalvages = newestOf(allSalvages.map(({ salvage: { id, worktreeId, madeAt } }) => ({ id, worktreeId, at: madeAt })))
  const allCheckpoints = checkpoints.flatMap(({ data }) => data?.checkpoints ?? []).filter(({ state }) => state === 'taken')
  if (named.data && !allCheckpoints.some(({ id }) => id === at)) allCheckpoints.push(named.data.checkpoint)
  const newestCheckpoints = newestOf(allCheckpoints)
  const rows: AnyRow[] = [
    ...(trash.data?.entries ?? []).map((entry) => trashRow(entry, place)),
    ...allSalvages.map(({ salvage, workspaceId }) => salvageRow(salvage, workspaceId, newestSalvages.has(salvage.id), place)),
    ...sameFiles(allCheckpoints).flatMap((same) => {
      const one = spokesmanOf(same, at)
      return one ? checkpointRow(one, same, same.some(({ id }) => newestCheckpoints.has(id)), place) : []
    }),
    ...(archived.data?.agents ?? []).map((agent) => agentRow(agent, place)),
    ...worktrees.flatMap((worktree) => lockRow(worktree, place) ?? []),
  ]
  const all = [trash, overview, archived, workspaces, ...salvages, ...checkpoints]
  const failed = all.find(({ error }) => error !== null)
  const rest = restTexts(kind, {
    salvages: salvages.reduce((n, { data }) => n + (data ? data.total - data.salvages.length : 0), 0),
    cutWorktrees: checkpoints.filter(({ data }) => data?.nextCursor !== undefined).length,
    unreadWorktrees: Math.max(0, worktrees.length - most),
    hasMoreAgents: archived.data?.hasMore === true,
  })
  return {
    rows,
    names,
    keep,
    /** What is kept and not listed, in sentences. */
    rest,
    trash: trash.data,
    error: failed?.error ?? null,
    isPending: trash.isPending || overview.isPending || archived.isPending || workspaces.isPending || salvages.some((one) => one.isPending),
    /** Whether what the address names may still be read. */
    isLooking: named.isLoading || checkpoints.some((one) => one.isLoading),
    refetch: () => all.forEach((one) => void (one.isEnabled && one.refetch())),
  }
}
