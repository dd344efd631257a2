import { createStore } from '~/lib/store'

/** The daemon can store nothing: what is shown of agents is as old as that. */
export type Stall = {
  since: string
  message: string
  /** The disk has no room, which a person can make. */
  isFull: boolean
}

export const stall = createStore<Stall | undefined>(undefined)

export function setStall(next: Stall | undefined) {
  stall.set((now) => (now?.since === next?.since && now?.message === next?.message && now?.isFull === next?.isFull ? now : next))
}
