import { expect, test } from 'vitest'
import { bothSettled, settledIds } from '~/api/settled'

test('what was settled on either of two devices is settled, and stored once', () => {
  expect(bothSettled({ ids: ['a', 'b'] }, { ids: ['b', 'c'] })).toEqual({ ids: ['b', 'c', 'a'] })
  expect(settledIds(bothSettled('x', undefined))).toEqual([])
})
