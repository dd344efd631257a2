import { expect, test } from 'vitest'
import type { FileEntry, Files } from '~/api/generated'
import { openTo, stateWords, toggled, treeRows, withPage, type Open, type TreeRow } from '~/features/files/tree'

const entry = (path: string, more: Partial<FileEntry> = {}): FileEntry => ({ path, kind: 'file', size: 1, modifiedAt: '', state: 'clean', changed: 0, isIgnored: false, ...more })
const folder = (path: string) => entry(path, { kind: 'folder' })
const page = (entries: FileEntry[], more: Partial<Files> = {}): Files => ({ entries, total: entries.length, truncated: false, hasStates: true, ...more })

const pages: Record<string, Files> = {
  ' ': page([folder('src'), entry('README.md')]),
  'src ': page([folder('src/net')], { total: 3, next: 'n1' }),
  'src n1': page([entry('src/a.ts'), entry('src/b.ts')], { total: 3 }),
  'src/net ': page([]),
}
const show = (rows: TreeRow[]) => rows.map((row) => `${'  '.repeat(row.depth)}${row.kind === 'entry' ? row.entry.path : row.kind === 'more' ? `+${row.left}` : row.text}`)
const shown = (open: Open) => show(treeRows(open, (path, after) => ({ data: pages[`${path} ${after}`] })))

test('a folder shows what is in it once it is open', () => {
  expect(shown(new Map())).toEqual(['src', 'README.md'])
  const open = toggled(new Map(), 'src')
  expect(shown(open)).toEqual(['src', '  src/net', '  +2', 'README.md'])
  expect(shown(withPage(open, 'src', 'n1'))).toEqual(['src', '  src/net', '  src/a.ts', '  src/b.ts', 'README.md'])
  expect(shown(toggled(open, 'src/net'))).toEqual(['src', '  src/net', '    Empty', '  +2', 'README.md'])
  expect(shown(toggled(open, 'src'))).toEqual(['src', 'README.md'])
})

test('a folder that is not there yet, and one that cannot be read', () => {
  expect(show(treeRows(new Map(), () => ({})))).toEqual(['Reading…'])
  expect(show(treeRows(new Map(), () => ({ error: new Error('no such folder') })))).toEqual(['no such folder'])
})

test('the way to a file opens, and what is open stays the same', () => {
  const open = openTo(new Map(), 'src/net/deep/a.ts')
  expect([...open.keys()].sort()).toEqual(['src', 'src/net', 'src/net/deep'])
  expect(openTo(open, 'src/net/b.ts')).toBe(open)
})

test('what git says is a word', () => {
  expect(stateWords(entry('a', { state: 'modified' }))).toBe('modified')
  expect(stateWords(entry('a', { isIgnored: true, state: 'untracked' }))).toBe('ignored')
  expect(stateWords(entry('a', { kind: 'folder', changed: 3 }))).toBe('3 changed')
  expect(stateWords(entry('a'))).toBe('')
})
