import type { FilePart, Files } from '~/api/generated'
import { liveQuery, readQuery, type Fold } from '~/api/live'

type Ids = { workspaceId: string; worktreeId: string }

/** As many entries as one page has. */
const mostEntries = 500

/** A change of git's state may be one of this folder; its watcher says no more. */
function refetchOnChange<T>(worktreeId: string): Fold<T> {
  return (body, event) => (event.type === 'git_status' && event.payload.worktreeId === worktreeId ? 'refetch' : body)
}

export const folderQuery = ({ workspaceId, worktreeId }: Ids, folder: string, after: string) => ({
  ...liveQuery(
    'list_files',
    { workspaceId, worktreeId, limit: mostEntries, ...(folder !== '' && { path: folder }), ...(after !== '' && { after }) },
    [`workspace/${workspaceId}`],
    refetchOnChange<Files>(worktreeId),
  ),
  retry: false,
})

export const mostFound = 50

export const findQuery = (ids: Ids, query: string) => ({ ...readQuery('find_files', { ...ids, query, limit: mostFound }), enabled: query !== '', staleTime: 5_000 })

/** The first MiB of a file, again whenever something in its worktree changed. */
export const openFileQuery = ({ workspaceId, worktreeId }: Ids, path: string) => ({
  ...liveQuery('read_file', { workspaceId, worktreeId, path }, [`workspace/${workspaceId}`], refetchOnChange<FilePart>(worktreeId)),
  staleTime: 0,
  retry: false,
})
