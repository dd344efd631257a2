import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { GitStatus } from '~/api/generated'
import { useDraft } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { agentNameQuery, headMessageQuery } from '~/features/diff/queries'
import { plural } from '~/lib/format'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'
import { Check, TextArea } from '~/ui/Field'
import { Segments } from '~/ui/Tabs'
import { toast } from '~/ui/toasts'
import { visibleName } from '~/lib/visible'

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
  const agent = useQuery({ ...agentNameQuery(agentId ?? ''), enabled: agentId !== undefined }).data
  // A field that was emptied by hand is not filled again.
  const [emptied, setEmptied] = useState<boolean>()
  const isTouched = draft.text !== '' || emptied === isAmending
  const { staged, modified, untracked } = git.counts
  const [extent, setExtent] = useState<Extent>(staged > 0 ? 'staged' : 'all')
  const stage = useAct('stage_changes')
  const message = isTouched ? draft.text : isAmending ? last : (agent?.name ?? '')
  const commit = useAct('commit_changes', ({ summary, note }) => {
    draft.set('')
    const done = isAmending ? `Amended: ${visibleName(summary)}. The commit that it replaces is kept in Recovery.` : `Committed: ${visibleName(summary)}`
    toast(note === undefined ? done : visibleName(note))
    onClose()
  })
  const counts: Record<Extent, number> = { staged, tracked: staged + modified, all: staged + modified + untracked }
  function submit() {
    const isNew = message.trim() !== '' && !(isAmending && message.trim() === last.trim())
    const input = { ...ids, ...(isNew && { message: message.trim() }), ...(extent === 'tracked' && { all: true }), ...(isAmending && { amend: true }) }
    if (extent !== 'all' || modified + untracked === 0) return commit.mutate(input)
    // Both, also if this is closed meanwhile.
    return void stage.mutateAsync({ ...ids, all: true }).then(() => commit.mutate(input), () => undefined)
  }
  const error = stage.error ?? commit.error
  return (
    <Dialog title={isAmending ? 'Amend the last commit' : 'Commit'} submit={isAmending ? 'Amend' : 'Commit'} isBusy={stage.isPending || commit.isPending || (message.trim() === '' && !isAmending)} onSubmit={submit} onClose={onClose}>
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
      <p className="text-sm text-fg2">
        {plural(counts[extent], 'file')} on {visibleName(git.branch)}, with your hooks, and signed where git is set up to sign.
        {extent !== 'all' && untracked > 0 && ` ${plural(untracked, 'new file')} left out.`}
      </p>
      {error && <ErrorNote title={stage.isSuccess && extent === 'all' ? 'Nothing was committed; every change is staged now' : 'Nothing was committed'} error={error} />}
    </Dialog>
  )
}
