import { useState } from 'react'
import type { Eye } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { SetupFields } from '~/features/eyes/SetupFields'
import { configOf, draftOf, faultsOf, placedFaults, type Draft } from '~/features/eyes/start-draft'
import { Dialog } from '~/ui/Dialog'
import { ErrorNote } from '~/ui/ErrorNote'

/** Another setup of an eye: it holds from its next start, which this is. */
export function ChangeEye({ eye, onClose }: { eye: Eye; onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(eye))
  const [isTried, setTried] = useState(false)
  const restart = useAct('restart_synthetic_eye', onClose)
  const own = faultsOf(draft)
  const placed = placedFaults(restart.error)
  function submit() {
    setTried(true)
    if (Object.keys(own).length === 0) restart.mutate({ eyeId: eye.id, config: configOf(draft) })
  }
  return (
    <Dialog title={`Change ${eye.name}`} submit={restart.isPending ? 'Restarting' : 'Apply & Restart'} isBusy={restart.isPending} onSubmit={submit} onClose={onClose}>
      <p className="text-fg1">The game starts again. What you leave alone stays.</p>
      <SetupFields draft={draft} set={(news) => setDraft((now) => ({ ...now, ...news }))} faults={{ ...placed, ...(isTried && own) }} isChange />
      {restart.error && Object.keys(placed).length === 0 && <ErrorNote title="The eye was not restarted" error={restart.error} />}
    </Dialog>
  )
}
