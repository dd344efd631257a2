import { expect, test } from 'vitest'
import { buttonCodeOf, codeOfName, keyCodeOf, keySign } from '~/features/eyes/key-codes'

/** From linux/input-event-codes.h. */
const known = [
  ['Escape', 'ESC', 1], ['Digit1', '1', 2], ['Digit0', '0', 11], ['KeyQ', 'Q', 16], ['KeyP', 'P', 25], ['Enter', 'ENTER', 28], ['KeyA', 'A', 30], ['KeyL', 'L', 38],
  ['KeyZ', 'Z', 44], ['KeyM', 'M', 50], ['Space', 'SPACE', 57], ['F1', 'F1', 59], ['F10', 'F10', 68], ['F12', 'F12', 88], ['ControlLeft', 'LEFTCTRL', 29], ['ArrowUp', 'UP', 103], ['ArrowDown', 'DOWN', 108],
] as const

test.each(known)('%s is KEY_%s, %d', (pressed, name, code) => {
  expect([keyCodeOf(pressed), codeOfName(name)]).toEqual([code, code])
})

test('no two keys have one code', () => {
  const codes = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((key) => keyCodeOf(`Key${key}`))
  expect(new Set(codes).size).toBe(26)
  expect(keyCodeOf('LaunchMail')).toBeUndefined()
})

test('buttons are those of a mouse, in its own order', () => {
  expect([0, 1, 2, 3].map(buttonCodeOf)).toEqual([0x110, 0x112, 0x111, 0x113])
})

test('a key is shown as it is printed', () => {
  expect(['UP', 'LEFTCTRL', 'SPACE', 'F5', 'A', 'ENTER'].map(keySign)).toEqual(['↑', 'Ctrl', 'Space', 'F5', 'A', 'Enter'])
})
