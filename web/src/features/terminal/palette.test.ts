import { expect, test } from 'vitest'
import { colourOf } from '~/features/terminal/palette'

// xterm's table: 16 is black, 196 pure red, 231 white, 232 to 255 the greys.
test.each([
  [undefined, undefined],
  [1, 'var(--ansi-red)'],
  [16, 'rgb(0 0 0)'],
  [196, 'rgb(255 0 0)'],
  [231, 'rgb(255 255 255)'],
  [232, 'rgb(8 8 8)'],
  [255, 'rgb(238 238 238)'],
  [0x1000000 + 0x0a0b0c, '#0a0b0c'],
])('%s is %s', (value, want) => {
  expect(colourOf(value)).toBe(want)
})
