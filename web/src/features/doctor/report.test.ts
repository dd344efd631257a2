import { expect, test } from 'vitest'
import type { DoctorRow } from '~/api/generated'
import { detailsOf, sortedChecks, summaryOf } from '~/features/doctor/report'

const row = (id: string, state: DoctorRow['state'], advice?: string): DoctorRow => ({ id, title: id, state, detail: 'found', ...(advice !== undefined && { advice }) })

test('what needs somebody stands first, the rest in its order', () => {
  const rows = [row('a', 'ok'), row('b', 'skipped'), row('c', 'warning'), row('d', 'error'), row('e', 'ok')]
  expect(sortedChecks(rows).map(({ id }) => id)).toEqual(['d', 'c', 'a', 'e', 'b'])
  expect(summaryOf(rows)).toBe('1 error and 1 warning in 5 checks')
})

test('a sound report says so', () => {
  expect(summaryOf([row('a', 'ok'), row('b', 'ok')])).toBe('All 2 checks passed')
  expect(summaryOf([row('a', 'ok'), row('b', 'skipped')])).toBe('1 check passed, 1 skipped')
})

test('the details are text', () => {
  expect(detailsOf('0.1.0', { state: 'warning', begunAt: 'then', endedAt: 'later', checks: [row('git', 'warning', 'Install it.')] })).toBe(
    'Muster 0.1.0, checked then\nwarning git: found\n        Install it.',
  )
})
