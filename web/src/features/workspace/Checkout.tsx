import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { WorktreeDetail } from '~/api/generated'
import { branchesQuery } from '~/api/queries'
import { useAct } from '~/api/use-act'
import { BranchField } from '~/features/workspace/BranchField'
import { Dialog } from '~/ui/Dialog'
import { Check, TextField } from '~/ui/Field'
import { ErrorNote } from '~/ui/Notes'

export function Checkout({ worktree, onClose }: { worktree: WorktreeDetail; onClose: () => void }) {
  const { workspaceId, id: worktreeId } = worktree
  const [branch, setBranch] = useState('')
  const [isNew, setNew] = useState(false)
  const branches = useQuery(branchesQuery(workspaceId, worktreeId))
  const checkout = useAct('checkout_branch', onClose)
  return (
    <Dialog
      title={`Check out a branch in ${worktree.name}`}
      submit={checkout.isPending ? 'Checking out' : 'Check out'}
      isBusy={checkout.isPending || branch.trim() === ''}
      onSubmit={() => checkout.mutate({ workspaceId, worktreeId, branch: branch.trim(), createBranch: isNew })}
      onClose={onClose}
    >
      {isNew ? (
        <TextField label="Name of the new branch" isMono value={branch} onText={setBranch} />
      ) : (
        <BranchField branches={branches.data} value={branch} onValue={setBranch} />
      )}
      <Check label="Make a new branch" isChecked={isNew} onChecked={setNew} />
      <p className="text-sm text-fg2">Nothing is overwritten: the checkout is refused where a file has changes.</p>
      {branches.error && <ErrorNote title="The branches could not be read" error={branches.error} />}
      {checkout.error && <ErrorNote title="Nothing was checked out" error={checkout.error} />}
    </Dialog>
  )
}
