import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { Worktree } from '~/api/generated'
import { workspaceQuery } from '~/api/queries'
import { useRunLogs } from '~/features/script/logs'
import { RunMenu } from '~/features/script/RunMenu'
import { TerminalPane } from '~/features/terminal/TerminalPane'
import { showInPane } from '~/features/terminal/use-terminals'
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
    <main id="content" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col outline-none">
      <PageHead title="Terminals" crumbs={worktree && <Way workspace={data?.name ?? ''} worktree={worktree.name} />}>
        {worktree && <RunMenu workspaceId={workspaceId} worktreeId={worktreeId} onLog={(runId) => showInPane(worktreeId, runId)} />}
      </PageHead>
      {error && (
        <div className="px-6">
          <ErrorNote title="This worktree could not be read" error={error} onRetry={() => void refetch()} />
        </div>
      )}
      {!data && !error && (
        <div className="px-6">
          <Skeleton label="Reading the worktree" />
        </div>
      )}
      {data && !worktree && <p className="px-6 py-4 text-fg2">This worktree does not belong to the workspace any more.</p>}
      {worktree && <Pane key={worktreeId} workspaceId={workspaceId} worktreeId={worktreeId} />}
    </main>
  )
}

function Way({ workspace, worktree }: { workspace: string; worktree: string }) {
  return (
    <>
      <Crumb>{visibleName(workspace)}</Crumb>
      <Crumb>{visibleName(worktree)}</Crumb>
    </>
  )
}

function Pane({ workspaceId, worktreeId }: { workspaceId: string; worktreeId: Worktree['id'] }) {
  const logs = useRunLogs(workspaceId, worktreeId)
  return <TerminalPane workspaceId={workspaceId} worktreeId={worktreeId} logs={logs} />
}
