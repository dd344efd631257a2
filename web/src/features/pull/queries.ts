import type { HostInfo, PullChecks, PullList, PullRequest } from '~/api/generated'
import { readQuery } from '~/api/live'
import type { Answer } from '~/api/wire'

/** The host has no events: it is asked again while something is at work there. */
const pollMs = 30_000
const mostPulls = 100

type Data<T> = { state: { data?: Answer<T> | undefined } }

export const isUnsettled = (state: PullRequest['checks']) => state === 'queued' || state === 'running'

export const pullsQuery = (workspaceId: string, host: HostInfo | undefined) => ({
  ...readQuery('list_pull_requests', { workspaceId, state: 'all', limit: mostPulls }),
  enabled: host?.isReady === true,
  staleTime: pollMs,
  refetchInterval: ({ state }: Data<PullList>) => (state.data?.body.pullRequests.some(({ checks, state: word }) => word === 'open' && isUnsettled(checks)) ? pollMs : false),
})

export const pullChecksQuery = (workspaceId: string, number: number) => ({
  ...readQuery('list_pull_request_checks', { workspaceId, number, limit: 100 }),
  staleTime: pollMs,
  refetchInterval: ({ state }: Data<PullChecks>) => (state.data?.body.checks.some(({ state: word }) => isUnsettled(word)) ? pollMs : false),
})

export const reviewQuery = (workspaceId: string, number: number) => ({ ...readQuery('list_review_comments', { workspaceId, number, limit: 100 }), staleTime: pollMs })

/** The newest pull request of a branch of this repository, an open one before others; a fork's branch of that name is another one. */
export function pullOf(pulls: readonly PullRequest[], branch: string): PullRequest | undefined {
  const mine = pulls.filter(({ head, headOwner }) => head === branch && headOwner === undefined)
  return mine.find(({ state }) => state === 'open') ?? mine[0]
}
