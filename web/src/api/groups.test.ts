import { expect, test } from 'vitest'
import type { AgentOverview, AgentReason, WorktreeOverview } from '~/api/generated'
import { groupOf, isReady } from '~/api/groups'

test('whose ask was answered needs nobody, also before its status has followed', () => {
  expect(groupOf({ statusReason: 'permission', openAsks: 1 })).toBe('needs')
  expect(groupOf({ statusReason: 'permission', openAsks: 0 })).toBe('working')
  expect(groupOf({ statusReason: 'api', openAsks: 0 })).toBe('needs')
  for (const statusReason of ['suspended', 'no_room'] as const) expect(groupOf({ statusReason, openAsks: 0 })).toBe('needs')
})

const worktree: WorktreeOverview = { id: 'wt_1', workspaceId: 'ws_1', name: 'fix', branch: 'fix', path: '/fix', isMain: false, displayOrder: 0, sortMode: 'name', isDetached: false, baseAhead: 2, isLanded: false }
const agent = (statusReason: AgentReason, isInTurn = false): AgentOverview => ({
  id: 'ag_1', worktreeId: 'wt_1', workspaceId: 'ws_1', name: 'a', status: 'finished', statusReason, statusSource: 'event', contextLevel: 0, mode: 'regular', adapter: 'claude', isDemo: false, displayOrder: 0, queueLength: 0, isRunning: true, isInTurn, openAsks: 0, tokens: 0, costMicros: 0,
})

test('ready to land is what the page Landing lands: nobody is in the middle of a turn, however an agent ended', () => {
  for (const reason of ['turn_done', 'stopped', 'exited', 'interrupted', 'api'] as const) expect(isReady(worktree, [agent(reason)])).toBe(true)
  for (const reason of ['working', 'permission', 'no_room', 'suspended'] as const) expect(isReady(worktree, [agent(reason, true)])).toBe(false)
  // A terminal works for ever, in no turn.
  for (const reason of ['working', 'suspended'] as const) expect(isReady(worktree, [agent(reason)])).toBe(true)
  expect(isReady(worktree, [])).toBe(true)
  expect(isReady({ ...worktree, untracked: 1 }, [])).toBe(false)
  expect(isReady({ ...worktree, isLanded: true }, [])).toBe(false)
  expect(isReady({ ...worktree, baseAhead: 0 }, [])).toBe(false)
})
