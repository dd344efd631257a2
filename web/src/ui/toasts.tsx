import { useEffect, useState } from 'react'
import { sentence } from '~/lib/format'
import { createStore, useStore } from '~/lib/store'
import { visible } from '~/lib/visible'
import { Button, IconButton } from '~/ui/Button'

type Toast = { id: number; text: string; ms: number; isError: boolean; undo?: () => void }
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
    const tooMany = all.filter(({ undo }) => !undo).slice(0, -most)
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
export function toastUndo(text: string, undo: () => void) {
  show({ text, ms: undoMs, isError: false, undo })
}

export function Toasts() {
  const toasts = useStore(shown)
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed inset-x-3 bottom-16 z-40 flex flex-col items-center gap-2 md:bottom-10">
      {toasts.map((item) => (
        <ToastRow key={item.id} item={item} />
      ))}
    </div>
  )
}

/** Disappears after its time, which stops while the pointer is over it or the focus is in it, and then starts again. */
function ToastRow({ item }: { item: Toast }) {
  const { id, text, ms, isError, undo } = item
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
      className="pointer-events-auto flex max-w-full items-center gap-2 rounded-md border border-line2 bg-bg2 py-1.5 pr-1.5 pl-3 shadow-pop"
    >
      <span className={`min-w-0 break-words ${isError ? 'text-err' : ''}`}>{visible(text)}</span>
      {undo && <UndoButton item={item} />}
      <IconButton icon="close" label="Dismiss" isSmall onClick={() => drop(id)} />
    </div>
  )
}

function UndoButton({ item }: { item: Toast }) {
  return (
    <Button
      isSmall
      icon="undo"
      onClick={() => {
        drop(item.id)
        item.undo?.()
      }}
    >
      Undo
    </Button>
  )
}
