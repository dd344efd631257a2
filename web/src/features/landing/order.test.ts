import { expect, test } from 'vitest'
import { moved, ordered } from '~/features/landing/order'

const rows = (...ids: string[]) => ids.map((worktreeId) => ({ worktreeId }))
const idsOf = (list: readonly { worktreeId: string }[]) => list.map(({ worktreeId }) => worktreeId).join('')

test.each([
  ['abc', undefined, 'abc'],
  ['abc', ['c', 'a', 'b'], 'cab'],
  ['xabc', ['c', 'a', 'b'], 'xcab'],
  ['axbc', ['c', 'a', 'b'], 'caxb'],
  ['ac', ['c', 'gone', 'a'], 'ca'],
])('%s ordered by %j is %s', (plan, own, want) => {
  expect(idsOf(ordered(rows(...plan), own))).toBe(want)
})

test.each([
  [0, 2, 'bca'],
  [2, 0, 'cab'],
  [1, 1, 'abc'],
])('the one at %i moves to %i', (from, to, want) => {
  expect(moved(['a', 'b', 'c'], from, to).join('')).toBe(want)
})
