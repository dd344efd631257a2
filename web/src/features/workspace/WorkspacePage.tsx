import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useIsDemoPath } from '~/api/demo'
import { workspaceQuery } from '~/api/queries'
import { useAct } from '~/api/use-act'
import { NewWorktree } from '~/features/workspace/NewWorktree'
import { RemovedWorktrees } from '~/features/workspace/RemovedWorktrees'
import { WorktreeSection } from '~/features/workspace/WorktreeSection'
import { Button } from '~/ui/Button'
import { DemoBadge } from '~/ui/Demo'
import { Empty, ErrorNote, Skeleton } from '~/ui/Notes'
import { Page } from '~/ui/Page'
import { toast, toastError } from '~/ui/toasts'

const route = getRouteApi('/w/$workspaceId')

export function WorkspacePage() {
  const { workspaceId } = route.useParams()
  const workspace = useQuery(workspaceQuery(workspaceId))
  const [isCreating, setCreating] = useState(false)
  const isDemo = useIsDemoPath(workspace.data?.path)
  const path = workspace.data && <span className="block truncate font-mono text-sm">{workspace.data.path}</span>
  return (
    <Page
      title={workspace.data?.name ?? 'Workspace'}
      mark={isDemo && <DemoBadge />}
      lead={path}
      actions={<Actions workspaceId={workspaceId} onCreate={() => setCreating(true)} />}
    >
      <Worktrees workspaceId={workspaceId} onCreate={() => setCreating(true)} />
      {workspace.isSuccess && <RemovedWorktrees key={workspaceId} workspaceId={workspaceId} />}
      {isCreating && <NewWorktree workspaceId={workspaceId} onClose={() => setCreating(false)} />}
    </Page>
  )
}

function Actions({ workspaceId, onCreate }: { workspaceId: string; onCreate: () => void }) {
  const navigate = useNavigate()
  const refresh = useAct('refresh_workspace')
  const close = useAct('delete_workspace', () => {
    toast('Closed. Its files and worktrees stay where they are.')
    void navigate({ to: '/' })
  })
  return (
    <>
      <Button
        look="quiet"
        disabled={close.isPending}
        onClick={() => close.mutate({ workspaceId }, { onError: (error) => toastError(error.message) })}
      >
        Close workspace
      </Button>
      <Button
        disabled={refresh.isPending}
        onClick={() => refresh.mutate({ workspaceId }, { onError: (error) => toastError(error.message) })}
      >
        {refresh.isPending ? 'Refreshing' : 'Refresh'}
      </Button>
      <Button look="solid" icon="plus" onClick={onCreate}>
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
