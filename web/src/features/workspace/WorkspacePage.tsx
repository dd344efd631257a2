import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { useIsDemoPath } from '~/api/demo'
import { workspaceQuery } from '~/api/queries'
import { useAct } from '~/api/use-act'
import { CloseWorkspace } from '~/features/workspace/CloseWorkspace'
import { DemoGuide } from '~/features/workspace/DemoGuide'
import { NewWorktree } from '~/features/workspace/NewWorktree'
import { RemovedWorktrees } from '~/features/workspace/RemovedWorktrees'
import { WorktreeSection } from '~/features/workspace/WorktreeSection'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { DemoBadge } from '~/ui/Demo'
import { Empty, ErrorNote, Skeleton } from '~/ui/Notes'
import { Page } from '~/ui/Page'

const route = getRouteApi('/w/$workspaceId')

type Open = 'worktree' | 'close' | undefined

export function WorkspacePage() {
  const { workspaceId } = route.useParams()
  const workspace = useQuery(workspaceQuery(workspaceId))
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)
  const isDemo = useIsDemoPath(workspace.data?.path)
  const path = workspace.data && <span className="block truncate font-mono text-sm">{visibleName(workspace.data.path)}</span>
  return (
    <Page
      title={workspace.data?.name ?? 'Workspace'}
      mark={isDemo && <DemoBadge />}
      lead={path}
      actions={workspace.isSuccess && <Actions workspaceId={workspaceId} onOpen={setOpen} />}
    >
      <DemoGuide workspaceId={workspaceId} />
      <Worktrees workspaceId={workspaceId} onCreate={() => setOpen('worktree')} />
      {workspace.isSuccess && <RemovedWorktrees key={workspaceId} workspaceId={workspaceId} />}
      {open === 'worktree' && <NewWorktree workspaceId={workspaceId} onClose={close} />}
      {open === 'close' && workspace.data && <CloseWorkspace workspace={workspace.data} onClose={close} />}
    </Page>
  )
}

function Actions({ workspaceId, onOpen }: { workspaceId: string; onOpen: (what: Open) => void }) {
  const refresh = useAct('refresh_workspace', undefined, 'toasted')
  return (
    <>
      <Button look="quiet" onClick={() => onOpen('close')}>
        Close workspace
      </Button>
      <Button disabled={refresh.isPending} onClick={() => refresh.mutate({ workspaceId })}>
        {refresh.isPending ? 'Refreshing' : 'Refresh'}
      </Button>
      <Button look="solid" icon="plus" onClick={() => onOpen('worktree')}>
        New worktree
      </Button>
    </>
  )
}

function Worktrees({ workspaceId, onCreate }: { workspaceId: string; onCreate: () => void }) {
  const workspace = useQuery(workspaceQuery(workspaceId))
  if (workspace.error)
    return <ErrorNote title="This workspace could not be read" error={workspace.error} onRetry={() => void workspace.refetch()} />
  if (!workspace.data) return <Skeleton rows={3} height="h-28" />
  if (workspace.data.worktrees.length === 0)
    return (
      <Empty icon="branch" title="A worktree is a checkout of its own, so that agents never step on your files.">
        <Button look="solid" icon="plus" onClick={onCreate}>
          New worktree
        </Button>
      </Empty>
    )
  return (
    <div className="flex flex-col gap-4">
      {workspace.data.worktrees.map((worktree) => (
        <WorktreeSection key={worktree.id} worktree={worktree} />
      ))}
    </div>
  )
}
