import type { GitStatus } from '~/api/generated'

export type Stage = 'all' | 'part' | 'none' | 'unknown'

/** How much of each changed file is staged. Where the lists were cut nothing is said of files that they do not name. */
export function stageOf(git: GitStatus | undefined): (path: string) => Stage {
  if (!git) return () => 'unknown'
  const staged = new Set(git.staged)
  const changed = new Set([...git.modified, ...git.untracked, ...git.conflicted])
  return (path) => {
    if (staged.has(path)) return changed.has(path) ? 'part' : 'all'
    return changed.has(path) ? 'none' : git.truncated ? 'unknown' : 'none'
  }
}
