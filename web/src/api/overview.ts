import { queryOptions } from '@tanstack/react-query'
import { call } from '~/api/client'
import type { AgentOverview, Overview, WorkspaceNews, WorktreeOverview } from '~/api/generated'
import { liveQuery, type Fold } from '~/api/live'
import type { Answer } from '~/api/wire'

type Row = { id: string }

/** The row in its place, at the end, or gone. */
function withRow<T extends Row>(rows: T[], row: T, isGone: boolean): T[] {
  const at = rows.findIndex(({ id }) => id === row.id)
  if (isGone) return at < 0 ? rows : rows.toSpliced(at, 1)
  return at < 0 ? [...rows, row] : rows.with(at, row)
}

function withWorkspace(workspaces: WorkspaceNews[], workspace: WorkspaceNews): WorkspaceNews[] {
  const at = workspaces.findIndex(({ workspaceId }) => workspaceId === workspace.workspaceId)
  return at < 0 ? [...workspaces, workspace] : workspaces.with(at, workspace)
}

function withoutWorkspace(all: Overview, gone: string): Overview {
  const stays = ({ workspaceId }: { workspaceId: string }) => workspaceId !== gone
  return { ...all, workspaces: all.workspaces.filter(stays), worktrees: all.worktrees.filter(stays), agents: all.agents.filter(stays) }
}

/** Every event carries the row that it is about, so nothing is read again. */
export const foldOverview: Fold<Overview> = (all, event) => {
  switch (event.type) {
    case 'overview_agent': {
      const { data, changes } = event.payload
      const isGone = data.deletedAt !== undefined || changes.includes('removed')
      return { ...all, agents: withRow(all.agents, data, isGone) }
    }
    case 'overview_worktree': {
      const { data, changes } = event.payload
      return { ...all, worktrees: withRow(all.worktrees, data, changes.includes('removed')) }
    }
    case 'workspace_opened':
    case 'workspace_renamed':
    case 'workspace_moved':
      return { ...all, workspaces: withWorkspace(all.workspaces, event.payload) }
    case 'workspace_closed':
      return withoutWorkspace(all, event.payload.workspaceId)
    default:
      return all
  }
}

/** All pages, followed from where the first was read: a later page only knows more, and its events come again. */
async function readOverview(abort: AbortSignal): Promise<Answer<Overview>> {
  const first = await call('get_overview', {}, undefined, abort)
  const whole = { ...first.body }
  for (let page = first.body; page.nextCursor !== undefined; ) {
    page = (await call('get_overview', { after: page.nextCursor }, undefined, abort)).body
    whole.worktrees = [...whole.worktrees, ...page.worktrees]
    whole.agents = [...whole.agents, ...page.agents]
  }
  return { body: { ...whole, hasMore: false }, cursors: first.cursors }
}

/** What the frame, Home and the board show: every workspace, worktree and agent, from one call and one topic. */
export const overviewQuery = () =>
  queryOptions({ ...liveQuery('get_overview', {}, ['overview/'], foldOverview), queryFn: ({ signal }) => readOverview(signal) })

export type AgentRow = AgentOverview
export type WorktreeRow = WorktreeOverview
