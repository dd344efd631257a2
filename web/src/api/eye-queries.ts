import { eyeTopics, mostRows, withRow } from '~/api/eye-list'
import type { Eye, EyeRecording, RecordingPage } from '~/api/generated'
import { liveQuery, readQuery, type Fold } from '~/api/live'

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

export const eyeQuery = (eyeId: string) => liveQuery('get_synthetic_eye', { eyeId }, eyeTopics, foldEye)
export const recordingsQuery = (eyeId: string) => liveQuery('list_recordings', { eyeId, limit: mostRows }, eyeTopics, foldRecordings(eyeId))
/** What is installed may change while the page is open. */
export const gamesQuery = () => ({ ...readQuery('list_games', {}), staleTime: 10_000 })
export const requirementsQuery = () => ({ ...readQuery('check_synthetic_eye_requirements', {}), staleTime: 60_000 })

export const isOpen = ({ state }: EyeRecording) => state === 'recording'
