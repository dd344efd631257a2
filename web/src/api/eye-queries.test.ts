import { expect, test } from 'vitest'
import { foldEyes } from '~/api/eye-list'
import { foldEye, foldRecordings } from '~/api/eye-queries'
import { eyeOf, recordingOf } from '~/api/eye.fixture'
import type { Eye, EyeRecording } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'

const envelope = { topic: 'eyes/org_0', generation: 1, seq: 2, at: '2026-11-23T08:00:00.000Z' }
const changed = (payload: Eye): StreamEvent => ({ ...envelope, type: 'eye_changed', payload })
const removed = (id: string): StreamEvent => ({ ...envelope, type: 'eye_removed', payload: { id } })
const recorded = (payload: EyeRecording): StreamEvent => ({ ...envelope, type: 'recording_changed', payload })
const recordingGone = (id: string): StreamEvent => ({ ...envelope, type: 'recording_removed', payload: { id } })

const page = { eyes: [eyeOf({ id: 'eye_2' }), eyeOf()], hasMore: false }

test('an eye that changed keeps its place in the list, and a new one is first', () => {
  const killed = eyeOf({ state: 'exited', why: 'killed' })
  expect(foldEyes(page, changed(killed))).toEqual({ ...page, eyes: [page.eyes[0], killed] })
  const fresh = eyeOf({ id: 'eye_3' })
  expect(foldEyes(page, changed(fresh))).toEqual({ ...page, eyes: [fresh, ...page.eyes] })
})

test('a deleted eye leaves the list, and its own page reads that it is gone', () => {
  expect(foldEyes(page, removed('eye_2'))).toEqual({ ...page, eyes: [page.eyes[1]] })
  expect(foldEye(eyeOf(), removed('eye_1'))).toBe('refetch')
})

test('the page of an eye changes with its own events alone', () => {
  const eye = eyeOf()
  expect(foldEye(eye, changed(eyeOf({ id: 'eye_2', name: 'Other' })))).toBe(eye)
  expect(foldEye(eye, removed('eye_2'))).toBe(eye)
  expect(foldEye(eye, changed(eyeOf({ name: 'Renamed' })))).toMatchObject({ name: 'Renamed' })
})

test('recordings of other eyes are not listed, and a replay changes the row', () => {
  const fold = foldRecordings('eye_1')
  const rows = { recordings: [recordingOf()], hasMore: false }
  expect(fold(rows, recorded(recordingOf({ id: 'rec_2', eyeId: 'eye_2' })))).toBe(rows)
  const replayed = recordingOf({ replayState: 'same', replaySteps: 60 })
  expect(fold(rows, recorded(replayed))).toEqual({ ...rows, recordings: [replayed] })
  expect(fold(rows, recordingGone('rec_1'))).toEqual({ ...rows, recordings: [] })
})
