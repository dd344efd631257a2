import type { GitDiffHunk, GitDiffLine } from '~/api/generated'

/** The unchanged lines before a hunk, or behind the last one: numbers of the file as it is after the change. */
export type Gap = {
  /** First line of the gap, and how many there are; unknown at the end of a file that was not read. */
  start: number
  count: number | undefined
  /** What to take from a number to have that of the line before the change. */
  offset: number
}

/** git names the line before for a side without lines. */
const firstNew = ({ newStart, newLines }: GitDiffHunk) => (newLines === 0 ? newStart + 1 : newStart)
const firstOld = ({ oldStart, oldLines }: GitDiffHunk) => (oldLines === 0 ? oldStart + 1 : oldStart)

/** The gap before hunk `at`; behind the last one if `at` is their number. */
export function gapAt(hunks: readonly GitDiffHunk[], at: number, lineCount: number | undefined): Gap {
  const before = hunks[at - 1]
  const hunk = hunks[at]
  const start = before ? firstNew(before) + before.newLines : 1
  const offset = before ? start - (firstOld(before) + before.oldLines) : hunk ? firstNew(hunk) - firstOld(hunk) : 0
  if (hunk) return { start, count: Math.max(0, firstNew(hunk) - start), offset }
  return { start, count: lineCount === undefined ? undefined : Math.max(0, lineCount - start + 1), offset }
}

export function contextLines(lines: readonly string[], start: number, count: number, offset: number): GitDiffLine[] {
  return lines.slice(start - 1, start - 1 + count).map((text, n) => ({ type: 'context', oldLine: start + n - offset, newLine: start + n, text }))
}

/** Unchanged lines that git shows around a change. */
const contextOfGit = 3

/** Fewer lines than git shows behind a change: the file ends there. */
export function endsAtLast(hunk: GitDiffHunk | undefined): boolean {
  if (!hunk || hunk.lines.length === 0) return false
  const last = hunk.lines.findLastIndex(({ type }) => type !== 'context')
  return hunk.lines.length - 1 - last < contextOfGit
}

/** How many lines one press shows. */
export const contextStep = 20

/** Of each gap, by its place among the hunks: how many lines are shown. */
export type Shown = Readonly<Record<number, number>>

export function showMore(shown: Shown, at: number, count: number | undefined): Shown {
  const now = (shown[at] ?? 0) + contextStep
  return { ...shown, [at]: count === undefined ? now : Math.min(now, count) }
}
