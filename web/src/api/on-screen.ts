import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { AgentOverview, Overview, WorktreeOverview } from '~/api/generated'
import { overviewQuery } from '~/api/overview'

/** What is on screen: ids of the address, and the worktree of its agent. */
export type Place = { workspaceId?: string | undefined; worktreeId?: string | undefined; agentId?: string | undefined }

export function placeOf(params: Place, overview: Pick<Overview, 'agents' | 'worktrees'> | undefined): Place {
  const agent = overview?.agents.find(({ id }) => id === params.agentId)
  const worktreeId = params.worktreeId ?? agent?.worktreeId
  const worktree = overview?.worktrees.find(({ id }) => id === worktreeId)
  return { agentId: params.agentId, worktreeId, workspaceId: params.workspaceId ?? worktree?.workspaceId }
}

export function usePlace(): Place {
  const params: Place = useParams({ strict: false })
  return placeOf(params, useQuery(overviewQuery()).data)
}

export const addressOfAgent = ({ workspaceId, id }: Pick<AgentOverview, 'workspaceId' | 'id'>) => `/w/${workspaceId}/a/${id}`
export const addressOfReview = ({ workspaceId, id }: Pick<WorktreeOverview, 'workspaceId' | 'id'>) => `/w/${workspaceId}/review/${id}`
export const addressOfTerminals = ({ workspaceId, id }: Pick<WorktreeOverview, 'workspaceId' | 'id'>) => `/w/${workspaceId}/terminals/${id}`
