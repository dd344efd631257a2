import { expect, test } from 'vitest'
import { mergeSeen, parseSeen } from '~/api/seen-marks'

const time = (n: number) => new Date(1_790_000_000_000 + n * 1_000).toISOString()
const some = (from: number, to: number) => Object.fromEntries(Array.from({ length: to - from }, (_, n) => [`ag_${from + n}`, time(from + n)]))

test('the later look counts, whichever device it was on', () => {
  expect(mergeSeen({ ag_1: '2026-11-23T08:00:00Z', ag_2: '2026-11-23T09:00:00Z' }, { ag_1: '2026-11-23T08:30:00Z' })).toEqual({ ag_1: '2026-11-23T08:30:00Z', ag_2: '2026-11-23T09:00:00Z' })
})

test('the oldest looks are forgotten, the same ones on both devices', () => {
  const one = mergeSeen(some(0, 400), some(300, 700))
  expect(one).toEqual(mergeSeen(some(300, 700), some(0, 400)))
  expect(one).toEqual(some(200, 700))
})

test('what is no time is left out', () => {
  expect([...parseSeen({ ag_1: 5, ag_2: 'x'.repeat(1_000), ag_3: '2026-11-23T08:00:00Z' }).keys()]).toEqual(['ag_3'])
  expect(parseSeen('seen').size).toBe(0)
})
