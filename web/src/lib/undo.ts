import { createStore } from '~/lib/store'

/** Something that a person did and can take back. */
export type Act = { id: number; text: string; at: number; undo: () => void; isUndone: boolean }

/** The last acts that can be undone, the newest first. */
export const acts = createStore<readonly Act[]>([])
const mostActs = 20
let next = 1

export function noteAct(text: string, undo: () => void): number {
  const id = next++
  acts.set((now) => [{ id, text, at: Date.now(), undo, isUndone: false }, ...now].slice(0, mostActs))
  return id
}

/** Once: a second call does nothing. */
export function undoAct(id: number) {
  const act = acts.get().find((one) => one.id === id)
  if (!act || act.isUndone) return
  acts.set((now) => now.map((one) => (one.id === id ? { ...one, isUndone: true } : one)))
  act.undo()
}

export const undoable = (all: readonly Act[]) => all.filter(({ isUndone }) => !isUndone)
