// Cloning: an address with "refuses" fails, one with "slow" goes on until it is cancelled (slownessMs holds back its answer), every
// other one is done at once.
import { ApiError, newId, notFound, orgTopic } from './world.mjs'

const rowsOf = (world) => (world.clones ??= new Map())

function change(world, row, fields) {
  Object.assign(row, fields)
  if (row.state === 'running' || row.state === 'failed') rowsOf(world).set(row.id, row)
  else rowsOf(world).delete(row.id)
  world.streams.emit(orgTopic('overview'), 'clone_changed', { ...row })
}

function rowOf(world, { cloneId }) {
  const row = rowsOf(world).get(cloneId)
  if (!row) throw notFound('clone')
  return row
}

export const cloneOps = {
  list_clones: (world) => {
    const clones = [...rowsOf(world).values()].toReversed().map((row) => ({ ...row }))
    return { body: { clones, folder: '/home/me/src' }, cursors: [world.streams.cursor(orgTopic('overview'))] }
  },
  clone_repository: (world, { url, path }) => {
    if (url.startsWith('http:')) throw new ApiError(400, 'VALIDATION_ERROR', 'the address is one of a transport that is not encrypted: use https:// or ssh://', { url: ['is not encrypted'] })
    for (const row of rowsOf(world).values()) if (row.path === path) rowsOf(world).delete(row.id)
    const row = { id: newId('cln'), url, path, step: 'receive', done: 210, total: 420, tail: 'Receiving objects:  50% (210/420), 1.20 MiB | 3.40 MiB/s', startedAt: world.now() }
    change(world, row, { state: 'running' })
    if (url.includes('refuses')) {
      const error = 'could not clone it: the remote accepts none of your ssh keys: add one to your ssh agent'
      change(world, row, { state: 'failed', step: 'connect', done: 0, total: 0, tail: 'git@refuses.example.org: Permission denied (publickey).', error, endedAt: world.now() })
      throw new ApiError(409, 'CONFLICT', error, { clone: [row.id] })
    }
    if (url.includes('slow')) throw new ApiError(409, 'CONFLICT', 'the clone was cancelled; nothing of it is left', { clone: [row.id] })
    const workspace = world.addWorkspace(path.split('/').pop(), path)
    change(world, row, { state: 'done', workspaceId: workspace.id, endedAt: world.now() })
    return { body: { ...workspace, worktreeCount: 1, agentCount: 0 }, status: 201 }
  },
  cancel_clone: (world, input) => {
    change(world, rowOf(world, input), { state: 'cancelled', endedAt: world.now() })
    return { status: 204 }
  },
  dismiss_clone: (world, input) => {
    change(world, rowOf(world, input), { state: 'dismissed' })
    return { status: 204 }
  },
}
