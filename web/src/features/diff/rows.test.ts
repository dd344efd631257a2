import { expect, test } from 'vitest'
import type { Comment, GitDiffFile, GitDiffLine } from '~/api/generated'
import { cursorOfSpot, nextRow, nextStop } from '~/features/diff/cursor'
import { blockOf, layoutOf, shiftOf, sliceOf, topOf, type Layout } from '~/features/diff/layout'
import type { DiffFile } from '~/features/diff/model'
import { parseLine, printLine, rowsOf, type FileView, type Row } from '~/features/diff/rows'

function added(texts: readonly string[], from = 1): GitDiffLine[] {
  return texts.map((text, n) => ({ type: 'added', newLine: from + n, text }))
}
function context(texts: readonly string[], old: number, now: number): GitDiffLine[] {
  return texts.map((text, n) => ({ type: 'context', oldLine: old + n, newLine: now + n, text }))
}

function body(path: string, lines: GitDiffLine[], more: Partial<GitDiffFile> = {}): GitDiffFile {
  const hunks = lines.length === 0 ? [] : [{ oldStart: 1, oldLines: lines.filter(({ oldLine }) => oldLine).length, newStart: 1, newLines: lines.filter(({ newLine }) => newLine).length, section: '', lines }]
  return { path, status: 'modified', added: lines.length, removed: 0, isBinary: false, truncated: false, hunks, ...more }
}

function fileOf(meta: GitDiffFile, more: Partial<DiffFile> = {}): DiffFile {
  return { path: meta.path, meta, body: meta, isCounted: true, isStale: false, isReading: false, shown: {}, ...more }
}

const view: FileView = { isFolded: false, isSpaceIgnored: false, comments: [], form: undefined, from: 'head' }
const measure = { isTouch: false, columns: undefined, drawn: undefined }

function layoutFor(files: Record<string, GitDiffLine[]>): Layout {
  return layoutOf(Object.entries(files).map(([path, lines]) => blockOf(path, rowsOf(fileOf(body(path, lines)), view), measure)))
}

const keysOf = (rows: readonly Row[]) => rows.map(({ key }) => key)
const many = (word: string, n: number) => Array.from({ length: n }, (_, place) => `${word} ${place}`)
const block = ['function f() {', '', '}', '']

test('no two rows of a file have the same key, even if lines are equal', () => {
  const keys = keysOf(rowsOf(fileOf(body('a.ts', [...context(block, 1, 1), ...added([...block, ...block, ...block], 5)])), view))
  expect(new Set(keys).size).toBe(keys.length)
})

function contextKeys(lines: GitDiffLine[]): string[] {
  return rowsOf(fileOf(body('a.ts', lines)), view).flatMap((row) => (row.kind === 'line' && row.change === 'context' ? [row.key] : []))
}

test('lines that stay keep their key while others are added above them', () => {
  expect(contextKeys([...added(['new']), ...context(many('kept', 5), 1, 2)])).toEqual(contextKeys(context(many('kept', 5), 1, 1)))
})

function topOfText({ blocks, tops }: Layout, text: string): number {
  for (const [at, one] of blocks.entries()) {
    const row = one.rows.findIndex((found) => found.kind === 'line' && found.text === text)
    if (row >= 0) return (tops[at] ?? 0) + (one.tops[row] ?? 0)
  }
  return -1
}

function shiftAt(text: string, before: Record<string, GitDiffLine[]>, after: Record<string, GitDiffLine[]>): number {
  const was = layoutFor(before)
  return shiftOf(was, layoutFor(after), topOfText(was, text))
}

test('a file added above moves the list by its height', () => {
  const files = { 'b.ts': added(many('b', 40)) }
  expect(shiftAt('b 20', files, { 'a.ts': added(many('a', 3)), ...files })).toBe(layoutFor({ 'a.ts': added(many('a', 3)) }).height)
})

test('rows added below move nothing', () => {
  const after = { 'b.ts': added([...many('b', 30), 'new', 'new', ...many('b', 40).slice(30)]) }
  expect(shiftAt('b 2', { 'b.ts': added(many('b', 40)) }, after)).toBe(0)
})

test('a repeated block of lines added above moves the list by its own height', () => {
  const tail = [...block, ...block, ...many('tail', 20)]
  expect(shiftAt('tail 0', { 'a.ts': added(tail) }, { 'a.ts': added([...block, ...tail]) })).toBe(block.length * 20)
})

test('if nothing of what is read stays, the rows above it decide', () => {
  const before = { 'a.ts': added(many('a', 10)), 'b.ts': added(many('b', 10)) }
  expect(shiftAt('b 5', before, { '0.ts': added(['x']), 'a.ts': added(many('a', 10)) })).toBe(layoutFor({ '0.ts': added(['x']) }).height)
})

