import type { AgentOverview, Overview } from '~/api/generated'
import { visibleName } from '~/lib/visible'

/** "tidepool / retry-backoff": where an agent works. With one workspace its name is left out. */
export function placeOf(agent: AgentOverview, { workspaces, worktrees }: Overview): string {
  const worktree = worktrees.find(({ id }) => id === agent.worktreeId)
  const workspace = workspaces.find(({ workspaceId }) => workspaceId === agent.workspaceId)
  const names = [workspaces.length > 1 && workspace?.name, worktree?.name]
  return names.flatMap((name) => (name ? [visibleName(name)] : [])).join(' / ')
}
