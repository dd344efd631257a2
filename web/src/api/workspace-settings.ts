import type { Events } from '~/api/generated'
import { liveQuery, readQuery } from '~/api/live'
import type { StreamEvent } from '~/api/wire'

type Change = Events['workspace_updated']['change']

/** Read again when the workspace reports one of these changes. */
function refetchOn(changes: readonly Change[]) {
  return <T>(body: T, event: StreamEvent): T | 'refetch' => (event.type === 'workspace_updated' && changes.includes(event.payload.change) ? 'refetch' : body)
}

const topic = (workspaceId: string) => [`workspace/${workspaceId}`]

export const profilesQuery = (workspaceId: string) =>
  liveQuery('list_launch_profiles', { workspaceId }, topic(workspaceId), refetchOn(['profile_added', 'profile_removed', 'profile_updated']))
/** The branch on which the worktrees of a workspace land. */
export const baseQuery = (workspaceId: string) => liveQuery('get_base_branch', { workspaceId }, topic(workspaceId), refetchOn(['base_changed']))
export const copiedQuery = (workspaceId: string) => readQuery('get_copied_files', { workspaceId })
export const hostQuery = (workspaceId: string) => readQuery('get_host', { workspaceId })
