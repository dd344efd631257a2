import { readQuery } from '~/api/live'

/** As many rows of each kind as the page reads at once. */
export const mostKept = 200
/** Of one worktree. */
export const mostCheckpoints = 50

export const salvagesQuery = (workspaceId: string) => readQuery('list_workspace_salvages', { workspaceId, limit: mostKept })
export const salvageQuery = (workspaceId: string, worktreeId: string, salvageId: string) =>
  readQuery('get_salvage', { workspaceId, worktreeId, salvageId, limit: 1 })
export const checkpointsQuery = (workspaceId: string, worktreeId: string) =>
  readQuery('list_checkpoints', { workspaceId, worktreeId, limit: mostCheckpoints })
export const checkpointQuery = (workspaceId: string, worktreeId: string, checkpointId: string) =>
  readQuery('get_checkpoint', { workspaceId, worktreeId, checkpointId })
export const archivedQuery = () => readQuery('list_archived_agents', { limit: mostKept })

/** As many files as the daemon returns on one page. */
export const mostFiles = 200

/** What a restore would change: from what is in the worktree now to what was set aside. */
export const restoreDiffQuery = (workspaceId: string, worktreeId: string, to: string) => ({
  ...readQuery('get_worktree_diff', { workspaceId, worktreeId, from: 'worktree', to, hunks: false, counts: true, limit: mostFiles }),
  staleTime: 0,
})
