// Checkpoints of a worktree: they are taken in the background, so who reads them waits until none is due.
import { until } from './wait.mjs'

export const checkpointsRoute = ({ id, workspaceId }) => `/api/workspaces/${workspaceId}/worktrees/${id}/checkpoints`

/** Newest first. `want` as Daemon.want; `isThere` accepts the list that is waited for. */
export async function settledCheckpoints(want, worktree, isThere = (rows) => rows.length > 0) {
  let rows
  await until(async () => {
    rows = (await want(200, 'GET', checkpointsRoute(worktree))).checkpoints
    return isThere(rows) && rows.every(({ state }) => state !== 'due')
  }, 'every checkpoint is taken')
  return rows
}
