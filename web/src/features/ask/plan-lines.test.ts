import { describe, expect, it } from 'vitest'
import { commentList, linesWithComments, planLines, stepLine, withComment } from '~/features/ask/plan-lines'

const plan = '# Plan\n\n1. First\n2. Second\n```\n# code\n```\nend'

describe('the lines of a plan', () => {
  it('keep their numbers and their words', () => {
    const { rows, rest } = planLines(plan)
    expect(rows.map(({ kind }) => kind)).toEqual(['heading', 'blank', 'step', 'step', 'code', 'code', 'code', 'plain'])
    expect(rows[0]).toEqual({ line: 1, text: 'Plan', kind: 'heading' })
    expect(rows[2]).toEqual({ line: 3, text: 'First', kind: 'step', number: '1' })
    expect(rows[5]?.text).toBe('# code')
    expect(rest).toBe('')
    expect(planLines('x\n'.repeat(2001)).rest).toBe('x\n')
  })
  it('are passed by arrows, without the empty ones', () => {
    const { rows } = planLines(plan)
    expect([stepLine(rows, 1, 1), stepLine(rows, 3, -1), stepLine(rows, 8, 1), stepLine(rows, 1, -1)]).toEqual([3, 1, 8, 1])
  })
  it('take comments, which are sent in the order of the lines', () => {
    const comments = withComment(withComment(new Map(), 4, ' later '), 3, 'sooner')
    expect(commentList(comments)).toEqual([{ line: 3, text: 'sooner' }, { line: 4, text: 'later' }])
    expect(withComment(comments, 3, ' ').size).toBe(1)
    expect([linesWithComments('a\nb'), linesWithComments(undefined)]).toEqual([2, 0])
  })
})
