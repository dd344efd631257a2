// What was set aside: salvages, checkpoints, archived agents, the trash, locks.
import { ApiError, newId, notFound } from './world.mjs'

const salvagesOf = (world) => (world.salvages ??= [])
const checkpointsOf = (world) => [...world.worktrees.values()].flatMap(({ checkpoints = [] }) => checkpoints)

function salvage(world, salvageId) {
  const found = salvagesOf(world).find(({ id }) => id === salvageId)
  if (!found) throw notFound('salvage')
  return found
}

function checkpoint(world, checkpointId) {
  const found = checkpointsOf(world).find(({ id }) => id === checkpointId)
  if (!found) throw notFound('checkpoint')
  return found
}

/** Without what only the list of all worktrees says. */
const plain = ({ worktreeId, worktreeName, isGone, workspaceId, ...row }) => row

/** Whatever is there now, as every act sets it aside first. */
function setAside(world, worktreeId, act) {
  const worktree = world.worktrees.get(worktreeId)
  const made = {
    id: newId('slv'), madeAt: world.now(), act, branch: worktree?.branch, state: 'none', commit: 'c'.repeat(40), leftOut: 0,
    worktreeId, worktreeName: worktree?.name, isGone: worktree === undefined, workspaceId: worktree?.workspaceId,
  }
  salvagesOf(world).unshift(made)
  return made
}

/** From what was set aside to the worktree, as the daemon compares: a restore shows the reverse. */
const changed = [
  { path: 'src/entries/cursor.ts', status: 'modified', added: 9, removed: 61 },
  { path: 'src/entries/query.ts', status: 'modified', added: 30, removed: 28 },
  { path: 'src/auth/login.ts', status: 'modified', added: 2, removed: 14 },
  { path: 'src/entries/tie.ts', status: 'deleted', added: 0, removed: 37 },
  { path: 'test/pages.test.ts', status: 'modified', added: 11, removed: 92 },
  { path: 'notes/cursor-ideas.md', status: 'deleted', added: 0, removed: 40 },
  { path: 'src/entries/old.ts', status: 'untracked', added: 120, removed: 0 },
  { path: 'docs/entries.md', status: 'modified', added: 1, removed: 3 },
].map((file) => ({ ...file, isBinary: false, truncated: false, hunks: [] }))

/** Whether a side names something set aside. */
export const isSetAside = (side = '') => side.startsWith('ckp_') || side.startsWith('slv_')

/** The answer to a comparison with what was set aside. */
export function restoreDiff() {
  const sum = (key) => changed.reduce((n, file) => n + file[key], 0)
  return { files: changed, totalFiles: changed.length, isTotalLeast: false, totalAdded: sum('added'), totalRemoved: sum('removed'), truncated: false }
}

/** What every salvage can be, however it was made. */
export function restoreSalvage(world, { salvageId, worktreeId, into }) {
  const found = salvage(world, salvageId)
  if (found.act === 'refused') throw new ApiError(409, 'CONFLICT', 'An agent works in this worktree: stop it first.')
  return { body: { before: plain(setAside(world, into ?? worktreeId, 'restore_salvage')) } }
}

export const recoveryOps = {
  delete_salvages: (world, { workspaceId, olderThanDays }) => {
    const isOld = (one) => one.workspaceId === workspaceId && Date.now() - Date.parse(one.madeAt) > olderThanDays * 86_400_000
    const deleted = salvagesOf(world).filter(isOld).map(({ id }) => id)
    world.salvages = salvagesOf(world).filter((one) => !isOld(one))
    return { body: { deleted, kept: [] } }
  },
  list_workspace_salvages: (world, { workspaceId }) => {
    const salvages = salvagesOf(world).filter((one) => one.workspaceId === workspaceId).map(({ workspaceId: _, ...row }) => row)
    return { body: { salvages, total: salvages.length } }
  },
  get_salvage: (world, { salvageId }) => ({
    body: { ...plain(salvage(world, salvageId)), files: [], fileCount: 412, ignored: [], staged: [{ path: 'a', mode: '100644', bytes: 1, blob: 'b'.repeat(40) }], leftOutPaths: [] },
  }),
  remove_lock: (world, { worktreeId, path }) => {
    delete world.worktrees.get(worktreeId).error
    return { body: { path, kept: `/muster/removed${path}`, salvage: plain(setAside(world, worktreeId, 'remove_lock')) } }
  },
  empty_trash: (world, { trashIds = [], acceptChanged }) => {
    const kept = trashIds.filter((id) => world.trash.get(id)?.isChanged && !acceptChanged)
    const deleted = trashIds.filter((id) => !kept.includes(id))
    const freedBytes = deleted.reduce((n, id) => n + (world.trash.get(id)?.bytes ?? 0), 0)
    for (const id of deleted) world.trash.delete(id)
    return { body: { deleted, kept: kept.map((id) => `${world.trash.get(id).name} was changed in the trash`), freedBytes } }
  },
  list_archived_agents: (world, { worktreeId }) => {
    const agents = [...world.agents.values()].filter((agent) => agent.deletedAt && (worktreeId === undefined || agent.worktreeId === worktreeId))
    return { body: { agents, hasMore: false } }
  },
  get_checkpoint: (world, { checkpointId }) => ({ body: { checkpoint: checkpoint(world, checkpointId), isLost: false, leftOutPaths: [] } }),
  restore_checkpoint: (world, { worktreeId, checkpointId }) => {
    const found = checkpoint(world, checkpointId)
    return { body: { before: plain(setAside(world, worktreeId, 'restore_checkpoint')), checkpoint: found } }
  },
}

const ago = (hours) => new Date(Date.now() - hours * 3_600_000).toISOString()

/** A few of each kind. */
export function setAsideSome(world) {
  const worktree = (name) => [...world.worktrees.values()].find((one) => one.name === name)
  const [login, search, docs] = ['fix-login', 'search', 'docs'].map(worktree)
  const add = (row, act, hours, more = {}) => Object.assign(setAside(world, row.id, act), { madeAt: ago(hours), ...more })
  add(login, 'discard_changes', 1)
  add(docs, 'land_worktree', 3)
  add(search, 'checkout_branch', 28)
  add(search, 'abort_merge', 90, { state: 'rebase' })
  const agent = [...world.agents.values()].find(({ name }) => name === 'login doctor')
  login.checkpoints = [1, 2, 3].map((turn) => ({
    id: newId('ckp'), workspaceId: login.workspaceId, worktreeId: login.id, agentId: agent.id, kind: 'turn_start', turn, at: ago(turn + 0.1), state: 'taken',
    isExact: turn !== 2, isLate: false, filesChanged: turn + 2, commitId: 'd'.repeat(40),
  }))
  const spike = world.addWorktree(world.workspaces.get(login.workspaceId), { name: 'spike/lmdb', branch: 'spike/lmdb', path: '/home/me/harbor-lmdb' })
  world.remove(spike)
  for (const entry of world.trash.values()) entry.bytes = 2.1 * 2 ** 30
  const old = world.addAgent(login, { name: 'first try' })
  old.deletedAt = ago(50)
}
