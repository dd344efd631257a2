import { useQuery } from '@tanstack/react-query'
import { lazy, useState } from 'react'
import { useProgress } from '~/api/progress'
import { workspaceQuery } from '~/api/workspace-queries'
import { useAct } from '~/api/use-act'
import { BranchField } from '~/features/board/BranchField'
import { branchOf } from '~/lib/branch'
import { sentence } from '~/lib/format'
import { Dialog } from '~/ui/Dialog'
import { Choice, TextField } from '~/ui/Field'
import { ErrorNote } from '~/ui/ErrorNote'
import { LazyPart } from '~/ui/LazyPart'
import { toast } from '~/ui/toasts'

const ProgressNote = lazy(async () => ({ default: (await import('~/ui/ProgressNote')).ProgressNote }))

const ways = [
  { value: 'new', label: 'New branch', hint: 'Starts at the repository’s current commit.' },
  { value: 'existing', label: 'Existing branch', hint: 'A branch that no other worktree has checked out.' },
] as const

export function NewWorktree({ workspaceId, onClose }: { workspaceId: string; onClose: () => void }) {
  const [way, setWay] = useState<'new' | 'existing'>('new')
  const [name, setName] = useState('')
  const [typed, setTyped] = useState<string>()
  const [picked, setPicked] = useState('')
  const workspace = useQuery(workspaceQuery(workspaceId))
  const create = useAct('create_worktree', ({ note }) => {
    if (note) toast(note)
    onClose()
  })
  const progress = useProgress('create_worktree', { workspaceId }, create.isPending)
  const main = workspace.data?.worktrees.find((worktree) => worktree.isMain)
  // Follows the name until the user types another one.
  const made = typed ?? branchOf(name)
  const chosen = (way === 'new' ? made : picked).trim()
  const { error } = create
  const isFieldOf = { name: error?.details['name'] !== undefined, branch: way === 'new' && error?.details['branch'] !== undefined }
  const said = error && sentence(error.message)
  return (
    <Dialog
      title="New worktree"
      submit={create.isPending ? 'Creating' : 'Create worktree'}
      isBusy={create.isPending || name.trim() === '' || chosen === ''}
      onSubmit={() => create.mutate({ workspaceId, name: name.trim(), branch: chosen, createBranch: way === 'new' })}
      onClose={onClose}
    >
      <TextField
        label="Name"
        placeholder="fix-login"
        hint="The folder is created beside the repository."
        value={name}
        onText={setName}
        error={isFieldOf.name && said ? said : undefined}
      />
      <Choice label="Branch" options={ways} value={way} onValue={setWay} />
      {way === 'new' ? (
        <TextField
          label="Name of the branch"
          placeholder="fix-login"
          isMono
          value={made}
          onText={setTyped}
          error={isFieldOf.branch && said ? said : undefined}
        />
      ) : (
        main && <BranchField workspaceId={workspaceId} worktreeId={main.id} value={picked} onValue={setPicked} />
      )}
      {create.isPending && progress && (
        <LazyPart>
          <ProgressNote title="Creating the worktree" step={progress.step?.step} done={progress.step?.done} total={progress.step?.total} since={progress.since} />
        </LazyPart>
      )}
      {error && !isFieldOf.name && !isFieldOf.branch && <ErrorNote title="The worktree was not created" error={error} />}
    </Dialog>
  )
}
