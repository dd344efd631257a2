import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { GitStatus } from '~/api/generated'
import { useDraft } from '~/api/ui-state'
import { agentQuery } from '~/api/workspace-queries'
import { LastCommit } from '~/features/diff/LastCommit'
import { headMessageQuery } from '~/features/diff/queries'
import { useCommit } from '~/features/diff/use-commit'
import { plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'
import { Check, TextArea } from '~/ui/Field'
import { Segments } from '~/ui/Tabs'

type CommitDialogProps = { ids: { workspaceId: string; worktreeId: string }; git: GitStatus; agentId: string | undefined; onClose: () => void }

type Extent = 'staged' | 'tracked' | 'all'

const extents = [
  { id: 'staged', label: 'Staged' },
  { id: 'tracked', label: 'Changed' },
  { id: 'all', label: 'New files too' },
] as const satisfies readonly { id: Extent; label: string }[]

/** Commits what is staged, what git tracks, or new files too. The message survives a reload; an agent's task is proposed. */
export function CommitDialog({ ids, git, agentId, onClose }: CommitDialogProps) {
  const [isAmending, setAmending] = useState(false)
  const draft = useDraft(`${isAmending ? 'amend' : 'commit'}/${ids.worktreeId}`)
  const last = useQuery({ ...headMessageQuery(ids, git.head ?? ''), enabled: isAmending }).data ?? ''
  // Its name is what it was asked to do: the beginning of a message.
  const agent = useQuery({ ...agentQuery(ids.workspaceId, agentId ?? ''), enabled: agentId !== undefined }).data
  // A field that was emptied by hand is not filled again.
  const [emptied, setEmptied] = useState<boolean>()
  const isTouched = draft.text !== '' || emptied === isAmending
  const { staged, modified, untracked } = git.counts
  const [extent, setExtent] = useState<Extent>(staged > 0 ? 'staged' : 'all')
  const message = isTouched ? draft.text : isAmending ? last : (agent?.name ?? '')
  const commit = useCommit(draft, onClose)
  const counts: Record<Extent, number> = { staged, tracked: staged + modified, all: staged + modified + untracked }
  function submit() {
    const isNew = message.trim() !== '' && !(isAmending && message.trim() === last.trim())
    const staging = extent === 'tracked' ? { all: true } : extent === 'all' && { untracked: true }
    commit.mutate({ ...ids, ...(isNew && { message: message.trim() }), ...staging, ...(isAmending && { amend: true }) })
  }
  return (
    <Dialog title={isAmending ? 'Amend the last commit' : 'Commit'} submit={isAmending ? 'Amend' : 'Commit'} isBusy={commit.isPending || (message.trim() === '' && !isAmending)} onSubmit={submit} onClose={onClose}>
      <TextArea
        label="Message"
        isMono
        rows={6}
        hint={isAmending ? 'Left empty, the last commit keeps its message.' : undefined}
        value={message}
        onText={(text) => {
          setEmptied(text === '' ? isAmending : undefined)
          draft.set(text)
        }}
      />
      <Segments label="What is committed" tabs={extents.map((one) => ({ ...one, count: counts[one.id] }))} current={extent} onChange={setExtent} />
      <Check label="Amend the last commit" isChecked={isAmending} onChecked={setAmending} />
      {isAmending && <LastCommit ids={ids} head={git.head ?? ''} />}
      <p className="text-sm text-fg2">
        {plural(counts[extent], 'file')} on {visibleName(git.branch)}, by `git commit`: with hooks and a signature where they are set up.
        {extent !== 'all' && untracked > 0 && ` ${plural(untracked, 'new file')} left out.`}
      </p>
      {commit.error && <ErrorNote title="Nothing was committed" error={commit.error} />}
    </Dialog>
  )
}
