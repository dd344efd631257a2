import { expect, test } from 'vitest'
import { withProgress, type Progress } from '~/api/progress'

const event = (key: string, step: string, n = 1) =>
  ({ type: 'op_progress', topic: 'app', generation: 1, seq: n, at: `2026-01-01T00:00:0${n}Z`, payload: { key, op: 'create_worktree', step, done: n, total: 3 } }) as const

test('the newest step of each call is kept, the newest call last, and the oldest gives way', () => {
  let known: ReadonlyMap<string, Progress> = new Map()
  known = withProgress(known, event('a', 'fetch', 1))
  known = withProgress(known, event('b', 'fetch', 2))
  known = withProgress(known, event('a', 'copy', 3))
  expect([...known.values()].map(({ key, step }) => [key, step])).toEqual([['b', 'fetch'], ['a', 'copy']])
  for (let i = 0; i < 60; i++) known = withProgress(known, event(`k${i}`, 'x', 4))
  expect(known.size).toBe(50)
  expect(known.has('b')).toBe(false)
})
