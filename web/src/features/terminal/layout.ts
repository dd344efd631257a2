import { createStore, useStore } from '~/lib/store'

/** Which of a worktree's terminals are on screen; kept while the page is open. */
type Layout = { first?: string; second?: string }
const layouts = createStore<Readonly<Record<string, Layout>>>({})
const noLayout: Layout = {}

export const useLayout = (worktreeId: string): Layout => useStore(layouts)[worktreeId] ?? noLayout

export function setLayout(worktreeId: string, layout: Layout) {
  layouts.set((all) => ({ ...all, [worktreeId]: layout }))
}

/** The terminal that a person has just opened. */
let wished: string | undefined

/** It takes the keyboard as soon as it is on screen. */
export function wishFocus(id: string) {
  wished = id
}

/** Once. */
export function takeFocusWish(id: string): boolean {
  if (wished !== id) return false
  wished = undefined
  return true
}

/** Shows a terminal by its launch, or a log by its id, in the pane of a worktree. */
export function showInPane(worktreeId: string, id: string) {
  setLayout(worktreeId, { ...layouts.get()[worktreeId], first: id })
}
