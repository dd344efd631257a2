import { useCallback, useMemo } from 'react'
import { fitting, parseReview, reviewPrefix, type Tick } from '~/api/review-ticks'
import { useUiState } from '~/api/ui-state'
import type { DiffFile } from '~/features/diff/model'
import type { Against } from '~/features/diff/sides'
import { tickDigest, viewedOf } from '~/features/diff/ticks'

/** Which files the person has viewed, on every device; a file that reads differently since then is to be viewed again. */
export function useTicks(worktreeId: string, against: Against) {
  const [{ ticks }, setReview] = useUiState(reviewPrefix + worktreeId, parseReview)
  const byPath = useMemo(() => new Map(ticks.map(({ path, digest }) => [path, digest])), [ticks])
  const viewed = useCallback((file: DiffFile) => viewedOf(against, file, byPath.get(file.path)), [against, byPath])
  /** False: the file was not read yet, so nobody can have viewed it. */
  function toggle(file: DiffFile): boolean {
    const others = ticks.filter(({ path }) => path !== file.path)
    if (viewed(file) === 'yes') return save(others)
    if (file.digest === undefined) return false
    return save([...others, { path: file.path, digest: tickDigest(against, file.digest) }])
  }
  function save(next: readonly Tick[]): true {
    setReview({ ticks: fitting(next) })
    return true
  }
  const ticked = useMemo(() => ticks.map(({ path }) => path), [ticks])
  return { viewed, toggle, ticked }
}

export type Ticks = ReturnType<typeof useTicks>
