import { queryOptions } from '@tanstack/react-query'
import { call } from '~/api/client'
import { liveQuery, type Fold } from '~/api/live'
import type { Checkpoints_ } from '~/api/generated'

/** The newest ones; a picker that lists thousands helps nobody. */
const mostCheckpoints = 40

function foldCheckpoints(worktreeId: string): Fold<Checkpoints_> {
  return (list, event) => {
    if (event.type !== 'checkpoint_added' || event.payload.worktreeId !== worktreeId) return list
    const others = list.checkpoints.filter(({ id }) => id !== event.payload.id)
    return { ...list, checkpoints: [event.payload, ...others].slice(0, mostCheckpoints) }
  }
}

export const checkpointsQuery = (workspaceId: string, worktreeId: string) =>
  liveQuery('list_checkpoints', { workspaceId, worktreeId, limit: mostCheckpoints }, [`workspace/${workspaceId}`], foldCheckpoints(worktreeId))

/** The whole message of the last commit, to be corrected. */
export const headMessageQuery = (ids: { workspaceId: string; worktreeId: string }, head: string) =>
  queryOptions({ queryKey: ['head_message', ids, head], queryFn: async () => (await call('get_git_status', ids)).body.headMessage ?? '', staleTime: Infinity })

export const lastCommitMost = 100

/** What the last commit has changed. */
export const lastCommitQuery = (ids: { workspaceId: string; worktreeId: string }, head: string) =>
  queryOptions({ queryKey: ['last_commit', ids, head], queryFn: async () => (await call('get_worktree_diff', { ...ids, from: 'parent', to: 'head', hunks: false, limit: lastCommitMost })).body, staleTime: Infinity })
