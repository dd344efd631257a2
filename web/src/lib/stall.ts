import { createStore } from '~/lib/store'

/** The daemon can store nothing: what is shown of agents is as old as that. */
export type Stall = { since: string; message: string }

export const stall = createStore<Stall | undefined>(undefined)

export function setStall(next: Stall | undefined) {
  stall.set((now) => (now?.since === next?.since && now?.message === next?.message ? now : next))
}
