import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { GitDiff } from '~/api/generated'
import { diffQuery, workspaceQuery } from '~/api/queries'
import { DiffView } from '~/features/diff/DiffView'
import { plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Icon } from '~/ui/Icon'
import { Empty, ErrorNote, Skeleton } from '~/ui/Notes'
import { PaneFrame } from '~/ui/Page'
import { Polled } from '~/ui/Polled'

const route = getRouteApi('/w/$workspaceId/diff/$worktreeId')

export function DiffPage() {
  const { workspaceId, worktreeId } = route.useParams()
  const workspace = useQuery(workspaceQuery(workspaceId))
  const worktree = workspace.data?.worktrees.find(({ id }) => id === worktreeId)
  const name = visibleName(worktree?.name ?? 'worktree')
  return (
    <PaneFrame
      title={`Diff of ${name}`}
      header={
        <>
          <div className="flex min-w-0 items-baseline gap-2">
            <Link to="/w/$workspaceId" params={{ workspaceId }} className="max-w-40 truncate text-fg2 hover:text-fg0 sm:max-w-64">
              {visibleName(workspace.data?.name ?? 'Workspace')} /
            </Link>
            <h1 className="truncate text-md font-semibold">Diff of {name}</h1>
          </div>
          {worktree && (
            <span className="flex min-w-0 items-center gap-1 font-mono text-sm text-fg1">
              <Icon name="branch" className="text-fg2" />
              <span className="truncate">{visibleName(worktree.branch)}</span>
            </span>
          )}
          <Polled worktreeId={worktreeId} />
          <Totals workspaceId={workspaceId} worktreeId={worktreeId} />
        </>
      }
    >
      <Body workspaceId={workspaceId} worktreeId={worktreeId} />
    </PaneFrame>
  )
}

type Ids = { workspaceId: string; worktreeId: string }

/** The daemon's total covers tracked files; the lines of new files are added as far as they were read. */
function addedLines({ files, totalAdded }: GitDiff): number {
  return files.reduce((sum, { status, added }) => (status === 'untracked' ? sum + added : sum), totalAdded)
}

function Totals({ workspaceId, worktreeId }: Ids) {
  const diff = useQuery(diffQuery(workspaceId, worktreeId))
  const added = diff.data && addedLines(diff.data)
  return (
    <div className="tnum ml-auto flex items-center gap-3 text-sm text-fg1">
      {diff.data && (
        <>
          <span>
            {diff.data.isTotalLeast && 'at least '}
            {plural(diff.data.totalFiles, 'file')}
          </span>
          <span className="font-mono text-ok">+{added}</span>
          <span className="font-mono text-err">−{diff.data.totalRemoved}</span>
        </>
      )}
      <Button isSmall disabled={diff.isFetching} onClick={() => void diff.refetch()}>
        {diff.isFetching ? 'Reading' : 'Refresh'}
      </Button>
    </div>
  )
}

function Body({ workspaceId, worktreeId }: Ids) {
  const diff = useQuery(diffQuery(workspaceId, worktreeId))
  if (diff.error)
    return (
      <div className="p-4">
        <ErrorNote title="The diff could not be read" error={diff.error} onRetry={() => void diff.refetch()} />
      </div>
    )
  if (!diff.data)
    return (
      <div className="p-4">
        <Skeleton rows={6} height="h-10" />
      </div>
    )
  if (diff.data.files.length === 0)
    return (
      <div className="mx-auto w-full max-w-[800px] p-4">
        <Empty icon="diff" title="Nothing differs from the last commit." command="git status" />
      </div>
    )
  return <DiffView diff={diff.data} />
}
