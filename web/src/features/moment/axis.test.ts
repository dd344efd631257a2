import { expect, test } from 'vitest'
import type { Checkpoint, Turn } from '~/api/generated'
import { pastOf, scaleOf, spansOf, stepFrom } from '~/features/moment/axis'
import { checkpointAt } from '~/features/moment/checkpoint-at'

const at = (minute: number) => Date.parse('2026-11-23T08:00:00Z') + minute * 60_000
const iso = (minute: number) => new Date(at(minute)).toISOString()
const turn = (index: number, minute: number, minutes: number): Turn => ({ index, at: iso(minute), endedAt: iso(minute + minutes), outcome: 'ok', filesChanged: 0, toolCalls: 0 })
const one = (id: string, minute: number, state: Checkpoint['state']): Checkpoint => ({ id, workspaceId: 'ws_1', worktreeId: 'wt_1', agentId: 'ag_1', kind: 'turn_end', turn: 0, at: iso(minute), state, isExact: true, isLate: false })
const spans = spansOf([turn(0, 0, 10), turn(1, 600, 10)], [], at(620))

test('ten hours of pause take a small part of the line', () => {
  const { placeOf } = scaleOf(spans, at(620))
  expect(placeOf(at(0))).toBe(0)
  expect(placeOf(at(620))).toBe(1)
  expect(placeOf(at(600)) - placeOf(at(10))).toBeLessThan(0.1)
  expect(placeOf(at(5))).toBeCloseTo(placeOf(at(10)) / 2, 5)
})

test('a place and its time lead to each other', () => {
  const { placeOf, timeAt } = scaleOf(spans, at(620))
  for (const minute of [0, 3, 10, 300, 601, 609, 615]) expect(timeAt(placeOf(at(minute)))).toBeCloseTo(at(minute), -1)
})

test('an agent without turns has a line that is only now', () => {
  const { placeOf, timeAt } = scaleOf([], at(3))
  expect(placeOf(at(3))).toBe(0)
  expect(timeAt(0.5)).toBe(at(3))
})

test('a long wait for a person hides no work', () => {
  const { endedAt: _ended, ...running } = turn(0, 0, 0)
  const { placeOf } = scaleOf(spansOf([{ ...running, outcome: 'running' }], [], at(60)), at(60), at(10))
  expect(placeOf(at(10))).toBeGreaterThan(0.8)
})

test('a turn that runs lasts until now', () => {
  const { endedAt: _ended, ...running } = turn(0, 0, 0)
  expect(spansOf([{ ...running, outcome: 'running' }], [], at(7))[0]).toMatchObject({ to: at(7), isOpen: true })
})

test('a turn reaches past all that happened at its end, and to the checkpoint of its end', () => {
  const ended = { ...turn(0, 0, 1), endedAt: '2026-11-23T08:01:00.462580Z' }
  const [plain] = spansOf([ended], [], at(60))
  expect(plain?.to).toBe(pastOf('2026-11-23T08:01:00.462Z'))
  const [kept] = spansOf([{ ...ended, checkpointId: 'a' }], [one('a', 2, 'taken')], at(60))
  expect(kept?.to).toBe(at(2) + 1)
})

test('the files of a moment are those of the newest checkpoint before it that was taken', () => {
  const all = [one('a', 1, 'taken'), one('b', 5, 'taken'), one('c', 6, 'failed')]
  expect(checkpointAt(all, at(9))?.id).toBe('b')
  expect(checkpointAt(all, at(4))?.id).toBe('a')
  expect(checkpointAt(all, at(0))).toBeUndefined()
})

test('steps lead from event to event, and behind the last to now', () => {
  const moments = [at(1), at(5), at(5), at(9)]
  expect(stepFrom(moments, undefined, -1)).toBe(at(9))
  expect(stepFrom(moments, at(9), -1)).toBe(at(5))
  expect(stepFrom(moments, at(5), 1)).toBe(at(9))
  expect(stepFrom(moments, at(9), 1)).toBeUndefined()
  expect(stepFrom(moments, at(1), -1)).toBe(at(1))
})
