import { useState } from 'react'
import type { AgentOverview, WorktreeOverview } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { sentence } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Dialog } from '~/ui/Dialog'
import { TextField } from '~/ui/Field'
import { toastUndo } from '~/ui/toasts'

type NameDialogProps = { title: string; before: string; error: Error | null; isPending: boolean; onName: (name: string) => void; onClose: () => void }

function NameDialog({ title, before, error, isPending, onName, onClose }: NameDialogProps) {
  const [name, setName] = useState(before)
  return (
    <Dialog title={title} submit="Rename" isBusy={isPending || name.trim() === ''} onSubmit={() => onName(name.trim())} onClose={onClose}>
      <TextField label="Name" value={name} onText={setName} error={error ? sentence(error.message) : undefined} />
    </Dialog>
  )
}

export function RenameAgent({ agent, onClose }: { agent: AgentOverview; onClose: () => void }) {
  const agentId = agent.id
  // As it was when the dialog opened: the event of the new name may come before the answer.
  const [before] = useState(agent.name)
  const back = useAct('update_agent', undefined, 'toasted')
  const rename = useAct('update_agent', ({ name }) => {
    toastUndo(`Renamed to ${visibleName(name)}`, () => back.mutateAsync({ agentId, name: before }))
    onClose()
  })
  return <NameDialog title="Rename the agent" before={before} {...rename} onName={(name) => rename.mutate({ agentId, name })} onClose={onClose} />
}

export function RenameWorktree({ worktree, onClose }: { worktree: WorktreeOverview; onClose: () => void }) {
  const { workspaceId, id: worktreeId } = worktree
  const [before] = useState(worktree.name)
  const back = useAct('update_worktree', undefined, 'toasted')
  const rename = useAct('update_worktree', ({ name }) => {
    toastUndo(`Renamed to ${visibleName(name)}`, () => back.mutateAsync({ workspaceId, worktreeId, name: before }))
    onClose()
  })
  return <NameDialog title="Rename the worktree" before={before} {...rename} onName={(name) => rename.mutate({ workspaceId, worktreeId, name })} onClose={onClose} />
}
