import { expect, test } from 'vitest'
import { filesIn } from '~/features/diff/listed'

test('the number of a comparison is of that comparison, and is left out where it is not known', () => {
  const merging = { baseFiles: 4, staged: 2, conflicted: 1 }
  expect(filesIn(merging, 'base')).toBe(4)
  expect(filesIn(merging, 'head')).toBe(3)
  expect(filesIn({ baseFiles: 2 }, 'head')).toBe(0)
  expect(filesIn({ staged: 1, modified: 1 }, 'head')).toBeUndefined()
  expect(filesIn({ modified: 1, untracked: 2 }, 'base')).toBe(3)
  expect(filesIn(merging, 'ckp_1')).toBeUndefined()
})
