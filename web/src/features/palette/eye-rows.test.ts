import { expect, test } from 'vitest'
import { eyeOf } from '~/api/eye.fixture'
import { rowsOfEyes } from '~/features/palette/eye-rows'

test('an eye is found with the words of its own page', () => {
  const eyes = [eyeOf(), eyeOf({ state: 'waiting', why: 'no_stepper' }), eyeOf({ state: 'exited', why: 'exited', exitCode: 3 })]
  expect(rowsOfEyes(eyes, () => undefined).map(({ hint }) => hint)).toEqual(['eye, running', 'eye, waiting, nobody holds the step', 'eye, exited, code 3'])
})
