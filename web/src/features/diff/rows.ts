import type { GitDiff, GitDiffFile, GitDiffHunk, GitDiffLine, GitLineType } from '~/api/generated'
import { plural, sentence } from '~/lib/format'

/** How a changed line ends if not with a plain newline; without it two lines would look equal. */
type LineEnd = { hasReturn: boolean; isCut: boolean }

/**
 * One line of the diff page; all files together are one flat list, so that one window shows any size. The key is the
 * row's own, wherever it is: rows added or removed above do not change it.
 */
export type Row = { key: string } & (
  | { kind: 'file'; file: GitDiffFile; isFolded: boolean }
  | { kind: 'hunk'; text: string }
  | { kind: 'line'; change: GitLineType; old: number | undefined; new: number | undefined; text: string; end: LineEnd }
  | { kind: 'note'; text: string }
)

export const rowHeights: Record<Row['kind'], number> = { file: 36, hunk: 24, line: 20, note: 32 }

function headerOf({ oldStart, oldLines, newStart, newLines, section }: GitDiffHunk): string {
  return `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@ ${section}`
}

/** FNV-1a in 32 bits: the key of a line must not hold the line. */
function digestOf(text: string): string {
  let digest = 0x811c9dc5
  for (let place = 0; place < text.length; place++) digest = Math.imul(digest ^ text.charCodeAt(place), 0x01000193)
  return (digest >>> 0).toString(36)
}

/**
 * Keys of a file's lines. The commit's own lines keep their number while the file changes. An added line is known by
 * its text and the commit's line before it, and by its position among equal ones.
 */
function lineKeys(path: string) {
  const turns = new Map<string, number>()
  let before = 0
  return function keyOf({ oldLine, text }: GitDiffLine): string {
    if (oldLine !== undefined) {
      before = oldLine
      return `${path}:${oldLine}`
    }
    const name = `${path}:${before}+${digestOf(text)}`
    const turn = turns.get(name) ?? 0
    turns.set(name, turn + 1)
    return `${name}.${turn}`
  }
}

function lineRow(key: string, { type, oldLine, newLine, text, noNewline = false }: GitDiffLine): Row {
  const end = { hasReturn: type !== 'context' && text.endsWith('\r'), isCut: noNewline }
  return { key, kind: 'line', change: type, old: oldLine, new: newLine, text: text.replace(/\r$/, ''), end }
}

/** What is shown in place of lines if a file has none to show. */
function noteWithoutLines({ path, status, truncated }: GitDiffFile): string {
  if (path.endsWith('/')) return 'A git repository of its own: its files are not shown.'
  if (truncated) return 'This file is too long to be shown here.'
  if (status === 'added' || status === 'untracked') return 'The new file is empty.'
  return status === 'deleted' ? 'The file was empty.' : 'Only its name or mode changed.'
}

function noteRow(path: string, text: string): Row {
  return { key: `${path}:note`, kind: 'note', text }
}

function bodyOf(file: GitDiffFile): Row[] {
  const { path } = file
  if (file.isBinary && !path.endsWith('/')) return [noteRow(path, 'A binary file: its bytes are not shown.')]
  const keyOf = lineKeys(path)
  const rows = file.hunks.flatMap((hunk, turn): Row[] => [
    { key: `${path}:@${turn}`, kind: 'hunk', text: headerOf(hunk) },
    ...hunk.lines.map((line) => lineRow(keyOf(line), line)),
  ])
  if (rows.length === 0) return [noteRow(path, noteWithoutLines(file))]
  if (file.truncated) return [...rows, noteRow(path, 'The rest of this file is too long to be shown here.')]
  return rows
}

/** How many changed files the answer counts but does not contain, in words; undefined if it contains all. */
export function filesLeftOut({ files, totalFiles, isTotalLeast }: GitDiff): string | undefined {
  const count = totalFiles - files.length
  if (count > 0) return `${isTotalLeast ? 'at least ' : ''}${plural(count, 'more file')}`
  return undefined
}

export function diffRows(diff: GitDiff, folded: ReadonlySet<string>): Row[] {
  const rows = diff.files.flatMap((file): Row[] => {
    const isFolded = folded.has(file.path)
    return [{ key: `${file.path}:`, kind: 'file', file, isFolded }, ...(isFolded ? [] : bodyOf(file))]
  })
  const leftOut = filesLeftOut(diff)
  return leftOut ? [...rows, noteRow('', `${sentence(leftOut)} changed: too many to be shown here.`)] : rows
}

export function placeOfFile(rows: readonly Row[], path: string): number {
  return rows.findIndex((row) => row.kind === 'file' && row.file.path === path)
}

/** How many rows around the reader's are looked for in the new list, and how many must agree on where they went. */
const soughtAround = 200
const votes = 12

type Placed = { key: string; top: number }

function placed(rows: readonly Row[]): Placed[] {
  let top = 0
  return rows.map(({ key, kind }) => {
    const row = { key, top }
    top += rowHeights[kind]
    return row
  })
}

/** The most frequent one; the first of several. */
function mostCommon(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].reduce<[number, number] | undefined>((best, one) => (best && best[1] >= one[1] ? best : one), undefined)?.[0]
}

/**
 * How far to scroll so that what was at `top` is still there after `before` became `after`: as far as the rows from there on
 * moved. A single row may be another one with the same text (a blank line, a brace), so some dozen rows decide. If none of
 * them is left, the rows above decide, the nearest first.
 */
export function shiftOf(before: readonly Row[], after: readonly Row[], top: number): number {
  const rows = placed(before)
  const first = Math.max(0, rows.findLastIndex((row) => row.top <= top))
  const below = rows.slice(first, first + soughtAround)
  const above = rows.slice(Math.max(0, first - soughtAround), first).toReversed()
  const sought = new Set([...below, ...above].map(({ key }) => key))
  const found = new Map(placed(after).filter(({ key }) => sought.has(key)).map((row) => [row.key, row.top]))
  const shifts = (of: readonly Placed[]) => of.flatMap(({ key, top: was }) => (found.has(key) ? [(found.get(key) ?? was) - was] : []))
  return mostCommon(shifts(below).slice(0, votes)) ?? shifts(above)[0] ?? 0
}
