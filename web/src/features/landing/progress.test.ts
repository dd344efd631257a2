import { expect, test } from 'vitest'
import type { LandingPlan, LandQueue, LandQueueRow } from '~/api/generated'
import { shownOf, type Heads } from '~/features/landing/progress'

const row = (worktreeId: string, more: Partial<LandQueueRow>): LandQueueRow => ({ worktreeId, how: 'squash', state: 'waiting', headId: 'h1', ...more })
const landed = row('wt_1', { state: 'landed', landingId: 'lnd_1', toId: 'b1' })
const queue = (state: LandQueue['state'], rows: LandQueueRow[]): LandQueue => ({ id: 'lnq_1', workspaceId: 'ws_1', state, startedBy: 'usr_1', startedAt: '', rows })
const planned = (worktreeId: string, headId: string, more: { isDirty?: boolean; unmetChecks?: number } = {}): LandingPlan => ({
  baseRef: 'refs/heads/main',
  excluded: [],
  leftOut: 0,
  worktrees: [{ worktreeId, headId, branch: 'b', ahead: 1, behind: 0, files: 1, added: 1, removed: 0, isDirty: false, baseConflicts: [], conflictsWith: [], checks: [], unmetChecks: 0, ...more }],
})
const nobody = new Map<string, Heads>()

test('a queue that runs shows each row, and who waits', () => {
  const now = queue('running', [landed, row('wt_2', { state: 'running', step: 'checks', stepAt: '2026-11-24T00:00:00Z', passed: 1, checks: 3 }), row('wt_3', {})])
  const { progress, waiting, isRunning } = shownOf(now, undefined, nobody)
  expect(progress.get('wt_1')).toMatchObject({ state: 'landed', landing: { id: 'lnd_1', toId: 'b1', workspaceId: 'ws_1' } })
  expect(progress.get('wt_2')).toMatchObject({ state: 'running', step: 'checks', detail: '1 of 3' })
  expect([...waiting]).toEqual(['wt_3'])
  expect(isRunning).toBe(true)
})

test('of one that had ended before, only where it stopped is shown; nobody waits', () => {
  const ended = queue('stopped', [landed, row('wt_2', { state: 'stopped', step: 'merge', text: 'Why', conflicts: ['a'] }), row('wt_3', {})])
  const { progress, waiting } = shownOf(ended, undefined, nobody)
  expect([...progress.keys()]).toEqual(['wt_2'])
  expect(progress.get('wt_2')).toEqual({ state: 'stopped', step: 'merge', text: 'Why', conflicts: ['a'] })
  expect(waiting.size).toBe(0)
  expect([...shownOf(ended, undefined, new Map([['lnq_1', new Set(['h0'])]])).progress.keys()]).toEqual(['wt_1', 'wt_2'])
})

test('why it stopped is shown until its worktree has another commit', () => {
  const ended = queue('stopped', [row('wt_2', { state: 'stopped', text: 'Why' })])
  expect(shownOf(ended, planned('wt_2', 'h1'), nobody).progress.size).toBe(1)
  expect(shownOf(ended, planned('wt_2', 'h2'), nobody).progress.size).toBe(0)
  const inConflict = queue('stopped', [row('wt_2', { state: 'stopped', text: 'Why', conflicts: ['a'] })])
  expect(shownOf(inConflict, planned('wt_2', 'h1', { isDirty: true }), nobody).progress.size).toBe(1)
  expect(shownOf(inConflict, planned('wt_2', 'h1'), nobody).progress.size, 'the merge was aborted').toBe(0)
  const failed = queue('stopped', [row('wt_2', { state: 'stopped', step: 'checks', text: 'Why' })])
  expect(shownOf(failed, planned('wt_2', 'h1', { unmetChecks: 1 }), nobody).progress.size).toBe(1)
  expect(shownOf(failed, planned('wt_2', 'h1'), nobody).progress.size, 'they have passed since').toBe(0)
})

test('what was undone is as if it had not landed', () => {
  expect(shownOf(queue('landed', [{ ...landed, state: 'undone' }]), undefined, new Map([['lnq_1', new Set(['h0'])]])).progress.size).toBe(0)
  expect(shownOf(undefined, undefined, nobody)).toEqual({ progress: new Map(), waiting: new Set(), isRunning: false })
})

test('what landed can land again once it has another commit; a plan from before the landing does not count', () => {
  const now = queue('landed', [landed])
  const seen = new Map([['lnq_1', new Set(['h0'])]])
  expect(shownOf(now, planned('wt_1', 'h1'), seen).progress.size).toBe(1)
  expect(shownOf(now, planned('wt_1', 'h0'), seen).progress.size, 'the plan is older: bringing base in has moved it since').toBe(1)
  expect(shownOf(now, planned('wt_1', 'h2'), seen).progress.size).toBe(0)
})
