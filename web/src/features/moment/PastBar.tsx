import type { Checkpoint } from '~/api/generated'
import { formatClock, plural } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { Button } from '~/ui/Button'
import { Icon } from '~/ui/Icon'

type PastBarProps = {
  moment: number
  /** Whose files are shown, and its place among all. */
  checkpoint: Checkpoint | undefined
  place: number
  count: number
  /** Why there is no checkpoint. */
  noCheckpoint: string
  onRestore: () => void
  onFork: () => void
  onNow: () => void
}

/** In place of the composer while the page shows the past: what can be done from there. */
export function PastBar({ moment, checkpoint, place, count, noCheckpoint, onRestore, onFork, onNow }: PastBarProps) {
  useKeys('page', [
    { keys: 'r', label: 'restore', run: onRestore },
    { keys: 'f', label: 'fork', run: onFork },
    { keys: 'End', label: 'now', run: onNow },
    { keys: 'Escape', label: 'now', isQuiet: true, run: onNow },
  ])
  const files = checkpoint?.filesChanged === undefined ? '' : `, ${plural(checkpoint.filesChanged, 'file')}`
  return (
    <section aria-label="The past" data-raised="" data-foot="" className="mx-4 mb-3 flex shrink-0 flex-wrap items-center gap-2 rounded-lg bg-bg2 px-3 py-2.5 dock-edge">
      <Icon name="clock" className="text-fg2" />
      <div className="min-w-40 flex-1">
        <p className="font-semibold">You are looking at {formatClock(new Date(moment).toISOString())}</p>
        <p className="text-sm text-fg1">
          {checkpoint ? `Checkpoint ${place} of ${count}${files}. ` : `${noCheckpoint} `}
          The agent keeps working; nothing here is sent.
        </p>
      </div>
      <Button disabled={!checkpoint} onClick={onRestore}>
        Restore files…
      </Button>
      <Button disabled={!checkpoint} onClick={onFork}>
        Fork from here
      </Button>
      <Button look="solid" keys="End" onClick={onNow}>
        Back to now
      </Button>
    </section>
  )
}
