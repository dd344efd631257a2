import { useState } from 'react'
import type { WorktreeOverview } from '~/api/generated'
import { useProgress } from '~/api/progress'
import { useAct } from '~/api/use-act'
import { useDraft, useFormTexts } from '~/api/ui-state'
import { visibleName } from '~/lib/visible'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'
import { Check, TextArea, TextField } from '~/ui/Field'
import { ProgressNote } from '~/ui/ProgressNote'
import { toast } from '~/ui/toasts'

const pullSteps: Readonly<Record<string, string>> = { push: 'pushes the branch', create: 'opens it at the host' }

type OpenPullProps = { worktree: WorktreeOverview; title: string; onOpened: () => void; onClose: () => void }

/** Pushes the branch and opens a pull request for it at the host. */
export function OpenPull({ worktree, title: proposed, onOpened, onClose }: OpenPullProps) {
  const { workspaceId, id: worktreeId, branch } = worktree
  const { texts: { title }, set, drop } = useFormTexts(`pull.title/${worktreeId}`, { title: proposed })
  const [isDraft, setDraft] = useState(false)
  const body = useDraft(`pull.${worktreeId}`)
  const create = useAct('create_pull_request', ({ number, existed }) => {
    toast(existed ? `Pull request ${number} was open already` : `Pull request ${number} is open`)
    body.take(body.text)
    drop()
    onOpened()
    onClose()
  })
  const progress = useProgress('create_pull_request', { worktreeId }, create.isPending)
  const submit = () => create.mutate({ workspaceId, worktreeId, title: title.trim(), draft: isDraft, ...(body.text.trim() !== '' && { body: body.text }) })
  return (
    <Dialog title="Open a pull request" submit={create.isPending ? 'Opening' : 'Open it'} isBusy={create.isPending || title.trim() === ''} onClose={onClose} onSubmit={submit}>
      <p className="text-fg1">
        <code className="font-mono text-sm">{visibleName(branch)}</code> is pushed to its remote, and the pull request is opened there in your name.
      </p>
      <TextField label="Title" value={title} maxLength={255} onText={(text) => set({ title: text })} />
      <TextArea label="Description" value={body.text} rows={6} onText={body.set} />
      <Check label="As a draft" isChecked={isDraft} onChecked={setDraft} />
      {create.isPending && progress && <ProgressNote title="Opening the pull request" step={progress.step && pullSteps[progress.step.step]} done={progress.step?.done} total={progress.step?.total} since={progress.since} />}
      {create.error && <ErrorNote title="It could not be opened" error={create.error} />}
    </Dialog>
  )
}
