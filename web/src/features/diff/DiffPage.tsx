import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { workspaceQuery } from '~/api/queries'
import { DiffPane, type DiffPlace } from '~/features/diff/DiffPane'
import { DiffTools } from '~/features/diff/DiffTools'
import { visibleName } from '~/lib/visible'
import { PaneFrame } from '~/ui/Page'
import { Crumb } from '~/ui/PageHead'
import { Polled } from '~/ui/Polled'

const route = getRouteApi('/w/$workspaceId/diff/$worktreeId')

/** The diff of a worktree on a page of its own. */
export function DiffPage() {
  const { workspaceId, worktreeId } = route.useParams()
  const { against = 'head', file, line } = route.useSearch()
  const navigate = route.useNavigate()
  const workspace = useQuery(workspaceQuery(workspaceId)).data
  const name = visibleName(workspace?.worktrees.find(({ id }) => id === worktreeId)?.name ?? 'worktree')
  const go = (place: DiffPlace) => void navigate({ search: (before) => ({ ...before, ...place }) })
  return (
    <PaneFrame
      title={`Diff of ${name}`}
      header={
        <>
          <div className="flex min-w-0 items-center">
            <Crumb>
              <Link to="/w/$workspaceId" params={{ workspaceId }} className="hover:text-fg0">
                {visibleName(workspace?.name ?? 'Workspace')}
              </Link>
            </Crumb>
            <h1 className="truncate font-semibold">Diff of {name}</h1>
          </div>
          <Polled worktreeId={worktreeId} />
          <div className="ml-auto flex items-center gap-1">
            <DiffTools workspaceId={workspaceId} worktreeId={worktreeId} against={against} onNavigate={go} />
          </div>
        </>
      }
    >
      <DiffPane workspaceId={workspaceId} worktreeId={worktreeId} against={against} file={file} line={line} onNavigate={go} isWide />
    </PaneFrame>
  )
}
