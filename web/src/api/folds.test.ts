import { expect, test } from 'vitest'
import { agentsOf } from '~/api/agents'
import { foldAgent, foldOneAgent, foldWorkspace } from '~/api/folds'
import type { Agent, Events, GitStatus, WorkspaceDetail, WorktreeDetail } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'

const at = '2026-11-21T10:00:00Z'

function agent(id: string, more: Partial<Agent> = {}): Agent {
  return {
    id,
    worktreeId: 'wt_1',
    workspaceId: 'ws_1',
    name: id,
    status: 'running',
    statusReason: 'working',
    statusSource: 'protocol',
    contextLevel: 0,
    mode: 'regular',
    permissions: ['read'],
    displayOrder: 0,
    adapter: 'claude',
    createdAt: at,
    updatedAt: at,
    pid: 7,
    isResumable: false,
    ...more,
  }
}

function worktree(id: string, agents: readonly Agent[]): WorktreeDetail {
  const place = { path: '/w', sortMode: 'free', displayOrder: 0, isMain: false, isDetached: false, isMissing: false } as const
  return { id, workspaceId: 'ws_1', name: id, branch: id, ...place, createdAt: at, updatedAt: at, agents, previousAgents: [], previousAgentCount: 0 }
}

const workspace: WorkspaceDetail = {
  id: 'ws_1',
  name: 'harbor',
  path: '/w',
  createdAt: at,
  updatedAt: at,
  worktreeCount: 2,
  agentCount: 3,
  worktrees: [worktree('wt_1', [agent('ag_1'), agent('ag_2')]), worktree('wt_2', [agent('ag_3')])],
}

const clean: GitStatus = {
  isClean: true,
  ahead: 0,
  behind: 0,
  modified: [],
  staged: [],
  untracked: [],
  conflicted: [],
  unverified: [],
  counts: { modified: 0, staged: 0, untracked: 0, conflicted: 0, unverified: 0 },
  branch: 'main',
  isDetached: false,
  contentId: 'c0',
  truncated: false,
}

function event<K extends keyof Events>(type: K, payload: Events[K], from?: string) {
  const source = from === undefined ? {} : { source: { topic: `agent/${from}`, seq: 4 } }
  return { type, topic: 'workspace/ws_1', generation: 1, seq: 9, at, payload, ...source }
}

function agentsAfter(one: StreamEvent) {
  const changed = foldWorkspace(workspace, one)
  return changed === 'refetch' ? [] : changed.worktrees.flatMap(agentsOf)
}

const waiting = { status: 'waiting', reason: 'permission', source: 'protocol', since: at, detail: 'Bash' } as const

test('a status on the workspace’s stream changes that agent and no other', () => {
  const [first, second, third] = agentsAfter(event('status', waiting, 'ag_2'))
  expect(second).toMatchObject({ status: 'waiting', statusReason: 'permission', statusDetail: 'Bash', pid: 7 })
  expect(first).toBe(agentsOf(workspace.worktrees[0] ?? worktree('', []))[0])
  expect(third).toMatchObject({ status: 'running' })
})

test('a context level and the end of a program need no read', () => {
  const assumed = event('context', { used: 5, window: 10, level: 50, isAssumed: true }, 'ag_3')
  expect(agentsAfter(assumed)[2]).toMatchObject({ contextLevel: 50, contextAssumed: true })
  const known = event('context', { used: 5, window: 10, level: 50 }, 'ag_3')
  expect(agentsAfter(known)[2]).toMatchObject({ contextLevel: 50, contextAssumed: false })
  expect(agentsAfter(event('exit', { isClean: true }, 'ag_1'))[0]).not.toHaveProperty('pid')
})

test('an event that changes nothing leaves the list the same object', () => {
  expect(foldWorkspace(workspace, event('ask', { requestId: 'r', kind: 'permission', tool: 'Bash' }, 'ag_1'))).toBe(workspace)
  expect(foldWorkspace(workspace, event('status', waiting, 'ag_of_before'))).toBe(workspace)
  expect(foldWorkspace(workspace, event('git_status', { worktreeId: 'wt_1', source: 'inotify', status: clean }))).toBe(workspace)
})

test('a worktree whose folder may be gone or back is read again', () => {
  const gone = { ...workspace, worktrees: workspace.worktrees.map((one) => ({ ...one, isMissing: true })) }
  const unread = event('git_status', { worktreeId: 'wt_1', source: 'polled', error: 'the folder /w is gone' })
  const read = event('git_status', { worktreeId: 'wt_1', source: 'polled', status: clean })
  expect(foldWorkspace(workspace, unread)).toBe('refetch')
  expect(foldWorkspace(gone, unread)).toBe(gone)
  expect(foldWorkspace(gone, read)).toBe('refetch')
})

test('what was added, removed or renamed is read again', () => {
  const added = event('workspace_updated', { workspaceId: 'ws_1', change: 'agent_added', data: {} })
  expect(foldWorkspace(workspace, added)).toBe('refetch')
})

test('the pid of a program that has started is requested once', () => {
  const session = event('session', { sessionId: 's' })
  const { pid: _pid, ...started } = agent('ag_1')
  expect(foldAgent(started, session)).toBe('refetch')
  expect(foldAgent(agent('ag_1'), session)).toMatchObject({ sessionId: 's', pid: 7 })
})

test('an agent can be resumed once its session began, until the CLI no longer has it', () => {
  const named = foldAgent(agent('ag_1'), event('session', { sessionId: 's', resumable: false }))
  expect(named).toMatchObject({ sessionId: 's', isResumable: false })
  const began = agent('ag_1', { isResumable: true })
  expect(foldAgent(agent('ag_1'), event('session', { sessionId: 's', resumable: true }))).toMatchObject({ isResumable: true })
  expect(foldAgent(began, event('session', { sessionId: 's' }))).toMatchObject({ isResumable: true })
  expect(foldAgent(began, event('exit', { code: 0, isClean: true }))).toMatchObject({ isResumable: true })
  expect(foldAgent(began, event('exit', { code: 1, isClean: false, sessionGone: true }))).toMatchObject({ isResumable: false })
})

test('from its workspace’s stream an agent’s page takes events about that agent, and none about its siblings', () => {
  const one = agent('ag_1')
  const updated = (id: string) => event('workspace_updated', { workspaceId: 'ws_1', change: 'agent_updated', data: { id } })
  expect(foldOneAgent(one, updated('ag_1'))).toBe('refetch')
  expect(foldOneAgent(one, updated('ag_2'))).toBe(one)
  expect(foldOneAgent(one, event('status', waiting, 'ag_2'))).toBe(one)
  expect(foldOneAgent(one, event('status', waiting))).toMatchObject({ status: 'waiting' })
})
