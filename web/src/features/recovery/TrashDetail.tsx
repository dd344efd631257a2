import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { trashQuery } from '~/api/workspace-queries'
import { useAct } from '~/api/use-act'
import { DetailTitle, Prose, SameAs } from '~/features/recovery/parts'
import { KeptActs } from '~/features/recovery/RestoreActs'
import type { TrashRow } from '~/features/recovery/rows'
import { formatBytes, formatFull } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { visibleName } from '~/lib/visible'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'
import { Check, TextField } from '~/ui/Field'
import { toast } from '~/ui/toasts'

type TrashDetailProps = { row: TrashRow; onDone: () => void }

export function TrashDetail({ row, onDone }: TrashDetailProps) {
  const { id: trashId, path, bytes, isGone, branch, head, name } = row.of
  const [isDeleting, setDeleting] = useState(false)
  const [other, setOther] = useState('')
  const restore = useAct('restore_trash', ({ note }) => {
    toast(note ? `Restored ${visibleName(name)}: ${note}` : `Restored ${visibleName(name)}`)
    onDone()
  })
  const isOff = restore.isPending || isGone
  const run = () => !isOff && restore.mutate({ trashId, ...(other.trim() !== '' && { path: other.trim() }) })
  useKeys('pane', [{ keys: 'r', label: 'restore', run }])
  return (
    <>
      <DetailTitle row={row} />
      <Prose>
        {isGone ? 'Its folder was moved or deleted outside Muster: there is nothing left to restore.' : `All of its files, ${formatBytes(bytes)}, changed and untracked ones included.`}{' '}
        It was removed {formatFull(row.at)}.
      </Prose>
      <dl className="my-3 text-sm">
        <Fact name="Was at" value={path} />
        {branch !== undefined && <Fact name="Branch" value={branch.replace(/^refs\/heads\//, '')} />}
        {head !== undefined && <Fact name="Commit" value={head.slice(0, 12)} />}
      </dl>
      {restore.error && (
        <>
          <ErrorNote title="Nothing was restored" error={restore.error} />
          <TextField label="Restore it to another place" isMono placeholder={path} value={other} onText={setOther} />
        </>
      )}
      <KeptActs isPending={restore.isPending} isOff={isOff} onRestore={run} onDelete={() => setDeleting(true)} />
      {!isGone && <Prose>Restoring puts it back where it was. Nothing there is replaced: it is refused if something is at that place now.</Prose>}
      <SameAs words={`trash restore ${trashId}`} />
      {isDeleting && <DeleteEntry row={row} onClose={() => setDeleting(false)} onDone={onDone} />}
    </>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="grid min-h-6 grid-cols-[64px_minmax(0,1fr)] items-start py-0.5">
      <dt className="text-fg2">{name}</dt>
      <dd className="font-mono [overflow-wrap:anywhere]">{visibleName(value)}</dd>
    </div>
  )
}

type DeleteEntryProps = { row: TrashRow; onClose: () => void; onDone: () => void }

function DeleteEntry({ row, onClose, onDone }: DeleteEntryProps) {
  const { id, name, bytes, isGone } = row.of
  const [typed, setTyped] = useState('')
  const [isChangedToo, setChangedToo] = useState(false)
  const client = useQueryClient()
  const phrase = formatBytes(bytes)
  const empty = useAct('empty_trash', ({ kept, freedBytes }) => {
    void client.invalidateQueries({ queryKey: trashQuery().queryKey })
    if (kept.length > 0) return
    toast(`Deleted ${visibleName(name)} for good, ${formatBytes(freedBytes)} freed`)
    onDone()
    onClose()
  })
  const [why] = empty.data?.kept ?? []
  return (
    <Dialog
      title={`Delete ${name} for good`}
      submit={empty.isPending ? 'Deleting' : `Delete ${phrase}`}
      isDanger
      isBusy={empty.isPending || (!isGone && typed.trim().toLowerCase() !== phrase.toLowerCase())}
      onSubmit={() => empty.mutate({ trashIds: [id], ...(isChangedToo && { acceptChanged: true }) })}
      onClose={onClose}
    >
      <p>{isGone ? 'Its folder is gone already; only its entry is deleted.' : 'Its folder is deleted and cannot be restored. Its branch stays, and so do the transcripts of its agents.'}</p>
      {!isGone && <TextField label={`Type ${phrase} to confirm`} value={typed} onText={setTyped} />}
      {why !== undefined && <ErrorNote title="It was kept" error={new Error(why)} />}
      {why !== undefined && <Check label="Delete it although something was changed in it" isChecked={isChangedToo} onChecked={setChangedToo} />}
      {empty.error && <ErrorNote title="It was not deleted" error={empty.error} />}
    </Dialog>
  )
}
