import { createStore } from '~/lib/store'

/** Asks that were selected elsewhere, by their agents, to be answered together in the inbox, which forgets them once it has them. */
const waiting = createStore<readonly string[]>([])

export const markAsks = (askIds: readonly string[]) => waiting.set(askIds)

export const markedAsks = waiting.get
