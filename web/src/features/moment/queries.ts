import type { Checkpoint, Checkpoints_ } from '~/api/generated'
import { queryOptions } from '@tanstack/react-query'
import { call } from '~/api/client'
import { liveQuery, type Fold } from '~/api/live'

const most = 200

function withCheckpoint(all: readonly Checkpoint[], one: Checkpoint): Checkpoint[] {
  return [one, ...all.filter(({ id }) => id !== one.id)]
}

const foldCheckpoints =
  (agentId: string): Fold<Checkpoints_> =>
  (page, event) =>
    event.type === 'checkpoint_added' && event.payload.agentId === agentId ? { ...page, checkpoints: withCheckpoint(page.checkpoints, event.payload) } : page

const largestPage = 1000
const mostPages = 5

type Ids = { workspaceId: string; worktreeId: string; agentId: string }

/** All that are older than the newest page, for a moment before it; `before` is where that page ends. */
export const olderCheckpointsQuery = (ids: Ids, before: number | undefined) =>
  queryOptions({
    queryKey: ['older_checkpoints', ids, before],
    queryFn: async () => {
      const found: Checkpoint[] = []
      let next = before
      for (let n = 0; n < mostPages && next !== undefined; n++) {
        const { body } = await call('list_checkpoints', { ...ids, limit: largestPage, before: next })
        found.push(...body.checkpoints)
        next = body.nextCursor
      }
      return { checkpoints: found, isCut: next !== undefined }
    },
    staleTime: Infinity,
  })

/** The newest checkpoints of an agent; a new one comes with its event. */
export const agentCheckpointsQuery = (workspaceId: string, worktreeId: string, agentId: string) =>
  liveQuery('list_checkpoints', { workspaceId, worktreeId, agentId, limit: most }, [`workspace/${workspaceId}`], foldCheckpoints(agentId))
