import type { Files } from '~/api/generated'
import { refetchOnFiles } from '~/api/folds'
import { liveQuery, readQuery } from '~/api/live'

type Ids = { workspaceId: string; worktreeId: string }

/** As many entries as one page has. */
const mostEntries = 500


export const folderQuery = ({ workspaceId, worktreeId }: Ids, folder: string, after: string) => ({
  ...liveQuery(
    'list_files',
    { workspaceId, worktreeId, limit: mostEntries, ...(folder !== '' && { path: folder }), ...(after !== '' && { after }) },
    [`workspace/${workspaceId}`],
    refetchOnFiles<Files>(worktreeId),
  ),
  retry: false,
})

export const mostFound = 50

export const findQuery = (ids: Ids, query: string) => ({ ...readQuery('find_files', { ...ids, query, limit: mostFound }), enabled: query !== '', staleTime: 5_000 })
