import { expect, test } from 'vitest'
import { bestOf, pieces, score } from '~/features/palette/match'

test('every word of the query is in the text, in any order', () => {
  expect(score('retry back', 'Bound the retry backoff')).toBeGreaterThan(0)
  expect(score('back retry', 'Bound the retry backoff')).toBeGreaterThan(0)
  expect(score('retry forward', 'Bound the retry backoff')).toBe(0)
  expect(score('', 'anything')).toBe(1)
})

test('the beginning fits best, then the beginning of a word', () => {
  expect(bestOf('re', ['core', 'the retry', 'retry', 'none'], (main) => ({ main }), 3)).toEqual(['retry', 'the retry', 'core'])
})

const marked = (query: string, text: string) =>
  pieces(query, text)
    .map(({ text: piece, isHit }) => (isHit ? `[${piece}]` : piece))
    .join('')

test('a name that fits comes before what is only said of a thing', () => {
  const rows = [
    { main: 'list', rest: 'logs, retry' },
    { main: 'the logs', rest: '' },
  ]
  expect(bestOf('log', rows, (row) => row, 2).map(({ main }) => main)).toEqual(['the logs', 'list'])
})

test('what was found is marked', () => {
  expect(marked('retry', 'Bound the Retry backoff')).toBe('Bound the [Retry] backoff')
  expect(marked('back bound', 'Bound the backoff')).toBe('[Bound] the [back]off')
  expect(marked('bou ound', 'Bound')).toBe('[Bound]')
  expect(marked('', 'Bound')).toBe('Bound')
})
