import { expect, test } from 'vitest'
import type { LandingPlanRow, Radar } from '~/api/generated'
import { matrixOf, meetings } from '~/features/landing/matrix'

const row = (worktreeId: string): LandingPlanRow => ({ worktreeId, branch: worktreeId, headId: worktreeId, ahead: 1, behind: 0, files: 1, added: 1, removed: 0, isDirty: false, baseConflicts: [], conflictsWith: [], checks: [], unmetChecks: 0 })
const rows = ['a', 'b', 'c'].map(row)
const radar: Radar = {
  worktrees: rows.map(({ worktreeId, branch }) => ({ worktreeId, branch, isDirty: false, isCommittedOnly: false })),
  pairs: [
    { oneId: 'c', otherId: 'a', isClean: false, conflictCount: 2, conflicts: ['x', 'y'] },
    { oneId: 'b', otherId: 'c', isClean: true, conflictCount: 0, conflicts: [] },
  ],
  compared: 2,
  leftOut: 0,
  notCompared: [],
}

/** "ab ac2 bc?": every pair, with its conflicts, or that nobody compared it. */
const seen = (of: Radar) =>
  matrixOf(rows, of)
    .flat()
    .map(({ one, other, pair, isCompared }) => `${one}${other}${isCompared ? (pair?.conflictCount ?? '') : '?'}`)
    .join(' ')

test('every pair stands once, above the diagonal, whichever way the radar names it', () => {
  expect(matrixOf(rows, radar).map((cells) => cells.map(({ one, other, pair }) => `${one}${other}${pair ? pair.conflictCount : ''}`))).toEqual([['ab', 'ac2'], ['bc0'], []])
})

test('only pairs that conflict are counted as conflicts', () => {
  expect(meetings(rows, radar)).toEqual({ conflicts: 1, unknown: 0 })
})

test('a pair that was left out is not one without conflict', () => {
  const some: Radar = { ...radar, leftOut: 1, notCompared: [{ oneId: 'b', otherId: 'a' }] }
  expect(seen(some)).toBe('ab? ac2 bc0')
  expect(meetings(rows, some)).toEqual({ conflicts: 1, unknown: 1 })
})

test('where more was left out than is named, only what was compared is known', () => {
  expect(seen({ ...radar, pairs: radar.pairs.slice(0, 1), leftOut: 1001, notCompared: [] })).toBe('ab? ac2 bc?')
})

test('nothing is known of a worktree that could not be read, or that the radar does not know yet', () => {
  const [a, b] = radar.worktrees
  const without = (worktrees: Radar['worktrees']): Radar => ({ ...radar, worktrees, pairs: radar.pairs.slice(0, 1) })
  expect(seen(without(radar.worktrees.map((one) => (one === b ? { ...one, note: 'not a folder' } : one))))).toBe('ab? ac2 bc?')
  expect(seen(without(a ? [a] : []))).toBe('ab? ac2 bc?')
})
