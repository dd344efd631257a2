import { createStore } from '~/lib/store'

/** Which overlay of the frame is open. What is shown comes in a chunk of its own, on the first intent. */
export type Overlay = { kind: 'palette' } | { kind: 'keys' } | { kind: 'start'; worktreeId?: string; prompt?: string }

export const overlay = createStore<Overlay | undefined>(undefined)

export const openPalette = () => overlay.set({ kind: 'palette' })
export const showKeys = () => overlay.set({ kind: 'keys' })
export const startAgent = () => overlay.set({ kind: 'start' })
export const startAgentIn = (worktreeId: string) => overlay.set({ kind: 'start', worktreeId })
export const startAgentWith = (prompt: string) => overlay.set({ kind: 'start', prompt })
export const closeOverlay = () => overlay.set(undefined)
