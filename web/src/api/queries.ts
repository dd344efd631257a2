import type { Agent, GitDiff, GitStatus, WorkspaceDetail } from '~/api/generated'
import { liveQuery, readQuery, type Fold } from '~/api/live'
import type { StreamEvent } from '~/api/wire'

/** Kinds on a workspace's stream that change nothing a list shows, or that have a reader of their own. */
const silent: ReadonlySet<string> = new Set(['notice', 'turn_end', 'usage', 'git_status'])

function refetchOnNews<T>(body: T, event: StreamEvent): T | 'refetch' {
  return silent.has(event.type) ? body : 'refetch'
}

const foldAgent: Fold<Agent> = (agent, event) => {
  switch (event.type) {
    case 'status': {
      const { status, reason, source, since, detail } = event.payload
      const { statusSince: _since, statusDetail: _detail, ...rest } = agent
      return {
        ...rest,
        status,
        statusReason: reason,
        statusSource: source,
        ...(since !== undefined && { statusSince: since }),
        ...(detail !== undefined && { statusDetail: detail }),
      }
    }
    case 'context':
      return { ...agent, contextLevel: event.payload.level }
    case 'session':
      return { ...agent, sessionId: event.payload.sessionId }
    case 'exit':
      return 'refetch'
    default:
      return agent
  }
}

function foldGit(worktreeId: string): Fold<GitStatus> {
  return (git, event) =>
    event.type === 'git_status' && event.payload.worktreeId === worktreeId ? (event.payload.status ?? 'refetch') : git
}

function foldDiff(worktreeId: string): Fold<GitDiff> {
  return (diff, event) => (event.type === 'git_status' && event.payload.worktreeId === worktreeId ? 'refetch' : diff)
}

export const systemQuery = () => readQuery('get_system', {})
export const workspacesQuery = () => liveQuery('list_workspaces', {}, 'app', refetchOnNews)
export const workspaceQuery = (workspaceId: string) =>
  liveQuery('get_workspace', { workspaceId }, `workspace/${workspaceId}`, refetchOnNews<WorkspaceDetail>)
export const agentQuery = (agentId: string) => liveQuery('get_agent', { agentId }, `agent/${agentId}`, foldAgent)
export const openAsksQuery = () => liveQuery('list_asks', { state: 'open' }, 'inbox', refetchOnNews)
export const usageQuery = () => liveQuery('get_usage', {}, 'usage', () => 'refetch')
export const foldersQuery = (path: string | undefined) =>
  readQuery('browse_folders', path === undefined ? {} : { path })
export const branchesQuery = (workspaceId: string, worktreeId: string) =>
  readQuery('list_branches', { workspaceId, worktreeId })
export const diffQuery = (workspaceId: string, worktreeId: string) =>
  liveQuery('get_worktree_diff', { workspaceId, worktreeId }, `workspace/${workspaceId}`, foldDiff(worktreeId))
export const gitQuery = (workspaceId: string, worktreeId: string) =>
  liveQuery('get_git_status', { workspaceId, worktreeId }, `workspace/${workspaceId}`, foldGit(worktreeId))
