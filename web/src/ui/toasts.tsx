import { useEffect, useState } from 'react'
import { sentence } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { createStore, useStore } from '~/lib/store'
import { acts, noteAct, undoAct, type Undo } from '~/lib/undo'
import { visible } from '~/lib/visible'
import { Button, IconButton } from '~/ui/Button'
import { StatusGlyph } from '~/ui/Status'

type Toast = {
  id: number
  text: string
  ms: number
  isError: boolean
  /** What its button takes back, by its number among the acts. */
  act?: number
}
const shown = createStore<readonly Toast[]>([])
/** Applies to toasts that only say something; one with Undo stays for its full time. */
const most = 2
const shortMs = 5_000
const undoMs = 8_000
let next = 1

function drop(id: number) {
  shown.set((now) => now.filter((item) => item.id !== id))
}

function show(item: Omit<Toast, 'id'>) {
  shown.set((now) => {
    const all = [...now, { ...item, id: next++ }]
    const tooMany = all.filter(({ act }) => act === undefined).slice(0, -most)
    return all.filter((one) => !tooMany.includes(one))
  })
}

/** The result of something that happened elsewhere on the page; never the only place that shows it. */
export function toast(text: string) {
  show({ text, ms: shortMs, isError: false })
}

export function toastError({ message }: Error) {
  show({ text: sentence(message), ms: undoMs, isError: true })
}

/** The act can be taken back here while the toast is shown, and later in the list of the last twenty. */
export function toastUndo(text: string, undo: Undo): number {
  const act = noteAct(text, undo)
  show({ text, ms: undoMs, isError: false, act })
  return act
}

/** Undone from the list as well as here: its toast has nothing left to offer. */
function isOffered({ act }: Toast, undone: ReadonlySet<number>): boolean {
  return act === undefined || !undone.has(act)
}

/** The newest act that the page offers to take back, by its number; undefined: none. */
function useOffered(): { toasts: readonly Toast[]; last: number | undefined } {
  const undone = new Set(useStore(acts).flatMap(({ id, isUndone }) => (isUndone ? [id] : [])))
  const toasts = useStore(shown).filter((item) => isOffered(item, undone))
  return { toasts, last: toasts.findLast(({ act }) => act !== undefined)?.act }
}

/** `u` takes back what a toast offers, before anything else. */
export const useHasUndo = () => useOffered().last !== undefined

export function Toasts() {
  const { toasts, last } = useOffered()
  useKeys('page', [{ keys: 'u', label: 'undo', run: () => last !== undefined && undoAct(last) }], { isOn: last !== undefined })
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed inset-x-3 bottom-16 z-40 flex flex-col items-center gap-2 sm:bottom-9">
      {toasts.map((item) => (
        <ToastRow key={item.id} item={item} hasKey={item.act !== undefined && item.act === last} />
      ))}
    </div>
  )
}

/** Disappears after its time, which stops while the pointer is over it or the focus is in it, and then starts again. */
function ToastRow({ item, hasKey }: { item: Toast; hasKey: boolean }) {
  const { id, text, ms, isError, act } = item
  const [held, setHeld] = useState({ pointer: false, focus: false })
  const isHeld = held.pointer || held.focus
  useEffect(() => {
    if (isHeld) return undefined
    const timer = setTimeout(() => drop(id), ms)
    return () => clearTimeout(timer)
  }, [id, ms, isHeld])
  return (
    <div
      onPointerEnter={() => setHeld((now) => ({ ...now, pointer: true }))}
      onPointerLeave={() => setHeld((now) => ({ ...now, pointer: false }))}
      onFocus={() => setHeld((now) => ({ ...now, focus: true }))}
      onBlur={({ currentTarget, relatedTarget }) => setHeld((now) => ({ ...now, focus: currentTarget.contains(relatedTarget) }))}
      className="pointer-events-auto flex min-h-10 max-w-full items-center gap-2.5 rounded-md bg-bg2 py-1.5 pr-2 pl-3.5 pop"
    >
      {isError && <StatusGlyph look="error" />}
      <span className="min-w-0 break-words">{visible(text)}</span>
      {act !== undefined && (
        <Button isSmall look="quiet" {...(hasKey && { keys: 'U' })} onClick={() => undoAct(act)}>
          Undo
        </Button>
      )}
      <IconButton icon="close" label="Dismiss" isSmall onClick={() => drop(id)} />
    </div>
  )
}
