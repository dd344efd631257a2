import { useState } from 'react'
import type { AgentOverview, WorktreeOverview } from '~/api/generated'
import { useFormTexts } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { sentence } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Dialog } from '~/ui/Dialog'
import { TextField } from '~/ui/Field'
import { toastUndo } from '~/ui/toasts'

type NameDialogProps = { id: string; title: string; before: string; error: Error | null; isPending: boolean; /** `drop`: it is stored, and the draft can go. */ onName: (name: string, drop: () => void) => void; onClose: () => void }

function NameDialog({ id, title, before, error, isPending, onName, onClose }: NameDialogProps) {
  const { texts: { name }, set, drop } = useFormTexts(`rename/${id}`, { name: before })
  function leave() {
    drop()
    onClose()
  }
  return (
    <Dialog title={title} submit="Rename" isBusy={isPending || name.trim() === ''} onSubmit={() => onName(name.trim(), drop)} onClose={leave}>
      <TextField label="Name" value={name} onText={(text) => set({ name: text })} error={error ? sentence(error.message) : undefined} />
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
  return <NameDialog id={agentId} title="Rename the agent" before={before} {...rename} onName={(name, drop) => rename.mutate({ agentId, name }, { onSuccess: drop })} onClose={onClose} />
}

export function RenameWorktree({ worktree, onClose }: { worktree: WorktreeOverview; onClose: () => void }) {
  const { workspaceId, id: worktreeId } = worktree
  const [before] = useState(worktree.name)
  const back = useAct('update_worktree', undefined, 'toasted')
  const rename = useAct('update_worktree', ({ name }) => {
    toastUndo(`Renamed to ${visibleName(name)}`, () => back.mutateAsync({ workspaceId, worktreeId, name: before }))
    onClose()
  })
  return <NameDialog id={worktreeId} title="Rename the worktree" before={before} {...rename} onName={(name, drop) => rename.mutate({ workspaceId, worktreeId, name }, { onSuccess: drop })} onClose={onClose} />
}
