import { expect, test } from 'vitest'
import { branchOf } from '~/lib/branch'

test.each([
  ['fix-login', 'fix-login'],
  ['feat one', 'feat-one'],
  ['  Feat  One ', 'Feat-One'],
  ['feature/login form', 'feature/login-form'],
  ['/a//b/', 'a/b'],
  ['.hidden..file.', 'hidden.file'],
  ['a.lock/b', 'a/b'],
  ['-x', 'x'],
  ['what? ~all^ [of] it:\\', 'what-all-of]-it'],
  ['a@{b', 'a-{b'],
  ['été', 'été'],
  ['@', ''],
  ['...', ''],
  ['', ''],
])('%j is the branch %j', (name, branch) => {
  expect(branchOf(name)).toBe(branch)
})
