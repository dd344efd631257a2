import { useQuery } from '@tanstack/react-query'
import type { Clone, Clones } from '~/api/generated'
import { liveQuery, type Fold } from '~/api/live'
import { createStore, useStore } from '~/lib/store'

/** One that is done stays until the list is read again: it is new to whoever looks. */
const isGone = ({ state }: Clone) => state === 'cancelled' || state === 'dismissed'

/** A clone that failed gives way to the next one into its folder. */
function withClone(clones: Clone[], row: Clone): Clone[] {
  const others = clones.filter(({ id, path }) => id !== row.id && path !== row.path)
  return isGone(row) ? others : [row, ...others].toSorted((a, b) => b.startedAt.localeCompare(a.startedAt))
}

export const foldClones: Fold<Clones> = (all, event) => {
  return event.type === 'clone_changed' ? { ...all, clones: withClone(all.clones, event.payload) } : all
}

/** Repositories that are being cloned, whoever began it, and those that could not be. */
export const clonesQuery = () => liveQuery('list_clones', {}, ['overview/'], foldClones)

const taken = createStore<ReadonlySet<string>>(new Set())

/** The person has gone on with what was cloned, or wants to hear no more of it. */
export function takeClone({ workspaceId }: Pick<Clone, 'workspaceId'>) {
  if (workspaceId !== undefined) taken.set((before) => new Set([...before, workspaceId]))
}

/** What is being cloned, could not be, or is done and waits for the person. */
export function useClones(): readonly Clone[] {
  const all = useQuery(clonesQuery()).data?.clones ?? []
  const gone = useStore(taken)
  return all.filter(({ workspaceId }) => workspaceId === undefined || !gone.has(workspaceId))
}
