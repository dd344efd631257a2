import type { Overview, WorkspaceNews, WorktreeOverview } from '~/api/generated'

/** What of a worktree is not there, the word that matters first. */
export function goneText({ missing, path }: Pick<WorktreeOverview, 'missing' | 'path'>): string | undefined {
  if (missing === undefined) return undefined
  return missing === 'folder' ? `Its folder is gone: ${path}` : 'Its repository is gone'
}

/** Workspaces whose repository is not where it was: nothing is known about them any more. */
export function goneWorkspaces({ workspaces, worktrees }: Pick<Overview, 'workspaces' | 'worktrees'>): readonly WorkspaceNews[] {
  const gone = new Set(worktrees.filter(({ missing }) => missing === 'repository').map(({ workspaceId }) => workspaceId))
  return workspaces.filter(({ workspaceId }) => gone.has(workspaceId))
}
