import { Suspense } from 'react'
import { sentence } from '~/lib/format'
import { createStore, useStore } from '~/lib/store'
import { acts, noteAct, type Undo } from '~/lib/undo'
import { visible } from '~/lib/visible'
import { lazyPart } from '~/ui/lazy-part'

type ToastAction = { text: string; run: () => void }

export type Toast = {
  id: number
  text: string
  /** How long it is there. Nothing: until it is dismissed. */
  ms: number | undefined
  /** What failed, and what helps. */
  error?: Error
  action?: ToastAction
  /** What its button takes back, by its number among the acts. */
  act?: number
}
const shown = createStore<readonly Toast[]>([])
/** Of toasts that only say something, of errors, and of those with Undo: an act whose toast is gone is still in the list of the last twenty. */
const most = 2
const mostErrors = 3
const mostActs = 3
const shortMs = 5_000
const undoMs = 8_000
let next = 1

export function dropToast(id: number) {
  shown.set((now) => now.filter((item) => item.id !== id))
}

/** One that says only what another one says replaces it. */
function show(item: Omit<Toast, 'id'>) {
  shown.set((now) => {
    const isSame = ({ act, text, error }: Toast) => act === undefined && text === item.text && (error === undefined) === (item.error === undefined)
    const all = [...(item.act === undefined ? now.filter((one) => !isSame(one)) : now), { ...item, id: next++ }]
    const older = (count: number, isOf: (one: Toast) => boolean) => all.filter(isOf).slice(0, -count)
    const gone = [...older(most, ({ act, error }) => act === undefined && !error), ...older(mostErrors, ({ error }) => error !== undefined), ...older(mostActs, ({ act }) => act !== undefined)]
    return all.filter((one) => !gone.includes(one))
  })
}

/** The result of something that happened elsewhere on the page; never the only place that shows it. */
export function toast(text: string) {
  show({ text, ms: shortMs })
}

/** It stays until somebody has read it. */
export function toastError(error: Error) {
  show({ text: sentence(error.message), ms: undefined, error })
}

/** Of something that one act may mend. */
export function toastAction(error: Error, action: ToastAction) {
  show({ text: sentence(error.message), ms: undefined, error, action })
}

/** The act can be taken back here while the toast is shown, and later in the list of the last twenty. */
export function toastUndo(text: string, undo: Undo): number {
  const act = noteAct(text, undo)
  show({ text, ms: undoMs, act })
  return act
}

/** Undone from the list as well as here: its toast has nothing left to offer. */
function isOffered({ act }: Toast, undone: ReadonlySet<number>): boolean {
  return act === undefined || !undone.has(act)
}

/** The newest act that the page offers to take back, by its number; undefined: none. */
export function useOffered(): { toasts: readonly Toast[]; last: number | undefined } {
  const undone = new Set(useStore(acts).flatMap(({ id, isUndone }) => (isUndone ? [id] : [])))
  const toasts = useStore(shown).filter((item) => isOffered(item, undone))
  return { toasts, last: toasts.findLast(({ act }) => act !== undefined)?.act }
}

/** `u` takes back what a toast offers, before anything else. */
export const useHasUndo = () => useOffered().last !== undefined

const loadList = () => import('~/ui/ToastList')

/** Without its code what happened is said all the same. */
const List = lazyPart(async () => (await loadList()).ToastList, Texts)

function Texts() {
  return <p className="absolute bottom-16 rounded-md bg-bg2 px-3.5 py-2 pop">{visible(useStore(shown).at(-1)?.text ?? '')}</p>
}

/** Above every page, and above the bars at its bottom. Its place is there before anything is said in it. */
export function Toasts() {
  const isAny = useStore(shown).length > 0
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed inset-x-3 bottom-0 z-40 flex justify-center">
      <Suspense>{isAny && <List />}</Suspense>
    </div>
  )
}

/** Called once the page has nothing else to do. */
export const prepareToasts = () => loadList()
