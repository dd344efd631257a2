import { createStore } from '~/lib/store'

/** Takes it back. Where that can fail, it answers a promise: one that is refused, or says false, can be tried again. */
export type Undo = () => unknown

/** Something that a person did and can take back. */
export type Act = { id: number; text: string; at: number; undo: Undo; isUndone: boolean }

/** The last acts that can be undone, the newest first. */
export const acts = createStore<readonly Act[]>([])
const mostActs = 20
let next = 1

export function noteAct(text: string, undo: Undo): number {
  const id = next++
  acts.set((now) => [{ id, text, at: Date.now(), undo, isUndone: false }, ...now].slice(0, mostActs))
  return id
}

const mark = (id: number, isUndone: boolean) => acts.set((now) => now.map((one) => (one.id === id ? { ...one, isUndone } : one)))

/** Once: a second call does nothing. */
export function undoAct(id: number) {
  const act = acts.get().find((one) => one.id === id)
  if (!act || act.isUndone) return
  mark(id, true)
  const done = act.undo()
  if (done instanceof Promise) done.then((isDone) => isDone === false && mark(id, false), () => mark(id, false))
}

/** It was taken back in another way, or something came after it: nothing is left to offer. */
export const endAct = (id: number) => mark(id, true)

export const undoable = (all: readonly Act[]) => all.filter(({ isUndone }) => !isUndone)
