import type { Eye, EyePage, EyeRecording, RecordingPage } from '~/api/generated'
import { liveQuery, readQuery, type Fold } from '~/api/live'

/** As many rows as a list keeps. */
const mostRows = 200

/** In its place, or as the newest. */
function withRow<T extends { id: string }>(rows: readonly T[], row: T): T[] {
  const at = rows.findIndex(({ id }) => id === row.id)
  return at < 0 ? [row, ...rows].slice(0, mostRows) : rows.with(at, row)
}

export const foldEyes: Fold<EyePage> = (page, event) => {
  if (event.type === 'eye_changed') return { ...page, eyes: withRow(page.eyes, event.payload) }
  if (event.type === 'eye_removed') return { ...page, eyes: page.eyes.filter(({ id }) => id !== event.payload.id) }
  return page
}

export const foldEye: Fold<Eye> = (eye, event) => {
  if (event.type === 'eye_changed' && event.payload.id === eye.id) return event.payload
  return event.type === 'eye_removed' && event.payload.id === eye.id ? 'refetch' : eye
}

/** `of`: the eye that made it, or is replaying it. */
export const foldRecordings =
  (of: string): Fold<RecordingPage> =>
  (page, event) => {
    if (event.type === 'recording_changed') return event.payload.eyeId === of ? { ...page, recordings: withRow(page.recordings, event.payload) } : page
    if (event.type === 'recording_removed') return { ...page, recordings: page.recordings.filter(({ id }) => id !== event.payload.id) }
    return page
  }

const topics = ['eyes/']

/** Newest first, also those that do not run. */
export const eyesQuery = () => liveQuery('list_synthetic_eyes', { includeEnded: true, limit: mostRows }, topics, foldEyes)
export const eyeQuery = (eyeId: string) => liveQuery('get_synthetic_eye', { eyeId }, topics, foldEye)
export const recordingsQuery = (eyeId: string) => liveQuery('list_recordings', { eyeId, limit: mostRows }, topics, foldRecordings(eyeId))
/** What is installed may change while the page is open. */
export const gamesQuery = () => ({ ...readQuery('list_games', {}), staleTime: 10_000 })
export const requirementsQuery = () => ({ ...readQuery('check_synthetic_eye_requirements', {}), staleTime: 60_000 })

export const isAlive = ({ endedAt, state }: Eye) => endedAt === undefined && state !== 'failed'
export const isOpen = ({ state }: EyeRecording) => state === 'recording'
