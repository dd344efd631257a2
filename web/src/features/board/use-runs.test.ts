import { expect, test } from 'vitest'
import type { AgentOverview } from '~/api/generated'
import { isEngaged } from '~/features/board/use-runs'

const idle: AgentOverview = {
  id: 'ag_1', worktreeId: 'wt_1', workspaceId: 'ws_1', name: 'a', status: 'finished', statusReason: 'turn_done', statusSource: 'event', contextLevel: 0, mode: 'regular', adapter: 'claude', isDemo: false, displayOrder: 0, queueLength: 0, isRunning: true, isInTurn: false, openAsks: 0, tokens: 0, costMicros: 0,
}

test('an agent at rest is stopped with its worktree; a turn, a prompt that waits and a command in the background keep it', () => {
  expect(isEngaged(idle)).toBe(false)
  expect(isEngaged({ ...idle, status: 'error', statusReason: 'suspended' })).toBe(false)
  for (const more of [{ isInTurn: true }, { queueLength: 1 }, { backgroundCommands: 1 }, { status: 'waiting', statusReason: 'permission' }] as const) expect(isEngaged({ ...idle, ...more })).toBe(true)
})
