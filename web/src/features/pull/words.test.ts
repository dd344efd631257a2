import { expect, test } from 'vitest'
import type { PullRequest, ReviewComment } from '~/api/generated'
import { pullOf } from '~/features/pull/queries'
import { checkPrompt, pullLook, stateText, threadsOf } from '~/features/pull/words'

const pull = (more: Partial<PullRequest>): PullRequest => ({
  number: 8, title: 'Fix', state: 'open', isDraft: false, author: 'a', base: 'main', head: 'fix', mergeable: 'unknown', review: 'none', checks: 'none', createdAt: '', updatedAt: '', ...more,
})
const comment = (id: string, threadId: string, isResolved = false): ReviewComment => ({ id, threadId, path: 'a.ts', line: 3, side: 'new', author: 'b', body: id, isBodyCut: false, isResolved, isOutdated: false, createdAt: '' })

test('a branch has its open pull request before an older one, and never that of a fork', () => {
  const rows = [pull({ number: 9, headOwner: 'fork' }), pull({ number: 7, state: 'closed' }), pull({ number: 5 })]
  expect(pullOf(rows, 'fix')?.number).toBe(5)
  expect(pullOf(rows.slice(0, 2), 'fix')?.number).toBe(7)
  expect(pullOf(rows, 'other')).toBeUndefined()
})

test.each([
  [{ isDraft: true, mergeable: 'conflicting' }, 'draft, conflicts with main', 'waiting'],
  [{ review: 'approved', checks: 'passed' }, 'open, approved', 'idle'],
  [{ review: 'changes_requested', checks: 'failed' }, 'open, changes requested', 'error'],
  [{ state: 'merged', isDraft: true, review: 'approved' }, 'merged', 'finished'],
  [{ state: 'closed', mergeable: 'conflicting' }, 'closed', 'stopped'],
] as const)('%j is "%s"', (more, text, look) => {
  expect([stateText(pull(more)), pullLook(pull(more))]).toEqual([text, look])
})

test('threads that are not resolved come first', () => {
  const threads = threadsOf([comment('1', 'done', true), comment('2', 'open'), comment('3', 'open')])
  expect(threads.map(({ id, comments }) => [id, comments.map((one) => one.id)])).toEqual([['open', ['2', '3']], ['done', ['1']]])
})

test('what a check says of itself is quoted', () => {
  const text = checkPrompt({ name: 'unit', group: 'CI', state: 'failed', detail: '3 of 40 ``` failed', url: 'https://host/1' }, pull({}))
  expect(text).toContain('The check "CI: unit" of pull request 8 (branch fix) failed. Its page is https://host/1.')
  expect(text).toContain('````\n3 of 40 ``` failed\n````')
})
