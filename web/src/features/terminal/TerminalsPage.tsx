import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { workspaceQuery } from '~/api/queries'
import { TerminalPane } from '~/features/terminal/TerminalPane'
import { visibleName } from '~/lib/visible'
import { ErrorNote } from '~/ui/ErrorNote'
import { Crumb, PageHead } from '~/ui/PageHead'
import { Skeleton } from '~/ui/Skeleton'

const route = getRouteApi('/w/$workspaceId/terminals/$worktreeId')

/** The terminals of a worktree on a page of their own, with or without an agent in it. */
export function TerminalsPage() {
  const { workspaceId, worktreeId } = route.useParams()
  const { data, error, refetch } = useQuery(workspaceQuery(workspaceId))
  const worktree = data?.worktrees.find(({ id }) => id === worktreeId)
  return (
    <main id="content" className="flex h-full min-h-0 min-w-0 flex-1 flex-col">
      <PageHead title="Terminals" crumbs={worktree && <><Crumb>{visibleName(data?.name ?? '')}</Crumb><Crumb>{visibleName(worktree.name)}</Crumb></>} />
      {error && <div className="px-6"><ErrorNote title="This worktree could not be read" error={error} onRetry={() => void refetch()} /></div>}
      {!data && !error && <div className="px-6"><Skeleton label="Reading the worktree" /></div>}
      {data && !worktree && <div className="px-6 py-4 text-fg2">This worktree is not in the workspace any more.</div>}
      {worktree && <TerminalPane workspaceId={workspaceId} worktreeId={worktreeId} />}
    </main>
  )
}
