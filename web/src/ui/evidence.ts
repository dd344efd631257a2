import { createStore } from '~/lib/store'

export type Evidence = { agent: { id: string; name: string }; /** It opens beside this, and the focus returns there. */ anchor: HTMLElement }

/** The agent whose evidence is shown. The frame draws it: its code comes with the first intent. */
export const evidence = createStore<Evidence | undefined>(undefined)

/** Shows it, or puts it away if it was opened from there. */
export const showEvidence = (agent: Evidence['agent'], anchor: HTMLElement) => evidence.set((now) => (now?.anchor === anchor ? undefined : { agent, anchor }))
