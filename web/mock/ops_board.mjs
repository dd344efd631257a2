// What the board does to worktrees and agents: names, places, forks.
import { ApiError, newId, notFound } from './world.mjs'

const get = (map, id, what) => {
  const found = map.get(id)
  if (!found) throw notFound(what)
  return found
}

/** New places for rows of which `ids` are all. */
function reorder(map, ids, what, emit) {
  const rows = ids.map((id) => get(map, id, what))
  rows.forEach((row, order) => Object.assign(row, { displayOrder: order }))
  rows.forEach(emit)
  return rows.map(({ id, displayOrder: order }) => ({ id, order }))
}

const plain = ({ id, workspaceId, name, branch, path, sortMode, displayOrder, isMain, isDetached, createdAt, updatedAt }) => ({ id, workspaceId, name, branch, path, sortMode, displayOrder, isMain, isDetached, createdAt, updatedAt })

export const boardOps = {
  get_worktree: (world, { worktreeId }) => {
    const worktree = get(world.worktrees, worktreeId, 'worktree')
    return { body: { ...plain(worktree), isMissing: worktree.isMissing, agents: [], previousAgents: [], previousAgentCount: 0 } }
  },
  update_worktree: (world, { worktreeId, name }) => {
    const worktree = get(world.worktrees, worktreeId, 'worktree')
    if (name === 'taken') throw new ApiError(409, 'CONFLICT', 'Another worktree has this name.')
    Object.assign(worktree, { name })
    world.emitWorktree(worktree, 'updated')
    return { body: plain(worktree) }
  },
  reorder_agents: (world, { agentIds }) => ({ body: { agents: reorder(world.agents, agentIds, 'agent', (agent) => world.emitAgentChange(agent, 'agent_updated')) } }),
  reorder_worktrees: (world, { worktreeIds }) => ({ body: { worktrees: reorder(world.worktrees, worktreeIds, 'worktree', (worktree) => world.emitWorktree(worktree, 'updated')) } }),
  fork_agent: (world, { agentId }) => {
    const agent = get(world.agents, agentId, 'agent')
    const fork = world.addAgent(get(world.worktrees, agent.worktreeId, 'worktree'), { name: `${agent.name} 2`, mode: agent.mode })
    fork.sessionId = newId('ses')
    return { body: fork, status: 201 }
  },
}
