import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { recordingsQuery } from '~/api/eye-queries'
import type { Eye } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { plural } from '~/lib/format'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'

/** Deleting is final: an eye has no trash, so the dialog says what goes with it. */
export function DeleteEye({ eye, onClose }: { eye: Eye; onClose: () => void }) {
  const navigate = useNavigate()
  const recordings = useQuery(recordingsQuery(eye.id)).data?.recordings.length ?? 0
  const remove = useAct('delete_synthetic_eye', () => void navigate({ to: '/eyes' }))
  return (
    <Dialog title={`Delete ${eye.name}`} submit={remove.isPending ? 'Deleting' : 'Delete'} isBusy={remove.isPending} isDanger onSubmit={() => remove.mutate({ eyeId: eye.id })} onClose={onClose}>
      <p>{recordings === 0 ? 'Its logs are deleted with it.' : `Its logs and ${plural(recordings, 'recording')} are deleted with it.`} This cannot be undone.</p>
      {remove.error && <ErrorNote title="The eye was not deleted" error={remove.error} />}
    </Dialog>
  )
}
