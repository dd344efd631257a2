import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { offBeat, onBeat } from '~/lib/beat'

beforeEach(() => {
  vi.useFakeTimers()
  vi.advanceTimersByTime(1000)
})
afterEach(() => vi.useRealTimers())

test('what waits is done once, in one go, answers first, and ten times a second at most', () => {
  const done: string[] = []
  const [drawn, folded, dropped] = ['drawn', 'folded', 'dropped'].map((name) => () => void done.push(name))
  if (!drawn || !folded || !dropped) return
  for (let n = 0; n < 3; n++) onBeat(drawn)
  onBeat(folded, 'first')
  onBeat(dropped)
  offBeat(dropped)
  expect(done).toEqual([])
  vi.advanceTimersByTime(0)
  expect(done).toEqual(['folded', 'drawn'])
  onBeat(drawn)
  vi.advanceTimersByTime(99)
  expect(done).toHaveLength(2)
  vi.advanceTimersByTime(1)
  expect(done).toEqual(['folded', 'drawn', 'drawn'])
})
