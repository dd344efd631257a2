import { useIsPolled } from '~/api/polled'

/** Shown beside a worktree's files if changes are not noticed at once. */
export function Polled({ worktreeId }: { worktreeId: string }) {
  if (!useIsPolled(worktreeId)) return null
  return (
    <span className="shrink-0 text-sm text-fg2" title="It has more folders than can be watched: a change shows within 5 seconds.">
      polled
    </span>
  )
}
