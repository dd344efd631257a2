import type { GitDiff, GitDiffFile, GitFileStatus } from '~/api/generated'
import { liveQuery, readQuery } from '~/api/live'

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

const reverseStatus: Partial<Record<GitFileStatus, GitFileStatus>> = { added: 'deleted', untracked: 'deleted', deleted: 'added' }

function reversedFile(file: GitDiffFile): GitDiffFile {
  const { path, oldPath, status, added, removed } = file
  const paths = status === 'renamed' && oldPath !== undefined ? { path: oldPath, oldPath: path } : {}
  return { ...file, ...paths, status: reverseStatus[status] ?? status, added: removed, removed: added }
}

/** The daemon compares with the worktree as the newer side; what goes back to the older one is the reverse. */
export function reversed(diff: GitDiff): GitDiff {
  const { files, totalAdded, totalRemoved } = diff
  return { ...diff, files: files.map(reversedFile), totalAdded: totalRemoved, totalRemoved: totalAdded }
}

/** What the worktree has now against what was set aside: `reversed`, what a restore would change. Again whenever its files change. */
export const restoreDiffQuery = (workspaceId: string, worktreeId: string, setAside: string) => ({
  ...liveQuery(
    'get_worktree_diff',
    { workspaceId, worktreeId, from: setAside, to: 'worktree', hunks: false, counts: true, limit: mostFiles },
    [`workspace/${workspaceId}`],
    (diff, event) => (event.type === 'git_status' && event.payload.worktreeId === worktreeId ? 'refetch' : diff),
  ),
  staleTime: 0,
})
