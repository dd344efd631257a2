import type { StreamEvent } from '~/api/wire'
import { createStore, useStore } from '~/lib/store'

/** Worktrees with more folders than can be watched: their events say that they are polled. Answers do not. */
const polled = createStore<ReadonlySet<string>>(new Set())

export function notePolled(event: StreamEvent) {
  if (event.type !== 'git_status') return
  const { worktreeId, source } = event.payload
  polled.set((before) => {
    if (before.has(worktreeId) === (source === 'polled')) return before
    const after = new Set(before)
    if (!after.delete(worktreeId)) after.add(worktreeId)
    return after
  })
}

export function useIsPolled(worktreeId: string): boolean {
  return useStore(polled).has(worktreeId)
}
