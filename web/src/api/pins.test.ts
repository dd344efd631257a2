import { beforeAll, expect, test, vi } from 'vitest'

let api: typeof import('~/api/pins')
beforeAll(async () => {
  vi.stubGlobal('localStorage', { getItem: () => null })
  api = await import('~/api/pins')
})

test('what was done last to an agent counts, whichever device it was on, and the order is that of pinning', () => {
  const { bothPins, parsePins, pinnedOf } = api
  const both = bothPins(parsePins({ ag_1: 30, ag_2: 10, ag_3: 5 }), parsePins({ ag_2: -20, ag_3: 40, ag_4: 20 }))
  expect(pinnedOf(both)).toEqual(['ag_4', 'ag_1', 'ag_3'])
})

test('two devices agree whichever merges, and keep the newest hundred', () => {
  const { bothPins, parsePins, printPins } = api
  const some = (from: number) => parsePins(Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`ag_${from + n}`, (from + n + 1) * (n % 2 ? 1 : -1)])))
  const one = bothPins(some(0), some(40))
  expect(printPins(one)).toEqual(printPins(bothPins(some(40), some(0))))
  expect(one.size).toBe(100)
  expect(one.has('ag_19')).toBe(false)
})

test('what is no time is left out', () => {
  expect(api.parsePins({ ag_1: '5', ag_2: 7 }).size).toBe(1)
  expect(api.parsePins([]).size).toBe(0)
})
