// The way onto base: the order, which worktrees meet, checks, landing and its undo.
import { changeGit } from './ops_diff.mjs'
import { changeRun, terminalOps } from './ops_terminal.mjs'
import { ApiError, newId, notFound } from './world.mjs'

const find = (world, id) => {
  const worktree = world.worktrees.get(id)
  if (!worktree) throw notFound('worktree')
  return worktree
}
const at = (world, workspaceId, body) => ({ body, cursors: [world.streams.cursor(`workspace/${workspaceId}`)] })
const pairsOf = (world) => world.pairs ?? []
const meets = (world, id) => pairsOf(world).flatMap(({ oneId, otherId, isClean }) => (isClean ? [] : oneId === id ? [otherId] : otherId === id ? [oneId] : []))

/** The newest run of each check. */
function checksOf(world, { id: worktreeId, workspaceId }) {
  const scripts = [...world.scripts.values()].filter((script) => script.workspaceId === workspaceId && script.kind === 'check')
  return scripts.map(({ id: scriptId, name, command }) => {
    const run = [...world.runs.values()].findLast((one) => one.scriptId === scriptId && one.worktreeId === worktreeId)
    if (!run) return { scriptId, workspaceId, worktreeId, kind: 'check', name, command, state: 'never', logBytes: 0, droppedBytes: 0 }
    const { log: _log, ...row } = run
    return row
  })
}

const isMet = ({ state, contentId, endContentId }, { git }) => state === 'passed' && contentId === git.contentId && endContentId === git.contentId

function planRow(world, worktree) {
  const { id: worktreeId, branch, files, git, behindBase = 0, baseConflicts = [] } = worktree
  const checks = checksOf(world, worktree)
  const sum = (key) => files.reduce((n, file) => n + file[key], 0)
  const size = { files: files.length, added: sum('added'), removed: sum('removed') }
  const state = { isDirty: !git.isClean || git.conflicted.length > 0, baseConflicts, conflictsWith: meets(world, worktreeId), checks, unmetChecks: checks.filter((check) => !isMet(check, worktree)).length }
  return { worktreeId, branch, headId: git.head ?? 'c'.repeat(40), ahead: git.ahead, behind: behindBase, ...size, ...state }
}

function whyNot({ git, isMain }) {
  if (isMain) return 'it has the base branch checked out'
  if (git.ahead > 0) return undefined
  return git.isClean ? 'it has no commits of its own' : 'it has no commits of its own; its changes are not committed'
}

/** A check ends: with `passed`, or with `failed` and a code. */
export function endCheck(world, name, state, exitCode = 0) {
  const run = [...world.runs.values()].findLast((one) => one.name === name)
  changeRun(world, run, { state, exitCode, endedAt: world.now(), endContentId: world.worktrees.get(run.worktreeId).git.contentId })
}

const emitQueue = (world) => world.emitWorkspace(world.queue.workspaceId, 'land_queue', structuredClone(world.queue))

/** A row of the queue: what stopped it, or nothing. The checks end when the test ends them. */
async function landRow(world, row, { message, ignoreChecks }) {
  const ids = { workspaceId: world.queue.workspaceId, worktreeId: row.worktreeId }
  const step = (name, more) => (Object.assign(row, { state: 'running', step: name, stepAt: world.now(), ...more }), emitQueue(world))
  const worktree = find(world, row.worktreeId)
  step('merge')
  const { body: merged } = worktree.behindBase > 0 ? landingOps.merge_base(world, ids) : { body: { conflicts: [] } }
  const conflicts = merged.conflicts.map(({ path }) => path)
  if (conflicts.length > 0) return { text: `${conflicts.length} file${conflicts.length === 1 ? '' : 's'} in conflict. The merge is open in this worktree: resolve it there, hand it to the agent, or abort it.`, conflicts }
  const unmet = ignoreChecks ? [] : checksOf(world, worktree).filter((check) => !isMet(check, worktree))
  const runs = unmet.map(({ scriptId }) => terminalOps.run_script(world, { ...ids, scriptId }).body.id)
  if (!ignoreChecks) step('checks', runs.length > 0 ? { passed: 0, checks: runs.length } : {})
  while (runs.some((id) => world.runs.get(id).state === 'running') && !world.queue.isCancelled) await soon()
  if (world.queue.isCancelled) return { text: 'Cancelled.' }
  const failed = runs.map((id) => world.runs.get(id)).find(({ state }) => state !== 'passed')
  if (failed) return { text: `${failed.name} failed with exit code ${failed.exitCode}.` }
  step('land')
  const { body: landing } = landingOps.land_worktree(world, { ...ids, how: row.how, message, ignoreChecks: true })
  Object.assign(row, { state: 'landed', landingId: landing.id, toId: landing.toId })
  emitQueue(world)
  return undefined
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 20).unref())

