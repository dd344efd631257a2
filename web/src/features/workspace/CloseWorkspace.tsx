import { useNavigate } from '@tanstack/react-router'
import type { WorkspaceDetail } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { visibleName } from '~/lib/visible'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/Notes'
import { toast } from '~/ui/toasts'

export function CloseWorkspace({ workspace, onClose }: { workspace: WorkspaceDetail; onClose: () => void }) {
  const navigate = useNavigate()
  const close = useAct('delete_workspace', () => {
    toast(`Closed ${visibleName(workspace.name)}`)
    void navigate({ to: '/' })
  })
  return (
    <Dialog
      title={`Close ${workspace.name}`}
      submit={close.isPending ? 'Closing' : 'Close workspace'}
      isBusy={close.isPending}
      onSubmit={() => close.mutate({ workspaceId: workspace.id })}
      onClose={onClose}
    >
      <p>
        Muster no longer shows it. Its files and worktrees stay where they are, and its agents keep their transcripts. Opening{' '}
        <span className="font-mono text-sm [overflow-wrap:anywhere]">{visibleName(workspace.path)}</span> again brings everything back.
      </p>
      {close.error && <ErrorNote title="The workspace was not closed" error={close.error} />}
    </Dialog>
  )
}
