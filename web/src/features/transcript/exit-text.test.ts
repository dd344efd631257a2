import { expect, test } from 'vitest'
import type { EvExit } from '~/api/generated'
import { exitText } from '~/features/transcript/calls'

const text = (exit: Partial<EvExit>, why?: string) => exitText({ isClean: false, ...exit }, why)

test('an end names its code or signal, and what else is known', () => {
  expect(text({ code: 3 })).toBe('The program ended with code 3.')
  expect(text({ signal: 9 }, 'ended by signal 9')).toBe('The program ended by signal 9.')
  expect(text({ code: 1 }, 'limit reached')).toBe('The program ended with code 1.\nlimit reached')
})

test('an end that nobody saw has no code, and no word of the program’s own', () => {
  expect(text({ text: 'hold lost' })).toBe('The process that supervised the program was killed, and the program with it.')
  expect(text({ text: 'hold lost: some of its processes may still be running' })).toMatch(/\nSome of its processes may still be running$/)
  expect(text({ text: 'cannot start muster-hold' })).toBe('The program did not run.\nCannot start muster-hold')
  expect(text({})).toBe('The program ended; how is not known.')
})
