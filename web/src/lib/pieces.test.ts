import { expect, test } from 'vitest'
import { piecesOf } from '~/lib/pieces'

test('a long line becomes rows that contain all of it, and no character is split', () => {
  const text = `${'x'.repeat(1999)}😀${'y'.repeat(2500)}`
  const pieces = piecesOf([{ kind: 'add', text }])
  expect(pieces.map(({ text: part }) => part).join('')).toBe(text)
  expect(pieces.map(({ text: part, isRest, kind }) => [part.length, isRest, kind])).toEqual([
    [1999, false, 'add'],
    [2000, true, 'add'],
    [502, true, 'add'],
  ])
})

test('an empty line is a row, and nothing has none', () => {
  expect(piecesOf([{ kind: 'plain', text: '' }])).toEqual([{ kind: 'plain', text: '', isRest: false }])
  expect(piecesOf([])).toEqual([])
})
