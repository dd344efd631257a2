import type { Comment, GitDiffFile, GitDiffHunk, GitDiffLine, GitLineType, GitSpan } from '~/api/generated'
import { contextLines, endsAtLast, gapAt } from '~/features/diff/context'
import type { DiffFile } from '~/features/diff/model'
import { ignoreSpace } from '~/features/diff/whitespace'
import { formatBytes } from '~/lib/format'
import { digestOf } from '~/lib/digest'

/** How a changed line ends if not with a plain newline; without it two lines would look equal. */
export type LineEnd = { hasReturn: boolean; isCut: boolean }

export type LineRow = {
  key: string
  kind: 'line'
  change: GitLineType
  old: number | undefined
  new: number | undefined
  text: string
  /** As it was sent, with a carriage return at its end. */
  raw: string
  /** The daemon sent only the beginning. */
  isCut: boolean
  end: LineEnd
  changed: readonly GitSpan[] | undefined
  /** Where it stands, for its syntax: the hunk, and the line in it. Unchanged lines that were shown later have none. */
  at: { hunk: GitDiffHunk; line: number } | undefined
}
export type HunkRow = { key: string; kind: 'hunk'; hunk: GitDiffHunk; at: number; hidden: number }

/**
 * A row of the list. All files together are one list; the key is the row's own in its file, wherever it stands: rows that come
 * or go above do not change it.
 */
export type Row =
  | LineRow
  | HunkRow
  | { key: string; kind: 'head' }
  | { key: string; kind: 'tail'; at: number; hidden: number | undefined }
  | { key: string; kind: 'comment'; comment: Comment; isPlaced: boolean }
  | { key: string; kind: 'form' }
  | { key: string; kind: 'note'; text: string; act?: 'more' | 'retry' }
  | { key: string; kind: 'pending'; lines: number }
  | { key: string; kind: 'end' }

/** A line of one side, as comments and links name it. */
export type Spot = { path: string; side: 'new' | 'old'; line: number }

export type FileView = {
  isFolded: boolean
  isSpaceIgnored: boolean
  comments: readonly Comment[]
  form: Spot | undefined
  /** The side of old lines, as comments name it. */
  from: string
}

/**
 * Keys of a file's lines. The lines of the side before keep their number while the file changes. An added line is known by its text
 * and the old line before it, and by its place among equal ones.
 */
function lineKeys() {
  const turns = new Map<string, number>()
  let before = 0
  return function keyOf({ oldLine, text }: GitDiffLine): string {
    if (oldLine !== undefined) {
      before = oldLine
      return String(oldLine)
    }
    const name = `${before}+${digestOf(text)}`
    const turn = turns.get(name) ?? 0
    turns.set(name, turn + 1)
    return `${name}.${turn}`
  }
}

function lineRow(key: string, line: GitDiffLine, at: LineRow['at']): LineRow {
  const { type, oldLine, newLine, text, noNewline = false, isCut = false, changed } = line
  const end = { hasReturn: type !== 'context' && text.endsWith('\r'), isCut: noNewline }
  return { key, kind: 'line', change: type, old: oldLine, new: newLine, text: text.replace(/\r$/, ''), raw: text, isCut, end, changed, at }
}

/** What is shown in place of lines if a file has none to show. */
function noteWithoutLines({ path, status, isBinary, truncated, size }: GitDiffFile): string {
  if (path.endsWith('/')) return 'A git repository of its own: its files are not shown.'
  if (isBinary) return size === undefined ? 'A binary file: its bytes are not shown.' : `A binary file of ${formatBytes(size)}: its bytes are not shown.`
  if (truncated) return size === undefined ? 'This file is too long to be shown here.' : `This file of ${formatBytes(size)} is too long to be shown here.`
  if (status === 'added' || status === 'untracked') return 'The new file is empty.'
  if (status === 'renamed' || status === 'copied') return status === 'renamed' ? 'Only its name changed.' : 'A copy without changes.'
  return status === 'deleted' ? 'The file was empty.' : 'Only its mode changed.'
}

/** Comments that stand below a line, by side and number; those that have no line here come first. */
function placedComments({ comments, from }: FileView) {
  const byLine = new Map<string, Comment[]>()
  const unplaced: Comment[] = []
  for (const comment of comments) {
    const isSide = comment.side === 'new' || (comment.from ?? 'head') === from
    if (comment.isOutdated || !isSide) unplaced.push(comment)
    else {
      const name = `${comment.side} ${comment.currentLine ?? comment.line}`
      byLine.set(name, [...(byLine.get(name) ?? []), comment])
    }
  }
  return { byLine, unplaced }
}

const commentRow = (comment: Comment, isPlaced: boolean): Row => ({ key: comment.id, kind: 'comment', comment, isPlaced })

