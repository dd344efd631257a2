import { sentence } from '~/lib/format'
import { createStore, useStore } from '~/lib/store'
import { Button, IconButton } from '~/ui/Button'

type Toast = { id: number; text: string; isError: boolean; undo?: () => void }
const shown = createStore<readonly Toast[]>([])
const most = 2
const shortMs = 5_000
const undoMs = 8_000
let next = 1

function drop(id: number) {
  shown.set((now) => now.filter((item) => item.id !== id))
}

function show(item: Omit<Toast, 'id'>, ms: number) {
  const id = next++
  shown.set((now) => [...now, { ...item, id }].slice(-most))
  setTimeout(() => drop(id), ms)
}

/** The result of something that happened elsewhere on the page; never the only place where it can be seen. */
export function toast(text: string) {
  show({ text, isError: false }, shortMs)
}
export function toastError({ message }: Error) {
  show({ text: sentence(message), isError: true }, undoMs)
}
export function toastUndo(text: string, undo: () => void) {
  show({ text, isError: false, undo }, undoMs)
}

export function Toasts() {
  const toasts = useStore(shown)
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed inset-x-3 bottom-16 z-40 flex flex-col items-center gap-2 md:bottom-10">
      {toasts.map((item) => (
        <div
          key={item.id}
          className="pointer-events-auto flex max-w-full items-center gap-2 rounded-md border border-line2 bg-bg2 py-1.5 pr-1.5 pl-3 shadow-pop"
        >
          <span className={`min-w-0 break-words ${item.isError ? 'text-err' : ''}`}>{item.text}</span>
          {item.undo && <UndoButton item={item} />}
          <IconButton icon="close" label="Dismiss" isSmall onClick={() => drop(item.id)} />
        </div>
      ))}
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
