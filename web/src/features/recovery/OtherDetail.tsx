import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useAct } from '~/api/use-act'
import { DetailTitle, Prose, SameAs, Target } from '~/features/recovery/parts'
import { KeptActs, UnsavedError } from '~/features/recovery/RestoreActs'
import type { AgentRow, LockRow, Names } from '~/features/recovery/rows'
import { formatFull } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { isTypedName, visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'
import { TextField } from '~/ui/Field'
import { toast } from '~/ui/toasts'

type AgentDetailProps = { row: AgentRow; names: Names; onDone: () => void }

export function AgentDetail({ row, names, onDone }: AgentDetailProps) {
  const { id: agentId, workspaceId, worktreeId: own, name } = row.of
  const [into, setInto] = useState<string>()
  const [isDeleting, setDeleting] = useState(false)
  const navigate = useNavigate()
  const isHomeless = !names.worktrees.has(own)
  const restore = useAct('restore_agent', (agent) => {
    toast(`Restored ${visibleName(name)}`)
    onDone()
    void navigate({ to: '/w/$workspaceId/a/$agentId', params: { workspaceId: agent.workspaceId, agentId: agent.id } })
  })
  const isOff = restore.isPending || (isHomeless && into === undefined)
  const run = () => !isOff && restore.mutate({ agentId, ...(into !== undefined && { worktreeId: into }) })
  useKeys('pane', [{ keys: 'r', label: 'restore', run }])
  return (
    <>
      <DetailTitle row={row} />
      <Prose>Archived {formatFull(row.at)} with its transcript, its prompts and its logs.</Prose>
      {isHomeless && (
        <>
          <Prose>Its worktree is gone; it can work in another one.</Prose>
          <Target names={names} workspaceId={workspaceId} value={into} onValue={setInto} />
        </>
      )}
      {restore.error && <ErrorNote title="The agent was not restored" error={restore.error} />}
      <KeptActs isPending={restore.isPending} isOff={isOff} onRestore={run} onDelete={() => setDeleting(true)} />
      <Prose>Restoring replaces nothing. It does not start the agent.</Prose>
      <SameAs words={`agent restore ${agentId}${into === undefined ? '' : ` --worktree ${into}`}`} />
      {isDeleting && <DeleteAgent agentId={agentId} name={name} onClose={() => setDeleting(false)} onDone={onDone} />}
    </>
  )
}

function DeleteAgent({ agentId, name, onClose, onDone }: { agentId: string; name: string; onClose: () => void; onDone: () => void }) {
  const [typed, setTyped] = useState('')
  const remove = useAct('delete_agent', () => {
    toast(`Deleted ${visibleName(name)} for good`)
    onDone()
    onClose()
  })
  return (
    <Dialog
      title={`Delete ${name} for good`}
      submit={remove.isPending ? 'Deleting' : 'Delete the agent'}
      isDanger
      isBusy={remove.isPending || !isTypedName(typed, name)}
      onSubmit={() => remove.mutate({ agentId, archive: false })}
      onClose={onClose}
    >
      <p>Its messages, events, inputs and logs are deleted and cannot be restored. Its files, commits and branches stay.</p>
      <TextField label={`Type ${visibleName(name)} to confirm`} value={typed} onText={setTyped} />
      {remove.error && <ErrorNote title="The agent was not deleted" error={remove.error} />}
    </Dialog>
  )
}

export function LockDetail({ row, onDone }: { row: LockRow; onDone: () => void }) {
  const { id: worktreeId, workspaceId, error } = row.of
  const [isUnsavedToo, setUnsavedToo] = useState(false)
  const remove = useAct('remove_lock', ({ kept }) => {
    toast(`The lock is now at ${kept}`)
    onDone()
  })
  const run = () => !remove.isPending && remove.mutate({ workspaceId, worktreeId, path: row.path, ...(isUnsavedToo && { acceptUnsaved: true }) })
  return (
    <>
      <DetailTitle row={row} />
      <Prose>{visible(error ?? '')}</Prose>
      <p className="my-2 font-mono text-sm [overflow-wrap:anywhere]">{visibleName(row.path)}</p>
      <UnsavedError title="The lock stays" error={remove.error} isUnsavedToo={isUnsavedToo} onUnsavedToo={setUnsavedToo} />
      <div className="my-3">
        <Button look="solid" isOff={remove.isPending} onClick={run}>
          {remove.isPending ? 'Removing' : 'Remove the lock'}
        </Button>
      </div>
      <Prose>The worktree is salvaged first and the lock is moved, not deleted. It is refused while a git works in the repository.</Prose>
      <SameAs words={`worktree unlock ${workspaceId} ${worktreeId} '${row.path}'`} />
    </>
  )
}
