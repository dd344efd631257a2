import { useEffect } from 'react'
import type { WorktreeOverview } from '~/api/generated'
import type { Against } from '~/features/diff/sides'
import { createStore, useStore } from '~/lib/store'

type Listed = { name: string; files: number }

/** The files of the diff that is on screen. */
const listed = createStore<Listed | undefined>(undefined)
const nameOf = (worktreeId: string, against: Against) => `${worktreeId} ${against}`

/** Says how many files the diff lists, as long as it is shown. */
export function useListed(worktreeId: string, against: Against, files: number | undefined) {
  const name = nameOf(worktreeId, against)
  useEffect(() => {
    listed.set(files === undefined ? undefined : { name, files })
    return () => listed.set((now) => (now?.name === name ? undefined : now))
  }, [name, files])
}

type Counted = Pick<WorktreeOverview, 'staged' | 'modified' | 'untracked' | 'conflicted' | 'baseFiles'>

/** What git's status says of a comparison: a path that is changed on both sides of the index is counted on both, so their sum is not known. */
export function filesIn(worktree: Counted, against: Against): number | undefined {
  const { staged = 0, modified = 0, untracked = 0, conflicted = 0 } = worktree
  const own = staged > 0 && modified > 0 ? undefined : staged + modified + untracked + conflicted
  if (against === 'base') return worktree.baseFiles ?? own
  return against === 'head' ? own : undefined
}

/** How many files the diff has: those that it lists, and where it is not shown what git's status says of them. */
export function useFileCount(worktree: (Counted & { id: string }) | undefined, against: Against): number | undefined {
  const shown = useStore(listed)
  if (!worktree) return undefined
  return shown?.name === nameOf(worktree.id, against) ? shown.files : filesIn(worktree, against)
}
