import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '~/api/client'
import { isAlive } from '~/api/eye-list'
import { isOpen, recordingsQuery } from '~/api/eye-queries'
import type { Eye, EyeRecording } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { useFresh } from '~/features/eyes/fresh'
import type { Screen } from '~/features/eyes/screen'
import { extentOf, said, sizeText, verdictOf } from '~/features/eyes/words'
import { useNow } from '~/lib/clock'
import { formatWhen } from '~/lib/dates'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { CopyButton } from '~/ui/CopyButton'
import { Dialog } from '~/ui/Dialog'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Skeleton } from '~/ui/Skeleton'
import { StatusGlyph } from '~/ui/Status'

/** What was recorded of this eye, newest first, and what each replay showed. */
export function Recordings({ screen, eye }: { screen: Screen; eye: Eye }) {
  const { data, error, isPending, refetch } = useQuery(recordingsQuery(eye.id))
  if (error) return <ErrorNote title="The recordings could not be read" error={error} onRetry={() => void refetch()} />
  if (isPending) return <Skeleton label="Reading the recordings" />
  if (data.recordings.length === 0)
    return <Empty title="Nothing was recorded yet." text="A recording has each step with what was pressed and the hash of its frame. Replayed into a fresh start, it shows whether the same inputs give the same frames." command={`eye record ${eye.id}`} />
  return (
    <ul aria-label="Recordings">
      {data.recordings.map((row) => (
        <RecordingRow key={row.id} screen={screen} eye={eye} row={row} />
      ))}
    </ul>
  )
}

type RecordingRowProps = { screen: Screen; eye: Eye; row: EyeRecording }

/** Why it cannot be replayed; undefined: it can. */
function unplayable(row: EyeRecording, eye: Eye): string | undefined {
  if (!isAlive(eye)) return 'Start the eye to replay it.'
  return row.config.lockstep ? undefined : 'It was recorded in free run: only what was recorded in lockstep can be replayed.'
}

function RecordingRow({ screen, eye, row }: RecordingRowProps) {
  const now = useNow()
  const fresh = useFresh(screen, eye.id)
  const [isDeleting, setDeleting] = useState(false)
  const verdict = verdictOf(row)
  const isVideo = row.kind === 'video'
  const why = unplayable(row, eye)
  const replay = () => fresh.run({ ...row.config }, () => call('replay_recording', { recordingId: row.id, eyeId: eye.id }, crypto.randomUUID()))
  return (
    <li className="border-t border-line py-2">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <span className="font-medium">{isVideo ? 'Video' : 'Inputs and hashes'}</span>
        <time dateTime={row.createdAt} className="text-sm text-fg2">
          {formatWhen(row.createdAt, now)}
        </time>
        <span className="ml-auto text-sm text-fg2">{extentOf(row)}</span>
      </div>
      <p className="text-sm text-fg2">
        {isOpen(row) ? 'Being recorded now' : row.state === 'cut' ? `Cut short${row.detail ? `: ${visible(row.detail)}` : ''}` : sizeText(row.config)}
        {!isOpen(row) && !isVideo && `, ${row.config.clock} clock`}
      </p>
      {verdict && (
        <p role="status" className="mt-1 flex items-start gap-2">
          <StatusGlyph look={verdict.look} className="mt-[3px]" />
          <span className="min-w-0">{visible(verdict.text)}</span>
        </p>
      )}
      {fresh.error && <ErrorNote title="The replay did not begin" error={fresh.error} />}
      {!isOpen(row) && (
        <div className="mt-1.5 flex flex-wrap items-center gap-2">
          {!isVideo && (
            <Button isSmall isOff={fresh.isBusy || why !== undefined || row.replayState === 'running'} {...(why !== undefined && { title: why })} onClick={replay}>
              {fresh.isBusy ? 'Restarting' : 'Restart and replay'}
            </Button>
          )}
          <Button isSmall look="quiet" onClick={() => setDeleting(true)}>
            Delete
          </Button>
          <span className="ml-auto flex min-w-0 items-center gap-1 text-sm text-fg2">
            <CopyButton text={row.path} label="Copy the path of its file" />
          </span>
        </div>
      )}
      {!isVideo && !isOpen(row) && why !== undefined && <p className="mt-1 text-sm text-fg2">{why}</p>}
      {isDeleting && <DeleteRecording row={row} onClose={() => setDeleting(false)} />}
    </li>
  )
}

function DeleteRecording({ row, onClose }: { row: EyeRecording; onClose: () => void }) {
  const remove = useAct('delete_recording', onClose)
  return (
    <Dialog title={row.kind === 'video' ? 'Delete this video' : 'Delete this recording'} submit={remove.isPending ? 'Deleting' : 'Delete'} isBusy={remove.isPending} isDanger onSubmit={() => remove.mutate({ recordingId: row.id })} onClose={onClose}>
      <p>
        Its file, <span className="font-mono text-sm [overflow-wrap:anywhere]">{visibleName(row.path)}</span> in the data folder, is deleted with it. This cannot be undone.
      </p>
      {remove.error && <ErrorNote title={said('the recording was not deleted')} error={remove.error} />}
    </Dialog>
  )
}
