import { expect, test } from 'vitest'
import type { GitDiff, GitDiffLine } from '~/api/generated'
import { diffRows, rowHeights, shiftOf, type Row } from '~/features/diff/rows'

function added(texts: readonly string[], from = 1): GitDiffLine[] {
  return texts.map((text, n) => ({ type: 'added', newLine: from + n, text }))
}

function context(texts: readonly string[], old: number, now: number): GitDiffLine[] {
  return texts.map((text, n) => ({ type: 'context', oldLine: old + n, newLine: now + n, text }))
}

type Files = Record<string, GitDiffLine[]>

function rowsOf(files: Files): Row[] {
  const diff: GitDiff = {
    files: Object.entries(files).map(([path, lines]) => ({
      path,
      status: 'modified',
      added: lines.length,
      removed: 0,
      isBinary: false,
      truncated: false,
      hunks: [{ oldStart: 1, oldLines: 1, newStart: 1, newLines: lines.length, section: '', lines }],
    })),
    totalFiles: Object.keys(files).length,
    isTotalLeast: false,
    contentId: 'c0',
    totalAdded: 0,
    totalRemoved: 0,
    truncated: false,
  }
  return diffRows(diff, new Set())
}

/** Where the row that shows the text begins. */
function topOf(rows: readonly Row[], text: string): number {
  const place = rows.findIndex((row) => row.kind === 'line' && row.text === text)
  return rows.slice(0, place).reduce((sum, { kind }) => sum + rowHeights[kind], 0)
}

function shiftAt(text: string, before: Files, after: Files): number {
  const was = rowsOf(before)
  return shiftOf(was, rowsOf(after), topOf(was, text))
}

const many = (word: string, n: number) => Array.from({ length: n }, (_, place) => `${word} ${place}`)
const line = rowHeights.line
const block = ['function f() {', '', '}', '']

test('no two rows have the same key, even if lines are equal', () => {
  const rows = rowsOf({ 'a.ts': added([...block, ...block, ...block]), 'b.ts': [...context(block, 1, 1), ...added(block, 5)] })
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length)
})

const keys = (rows: Row[]) => rows.filter((row) => row.kind === 'line' && row.change === 'context').map(({ key }) => key)

test('the commit’s lines keep their key while lines are added above them', () => {
  const before = rowsOf({ 'a.ts': context(many('kept', 5), 1, 1) })
  expect(keys(rowsOf({ 'a.ts': [...added(['new']), ...context(many('kept', 5), 1, 2)] }))).toEqual(keys(before))
})

test('a file added above moves the list by its rows', () => {
  const files = { 'b.ts': added(many('b', 40)) }
  expect(shiftAt('b 20', files, { 'a.ts': added(many('a', 3)), ...files })).toBe(rowHeights.file + rowHeights.hunk + 3 * line)
})

test('rows added below move nothing', () => {
  expect(shiftAt('b 2', { 'b.ts': added(many('b', 40)) }, { 'b.ts': added([...many('b', 30), 'new', 'new', ...many('b', 40).slice(30)]) })).toBe(0)
})

test('a repeated block of lines added above moves the list by its own height', () => {
  const tail = [...block, ...block, ...many('tail', 20)]
  expect(shiftAt('tail 0', { 'a.ts': added(tail) }, { 'a.ts': added([...block, ...tail]) })).toBe(block.length * line)
  const rows = rowsOf({ 'a.ts': added(tail) })
  const atBrace = topOf(rows, 'tail 0') - 2 * line
  expect(shiftOf(rows, rowsOf({ 'a.ts': added([...block, ...tail]) }), atBrace)).toBe(block.length * line)
})

test('if the line being read changed, those after it keep the place', () => {
  const after = ['new', 'new', ...many('a', 40)].map((text) => (text === 'a 20' ? 'edited' : text))
  expect(shiftAt('a 20', { 'a.ts': added(many('a', 40)) }, { 'a.ts': added(after) })).toBe(2 * line)
})

test('if nothing after it remains, the rows above keep the place', () => {
  const before = { 'a.ts': added(many('a', 10)), 'b.ts': added(many('b', 5)) }
  expect(shiftAt('b 1', before, { 'a.ts': added(['new', ...many('a', 10)]) })).toBe(line)
})

test('nothing is kept of an entirely different diff', () => {
  expect(shiftAt('a 5', { 'a.ts': added(many('a', 10)) }, { 'c.ts': added(many('c', 3)) })).toBe(0)
})
