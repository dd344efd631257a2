import { expect, test } from 'vitest'
import type { Ask } from '~/api/generated'
import { batchOf } from '~/features/ask/batch'

const ask = (more: Partial<Ask> = {}): Ask => ({ id: 'ask_1', subjectKind: 'agent', subjectId: 'ag', kind: 'permission', tool: 'Bash', digest: 'd', state: 'open', createdAt: '', ...more })

test('asks for the same get one answer', () => {
  expect(batchOf([ask(), ask()])).toEqual({ kind: 'equal' })
})

function why(...asks: readonly Ask[]) {
  const batch = batchOf(asks)
  return batch.kind === 'different' ? batch.why : undefined
}

test('why several asks get no single answer is said as it is', () => {
  expect(why(ask(), ask({ digest: 'e' }))).toMatch(/^They ask for different things/)
  expect(why(ask({ truncated: true }), ask({ truncated: true }))).toMatch(/^They ask for the same, but it is too long/)
  expect(why(ask(), ask({ kind: 'question' }))).toMatch(/^Questions and plans/)
})
