import type { Events } from '~/api/generated'
import { liveQuery, readQuery } from '~/api/live'
import type { StreamEvent } from '~/api/wire'

type Change = Events['workspace_updated']['change']

/** Read again when the workspace reports one of these changes. */
function refetchOn(changes: readonly Change[]) {
  return <T>(body: T, event: StreamEvent): T | 'refetch' => (event.type === 'workspace_updated' && changes.includes(event.payload.change) ? 'refetch' : body)
}

const topic = (workspaceId: string) => [`workspace/${workspaceId}`]

export const scriptsQuery = (workspaceId: string) =>
  liveQuery('list_scripts', { workspaceId }, topic(workspaceId), refetchOn(['script_added', 'script_removed', 'script_updated']))
export const profilesQuery = (workspaceId: string) =>
  liveQuery('list_launch_profiles', { workspaceId }, topic(workspaceId), refetchOn(['profile_added', 'profile_removed', 'profile_updated']))
export const baseQuery = (workspaceId: string) => liveQuery('get_base_branch', { workspaceId }, topic(workspaceId), refetchOn(['base_changed']))
/** Of a file in the repository, which no stream reports. */
export const proposalQuery = (workspaceId: string) => ({ ...readQuery('get_proposed_scripts', { workspaceId }), staleTime: 0 })
export const copiedQuery = (workspaceId: string) => readQuery('get_copied_files', { workspaceId })
export const hostQuery = (workspaceId: string) => readQuery('get_host', { workspaceId })