test('only the rows between two heights are drawn, also of a large list', () => {
  const layout = layoutFor(Object.fromEntries(many('f', 300).map((path) => [path, added(many(path, 100))])))
  const slices = sliceOf(layout, 100_000, 101_000)
  const rows = slices.reduce((sum, { from, to }) => sum + to - from, 0)
  expect(rows).toBeGreaterThan(45)
  expect(rows).toBeLessThan(60)
})

const comment = (more: Partial<Comment>): Comment => ({ id: 'cmt_1', workspaceId: 'ws_1', worktreeId: 'wt_1', path: 'a.ts', side: 'new', line: 2, lineText: 'b', body: 'Why?', isOutdated: false, createdAt: '', updatedAt: '', ...more })

test('a comment is shown below its line, wherever that is now; without a line at the top', () => {
  const file = fileOf(body('a.ts', added(['a', 'b', 'c'])))
  const kinds = (one: Comment) => rowsOf(file, { ...view, comments: [one] }).map((row) => (row.kind === 'line' ? row.text : row.kind))
  expect(kinds(comment({ currentLine: 3 }))).toEqual(['head', 'hunk', 'a', 'b', 'c', 'comment', 'end'])
  expect(kinds(comment({ isOutdated: true }))).toEqual(['head', 'comment', 'hunk', 'a', 'b', 'c', 'end'])
  expect(kinds(comment({ line: 90, currentLine: 90 }))).toEqual(['head', 'comment', 'hunk', 'a', 'b', 'c', 'end'])
})

const hasTail = (lines: GitDiffLine[]) => rowsOf(fileOf(body('a.ts', lines)), view).some(({ kind }) => kind === 'tail')

test('lines below the last change are offered only where the file may go on', () => {
  expect(hasTail([...added(['a']), ...context(['b', 'c', 'd'], 1, 2)])).toBe(true)
  expect(hasTail([...added(['a']), ...context(['b', 'c'], 1, 2)])).toBe(false)
})

function note(more: Partial<GitDiffFile>, path = 'a'): string[] {
  return rowsOf(fileOf(body(path, [], more)), view).flatMap((row) => (row.kind === 'note' ? [row.text] : []))
}

test('what has no lines says why', () => {
  expect(note({ isBinary: true, size: 104_857_600 })).toEqual(['A binary file of 100 MiB: its bytes are not shown.'])
  expect(note({ status: 'untracked' })).toEqual(['The new file is empty.'])
  expect(note({ status: 'deleted' })).toEqual(['The file was empty.'])
  expect(note({ status: 'modified' })).toEqual(['Only its mode changed.'])
  expect(note({ status: 'renamed' })).toEqual(['Only its name changed.'])
  expect(note({ isBinary: true }, 'nested/')).toEqual(['A git repository of its own: its files are not shown.'])
})

test('a folded file is its head; one that is read has room for its lines', () => {
  const { body: _body, ...unread } = fileOf(body('a.ts', [], { added: 90, removed: 4 }))
  expect(rowsOf(unread, { ...view, isFolded: true }).map(({ kind }) => kind)).toEqual(['head'])
  expect(blockOf('a.ts', rowsOf(unread, view), measure).height).toBe(32 + 100 * 20 + 12)
})

test('keys go from hunk to hunk and from line to line over the borders of files', () => {
  const layout = layoutFor({ 'a.ts': added(['a', 'b']), 'b.ts': added(['c']) })
  const first = nextStop(layout, undefined, 1, 0)
  expect(first).toEqual({ path: 'a.ts', key: '@0' })
  expect(nextStop(layout, first, 1, 0)).toEqual({ path: 'b.ts', key: '@0' })
  expect(nextStop(layout, { path: 'b.ts', key: '@0' }, -1, 0)).toEqual(first)
  const last = cursorOfSpot(layout, { path: 'a.ts', side: 'new', line: 2 })
  expect(nextRow(layout, last, 1)).toEqual({ path: 'b.ts', key: '@0' })
  expect(nextRow(layout, { path: 'b.ts', key: '@0' }, -1)).toEqual(last)
  expect(topOf(layout, 'b.ts')).toBe(layout.tops[1])
})

test('a line of either side goes into a link and comes back', () => {
  for (const spot of [
    { path: 'a', side: 'new', line: 45 },
    { path: 'a', side: 'old', line: 7 },
  ] as const)
    expect(parseLine('a', printLine(spot))).toEqual(spot)
  expect(parseLine('a', '0')).toBeUndefined()
  expect(parseLine('a', 'x9')).toBeUndefined()
})
