import { useIsPolled } from '~/api/polled'

/** Beside what is shown of a worktree's files, where a change is not seen at once. */
export function Polled({ worktreeId }: { worktreeId: string }) {
  if (!useIsPolled(worktreeId)) return null
  return (
    <span className="shrink-0 text-sm text-fg2" title="It has more folders than can be watched: a change shows within 5 seconds.">
      polled
    </span>
  )
}
