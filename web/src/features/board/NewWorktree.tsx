import { useQuery } from '@tanstack/react-query'
import { useProgress } from '~/api/progress'
import { workspaceQuery } from '~/api/workspace-queries'
import { useFormTexts } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { BranchField } from '~/features/board/BranchField'
import { branchOf } from '~/lib/branch'
import { sentence } from '~/lib/format'
import { Dialog } from '~/ui/Dialog'
import { Choice, TextField } from '~/ui/Field'
import { ErrorNote } from '~/ui/ErrorNote'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'
import { toast } from '~/ui/toasts'

const ProgressNote = lazyPart(async () => (await import('~/ui/ProgressNote')).ProgressNote)

const ways = [
  { value: 'new', label: 'New branch', hint: 'Starts at the repository’s current commit.' },
  { value: 'existing', label: 'Existing branch', hint: 'A branch that no other worktree has checked out.' },
] as const

export function NewWorktree({ workspaceId, onClose }: { workspaceId: string; onClose: () => void }) {
  const { texts, set, drop } = useFormTexts<{ way: string; name: string; picked: string; typed?: string }>(`worktree/${workspaceId}`, { way: 'new', name: '', picked: '' })
  const { name, picked } = texts
  const way = texts.way === 'existing' ? 'existing' : 'new'
  function leave() {
    drop()
    onClose()
  }
  const workspace = useQuery(workspaceQuery(workspaceId))
  const create = useAct('create_worktree', ({ note }) => {
    if (note) toast(note)
    leave()
  })
  const progress = useProgress('create_worktree', { workspaceId }, create.isPending)
  const main = workspace.data?.worktrees.find((worktree) => worktree.isMain)
  // Follows the name until the user types another one.
  const made = texts.typed ?? branchOf(name)
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
      onClose={leave}
    >
      <TextField
        label="Name"
        placeholder="fix-login"
        hint="The folder is created beside the repository."
        value={name}
        onText={(text) => set({ name: text })}
        error={isFieldOf.name && said ? said : undefined}
      />
      <Choice label="Branch" options={ways} value={way} onValue={(value) => set({ way: value })} />
      {way === 'new' ? (
        <TextField
          label="Name of the branch"
          placeholder="fix-login"
          isMono
          value={made}
          onText={(text) => set({ typed: text })}
          error={isFieldOf.branch && said ? said : undefined}
        />
      ) : (
        main && <BranchField workspaceId={workspaceId} worktreeId={main.id} value={picked} onValue={(value) => set({ picked: value })} />
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
