import { agentsOf } from '~/api/agents'
import type { Agent, AgentStatus, EvSession, GitStatus, Trash, WorkspaceDetail, WorktreeDetail, WorktreeStatus } from '~/api/generated'
import type { Fold } from '~/api/live'
import type { StreamEvent } from '~/api/wire'
import { textAt } from '~/lib/json'

/** Kinds on the streams of the app and of the org that no list of these shows. */
const unlisted: ReadonlySet<string> = new Set([
  'op_progress', 'setting_changed', 'system_updated', 'trash_changed', 'overview_agent', 'overview_worktree', 'clone_changed',
])

/** For a list whose events name what changed and not how it reads now. */
export function refetchOnNews<T>(body: T, event: StreamEvent): T | 'refetch' {
  return unlisted.has(event.type) ? body : 'refetch'
}

function withStatus(agent: Agent, next: AgentStatus): Agent {
  const { statusSince: _since, statusDetail: _detail, retryAt: _retry, backgroundCommands: _commands, ...rest } = agent
  const { status, reason, source, since, detail, retryAt, backgroundCommands } = next
  return {
    ...rest,
    ...(backgroundCommands !== undefined && { backgroundCommands }),
    status,
    statusReason: reason,
    statusSource: source,
    ...(since !== undefined && { statusSince: since }),
    ...(detail !== undefined && { statusDetail: detail }),
    ...(retryAt !== undefined && { retryAt }),
  }
}

/** A session has its id before the CLI begins it: only then it can be resumed. */
function withSession(agent: Agent, { sessionId, resumable = false }: EvSession): Agent {
  return { ...agent, sessionId, isResumable: agent.isResumable || resumable }
}

function withoutProgram({ pid: _pid, ...agent }: Agent): Agent {
  return agent
}

export const foldAgent: Fold<Agent> = (agent, event) => {
  switch (event.type) {
    case 'status':
      return withStatus(agent, event.payload)
    case 'context':
      return { ...agent, contextLevel: event.payload.level, contextAssumed: event.payload.isAssumed === true }
    case 'session':
      // Only an answer carries the pid of a program that has just started.
      return agent.pid === undefined ? 'refetch' : withSession(agent, event.payload)
    case 'exit':
      return withoutProgram({ ...agent, isResumable: agent.isResumable && event.payload.sessionGone !== true })
    default:
      return agent
  }
}

/**
 * A single agent: its own stream, and those events of its workspace's stream that concern the whole agent. Events of its siblings
 * carry their source.
 */
export const foldOneAgent: Fold<Agent> = (agent, event) => {
  if (event.type === 'workspace_updated') return textAt(event.payload.data, 'id') === agent.id ? 'refetch' : agent
  return event.source === undefined ? foldAgent(agent, event) : agent
}

const agentTopic = /^agent\/(.+)$/

/** Whose event a parent's topic shows, if it is an agent's. */
function agentIdOf({ source }: StreamEvent): string | undefined {
  return source?.topic.match(agentTopic)?.[1]
}

function foldWorktree(worktree: WorktreeDetail, agentId: string, event: StreamEvent): WorktreeDetail | 'refetch' {
  const agents = agentsOf(worktree)
  const place = agents.findIndex(({ id }) => id === agentId)
  const agent = agents[place]
  if (!agent) return worktree
  const changed = foldAgent(agent, event)
  if (changed === 'refetch') return changed
  return changed === agent ? worktree : { ...worktree, agents: agents.with(place, changed) }
}

/** A status that cannot be read may mean that the folder is gone; one that can, that it is back. */
function foldState(workspace: WorkspaceDetail, { worktreeId, status }: WorktreeStatus): WorkspaceDetail | 'refetch' {
  const worktree = workspace.worktrees.find(({ id }) => id === worktreeId)
  return worktree?.isMissing === (status !== undefined) ? 'refetch' : workspace
}

/**
 * An agent's events on its workspace's stream are applied in place, without a read. Everything else there reports
 * that something was added, removed or renamed, and is read again. The git status has a query of its own.
 */
export const foldWorkspace: Fold<WorkspaceDetail> = (workspace, event) => {
  if (event.type === 'git_status') return foldState(workspace, event.payload)
  const agentId = agentIdOf(event)
  if (agentId === undefined) return 'refetch'
  const worktrees: WorktreeDetail[] = []
  for (const worktree of workspace.worktrees) {
    const changed = foldWorktree(worktree, agentId, event)
    if (changed === 'refetch') return changed
    worktrees.push(changed)
  }
  return worktrees.every((worktree, place) => worktree === workspace.worktrees[place]) ? workspace : { ...workspace, worktrees }
}

export const foldTrash: Fold<Trash> = (trash, event) => (event.type === 'trash_changed' ? 'refetch' : trash)

export function foldGit(worktreeId: string): Fold<GitStatus> {
  return (git, event) =>
    event.type === 'git_status' && event.payload.worktreeId === worktreeId ? (event.payload.status ?? 'refetch') : git
}

/** A change of git's state may be one of this file or folder; the watcher says no more. */
export function refetchOnFiles<T>(worktreeId: string): Fold<T> {
  return (body, event) => (event.type === 'git_status' && event.payload.worktreeId === worktreeId ? 'refetch' : body)
}
