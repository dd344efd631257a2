// The overview of the mock: every workspace, worktree and agent as one row, and what happened while nobody looked.
import { orgTopic } from './world.mjs'

export const overviewOps = {
  get_overview: (world) => {
    const workspaces = [...world.workspaces.values()].map(({ id, name, path }) => ({ workspaceId: id, name, path }))
    const agents = [...world.agents.values()].filter(({ deletedAt }) => !deletedAt).map((agent) => world.overviewOf(agent))
    const body = { workspaces, worktrees: [...world.worktrees.values()].map((worktree) => world.worktreeOf(worktree)), agents, hasMore: false }
    return { body, cursors: [world.streams.cursor(orgTopic('overview'))] }
  },
  get_away_digest: (world) => ({ body: world.away ?? { agents: [], landings: 0, truncated: false } }),
}

const counts = { turnsEnded: 0, failures: 0, asksOpened: 0, asksAnswered: 0, asksByRule: 0, filesChanged: 0, costMicros: 0, landings: 0 }

/** What an agent did meanwhile, for `world.away`. */
export function awayOf(world, { id: agentId, worktreeId, workspaceId, name, status }, did) {
  return { agentId, worktreeId, workspaceId, name, status, ...counts, lastAt: world.now(), ...did }
}
