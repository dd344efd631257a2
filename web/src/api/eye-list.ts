import type { Eye, EyePage } from '~/api/generated'
import { liveQuery, type Fold } from '~/api/live'

/** As many rows as a list keeps. */
export const mostRows = 200

/** In its place, or as the newest. */
export function withRow<T extends { id: string }>(rows: readonly T[], row: T): T[] {
  const at = rows.findIndex(({ id }) => id === row.id)
  return at < 0 ? [row, ...rows].slice(0, mostRows) : rows.with(at, row)
}

export const foldEyes: Fold<EyePage> = (page, event) => {
  if (event.type === 'eye_changed') return { ...page, eyes: withRow(page.eyes, event.payload) }
  if (event.type === 'eye_removed') return { ...page, eyes: page.eyes.filter(({ id }) => id !== event.payload.id) }
  return page
}

export const eyeTopics = ['eyes/']

/** Newest first, also those that do not run. */
export const eyesQuery = () => liveQuery('list_synthetic_eyes', { includeEnded: true, limit: mostRows }, eyeTopics, foldEyes)

export const isAlive = ({ endedAt, state }: Eye) => endedAt === undefined && state !== 'failed'
