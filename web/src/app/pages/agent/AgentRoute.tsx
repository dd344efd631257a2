import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { CallError } from '~/api/wire'
import { agentQuery } from '~/api/workspace-queries'
import { AgentPage } from '~/app/pages/agent/AgentPage'
import { ErrorNote } from '~/ui/ErrorNote'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { PageHead, useTitle } from '~/ui/PageHead'
import { Skeleton } from '~/ui/Skeleton'

const RemovedAgent = lazyPart(async () => (await import('~/app/pages/agent/RemovedAgent')).RemovedAgent)

const route = getRouteApi('/w/$workspaceId/a/$agentId')

export function AgentRoute() {
  const { workspaceId, agentId } = route.useParams()
  const { data, error, refetch } = useQuery(agentQuery(workspaceId, agentId))
  const isGone = !data && error instanceof CallError && error.code === 'NOT_FOUND'
  useTitle(data?.name ?? (isGone ? 'No agent' : 'Agent'))
  return (
    <main id="content" tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
      {!data && <PageHead title={isGone ? 'No agent' : 'Agent'} />}
      {isGone && (
        <div className="px-6">
          <LazyPart>
            <RemovedAgent workspaceId={workspaceId} agentId={agentId} />
          </LazyPart>
        </div>
      )}
      {error && !isGone && (
        <div className="px-6">
          <ErrorNote title={data ? 'The status of this agent cannot be followed' : 'This agent could not be read'} error={error} onRetry={() => void refetch()} />
        </div>
      )}
      {!data && !error && (
        <div className="px-6">
          <Skeleton label="Reading the agent" rows={6} />
        </div>
      )}
      {data && <AgentPage key={agentId} agent={data} />}
    </main>
  )
}
