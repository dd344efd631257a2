import { expect, test } from 'vitest'
import { patternOf } from '~/lib/find'

const found = (pattern: RegExp | Error | undefined) => (pattern instanceof RegExp ? pattern : /(?!)/)

test('plain text is found as it is written, a pattern as what it means', () => {
  expect('a.b (A.B) a/b'.match(found(patternOf('a.b', false)))).toEqual(['a.b', 'A.B'])
  const signs = '\\ ^ $ . * + ? ( ) [ ] { } | / - #'
  expect(signs.match(found(patternOf(signs, false)))).toEqual([signs])
  expect('ab acb'.match(found(patternOf('a.?b', true)))).toEqual(['ab', 'acb'])
  expect(patternOf('(', true)).toBeInstanceOf(Error)
  expect(patternOf('', true)).toBeUndefined()
})
