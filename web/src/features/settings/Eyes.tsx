import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '~/api/client'
import { eyesQuery, isAlive } from '~/api/eye-list'
import { requirementsQuery } from '~/api/eye-queries'
import { settingsQuery } from '~/api/queries'
import { CallError } from '~/api/wire'
import { setupOf } from '~/features/settings/eye-setup'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { FieldRow } from '~/ui/FieldRow'
import { toast } from '~/ui/toasts'

/** What this machine decides, and what makes eyes that run take the settings above. */
export function Eyes() {
  const found = useQuery(requirementsQuery()).data
  return (
    <section aria-label="Eyes of this machine">
      <h3 className="pt-6 pb-1 font-semibold">This machine</h3>
      <FieldRow title="DRM device" text="The render node through which programs hand over GPU memory.">
        <span className="max-w-60 text-right font-mono text-sm [overflow-wrap:anywhere]">{found && (found.drmDevice === undefined ? 'none, shared memory is used' : visibleName(found.drmDevice))}</span>
      </FieldRow>
      <FieldRow title="Format" text="Of the pixels of each frame.">
        <span className="font-mono text-sm">{found && visibleName(found.format)}</span>
      </FieldRow>
      <Apply />
    </section>
  )
}

function Apply() {
  const alive = useQuery(eyesQuery()).data?.eyes.filter(isAlive) ?? []
  const settings = useQuery(settingsQuery()).data?.settings
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<CallError>()
  async function restart() {
    for (const [at, { id }] of alive.entries()) await call('restart_synthetic_eye', { eyeId: id, config: setupOf(settings ?? [], at === 0) }, crypto.randomUUID())
    toast(alive.length === 1 ? 'The eye runs with these settings' : `${alive.length} eyes run with these settings`)
  }
  function apply() {
    setBusy(true)
    setError(undefined)
    restart()
      .catch((reason: unknown) => setError(reason instanceof CallError ? reason : new CallError(0, { code: 'FAILED', message: String(reason) })))
      .finally(() => setBusy(false))
  }
  return (
    <FieldRow
      title="Eyes that run"
      text={alive.length === 0 ? 'None runs: the settings hold for the next one.' : 'They keep what they were started with until they are restarted. Each game starts again.'}
      error={error && <ErrorNote title="Not every eye was restarted" error={error} />}
    >
      <Button isOff={isBusy || alive.length === 0 || !settings} onClick={apply}>
        {isBusy ? 'Restarting' : alive.length > 1 ? `Apply & Restart ${alive.length}` : 'Apply & Restart'}
      </Button>
    </FieldRow>
  )
}
