import { expect, test } from 'vitest'
import { Hands, letterbox, motionOf, positionOf, Twice, wheelOf } from '~/features/eyes/hands'

const output = { width: 640, height: 480 }
const box = { left: 100, top: 50, width: 1280, height: 720 }

test('a picture is in the middle of its box, with bars at the sides or above and below', () => {
  expect(letterbox(box, output)).toEqual({ left: 260, top: 50, width: 960, height: 720 })
  expect(letterbox({ left: 0, top: 0, width: 320, height: 720 }, output)).toEqual({ left: 0, top: 240, width: 320, height: 240 })
})

test('a point of the window is one of the output, and outside of the picture is its edge', () => {
  const picture = letterbox(box, output)
  expect(positionOf(260, 50, picture, output)).toEqual({ kind: 'position', a: 0, b: 0 })
  expect(positionOf(1220, 770, picture, output)).toEqual({ kind: 'position', a: 639 * 256, b: 479 * 256 })
  expect(positionOf(0, 410, picture, output)).toEqual({ kind: 'position', a: 0, b: Math.round(0.5 * 479 * 256) })
})

test('motion is as far in the game as it was over its picture', () => {
  expect(motionOf(3, -6, letterbox(box, output), output)).toEqual({ kind: 'motion', a: 2 * 256, b: -4 * 256 })
})

test('a wheel turns in notches, whatever the browser counts', () => {
  expect(wheelOf({ deltaX: 0, deltaY: 100, deltaMode: 0 })).toEqual([{ kind: 'wheel', code: 0, a: 120 }])
  expect(wheelOf({ deltaX: -5, deltaY: 0, deltaMode: 1 })).toEqual([{ kind: 'wheel', code: 1, a: -240 }])
  expect(wheelOf({ deltaX: 0, deltaY: 0, deltaMode: 0 })).toEqual([])
})

test('a key is pressed once and let go once, and all are let go together', () => {
  const hands = new Hands()
  expect(hands.keyDown({ code: 'ArrowLeft' })).toEqual({ kind: 'key', code: 105, a: 1 })
  expect(hands.keyDown({ code: 'ArrowLeft' })).toBeUndefined()
  expect(hands.keyDown({ code: 'BrowserSearch' })).toBeUndefined()
  expect(hands.buttonDown({ button: 2 })).toEqual({ kind: 'button', code: 0x111, a: 1 })
  expect([...hands.keys]).toEqual([105])
  expect(hands.keyUp({ code: 'ArrowRight' })).toBeUndefined()
  expect(hands.keyUp({ code: 'ArrowLeft' })).toEqual({ kind: 'key', code: 105, a: 0 })
  hands.keyDown({ code: 'Space' })
  expect(hands.releaseAll()).toEqual([{ kind: 'button', code: 0x111, a: 0 }, { kind: 'key', code: 57, a: 0 }])
  expect(hands.releaseAll()).toEqual([])
})

test('the way out is the same key twice in a row, within half a second', () => {
  const twice = new Twice()
  const press = (key: string, at: number) => twice.press(key, 'Escape', at)
  expect([press('Escape', 0), press('Escape', 400)]).toEqual([false, true])
  expect([press('Escape', 500), press('Escape', 1100)]).toEqual([false, false])
  expect([press('KeyA', 1200), press('Escape', 1300)]).toEqual([false, false])
  expect([press('KeyA', 1400), press('Escape', 1500), press('Escape', 1600)]).toEqual([false, false, true])
})
