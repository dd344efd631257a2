import type { Checkpoint, Checkpoints_ } from '~/api/generated'
import { liveQuery, type Fold } from '~/api/live'

const most = 200

function withCheckpoint(all: readonly Checkpoint[], one: Checkpoint): Checkpoint[] {
  return [one, ...all.filter(({ id }) => id !== one.id)]
}

const foldCheckpoints =
  (agentId: string): Fold<Checkpoints_> =>
  (page, event) =>
    event.type === 'checkpoint_added' && event.payload.agentId === agentId ? { ...page, checkpoints: withCheckpoint(page.checkpoints, event.payload) } : page

/** The newest checkpoints of an agent; a new one comes with its event. */
export const agentCheckpointsQuery = (workspaceId: string, worktreeId: string, agentId: string) =>
  liveQuery('list_checkpoints', { workspaceId, worktreeId, agentId, limit: most }, [`workspace/${workspaceId}`], foldCheckpoints(agentId))
