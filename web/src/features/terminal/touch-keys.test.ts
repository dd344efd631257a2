import { expect, test } from 'vitest'
import { controlled, dataOf, touchKeys } from '~/features/terminal/touch-keys'

const bytes = (text: string) => new TextEncoder().encode(text)
const data = (name: string, isApplication = false, isCtrl = false) => touchKeys.filter((key) => key.name === name).map((key) => dataOf(key, isApplication, isCtrl))

test('a character with Ctrl is its control character', () => {
  expect([...'cCd[ ?'].map((one) => controlled(bytes(one))[0])).toEqual([3, 3, 4, 27, 0, 127])
})

test('what has no control character stays as it was typed', () => {
  for (const text of ['1', 'ö', 'ls', '\x1b[A', '']) expect(controlled(bytes(text))).toEqual(bytes(text))
})

test('arrows are sent as the program asked for them, and with Ctrl as those of a keyboard', () => {
  expect(data('Up')).toEqual(['\x1b[A'])
  expect(data('Up', true)).toEqual(['\x1bOA'])
  expect(data('Left', true, true)).toEqual(['\x1b[1;5D'])
  expect(data('Escape', true, true)).toEqual(['\x1b'])
})
