import { expect, test } from 'vitest'
import { pastedCode } from '~/api/auth'

test.each([
  ['http://127.0.0.1:3001/signin#code=abc', 'abc'],
  ['Open http://127.0.0.1:3001/signin#code=abc', 'abc'],
  ['#code=abc', 'abc'],
  ['mst_0123456789', undefined],
  ['http://127.0.0.1:3001/inbox#top', undefined],
])('the code in "%s" is %s', (text, code) => {
  expect(pastedCode(text)).toBe(code)
})
