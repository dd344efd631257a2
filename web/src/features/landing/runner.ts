import { call } from '~/api/client'
import { foldNow } from '~/api/fold-soon'
import type { Landing, LandHow, ScriptRun } from '~/api/generated'
import { CallError } from '~/api/wire'
import { plural, sentence } from '~/lib/format'
import { createStore, useStore } from '~/lib/store'
import { endAct, noteAct } from '~/lib/undo'
import { visibleName } from '~/lib/visible'
import { toast, toastError, toastUndo } from '~/ui/toasts'

export type Step = 'merge' | 'checks' | 'land'
export type Progress =
  | { state: 'running'; step: Step; startedAt: number; detail: string }
  | { state: 'stopped'; step: Step; text: string; conflicts: readonly string[] }
  | { state: 'landed'; landing: Landing }

export type Order = {
  workspaceId: string
  worktreeId: string
  /** Base has commits that the worktree lacks. */
  isBehind: boolean
  how: LandHow
  message: string
  /** Land although a check has not passed. */
  ignoreChecks?: boolean
}

/** What landings do, by worktree. It goes on while other pages are shown. */
const progress = createStore<ReadonlyMap<string, Progress>>(new Map())
const cancelled = new Set<string>()

export function useProgress(): ReadonlyMap<string, Progress> {
  return useStore(progress)
}

function note(worktreeId: string, next: Progress) {
  progress.set((now) => new Map([...now, [worktreeId, next]]))
}

function forget(worktreeId: string) {
  progress.set((now) => new Map([...now].filter(([id]) => id !== worktreeId)))
}

const act = <K extends Parameters<typeof call>[0]>(op: K, input: Parameters<typeof call<K>>[1], key: string = crypto.randomUUID()) => call(op, input, key)

/** Landings, by id, whose undo was asked for here and has not failed. */
const undone = createStore<ReadonlySet<string>>(new Set())
/** Their places in the list of what can be undone. */
const acts = new Map<string, number>()
/** Of an undo whose outcome is unknown: it is done once, however often it is tried. */
const unheard = new Map<string, string>()

export function useUndone(): ReadonlySet<string> {
  return useStore(undone)
}

type Landed = Pick<Landing, 'id' | 'workspaceId' | 'worktreeId'>

/** Answers whether it is undone: base may have moved since. */
export async function undoLanding({ id, workspaceId, worktreeId }: Landed): Promise<boolean> {
  if (undone.get().has(id)) return true
  undone.set((now) => new Set([...now, id]))
  const key = unheard.get(id) ?? crypto.randomUUID()
  unheard.delete(id)
  try {
    const { body } = await act('undo_merge', { workspaceId, worktreeId }, key)
    forget(worktreeId)
    endAct(acts.get(id) ?? 0)
    foldNow()
    toast(body.note ?? 'Undone: base is where it was')
    return true
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    if (error.status === 0) unheard.set(id, key)
    undone.set((now) => new Set([...now].filter((one) => one !== id)))
    toastError(error)
    return false
  }
}

/** `offers`: a toast offers to undo it; else only the list of what can be undone, and the row that has landed. */
function noteLanding(landing: Landing, offers: boolean) {
  const { id, branch, baseRef } = landing
  const text = `Landed ${visibleName(branch ?? 'the worktree')} on ${visibleName(baseRef.replace(/^refs\/heads\//, ''))}`
  acts.set(id, (offers ? toastUndo : noteAct)(text, () => undoLanding(landing)))
}

class Stop extends Error {
  readonly conflicts: readonly string[]
  constructor(text: string, conflicts: readonly string[] = []) {
    super(text)
    this.conflicts = conflicts
  }
}

async function bringBaseIn({ workspaceId, worktreeId }: Order) {
  const { body } = await act('merge_base', { workspaceId, worktreeId })
  if (body.inProgress !== 'none')
    throw new Stop(`${plural(body.conflictCount, 'file')} in conflict. Resolve them, or hand them to the agent.`, body.conflicts.map(({ path }) => path))
}

const lookEveryMs = 1_000
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const faults: Partial<Record<ScriptRun['state'], string>> = { failed: 'failed', timed_out: 'took too long', stopped: 'was stopped', lost: 'was lost' }

