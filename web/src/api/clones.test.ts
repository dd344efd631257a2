import { expect, test } from 'vitest'
import { foldClones } from '~/api/clones'
import type { Clone, CloneState } from '~/api/generated'

const clone = (id: string, path: string, state: CloneState = 'running'): Clone => ({
  id, path, state, url: 'https://example.org/a', step: 'receive', done: 1, total: 2, tail: '', startedAt: `2026-01-01T00:00:0${id.at(-1)}Z`,
})
const changed = (payload: Clone) => ({ type: 'clone_changed' as const, topic: 'overview/org_1', generation: 1, seq: 1, at: '2026-01-01T00:00:00Z', payload })
const states = (before: Clone[], payload: Clone) => {
  const all = foldClones({ clones: before, folder: '/src' }, changed(payload))
  return all === 'refetch' ? all : all.clones.map(({ id, state }) => `${id} ${state}`)
}

test('the newest is first, and each row is replaced in its place', () => {
  expect(states([clone('cln_1', '/a')], clone('cln_2', '/b'))).toEqual(['cln_2 running', 'cln_1 running'])
  expect(states([clone('cln_2', '/b'), clone('cln_1', '/a')], clone('cln_1', '/a', 'failed'))).toEqual(['cln_2 running', 'cln_1 failed'])
})

test('one that failed gives way to the next into its folder', () => {
  expect(states([clone('cln_1', '/a', 'failed')], clone('cln_2', '/a'))).toEqual(['cln_2 running'])
})

test('what was cancelled or dismissed is gone, what is done stays', () => {
  expect(states([clone('cln_1', '/a')], clone('cln_1', '/a', 'cancelled'))).toEqual([])
  expect(states([clone('cln_1', '/a', 'failed')], clone('cln_1', '/a', 'dismissed'))).toEqual([])
  expect(states([clone('cln_1', '/a')], clone('cln_1', '/a', 'done'))).toEqual(['cln_1 done'])
})
