import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Trash, TrashEmptied } from '~/api/generated'
import { trashQuery } from '~/api/workspace-queries'
import { useAct } from '~/api/use-act'
import { formatBytes, plural } from '~/lib/format'
import { visible } from '~/lib/visible'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'
import { Check, TextField } from '~/ui/Field'
import { toast } from '~/ui/toasts'

/** As many as one call takes. */
const mostAtOnce = 1000

type EmptyTrashProps = { trash: Trash; onClose: () => void }

/** Deletes for good: the person types how much. */
export function EmptyTrash({ trash, onClose }: EmptyTrashProps) {
  const [typed, setTyped] = useState('')
  const [isChangedToo, setChangedToo] = useState(false)
  const [left, setLeft] = useState<TrashEmptied>()
  const client = useQueryClient()
  const entries = trash.entries.slice(0, mostAtOnce)
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
  const phrase = formatBytes(bytes)
  const empty = useAct('empty_trash', (result) => {
    void client.invalidateQueries({ queryKey: trashQuery().queryKey })
    if (result.kept.length > 0) return setLeft(result)
    toast(`Deleted ${plural(result.deleted.length, 'worktree')} for good, ${formatBytes(result.freedBytes)} freed`)
    return onClose()
  })
  return (
    <Dialog
      title={`Delete ${plural(entries.length, 'worktree')} for good`}
      submit={empty.isPending ? 'Deleting' : `Delete ${phrase}`}
      isDanger
      isBusy={empty.isPending || typed.trim().toLowerCase() !== phrase.toLowerCase()}
      onSubmit={() => empty.mutate({ trashIds: entries.map(({ id }) => id), ...(isChangedToo && { acceptChanged: true }) })}
      onClose={onClose}
    >
      <p>
        Their folders are deleted and cannot be restored. Their branches stay, and so do the transcripts of their agents.
      </p>
      <TextField label={`Type ${phrase} to confirm`} value={typed} onText={setTyped} />
      {left && (
        <div role="alert">
          <p className="font-medium">
            {plural(left.deleted.length, 'worktree')} deleted, {plural(left.kept.length, 'worktree')} kept
          </p>
          <ul className="mt-1 text-sm text-fg1">
            {left.kept.slice(0, 5).map((why) => (
              <li key={why}>{visible(why)}</li>
            ))}
            {left.kept.length > 5 && <li>and {left.kept.length - 5} more</li>}
          </ul>
        </div>
      )}
      {left && <Check label="Delete what was changed in the trash, too" isChecked={isChangedToo} onChecked={setChangedToo} />}
      {empty.error && <ErrorNote title="The trash was not emptied" error={empty.error} />}
    </Dialog>
  )
}