/** What belongs below a line: its comments, and the form that is open there. */
function below(row: LineRow, byLine: Map<string, Comment[]>, form: Spot | undefined): Row[] {
  if (byLine.size === 0 && !form) return []
  const names = [row.change !== 'removed' && `new ${row.new ?? 0}`, row.change === 'removed' && `old ${row.old ?? 0}`]
  const rows = names.flatMap((name): Row[] => {
    const comments = name ? (byLine.get(name) ?? []) : []
    if (name) byLine.delete(name)
    return comments.map((comment) => commentRow(comment, true))
  })
  const isHere = form && (form.side === 'new' ? row.change !== 'removed' && row.new === form.line : row.change === 'removed' && row.old === form.line)
  return isHere ? [...rows, { key: 'form', kind: 'form' }] : rows
}

function linesOf(file: DiffFile, hunks: readonly GitDiffHunk[], keyOf: ReturnType<typeof lineKeys>): Row[] {
  const lines = file.lines ?? []
  const rows: Row[] = []
  const grow = file.meta.status !== 'added' && file.meta.status !== 'untracked' && file.meta.status !== 'deleted'
  hunks.forEach((hunk, at) => {
    const gap = gapAt(hunks, at, undefined)
    const count = gap.count ?? 0
    const shown = lines.length > 0 ? Math.min(file.shown[at] ?? 0, count) : 0
    rows.push({ key: `@${at}`, kind: 'hunk', hunk, at, hidden: grow ? count - shown : 0 })
    for (const line of contextLines(lines, gap.start + count - shown, shown, gap.offset)) rows.push(lineRow(keyOf(line), line, undefined))
    hunk.lines.forEach((line, place) => rows.push(lineRow(keyOf(line), line, { hunk, line: place })))
  })
  if (!grow || hunks.length === 0 || file.body?.truncated) return rows
  const gap = gapAt(hunks, hunks.length, file.lines?.length)
  const shown = lines.length > 0 ? Math.min(file.shown[hunks.length] ?? 0, gap.count ?? 0) : 0
  for (const line of contextLines(lines, gap.start, shown, gap.offset)) rows.push(lineRow(keyOf(line), line, undefined))
  const hidden = gap.count === undefined ? (endsAtLast(hunks.at(-1)) ? 0 : undefined) : gap.count - shown
  if (hidden !== 0) rows.push({ key: 'tail', kind: 'tail', at: hunks.length, hidden })
  return rows
}

/** Rows that a file will need, roughly: its changed lines and some around them. */
function pendingLines({ added, removed }: GitDiffFile): number {
  return Math.min(400, added + removed + 6)
}

function bodyRows(file: DiffFile, body: GitDiffFile, view: FileView): Row[] {
  const hunks = view.isSpaceIgnored ? ignoreSpace(body.hunks) : body.hunks
  const { byLine, unplaced } = placedComments(view)
  const rows = linesOf(file, hunks, lineKeys()).flatMap((row): Row[] => (row.kind === 'line' ? [row, ...below(row, byLine, view.form)] : [row]))
  const loose = [...unplaced, ...[...byLine.values()].flat()].map((comment) => commentRow(comment, false))
  if (rows.length === 0) {
    const text = body.hunks.length > 0 ? 'Only white space changed.' : noteWithoutLines(body)
    return [...loose, { key: 'note', kind: 'note', text }]
  }
  if (body.truncated) rows.push({ key: 'more', kind: 'note', text: 'There is more of this file.', act: 'more' })
  return [...loose, ...rows]
}

export function rowsOf(file: DiffFile, view: FileView): Row[] {
  const head: Row = { key: 'head', kind: 'head' }
  if (view.isFolded) return [head]
  const notes: Row[] = file.linesError ? [{ key: 'lines', kind: 'note', text: file.linesError.message }] : []
  if (file.body) return [head, ...notes, ...bodyRows(file, file.body, view), { key: 'end', kind: 'end' }]
  if (file.error) return [head, { key: 'error', kind: 'note', text: `This file could not be read: ${file.error.message}`, act: 'retry' }]
  return [head, { key: 'pending', kind: 'pending', lines: pendingLines(file.meta) }, { key: 'end', kind: 'end' }]
}

/** The line of one side that a row shows; of an unchanged one the side after. */
export function spotOf(path: string, row: LineRow): Spot | undefined {
  if (row.change === 'removed') return row.old === undefined ? undefined : { path, side: 'old', line: row.old }
  return row.new === undefined ? undefined : { path, side: 'new', line: row.new }
}

/** As a link has it: `45`, or `o40` on the side before. */
export function printLine({ side, line }: Spot): string {
  return side === 'old' ? `o${line}` : String(line)
}

export function parseLine(path: string, text: string): Spot | undefined {
  const parts = /^(o?)([1-9]\d{0,8})$/.exec(text)
  return parts ? { path, side: parts[1] === 'o' ? 'old' : 'new', line: Number(parts[2]) } : undefined
}
