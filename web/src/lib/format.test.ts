import { expect, test } from 'vitest'
import { formatBytes, formatClock, formatCost, formatCount, formatDuration, formatFull, formatMinute, plural, sentence } from '~/lib/format'

test.each([
  [-5, '0 s'],
  [40_000, '40 s'],
  [60_000, '1 m'],
  [200_000, '3 m 20 s'],
  [7_500_000, '2 h 5 m'],
  [356_400_000, '4 d 3 h'],
])('a duration of %i ms reads %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test.each([
  [0, '0'],
  [999, '999'],
  [12_400, '12.4 k'],
  [2_000, '2 k'],
  [999_400, '999 k'],
  [999_600, '1 M'],
  [3_140_000, '3.1 M'],
])('a count of %i reads %s', (n, text) => {
  expect(formatCount(n)).toBe(text)
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 KiB'],
  [4096, '4 KiB'],
  [13_002_342, '12.4 MiB'],
  [20 * 2 ** 30, '20 GiB'],
  [2 ** 50, '1024 TiB'],
])('%i bytes read %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('a cost has cents; less than one is not nothing', () => {
  expect(formatCost(0.0123)).toBe('$0.01')
  expect(formatCost(0.0012)).toBe('<$0.01')
  expect(formatCost(12.5)).toBe('$12.50')
  expect(formatCost(0)).toBe('$0.00')
})

test('words follow their number', () => {
  expect(plural(1, 'file')).toBe('1 file')
  expect(plural(2, 'branch', 'branches')).toBe('2 branches')
})

test('a message starts like a sentence', () => {
  expect(sentence('branch x already exists')).toBe('Branch x already exists')
  expect(sentence('')).toBe('')
  for (const text of ['code/muster is not a repository', '~/notes is gone', 'launch.min_free_mib is too large', 'ws_1 is closed']) expect(sentence(text)).toBe(text)
})

test('every time counts its hours to 24', () => {
  const at = new Date(2026, 10, 24, 15, 4, 5).toISOString()
  expect([formatMinute(at), formatClock(at), formatFull(at)]).toEqual(['15:04', '15:04:05', '24 Nov 2026, 15:04:05'])
  expect(formatFull(new Date(2026, 0, 2, 0, 4, 5).toISOString())).toBe('2 Jan 2026, 00:04:05')
})
