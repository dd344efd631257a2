import type { WorktreeOverview } from '~/api/generated'
import { useFormTexts } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { BranchField } from '~/features/board/BranchField'
import { Dialog } from '~/ui/Dialog'
import { Check, TextField } from '~/ui/Field'
import { ErrorNote } from '~/ui/ErrorNote'
import { toast } from '~/ui/toasts'

export function Checkout({ worktree, onClose }: { worktree: WorktreeOverview; onClose: () => void }) {
  const { workspaceId, id: worktreeId } = worktree
  const { texts: { typed, picked, way }, set, drop } = useFormTexts(`checkout/${worktreeId}`, { typed: '', picked: '', way: 'existing' })
  const isNew = way === 'new'
  const branch = isNew ? typed.trim() : picked
  function leave() {
    drop()
    onClose()
  }
  const checkout = useAct('checkout_branch', ({ note }) => {
    if (note) toast(note)
    leave()
  })
  return (
    <Dialog
      title={`Check out a branch in ${worktree.name}`}
      submit={checkout.isPending ? 'Checking out' : 'Check out'}
      isBusy={checkout.isPending || branch === ''}
      onSubmit={() => checkout.mutate({ workspaceId, worktreeId, branch, createBranch: isNew })}
      onClose={leave}
    >
      {isNew ? (
        <TextField label="Name of the new branch" isMono value={typed} onText={(text) => set({ typed: text })} />
      ) : (
        <BranchField workspaceId={workspaceId} worktreeId={worktreeId} value={picked} onValue={(text) => set({ picked: text })} />
      )}
      <Check label="Create a new branch" isChecked={isNew} onChecked={(isOn) => set({ way: isOn ? 'new' : 'existing' })} />
      <p className="text-sm text-fg2">Nothing is overwritten: the checkout is refused if a file has changes.</p>
      {checkout.error && <ErrorNote title="Nothing was checked out" error={checkout.error} />}
    </Dialog>
  )
}
