import type { Eye, EyeRecording } from '~/api/generated'

const config = { width: 320, height: 240, lockstep: false, hz: 60, buffers: 3, stepTimeoutMs: 2000, clock: 'real', route: 'auto', seed: 1, drawsCursor: true, isRestarted: false } as const

export const eyeOf = (more: Partial<Eye> = {}): Eye => ({
  id: 'eye_1', orgId: 'org_0', name: 'Catch', isPattern: false, config, state: 'running', why: 'drawing', since: '2026-11-23T08:00:00.000Z', errors: 0,
  createdAt: '2026-11-23T08:00:00.000Z', startedAt: '2026-11-23T08:00:00.000Z', ...more,
})

export const recordingOf = (more: Partial<EyeRecording> = {}): EyeRecording => ({
  id: 'rec_1', orgId: 'org_0', eyeId: 'eye_1', kind: 'inputs', state: 'done', path: 'eyes/eye_1/rec_1.jsonl', config, createdAt: '2026-11-23T08:00:00.000Z', ...more,
})
