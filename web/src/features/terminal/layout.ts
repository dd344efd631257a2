import { createStore, useStore } from '~/lib/store'

/** Which of a worktree's terminals are on screen; kept while the page is open. */
type Layout = { first?: string; second?: string }
const layouts = createStore<Readonly<Record<string, Layout>>>({})
const noLayout: Layout = {}

export const useLayout = (worktreeId: string): Layout => useStore(layouts)[worktreeId] ?? noLayout

export function setLayout(worktreeId: string, layout: Layout) {
  layouts.set((all) => ({ ...all, [worktreeId]: layout }))
}

/** Shows a terminal by its launch, or a log by its id, in the pane of a worktree. */
export function showInPane(worktreeId: string, id: string) {
  setLayout(worktreeId, { ...layouts.get()[worktreeId], first: id })
}

let wanted: string | undefined

/** Who opens a terminal types in it: the keyboard goes to it once it is drawn. */
export function wantKeyboard(id: string) {
  wanted = id
}

export function takesKeyboard(id: string): boolean {
  const isIt = wanted === id
  if (isIt) wanted = undefined
  return isIt
}
