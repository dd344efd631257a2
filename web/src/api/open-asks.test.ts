import { describe, expect, it } from 'vitest'
import { behind } from '~/api/open-asks'

const listed = (count: number, subjectId = 'ag_new') => Array.from({ length: count }, () => ({ subjectId }))
const agents = [
  { id: 'ag_new', openAsks: 200, askAt: '2026-01-03' },
  { id: 'ag_late', openAsks: 1, askAt: '2026-01-02' },
  { id: 'ag_old', openAsks: 2, askAt: '2026-01-01' },
  { id: 'ag_none', openAsks: 0 },
]

describe('asks behind the newest 200', () => {
  it('are read of those that wait longest', () => {
    expect(behind(listed(200), agents)).toEqual(['ag_old', 'ag_late'])
    expect(behind(listed(200), agents, 'ag_late')).toEqual(['ag_late', 'ag_old'])
  })
  it('are none while one list holds all', () => {
    expect(behind(listed(199), agents)).toEqual([])
  })
})
