import { useQuery } from '@tanstack/react-query'
import { call, follow } from '~/api/client'
import { foldNow } from '~/api/fold-soon'
import type { Cursor } from '~/api/generated'
import { CallError } from '~/api/wire'
import { isQueue, shownOf, type Landed, type Order, type QueueShown } from '~/features/landing/progress'
import { followed, landQueueQuery, noteFollowed, planQuery } from '~/features/landing/queries'
import { useStore, createStore } from '~/lib/store'
import { endAct, noteAct } from '~/lib/undo'
import { visibleName } from '~/lib/visible'
import { toast, toastError, toastUndo } from '~/ui/toasts'

/** What the daemon lands in this workspace, whoever has asked for it. */
export function useLandQueue(workspaceId: string): QueueShown {
  const queue = useQuery(landQueueQuery(workspaceId)).data?.queue
  const plan = useQuery(planQuery(workspaceId)).data
  return shownOf(queue, plan, useStore(followed))
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

/** Answers whether it is undone: base may have moved since. */
export async function undoLanding({ id, workspaceId, worktreeId }: Pick<Landed, 'id' | 'workspaceId' | 'worktreeId'>): Promise<boolean> {
  if (undone.get().has(id)) return true
  undone.set((now) => new Set([...now, id]))
  const key = unheard.get(id) ?? crypto.randomUUID()
  unheard.delete(id)
  try {
    const { body } = await act('undo_merge', { workspaceId, worktreeId }, key)
    endAct(acts.get(id) ?? 0)
    foldNow()
    toast(body.note ?? `Undone: ${visibleName(body.baseRef.replace(/^refs\/heads\//, ''))} is where it was`)
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
function noteLanding({ workspaceId, worktreeId, branch, baseRef, onLanded }: Order, id: string, offers: boolean) {
  const text = `Landed ${visibleName(branch)} on ${visibleName(baseRef.replace(/^refs\/heads\//, ''))}`
  acts.set(id, (offers ? toastUndo : noteAct)(text, () => undoLanding({ id, workspaceId, worktreeId })))
  onLanded?.()
}

/** Notes what lands of a queue that this page has started, whatever page is shown, until the queue has ended. */
function watchQueue(id: string, orders: readonly Order[], cursors: readonly Cursor[]) {
  const [place] = cursors
  if (!place) return
  const noted = new Set<string>()
  const end = follow(place, {
    onEvent(event) {
      if (event.type !== 'workspace_updated' || event.payload.change !== 'land_queue') return
      const { data } = event.payload
      if (!isQueue(data) || data.id !== id) return
      for (const [at, { state, landingId }] of data.rows.entries()) {
        const order = orders[at]
        if (!order || state !== 'landed' || landingId === undefined || noted.has(landingId)) continue
        noted.add(landingId)
        noteLanding(order, landingId, at === orders.length - 1)
      }
      if (data.endedAt !== undefined) end()
    },
    // What is noted stays noted: the queue's events come again.
    onReset: () => {},
    onRefused: () => {},
  })
}

/** Of a queue whose outcome is unknown, by what it was to land: asked for again, it is the same one, from the same place. */
const unheardQueues = new Map<string, { key: string; cursors: readonly Cursor[] }>()

/** Workspaces whose queue is being asked for. */
const starting = new Set<string>()

/** One after the other, in this order, by the daemon; the first that does not land ends the queue. */
export async function land(orders: readonly Order[]) {
  const [first] = orders
  if (!first || starting.has(first.workspaceId)) return
  const { workspaceId } = first
  starting.add(workspaceId)
  const worktrees = orders.map(({ worktreeId, headId, how, message, ignoreChecks = false }) => ({ worktreeId, headId, how, ignoreChecks, ...(how !== 'ff' && { message }) }))
  const asked = JSON.stringify([workspaceId, worktrees])
  try {
    // From a place before the queue: none of its events is missed, whatever becomes of the line.
    const one = unheardQueues.get(asked) ?? { key: crypto.randomUUID(), cursors: (await call('get_land_queue', { workspaceId })).cursors }
    unheardQueues.set(asked, one)
    const { body } = await act('land_worktrees', { workspaceId, worktrees }, one.key)
    unheardQueues.delete(asked)
    noteFollowed(body)
    watchQueue(body.id, orders, one.cursors)
    foldNow()
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    if (error.status !== 0) unheardQueues.delete(asked)
    toastError(error)
  } finally {
    starting.delete(workspaceId)
  }
}

/** The step that runs is ended where git can be ended; no other one begins. */
export async function cancelLanding(workspaceId: string) {
  try {
    await act('cancel_land_queue', { workspaceId })
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    toastError(error)
  }
}
