import { describe, expect, test } from 'vitest'
import { addDays, daysBetween, formatDay, formatWhen } from '~/lib/dates'

const now = new Date(2026, 10, 23, 8, 30).getTime()
const at = (month: number, day: number, hour: number, year = 2026) => new Date(year, month, day, hour, 4).toISOString()

describe('a moment', () => {
  test.each([
    [at(10, 23, 7), '07:04 today'],
    [at(10, 22, 23), 'yesterday 23:04'],
    [at(10, 20, 18), 'Friday 18:04'],
    [at(10, 16, 18), '16 November'],
    [at(10, 26, 18, 2025), '26 Nov 2025'],
    ['', ''],
  ])('%s reads as %s', (moment, text) => {
    expect(formatWhen(moment, now)).toBe(text)
  })

  test('days are those of the calendar', () => {
    expect(daysBetween(new Date(2026, 10, 22, 23, 59).getTime(), now)).toBe(1)
    expect(formatDay(addDays(at(10, 23, 7), 30))).toBe('23 Dec 2026')
  })
})
