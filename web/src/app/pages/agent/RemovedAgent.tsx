import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { call } from '~/api/client'
import { readPast } from '~/api/history'
import { overviewQuery } from '~/api/overview'
import { CallError } from '~/api/wire'
import { useNow } from '~/lib/clock'
import { formatWhen } from '~/lib/dates'
import { isObject } from '~/lib/json'
import { linkLook } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Skeleton } from '~/ui/Skeleton'

type Ids = { workspaceId: string; agentId: string }

const step = 4000
const mostSteps = 5

/** When the agent was deleted, as far back as the newest events of its workspace say it. Null: they do not, or it is gone as well. */
async function deletedAt({ workspaceId, agentId }: Ids, signal: AbortSignal): Promise<string | null> {
  const { cursors } = await call('get_workspace', { workspaceId }, undefined, signal).catch((error: unknown) => {
    if (error instanceof CallError && error.status === 404) return { cursors: [] }
    throw error
  })
  const place = cursors.find(({ topic }) => topic === `workspace/${workspaceId}`)
  if (!place) return null
  for (let n = 0, until = place.seq; n < mostSteps && until > 0; n++) {
    const after = Math.max(0, until - step)
    const events = await readPast({ ...place, after, until, kinds: ['workspace_updated'], signal })
    const last = events.findLast(({ type, payload }) => type === 'workspace_updated' && payload.change === 'agent_removed' && isObject(payload.data) && payload.data['id'] === agentId)
    if (last) return last.at
    until = after
  }
  return null
}

/** Where a link leads to an agent that is not there: since when, and a way on. An archived one is still there. */
export function RemovedAgent({ workspaceId, agentId }: Ids) {
  const now = useNow()
  const workspace = useQuery(overviewQuery()).data?.workspaces.find((one) => one.workspaceId === workspaceId)
  const removed = useQuery({
    queryKey: ['removed-agent', workspaceId, agentId],
    queryFn: ({ signal }) => deletedAt({ workspaceId, agentId }, signal),
    staleTime: Infinity,
  })
  if (removed.error) return <ErrorNote title="When this agent was deleted could not be read" error={removed.error} onRetry={() => void removed.refetch()} />
  if (removed.isPending) return <Skeleton label="Looking for the agent" rows={2} />
  return (
    <Empty
      title={removed.data ? `This agent was deleted ${formatWhen(removed.data, now)}` : 'There is no such agent'}
      text={
        removed.data
          ? 'Its transcript went with it and cannot be restored. Files that it changed were not touched: they are in its worktree, or with that in the trash.'
          : 'It was deleted for good, or the address is wrong. An archived one would be shown here.'
      }
      action={
        <>
          {workspace && (
            <Link to="/w/$workspaceId" params={{ workspaceId }} className={linkLook('plain')}>
              Its workspace
            </Link>
          )}
          <Link to="/board" className={linkLook(workspace ? 'quiet' : 'plain')}>
            Board
          </Link>
        </>
      }
    />
  )
}