/** Runs the checks that have not passed on what the worktree has now, and waits for all of them. */
async function runChecks({ workspaceId, worktreeId }: Order, unmet: readonly ScriptRun[]) {
  const wanted = new Map<string, string | undefined>()
  for (const { scriptId, state, id } of unmet) {
    const runId = state === 'running' ? id : (await act('run_script', { workspaceId, worktreeId, scriptId })).body.id
    wanted.set(scriptId, runId)
  }
  for (;;) {
    if (cancelled.has(worktreeId)) throw new Stop('Cancelled. What ran goes on by itself.')
    const { checks } = (await call('list_checks', { workspaceId, worktreeId })).body
    const mine = checks.filter(({ scriptId, id }) => wanted.has(scriptId) && wanted.get(scriptId) === id)
    const failed = mine.find(({ state }) => faults[state] !== undefined)
    if (failed) throw new Stop(`${failed.name} ${faults[failed.state] ?? ''}${failed.exitCode ? ` with exit code ${failed.exitCode}` : ''}.`)
    const passed = mine.filter(({ state }) => state === 'passed').length
    note(worktreeId, { state: 'running', step: 'checks', startedAt: Date.now(), detail: `${passed} of ${wanted.size}` })
    if (passed === wanted.size) return
    await wait(lookEveryMs)
  }
}

/** A check passed on what the worktree has now only if it began and ended on that content. */
function isUnmet(run: ScriptRun, contentId: string | undefined): boolean {
  return run.state !== 'passed' || contentId === undefined || run.contentId !== contentId || run.endContentId !== contentId
}

async function checkAll(order: Order) {
  const { workspaceId, worktreeId } = order
  const [{ body }, overview] = await Promise.all([call('list_checks', { workspaceId, worktreeId }), call('get_overview', { workspaceId })])
  const contentId = overview.body.worktrees.find(({ id }) => id === worktreeId)?.contentId
  const unmet = body.checks.filter((check) => isUnmet(check, contentId))
  if (unmet.length > 0) await runChecks(order, unmet)
}

async function perform(order: Order, begin: (step: Step) => void): Promise<Landing> {
  const { workspaceId, worktreeId, how, message, ignoreChecks = false } = order
  if (order.isBehind) {
    begin('merge')
    await bringBaseIn(order)
  }
  if (!ignoreChecks) {
    begin('checks')
    await checkAll(order)
  }
  begin('land')
  return (await act('land_worktree', { workspaceId, worktreeId, how, ignoreChecks, ...(how !== 'ff' && { message }) })).body
}

/**
 * Brings base in, runs the checks, lands; stops at the first step that does not succeed and says why. Returns whether it landed.
 * `isLast`: nothing follows it by itself.
 */
export async function land(order: Order, isLast = true): Promise<boolean> {
  const { worktreeId } = order
  let step: Step = 'merge'
  cancelled.delete(worktreeId)
  const begin = (next: Step) => {
    if (cancelled.has(worktreeId)) throw new Stop('Cancelled.')
    step = next
    note(worktreeId, { state: 'running', step, startedAt: Date.now(), detail: '' })
  }
  try {
    const landing = await perform(order, begin)
    note(worktreeId, { state: 'landed', landing })
    noteLanding(landing, isLast)
    return true
  } catch (error) {
    if (!(error instanceof Stop) && !(error instanceof CallError)) throw error
    note(worktreeId, { state: 'stopped', step, text: sentence(error.message), conflicts: error instanceof Stop ? error.conflicts : [] })
    return false
  }
}

/** The step that runs is ended where git can be ended; the next one does not begin. */
export function cancelLanding({ workspaceId, worktreeId }: Pick<Order, 'workspaceId' | 'worktreeId'>) {
  cancelled.add(worktreeId)
  void act('cancel_change', { workspaceId, worktreeId }).catch(() => undefined)
}

/** One after the other, in this order; the first that stops ends the queue. */
export async function landAll(orders: readonly Order[]) {
  for (const [at, order] of orders.entries()) {
    // The landing before it has moved base.
    if (!(await land({ ...order, isBehind: order.isBehind || at > 0 }, at === orders.length - 1))) return
  }
}
