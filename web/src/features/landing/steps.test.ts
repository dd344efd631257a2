import { expect, test } from 'vitest'
import type { LandingPlanRow, ScriptRun } from '~/api/generated'
import { stepsOf } from '~/features/landing/Steps'

const row: LandingPlanRow = {
  worktreeId: 'wt_1', branch: 'one', headId: 'abc', ahead: 1, behind: 0, files: 1, added: 1, removed: 0, isDirty: false,
  baseConflicts: [], conflictsWith: [], checks: [], unmetChecks: 0,
}

test('no checks do not look like checks that passed', () => {
  expect(stepsOf(row, undefined).checks).toEqual({ look: 'idle', text: 'no checks' })
  const checks: ScriptRun[] = JSON.parse('[{}]')
  expect(stepsOf({ ...row, checks }, undefined).checks).toEqual({ look: 'finished', text: '1 check' })
  expect(stepsOf({ ...row, checks, unmetChecks: 1 }, undefined).checks.look).toBe('idle')
})
