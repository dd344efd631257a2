import type { Clone, Clones } from '~/api/generated'
import { liveQuery, type Fold } from '~/api/live'

/** One that is done stays until the list is read again: it is new to whoever looks. */
const isGone = ({ state }: Clone) => state === 'cancelled' || state === 'dismissed'

/** A clone that failed gives way to the next one into its folder. */
function withClone(clones: Clone[], row: Clone): Clone[] {
  const others = clones.filter(({ id, path }) => id !== row.id && path !== row.path)
  return isGone(row) ? others : [row, ...others].toSorted((a, b) => b.startedAt.localeCompare(a.startedAt))
}

export const foldClones: Fold<Clones> = (all, event) => {
  if (event.type === 'clone_changed') return { ...all, clones: withClone(all.clones, event.payload) }
  return event.type === 'workspace_opened' || event.type === 'workspace_closed' ? 'refetch' : all
}

/** Repositories that are being cloned, whoever began it, and those that could not be. */
export const clonesQuery = () => liveQuery('list_clones', {}, ['overview/'], foldClones)
