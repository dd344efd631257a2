import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { workspaceQuery } from '~/api/workspace-queries'
import { useRunLogs } from '~/features/script/logs'
import { RemovedWorktree } from '~/features/recovery/RemovedWorktree'
import { RunMenu } from '~/features/script/RunMenu'
import type { Moment } from '~/features/terminal/PastScreen'
import { TerminalPane } from '~/features/terminal/TerminalPane'
import { showInPane } from '~/features/terminal/layout'
import { visibleName } from '~/lib/visible'
import { linkLook } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Crumb, PageHead } from '~/ui/PageHead'
import { Skeleton } from '~/ui/Skeleton'

const route = getRouteApi('/w/$workspaceId/terminals/$worktreeId')

/** `lch_…:offset`, as a link to a moment has it. */
function momentOf(at: string | undefined): Moment | undefined {
  const [launchId, offset] = at?.split(':') ?? []
  return launchId && /^\d+$/.test(offset ?? '') ? { launchId, offset: Number(offset) } : undefined
}

/** The terminals of a worktree on a page of their own, with or without an agent in it. */
export function TerminalsPage() {
  const { workspaceId, worktreeId } = route.useParams()
  const at = momentOf(route.useSearch().at)
  const { data, error, refetch } = useQuery(workspaceQuery(workspaceId))
  const worktree = data?.worktrees.find(({ id }) => id === worktreeId)
  return (
    <main id="content" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col outline-none">
      <PageHead title="Terminals" crumbs={worktree && <Way workspaceId={workspaceId} workspace={data?.name ?? ''} worktree={worktree.name} />}>
        {at && (
          <Link to="/w/$workspaceId/terminals/$worktreeId" params={{ workspaceId, worktreeId }} className={linkLook('plain')}>
            Back to now
          </Link>
        )}
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
      {data && !worktree && <div className="px-6"><RemovedWorktree worktreeId={worktreeId} /></div>}
      {worktree && <Pane key={worktreeId} workspaceId={workspaceId} worktreeId={worktreeId} at={at} />}
    </main>
  )
}

function Way({ workspaceId, workspace, worktree }: { workspaceId: string; workspace: string; worktree: string }) {
  return (
    <>
      <Crumb>
        <Link to="/w/$workspaceId" params={{ workspaceId }} className="hover:text-fg0">
          {visibleName(workspace)}
        </Link>
      </Crumb>
      <Crumb>{visibleName(worktree)}</Crumb>
    </>
  )
}

function Pane({ workspaceId, worktreeId, at }: { workspaceId: string; worktreeId: string; at: Moment | undefined }) {
  const logs = useRunLogs(workspaceId, worktreeId)
  return <TerminalPane workspaceId={workspaceId} worktreeId={worktreeId} logs={logs} at={at} />
}
