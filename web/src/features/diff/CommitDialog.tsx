import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { GitStatus } from '~/api/generated'
import { useDraft } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { agentNameQuery } from '~/features/diff/queries'
import { plural } from '~/lib/format'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'
import { Check, TextArea } from '~/ui/Field'
import { toast } from '~/ui/toasts'
import { visibleName } from '~/lib/visible'

type CommitDialogProps = { ids: { workspaceId: string; worktreeId: string }; git: GitStatus; agentId: string | undefined; onClose: () => void }

/** Commits what is staged, or everything that git tracks. The message survives a reload; an agent's task is proposed. */
export function CommitDialog({ ids, git, agentId, onClose }: CommitDialogProps) {
  const draft = useDraft(`commit/${ids.worktreeId}`)
  const agent = useQuery({ ...agentNameQuery(agentId ?? ''), enabled: agentId !== undefined }).data
  const [isTouched, setTouched] = useState(draft.text !== '')
  const [isAmending, setAmending] = useState(false)
  const [isAll, setAll] = useState(git.counts.staged === 0)
  const message = isTouched ? draft.text : isAmending ? '' : (agent?.name ?? '')
  const commit = useAct('commit_changes', ({ summary, note }) => {
    draft.set('')
    toast(note === undefined ? `Committed: ${visibleName(summary)}` : visibleName(note))
    onClose()
  })
  const { staged, modified } = git.counts
  const count = isAll ? staged + modified : staged
  function submit() {
    commit.mutate({ ...ids, ...(message.trim() !== '' && { message: message.trim() }), ...(isAll && { all: true }), ...(isAmending && { amend: true }) })
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
          setTouched(true)
          draft.set(text)
        }}
      />
      <Check label="Everything that git tracks" hint={`${plural(modified, 'changed file')} would be staged first; new files only if you stage them.`} isChecked={isAll} onChecked={setAll} />
      <Check label="Amend the last commit" isChecked={isAmending} onChecked={setAmending} />
      <p className="text-sm text-fg2">
        {plural(count, 'file')} on {visibleName(git.branch)}, with your hooks and your signature.
      </p>
      {commit.error && <ErrorNote title="Nothing was committed" error={commit.error} />}
    </Dialog>
  )
}
