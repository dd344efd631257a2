import { expect, test } from 'vitest'
import type { AgentOverview, AgentReason, AgentStatusWord, Overview, WorktreeOverview } from '~/api/generated'
import { boardCount, boardLines } from '~/features/board/model'

const statuses: Partial<Record<AgentReason, AgentStatusWord>> = { working: 'running', permission: 'waiting', api: 'error' }

function agent(name: string, worktreeId: string, statusReason: AgentReason, displayOrder = 0): AgentOverview {
  const fixed = { statusSource: 'protocol', contextLevel: 0, mode: 'regular', adapter: 'claude', tokens: 0, costMicros: 0, queueLength: 0, isRunning: true, isInTurn: false } as const
  return { ...fixed, id: `ag_${name}`, name, worktreeId, workspaceId: `ws_${worktreeId.slice(3, 4)}`, status: statuses[statusReason] ?? 'finished', statusReason, displayOrder, openAsks: statusReason === 'permission' ? 1 : 0 }
}

function worktree(name: string, displayOrder = 0, added = 0): WorktreeOverview {
  return { id: `wt_${name}`, workspaceId: `ws_${name.slice(0, 1)}`, name, branch: name, isDetached: false, path: `/${name}`, sortMode: 'free', displayOrder, isMain: false, added, base: 'main', baseAhead: added > 0 ? 1 : 0 }
}

const all: Overview = {
  workspaces: [
    { workspaceId: 'ws_a', name: 'anchor', path: '/anchor' },
    { workspaceId: 'ws_b', name: 'buoy', path: '/buoy' },
  ],
  worktrees: [worktree('a-one', 0), worktree('a-two', 1), worktree('b-one', 0, 5), worktree('b-two', 1, 5)],
  agents: [
    agent('idle', 'wt_a-one', 'not_started'),
    agent('asks', 'wt_a-two', 'permission', 1),
    agent('works', 'wt_a-two', 'working', 0),
    agent('done', 'wt_b-one', 'turn_done'),
    agent('done too', 'wt_b-two', 'turn_done'),
  ],
  hasMore: false,
}
const open = { isFolded: () => false } as const
const namesBy = (sort: 'needs' | 'free') => boardLines(all, { sort, filter: '', ...open }).flatMap((line) => (line.kind === 'worktree' && line.id === 'wt_a-two' ? line.agents.map(({ name }) => name) : []))
const kinds = (options: Partial<Parameters<typeof boardLines>[1]>) =>
  boardLines(all, { sort: 'needs', filter: '', ...open, ...options }).map((line) => `${line.kind} ${line.kind === 'worktree' ? line.worktree.name : line.kind === 'workspace' ? line.workspace.name : line.worktrees.length}`)

test('worktrees that need me stand first, and what is ready to land is one line', () => {
  expect(kinds({})).toEqual(['workspace anchor', 'worktree a-two', 'worktree a-one', 'workspace buoy', 'ready 2'])
})

test('within a worktree the agent that asks stands first, in free order it does not', () => {
  expect(namesBy('needs')).toEqual(['asks', 'works'])
  expect(namesBy('free')).toEqual(['works', 'asks'])
})

test('a filter keeps a worktree by its name whole, and by an agent only with that agent', () => {
  expect(kinds({ filter: 'TWO' })).toEqual(['workspace anchor', 'worktree a-two', 'workspace buoy', 'worktree b-two'])
  expect(kinds({ filter: 'works' })).toEqual(['workspace anchor', 'worktree a-two'])
  expect(kinds({ filter: 'nothing like it' })).toEqual([])
})

test('one workspace is shown without its heading, a folded one without its worktrees', () => {
  expect(kinds({ workspaceId: 'ws_a' })).toEqual(['worktree a-two', 'worktree a-one'])
  expect(kinds({ isFolded: (id) => id === 'ws_a' })).toEqual(['workspace anchor', 'workspace buoy', 'ready 2'])
})

test('the count names what is shown', () => {
  expect(boardCount(boardLines(all, { sort: 'free', filter: 'a-', ...open }), all)).toBe('2 worktrees in 1 of 2 workspaces')
})
