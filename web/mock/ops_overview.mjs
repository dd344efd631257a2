// The overview of the mock: every workspace, worktree and agent as one row.
import { orgTopic } from './world.mjs'

function worktreeRow({ id, workspaceId, name, branch, path, sortMode, displayOrder, isMain, git, files, error }) {
  const sum = (key) => files.reduce((n, file) => n + (file[key] ?? 0), 0)
  const counts = Object.fromEntries(['staged', 'modified', 'untracked', 'conflicted'].map((list) => [list, git[list].length]))
  return { id, workspaceId, name, branch, isDetached: false, path, sortMode, displayOrder, isMain, ahead: git.ahead, behind: git.behind, ...counts, added: sum('added'), removed: sum('removed'), ...(error && { error }) }
}

export const overviewOps = {
  get_overview: (world) => {
    const workspaces = [...world.workspaces.values()].map(({ id, name, path }) => ({ workspaceId: id, name, path }))
    const agents = [...world.agents.values()].filter(({ deletedAt }) => !deletedAt).map((agent) => world.overviewOf(agent))
    const body = { workspaces, worktrees: [...world.worktrees.values()].map(worktreeRow), agents, hasMore: false }
    return { body, cursors: [world.streams.cursor(orgTopic('overview'))] }
  },
}
