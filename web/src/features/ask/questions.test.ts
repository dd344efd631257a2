import { describe, expect, it } from 'vitest'
import { answersOf, choose, nothing, readQuestions, writeOwn } from '~/features/ask/questions'

const input = {
  questions: [
    { question: 'Which?', header: 'Store', options: [{ label: 'A', description: 'a' }, { label: 'B' }], multiSelect: false },
    { question: 'What else?', options: [{ label: 'X' }, { label: 'Y' }], multiSelect: true },
  ],
}
const { questions } = readQuestions(input)
const [one, many] = questions

describe('the questions of an ask', () => {
  it('are read from arguments of any form', () => {
    expect(questions.map(({ text, isMulti, options }) => [text, isMulti, options.length])).toEqual([['Which?', false, 2], ['What else?', true, 2]])
    expect(readQuestions('x')).toEqual({ questions: [], left: 0 })
    expect(readQuestions({ questions: Array.from({ length: 60 }, () => ({})) }).left).toBe(10)
  })
  it('have one option, or several, or a text of the person', () => {
    if (!one || !many) throw new Error('two questions')
    expect(choose(one, { labels: ['A'], own: 'x' }, 'B')).toEqual({ labels: ['B'], own: '' })
    expect(choose(many, choose(many, nothing, 'X'), 'Y').labels).toEqual(['X', 'Y'])
    expect(choose(many, { labels: ['X'], own: 'z' }, 'X')).toEqual({ labels: [], own: 'z' })
    expect(writeOwn(one, { labels: ['A'], own: '' }, 'C')).toEqual({ labels: [], own: 'C' })
    expect(writeOwn(many, { labels: ['X'], own: '' }, 'C')).toEqual({ labels: ['X'], own: 'C' })
  })
  it('are answered when each has an answer', () => {
    expect(answersOf(questions, { 0: { labels: ['A'], own: '' } })).toBeUndefined()
    expect(answersOf(questions, { 0: { labels: ['A'], own: '' }, 1: { labels: ['X'], own: ' own ' } })).toEqual({ 'Which?': 'A', 'What else?': ['X', 'own'] })
    expect(answersOf([], {})).toBeUndefined()
  })
  it('that were asked twice in the same words keep both answers', () => {
    if (!one) throw new Error('one question')
    const twice = [one, one]
    expect(answersOf(twice, { 0: { labels: ['A'], own: '' }, 1: { labels: ['B'], own: '' } })).toEqual({ 'Which?': 'A, B' })
    expect(answersOf(twice, { 0: { labels: ['A'], own: '' }, 1: { labels: ['A'], own: '' } })).toEqual({ 'Which?': 'A' })
  })
})
