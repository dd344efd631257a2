import type { WorktreeOverview } from '~/api/generated'

export type Size = {
  files: number
  added: number | undefined
  removed: number | undefined
  /** There is more untracked text than is counted. */
  isLeast: boolean
}

/** What a worktree has changed since it left its base, what is not committed included; without a base, since its last commit. */
export function sizeOf(worktree: WorktreeOverview): Size {
  const { staged = 0, modified = 0, untracked = 0, added, removed, baseFiles, baseAdded, baseRemoved, isAddedLeast = false } = worktree
  if (baseFiles === undefined) return { files: staged + modified + untracked, added, removed, isLeast: isAddedLeast }
  return { files: baseFiles, added: baseAdded, removed: baseRemoved, isLeast: isAddedLeast }
}

/** "↑3 ↓1": commits that only it has, and that only its base has; without a base, its upstream. */
export function distanceOf({ base, baseAhead = 0, baseBehind = 0, ahead = 0, behind = 0 }: WorktreeOverview): string {
  const [up, down] = base === undefined ? [ahead, behind] : [baseAhead, baseBehind]
  return [up > 0 && `↑${up}`, down > 0 && `↓${down}`].filter(Boolean).join(' ')
}