async function lead(world, items) {
  const { queue } = world
  for (const [n, row] of queue.rows.entries()) {
    const why = await landRow(world, row, items[n])
    if (!why) continue
    Object.assign(row, { state: 'stopped', ...why })
    return Object.assign(queue, { state: queue.isCancelled ? 'cancelled' : 'stopped' })
  }
  return Object.assign(queue, { state: 'landed' })
}

export const landingOps = {
  land_worktrees: (world, { workspaceId, worktrees }) => {
    if (world.queue && world.queue.endedAt === undefined) throw new ApiError(409, 'CONFLICT', 'worktrees of this workspace are landing already')
    world.queue = { id: newId('lnq'), workspaceId, state: 'running', startedBy: `usr_${'0'.repeat(26)}`, startedAt: world.now(), rows: worktrees.map(({ worktreeId, headId, how }) => ({ worktreeId, headId, how, state: 'waiting' })) }
    const body = structuredClone(world.queue)
    void soon().then(() => lead(world, worktrees)).then((queue) => (Object.assign(queue, { endedAt: world.now() }), emitQueue(world)))
    return { body, status: 202 }
  },
  get_land_queue: (world, { workspaceId }) => at(world, workspaceId, world.queue?.workspaceId === workspaceId ? { queue: structuredClone(world.queue) } : {}),
  cancel_land_queue: (world) => {
    world.queue.isCancelled = true
    emitQueue(world)
    return { body: structuredClone(world.queue) }
  },
  plan_landing: (world, { workspaceId }) => {
    const worktrees = world.worktreesOf(workspaceId)
    const rows = worktrees.filter((worktree) => !whyNot(worktree)).map((worktree) => planRow(world, worktree))
    rows.sort((a, b) => a.conflictsWith.length - b.conflictsWith.length || a.added + a.removed - b.added - b.removed)
    const excluded = worktrees.flatMap((worktree) => {
      const why = whyNot(worktree)
      return why === undefined ? [] : [{ worktreeId: worktree.id, branch: worktree.branch, why }]
    })
    return at(world, workspaceId, { baseRef: 'refs/heads/main', worktrees: rows, excluded, leftOut: world.notCompared?.length ?? 0 })
  },
  list_landable: (world) => {
    const counted = [...world.workspaces.values()].map(({ id }) => ({ workspaceId: id, worktrees: world.worktreesOf(id).filter((worktree) => !whyNot(worktree)).length }))
    return { body: { workspaces: counted.filter(({ worktrees }) => worktrees > 0), leftOut: 0 }, cursors: [] }
  },
  get_radar: (world, { workspaceId }) => {
    const worktrees = world.worktreesOf(workspaceId).map(({ id: worktreeId, branch, git }) => ({ worktreeId, branch, isDirty: !git.isClean, isCommittedOnly: false }))
    const notCompared = world.notCompared ?? []
    return at(world, workspaceId, { worktrees, pairs: pairsOf(world), compared: pairsOf(world).length, leftOut: notCompared.length, notCompared })
  },
  list_checks: (world, { workspaceId, worktreeId }) => at(world, workspaceId, { checks: checksOf(world, find(world, worktreeId)) }),
  merge_base: (world, { worktreeId }) => {
    const worktree = find(world, worktreeId)
    const { baseConflicts: paths = [] } = worktree
    worktree.behindBase = 0
    changeGit(world, worktree, () => ({ conflicted: paths }))
    const conflicts = paths.map((path) => ({ path, kind: 'bothModified', stages: [] }))
    return { body: { inProgress: paths.length > 0 ? 'merge' : 'none', conflicts, conflictCount: paths.length } }
  },
  abort_merge: (world, { worktreeId }) => {
    const worktree = find(world, worktreeId)
    worktree.behindBase = 1
    changeGit(world, worktree, () => ({ conflicted: [] }))
    return { body: { inProgress: 'none', conflicts: [], conflictCount: 0 } }
  },
  hand_over_conflicts: (world, { worktreeId }) => {
    const [agent] = world.agentsOf(worktreeId)
    if (!agent) throw new ApiError(409, 'CONFLICT', 'no agent works in this worktree')
    world.handedOver = worktreeId
    return { body: { agentId: agent.id, messageId: newId('msg'), conflictCount: find(world, worktreeId).git.conflicted.length }, status: 202 }
  },
  land_worktree: (world, { workspaceId, worktreeId, how, message, ignoreChecks }) => {
    const worktree = find(world, worktreeId)
    const unmet = checksOf(world, worktree).find((check) => !isMet(check, worktree))
    if (worktree.behindBase > 0) throw new ApiError(409, 'CONFLICT', 'main has commits that are not in this worktree: merge them here first')
    if (unmet && !ignoreChecks) throw new ApiError(409, 'CONFLICT', `${unmet.name} has not passed on what the worktree has now`)
    const landing = { id: newId('lnd'), workspaceId, worktreeId, baseRef: 'refs/heads/main', fromId: 'a'.repeat(40), toId: 'b'.repeat(40), headId: 'c'.repeat(40), how, landedAt: world.now(), branch: worktree.branch }
    worktree.landed = { message, ahead: worktree.git.ahead }
    for (const other of world.worktreesOf(workspaceId)) if (other !== worktree && !other.isMain) other.behindBase = (other.behindBase ?? 0) + 1
    // Squashed, its own commits stay ahead; merged, none do.
    if (how === 'squash') worktree.behindBase = 1
    else changeGit(world, worktree, () => ({ ahead: 0 }))
    world.landings = [{ ...landing, canUndo: true }, ...(world.landings ?? []).map((one) => ({ ...one, canUndo: false }))]
    world.emitWorkspace(workspaceId, 'landed', landing)
    return { body: landing }
  },
  list_landings: (world, { workspaceId, limit = 100 }) => {
    const landings = (world.landings ?? []).filter((one) => one.workspaceId === workspaceId)
    return at(world, workspaceId, { landings: landings.slice(0, Number(limit)), hasMore: landings.length > Number(limit) })
  },
  undo_merge: (world, { workspaceId, worktreeId }) => {
    const worktree = find(world, worktreeId)
    if (!worktree.landed) throw new ApiError(409, 'CONFLICT', 'base has moved since')
    changeGit(world, worktree, () => ({ ahead: worktree.landed.ahead }))
    delete worktree.landed
    for (const other of world.worktreesOf(workspaceId)) if (!other.isMain) other.behindBase = Math.max(0, (other.behindBase ?? 0) - 1)
    const { canUndo: _canUndo, ...landed } = world.landings.find((one) => one.worktreeId === worktreeId)
    const landing = { ...landed, undoneAt: world.now() }
    world.landings = world.landings.map((one) => (one.id === landing.id ? { ...landing, canUndo: false } : one))
    for (const row of world.queue?.rows ?? []) if (row.landingId === landing.id) row.state = 'undone'
    world.emitWorkspace(workspaceId, 'landing_undone', landing)
    return { body: landing }
  },
}
