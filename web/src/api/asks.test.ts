import { describe, expect, it } from 'vitest'
import { foldOpenAsks } from '~/api/asks'
import type { Ask } from '~/api/generated'

const ask = (id: string): Ask => ({ id, subjectKind: 'agent', subjectId: 'ag', kind: 'permission', tool: 'Bash', digest: 'd', state: 'open', createdAt: '' })
const event = (id: string, state: Ask['state']) => ({ type: 'ask_changed', topic: 'inbox/o', generation: 1, seq: 1, at: '', payload: { id, subjectKind: 'agent', subjectId: 'ag', state } }) as const
const list = { asks: [ask('a'), ask('b')] }

describe('the open asks', () => {
  it('lose one that was settled without a read, and read a new one', () => {
    expect(foldOpenAsks(list, event('a', 'answered'))).toEqual({ asks: [ask('b')] })
    expect(foldOpenAsks(list, event('c', 'void'))).toBe(list)
    expect(foldOpenAsks(list, event('c', 'open'))).toBe('refetch')
    expect(foldOpenAsks(list, { ...event('a', 'open'), type: 'rules_changed', payload: { orgId: 'o' } })).toBe(list)
  })
})
