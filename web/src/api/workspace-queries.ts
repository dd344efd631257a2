// What the pages of one workspace, worktree, agent or ask read.
import { foldAnswered, foldRules } from '~/api/asks'
import { foldGit, foldOneAgent, foldTrash, foldWorkspace, refetchOnFiles, refetchOnNews } from '~/api/folds'
import type { RuleTry } from '~/api/generated'
import { liveQuery, readQuery } from '~/api/live'
import { mostAsks } from '~/api/queries'

export const workspacesQuery = () => liveQuery('list_workspaces', {}, ['overview/'], refetchOnNews)
export const workspaceQuery = (workspaceId: string) =>
  liveQuery('get_workspace', { workspaceId }, [`workspace/${workspaceId}`], foldWorkspace)
/** One trash for all workspaces. */
export const trashQuery = () => liveQuery('list_trash', {}, ['overview/'], foldTrash)
/** Its name and whether it is archived are reported on its workspace's stream, whose cursor the answer does not carry. */
export const agentQuery = (workspaceId: string, agentId: string) => ({
  ...liveQuery('get_agent', { agentId }, [`agent/${agentId}`, `workspace/${workspaceId}`], foldOneAgent),
  staleTime: 0,
})
export const answeredAsksQuery = () => liveQuery('list_asks', { state: 'answered', limit: mostAsks }, ['inbox/'], foldAnswered)
export const rulesQuery = () => liveQuery('list_rules', {}, ['inbox/'], foldRules)
/** What the agent said and did before it asked. */
export const beforeQuery = (agentId: string, at: string) => ({
  ...readQuery('get_agent_messages', { agentId, before: at, limit: 30 }),
  staleTime: Infinity,
})
/** What a rule would have decided. */
export const tryQuery = (rule: RuleTry) => ({ ...readQuery('try_rule', rule), staleTime: 30_000, retry: false })
/** With its arguments in full. */
export const askQuery = (askId: string) => readQuery('get_ask', { askId })
/** With its whole text, of which events show the beginning. */
export const messageQuery = (agentId: string, messageId: string) => readQuery('get_message', { agentId, messageId })
export const foldersQuery = (path: string | undefined) =>
  readQuery('browse_folders', path === undefined ? {} : { path })
export const branchesQuery = (workspaceId: string, worktreeId: string) =>
  readQuery('list_branches', { workspaceId, worktreeId })
/** The first MiB of a file as it is now. */
export const fileQuery = (workspaceId: string, worktreeId: string, path: string) => ({
  ...liveQuery('read_file', { workspaceId, worktreeId, path }, [`workspace/${workspaceId}`], refetchOnFiles(worktreeId)),
  staleTime: 0,
  retry: false,
})
export const gitQuery = (workspaceId: string, worktreeId: string) =>
  liveQuery('get_git_status', { workspaceId, worktreeId }, [`workspace/${workspaceId}`], foldGit(worktreeId))
