import type { GitDiff, GitDiffFile, GitDiffHunk, GitDiffLine, GitLineType } from '~/api/generated'
import { plural } from '~/lib/format'

/** What a changed line ends with where that is no plain newline; without it two lines would look equal. */
type LineEnd = { hasReturn: boolean; isCut: boolean }

/** One line of the diff page; all files together are one flat list, so that one window shows any size. */
export type Row =
  | { kind: 'file'; file: GitDiffFile; isFolded: boolean }
  | { kind: 'hunk'; text: string }
  | { kind: 'line'; change: GitLineType; old: number | undefined; new: number | undefined; text: string; end: LineEnd }
  | { kind: 'note'; text: string }

function headerOf({ oldStart, oldLines, newStart, newLines, section }: GitDiffHunk): string {
  return `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@ ${section}`
}

function lineRow({ type, oldLine, newLine, text, noNewline = false }: GitDiffLine): Row {
  const end = { hasReturn: type !== 'context' && text.endsWith('\r'), isCut: noNewline }
  return { kind: 'line', change: type, old: oldLine, new: newLine, text: text.replace(/\r$/, ''), end }
}

/** What stands in the place of lines where a file has none to show. */
function noteWithoutLines({ path, status, truncated }: GitDiffFile): string {
  if (path.endsWith('/')) return 'A git repository of its own: its files are not shown.'
  if (truncated) return 'This file is too long to be shown here.'
  if (status === 'added' || status === 'untracked') return 'The new file is empty.'
  return status === 'deleted' ? 'The file was empty.' : 'Only its name or mode changed.'
}

function bodyOf(file: GitDiffFile): Row[] {
  if (file.isBinary && !file.path.endsWith('/')) return [{ kind: 'note', text: 'A binary file: its bytes are not shown.' }]
  const rows = file.hunks.flatMap((hunk): Row[] => [
    { kind: 'hunk', text: headerOf(hunk) },
    ...hunk.lines.map(lineRow),
  ])
  if (rows.length === 0) return [{ kind: 'note', text: noteWithoutLines(file) }]
  if (file.truncated) return [...rows, { kind: 'note', text: 'The rest of this file is too long to be shown here.' }]
  return rows
}

/** How many changed files the answer counts and does not hold. */
export function filesLeftOut({ files, totalFiles }: GitDiff): number {
  return totalFiles - files.length
}

export function diffRows(diff: GitDiff, folded: ReadonlySet<string>): Row[] {
  const rows = diff.files.flatMap((file): Row[] => {
    const isFolded = folded.has(file.path)
    return [{ kind: 'file', file, isFolded }, ...(isFolded ? [] : bodyOf(file))]
  })
  const leftOut = filesLeftOut(diff)
  return leftOut > 0 ? [...rows, { kind: 'note', text: `${plural(leftOut, 'more file')} changed: too many to be shown here.` }] : rows
}

export function placeOfFile(rows: readonly Row[], path: string): number {
  return rows.findIndex((row) => row.kind === 'file' && row.file.path === path)
}
