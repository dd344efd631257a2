import { expect, test } from 'vitest'
import { diffLines } from '~/lib/line-diff'

const marks = { context: ' ', add: '+', delete: '-' } as const
const show = (before: string, after: string) => diffLines(before, after).map(({ kind, text }) => marks[kind] + text)

test('only what changed is marked', () => {
  expect(show('a\nb\nc\n', 'a\nB\nc\nd\n')).toEqual([' a', '-b', '+B', ' c', '+d'])
})

test('moved lines keep what they have in common', () => {
  expect(show('one\ntwo\nthree', 'zero\ntwo\nthree and\nfour')).toEqual(['-one', '+zero', ' two', '-three', '+three and', '+four'])
})

test('nothing becomes something and something nothing', () => {
  expect(show('', 'a\n')).toEqual(['+a'])
  expect(show('a', '')).toEqual(['-a'])
  expect(show('same', 'same')).toEqual([' same'])
})

test('both sides can be rebuilt, however large they are', () => {
  const before = Array.from({ length: 2000 }, (_, i) => `line ${i % 7}`).join('\n')
  const after = Array.from({ length: 1500 }, (_, i) => `line ${i % 5}`).join('\n')
  const changes = diffLines(before, after)
  const side = (skip: 'add' | 'delete') => changes.filter(({ kind }) => kind !== skip).map(({ text }) => text)
  expect(side('add').join('\n')).toBe(before)
  expect(side('delete').join('\n')).toBe(after)
})
