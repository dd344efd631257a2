import { expect, test } from 'vitest'
import type { WorktreeOverview } from '~/api/generated'
import { distanceOf, sizeOf } from '~/api/size'

const worktree: WorktreeOverview = { id: 'wt_1', workspaceId: 'ws_1', name: 'w', branch: 'w', isDetached: false, path: '/w', sortMode: 'free', displayOrder: 0, isMain: false }

test('the size is that since the base, else that since the last commit', () => {
  const own = { ...worktree, staged: 1, modified: 1, untracked: 1, added: 4, removed: 2 }
  expect(sizeOf(own)).toEqual({ files: 3, added: 4, removed: 2, isLeast: false })
  const based = { ...own, base: 'main', baseAhead: 2, baseBehind: 0, baseFiles: 9, baseAdded: 40, baseRemoved: 0, isAddedLeast: true }
  expect(sizeOf(based)).toEqual({ files: 9, added: 40, removed: 0, isLeast: true })
  expect(sizeOf(worktree)).toEqual({ files: 0, added: undefined, removed: undefined, isLeast: false })
})

test('the distance is that from the base, else that from the upstream', () => {
  expect(distanceOf({ ...worktree, ahead: 2, behind: 1 })).toBe('↑2 ↓1')
  expect(distanceOf({ ...worktree, base: 'main', baseAhead: 0, baseBehind: 3, ahead: 2 })).toBe('↓3')
  expect(distanceOf(worktree)).toBe('')
})
