import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { salvagesQuery } from '~/api/recovery'
import { useAct, useIsMounted } from '~/api/use-act'
import { useTimedText } from '~/lib/clock'
import { formatAge, plural, sentence } from '~/lib/format'
import { visible } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Segments } from '~/ui/Tabs'
import { toast, toastError } from '~/ui/toasts'

const ages = [
  { id: '365', label: '1 year' },
  { id: '90', label: '90 days' },
  { id: '30', label: '30 days' },
  { id: '7', label: '7 days' },
] as const

/** As many as one call deletes. */
const mostAtOnce = 1000

type Outcome = { deleted: number; kept: readonly string[] }

/** How far it is: workspaces that are done, and what was deleted in all of them. */
type Progress = { since: number; done: number; deleted: number }

/** Deletes for good what is older than the person says, in every workspace: nothing else does, unless a setting says so. */
export function DeleteSalvages({ workspaceIds, onClose }: { workspaceIds: readonly string[]; onClose: () => void }) {
  const [age, setAge] = useState<(typeof ages)[number]['id']>('90')
  const [progress, setProgress] = useState<Progress>()
  const isStopped = useRef(false)
  const isMounted = useIsMounted()
  const [failed, setFailed] = useState<string[]>([])
  const client = useQueryClient()
  const act = useAct('delete_salvages')
  async function deleteIn(workspaceId: string): Promise<Outcome> {
    const all = { deleted: 0, kept: new Array<string>() }
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- the next call deletes what this one left
      const { deleted, kept } = await act.mutateAsync({ workspaceId, olderThanDays: Number(age) })
      all.deleted += deleted.length
      all.kept = kept
      setProgress((now) => now && { ...now, deleted: now.deleted + deleted.length })
      if (isStopped.current || deleted.length + kept.length < mostAtOnce || deleted.length === 0) return all
    }
  }
  async function counted(workspaceId: string) {
    try {
      return await deleteIn(workspaceId)
    } finally {
      setProgress((now) => now && { ...now, done: now.done + 1 })
    }
  }
  async function run() {
    isStopped.current = false
    setProgress({ since: Date.now(), done: 0, deleted: 0 })
    const ends = await Promise.allSettled(workspaceIds.map(counted))
    for (const workspaceId of workspaceIds) void client.invalidateQueries({ queryKey: salvagesQuery(workspaceId).queryKey })
    const why = ends.flatMap((end) => (end.status === 'fulfilled' ? end.value.kept : [end.reason instanceof Error ? sentence(end.reason.message) : 'A call failed.']))
    const count = ends.reduce((n, end) => n + (end.status === 'fulfilled' ? end.value.deleted : 0), 0)
    setProgress(undefined)
    setFailed(why)
    // Nobody reads it in a dialog that was closed.
    if (why.length > 0 && !isMounted.current) toastError(new Error(`Not every old salvage was deleted: ${why[0]}`))
    if (count > 0 || why.length === 0) toast(count === 0 ? 'No salvage is that old' : `Deleted ${plural(count, 'salvage')} for good`)
    if (why.length === 0 && isMounted.current) onClose()
  }
  return (
    <Dialog title="Delete old salvages for good" submit={progress ? 'Deleting' : 'Delete'} isDanger isBusy={progress !== undefined} onSubmit={() => void run()} onClose={onClose}>
      <p>A salvage may be the only copy of what was discarded or replaced. Those that are deleted cannot be restored; git frees their space at its next clean-up.</p>
      <div className="flex flex-wrap items-center gap-3">
        <span>Older than</span>
        <Segments label="Older than" tabs={ages} current={age} onChange={setAge} />
      </div>
      {progress && <Deleting progress={progress} count={workspaceIds.length} onStop={() => void (isStopped.current = true)} />}
      {failed.length > 0 && (
        <div role="alert">
          <p className="font-medium">Not everything was deleted</p>
          <ul className="mt-1 text-sm text-fg1">
            {failed.slice(0, 5).map((why) => (
              <li key={why}>{visible(why)}</li>
            ))}
            {failed.length > 5 && <li>and {failed.length - 5} more</li>}
          </ul>
        </div>
      )}
    </Dialog>
  )
}

/** It goes on when the dialog is closed; what was deleted stays deleted when it is stopped. */
function Deleting({ progress: { since, done, deleted }, count, onStop }: { progress: Progress; count: number; onStop: () => void }) {
  const [isStopping, setStopping] = useState(false)
  const age = useTimedText((now) => formatAge(now - since))
  return (
    <p className="flex items-center gap-2 text-sm">
      <span role="status">
        {plural(deleted, 'salvage')} deleted, {done} of {plural(count, 'workspace')} done
      </span>
      <span className="text-fg2">{age}</span>
      <Button
        isSmall
        look="quiet"
        isOff={isStopping}
        onClick={() => {
          setStopping(true)
          onStop()
        }}
      >
        Stop
      </Button>
    </p>
  )
}
