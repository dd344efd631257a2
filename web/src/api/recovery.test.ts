import { expect, test } from 'vitest'
import type { GitDiffFile } from '~/api/generated'
import { reversed } from '~/api/recovery'

const file = (path: string, status: GitDiffFile['status'], more: Partial<GitDiffFile> = {}): GitDiffFile => ({ path, status, added: 3, removed: 1, isBinary: false, truncated: false, hunks: [], ...more })

test('a restore is the reverse of what was changed since', () => {
  const files = [file('new.ts', 'untracked', { removed: 0 }), file('gone.ts', 'deleted', { added: 0, removed: 9 }), file('b.ts', 'renamed', { oldPath: 'a.ts' }), file('c.ts', 'modified')]
  const back = reversed({ files, totalFiles: 4, isTotalLeast: false, totalAdded: 9, totalRemoved: 11, truncated: false })
  expect(back.files.map(({ path, oldPath, status, added, removed }) => [path, oldPath, status, added, removed])).toEqual([
    ['new.ts', undefined, 'deleted', 0, 3],
    ['gone.ts', undefined, 'added', 9, 0],
    ['a.ts', 'b.ts', 'renamed', 1, 3],
    ['c.ts', undefined, 'modified', 1, 3],
  ])
  expect([back.totalAdded, back.totalRemoved]).toEqual([11, 9])
})
