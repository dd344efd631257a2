import { expect, test } from 'vitest'
import type { AwayAgent } from '~/api/generated'
import { hoursBetween, laneOf, totalsOf, turnsSince, withFigure } from '~/features/home/away'

test('totals are sums over the agents; landings are counted by worktree', () => {
  const agent = { turnsEnded: 2, filesChanged: 3, asksAnswered: 1, asksByRule: 1, failures: 0, costMicros: 5, landings: 1 }
  const ids = { agentId: 'ag_1', worktreeId: 'wt_1', workspaceId: 'ws_1', name: 'a', status: 'finished', asksOpened: 4, lastAt: '' } as const
  expect(totalsOf({ agents: [{ ...ids, ...agent }, { ...ids, ...agent }], landings: 1, truncated: false })).toEqual({ turns: 4, files: 6, answered: 2, byRule: 2, failures: 0, costMicros: 10, landings: 1 })
})

test('a turn that runs is alive to now, and waits from its ask on', () => {
  const turn = { index: 0, at: '2026-11-23T08:00:00Z', outcome: 'running', filesChanged: 0, toolCalls: 0 } as const
  const start = Date.parse(turn.at)
  expect(laneOf([turn], start + 60_000).spans).toEqual([{ kind: 'live', from: start, to: start + 60_000 }])
  expect(laneOf([turn], start + 60_000, start + 40_000).spans.map(({ kind }) => kind)).toEqual(['past', 'wait'])
})

test('a failed turn has a failure when it ended, whatever duration its CLI reports', () => {
  const turn = { index: 0, at: '2026-11-23T08:00:00Z', endedAt: '2026-11-23T08:01:00Z', outcome: 'error', durationMs: 1_000, filesChanged: 0, toolCalls: 0 } as const
  const end = Date.parse(turn.endedAt)
  expect(laneOf([turn], 0)).toEqual({ spans: [{ kind: 'past', from: Date.parse(turn.at), to: end }], marks: [{ kind: 'failure', at: end }] })
  expect(turnsSince([turn], end)).toEqual([turn])
  expect(turnsSince([turn], end + 1)).toEqual([])
})

test('the axis has full hours, at most eight', () => {
  const hour = 3_600_000
  expect(hoursBetween(0.5 * hour, 3.9 * hour)).toEqual([hour, 2 * hour, 3 * hour])
  expect(hoursBetween(0, 48 * hour).length).toBeLessThanOrEqual(8)
})

const agent = (agentId: string, failures: number) => ({ agentId, worktreeId: 'wt_1', workspaceId: 'ws_1', name: agentId, status: 'finished', turnsEnded: 1, failures, asksOpened: 0, asksAnswered: 0, asksByRule: 0, filesChanged: 0, costMicros: 0, landings: 0, lastAt: '' }) satisfies AwayAgent

test('a figure has those who took part in it, the largest first', () => {
  const agents = [agent('one', 1), agent('none', 0), agent('two', 2)]
  expect(withFigure(agents, 'failures').map(({ agentId }) => agentId)).toEqual(['two', 'one'])
  expect(withFigure(agents, undefined)).toBe(agents)
})
