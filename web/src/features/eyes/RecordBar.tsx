import { useQuery } from '@tanstack/react-query'
import { call } from '~/api/client'
import { isOpen, recordingsQuery, requirementsQuery } from '~/api/eye-queries'
import type { Eye, EyeRecording } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { useFresh } from '~/features/eyes/fresh'
import type { Screen } from '~/features/eyes/screen'
import { extentOf } from '~/features/eyes/words'
import { useKeys } from '~/lib/keys'
import { Age } from '~/ui/Age'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { StatusGlyph } from '~/ui/Status'

/** What is being recorded now, and how to begin: what was pressed with the hash of each frame, or a video. */
export function RecordBar({ screen, eye }: { screen: Screen; eye: Eye }) {
  const rows = useQuery(recordingsQuery(eye.id)).data?.recordings ?? []
  const inputs = rows.find((row) => isOpen(row) && row.kind === 'inputs')
  const video = rows.find((row) => isOpen(row) && row.kind === 'video')
  return (
    <div className="flex flex-col gap-2 border-b border-line py-2">
      <div className="flex min-h-7 flex-wrap items-center gap-x-4 gap-y-2">
        <Inputs screen={screen} eye={eye} open={inputs} />
        <Film eye={eye} open={video} />
      </div>
    </div>
  )
}

function OpenRow({ word, row }: { word: string; row: EyeRecording }) {
  return (
    <span role="status" className="flex items-center gap-2">
      <StatusGlyph look="running" />
      <span className="font-medium">{word}</span>
      <span className="text-sm text-fg2">
        <Age at={row.createdAt} />
        {extentOf(row) && `, ${extentOf(row)}`}
      </span>
    </span>
  )
}

function Inputs({ screen, eye, open }: { screen: Screen; eye: Eye; open: EyeRecording | undefined }) {
  const record = useAct('record_synthetic_eye')
  const stop = useAct('stop_recording_synthetic_eye')
  const fresh = useFresh(screen, eye.id)
  const input = { eyeId: eye.id }
  // A game that has not moved begins where it will when it is replayed.
  const hasMoved = (eye.status?.steps ?? 0) > 1
  const fromStart = eye.config.lockstep && hasMoved
  const start = () => (fromStart ? fresh.run(undefined, () => call('record_synthetic_eye', input, crypto.randomUUID())) : record.mutate(input))
  const isBusy = record.isPending || stop.isPending || fresh.isBusy
  useKeys('pane', [{ keys: 'r', label: 'record', run: () => !isBusy && (open ? stop.mutate(input) : start()) }])
  const error = fresh.error ?? record.error ?? stop.error
  return (
    <>
      {open ? (
        <>
          <OpenRow word="Recording inputs" row={open} />
          <Button isSmall keys="R" isOff={isBusy} onClick={() => stop.mutate(input)}>
            Stop and keep
          </Button>
        </>
      ) : (
        <>
          <Button isSmall keys="R" isOff={isBusy} onClick={start}>
            {fresh.isBusy ? 'Restarting' : fromStart ? 'Restart and record' : 'Record inputs'}
          </Button>
          {fromStart && (
            <Button isSmall look="quiet" isOff={isBusy} onClick={() => record.mutate(input)}>
              Record from now
            </Button>
          )}
        </>
      )}
      {error && <ErrorNote title="The recording did not begin or end" error={error} />}
    </>
  )
}

function Film({ eye, open }: { eye: Eye; open: EyeRecording | undefined }) {
  const film = useAct('film_synthetic_eye')
  const stop = useAct('stop_filming_synthetic_eye')
  const encoder = useQuery(requirementsQuery()).data?.requirements.find(({ id }) => id === 'encoder')
  const error = film.error ?? stop.error
  const isBusy = film.isPending || stop.isPending
  return (
    <>
      {open ? (
        <>
          <OpenRow word="Filming" row={open} />
          <Button isSmall isOff={isBusy} onClick={() => stop.mutate({ eyeId: eye.id })}>
            Stop filming
          </Button>
        </>
      ) : (
        <Button isSmall look="quiet" isOff={isBusy || encoder?.ok === false} onClick={() => film.mutate({ eyeId: eye.id })}>
          Film
        </Button>
      )}
      {encoder?.ok === false && !open && <span className="text-sm text-fg2">Videos need ffmpeg; on Debian: apt install ffmpeg</span>}
      {error && <ErrorNote title="The video did not begin or end" error={error} />}
    </>
  )
}
