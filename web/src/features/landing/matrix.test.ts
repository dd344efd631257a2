import { expect, test } from 'vitest'
import type { LandingPlanRow, Radar } from '~/api/generated'
import { matrixOf, meetings } from '~/features/landing/matrix'

const row = (worktreeId: string): LandingPlanRow => ({ worktreeId, branch: worktreeId, headId: worktreeId, ahead: 1, behind: 0, files: 1, added: 1, removed: 0, isDirty: false, baseConflicts: [], conflictsWith: [], checks: [], unmetChecks: 0 })
const rows = ['a', 'b', 'c'].map(row)
const radar: Radar = {
  worktrees: [],
  pairs: [
    { oneId: 'c', otherId: 'a', isClean: false, conflictCount: 2, conflicts: ['x', 'y'] },
    { oneId: 'b', otherId: 'c', isClean: true, conflictCount: 0, conflicts: [] },
  ],
  compared: 2,
  leftOut: 0,
}

test('every pair stands once, above the diagonal, whichever way the radar names it', () => {
  expect(matrixOf(rows, radar).map((cells) => cells.map(({ one, other, pair }) => `${one}${other}${pair ? pair.conflictCount : ''}`))).toEqual([['ab', 'ac2'], ['bc0'], []])
})

test('only pairs that conflict meet', () => {
  expect(meetings(rows, radar).map(({ conflictCount }) => conflictCount)).toEqual([2])
})
