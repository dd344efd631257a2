import { expect, test } from 'vitest'
import { leastAwayMs, mergePresence, noteHere, noteSeen, parsePresence } from '~/api/presence'

test('a person who was never here was not away', () => {
  expect(noteHere(undefined, 5_000)).toEqual({ hereAt: 5_000 })
})

test('a short absence is none, a long one begins when they were last here', () => {
  expect(noteHere({ hereAt: 0 }, leastAwayMs - 1)).toEqual({ hereAt: leastAwayMs - 1 })
  expect(noteHere({ hereAt: 7 }, 7 + leastAwayMs)).toEqual({ hereAt: 7 + leastAwayMs, awayFrom: 7 })
})

test('an absence that was not marked as seen stays, even over a second one', () => {
  const first = noteHere({ hereAt: 0 }, leastAwayMs)
  expect(noteHere(first, 3 * leastAwayMs).awayFrom).toBe(0)
})

test('here on one device is here; an absence that one device marked as seen is over on all', () => {
  expect(mergePresence({ hereAt: 900 }, { hereAt: 700, seenAt: 700 })).toEqual({ hereAt: 900, seenAt: 700 })
  expect(mergePresence({ hereAt: 900, awayFrom: 100 }, noteSeen(950))).toEqual({ hereAt: 950, seenAt: 950 })
  expect(mergePresence({ hereAt: 2_000, awayFrom: 990, seenAt: 950 }, noteSeen(950))).toEqual({ hereAt: 2_000, awayFrom: 990, seenAt: 950 })
})

test('of two absences that nobody has marked the longer one is shown', () => {
  expect(mergePresence({ hereAt: 900, awayFrom: 300 }, { hereAt: 910, awayFrom: 100 })).toEqual({ hereAt: 910, awayFrom: 100 })
})

test('what is no presence is none', () => {
  expect(parsePresence({ hereAt: 'now' })).toBeUndefined()
  expect(parsePresence({ hereAt: 5, awayFrom: 'then' })).toEqual({ hereAt: 5 })
  expect(mergePresence(undefined, 7)).toBeUndefined()
})
