import { expect, test } from 'vitest'
import { languageOf, loadLanguage } from '~/lib/languages'
import { mostLine, tokensOf } from '~/lib/syntax'

test('a file is known by the end of its name', () => {
  expect(languageOf('src/a.TS')).toBe('typescript')
  expect(languageOf('Dockerfile')).toBe('docker')
  expect(languageOf('CMakeLists.txt')).toBe('cmake')
  expect(languageOf('notes.txt')).toBeUndefined()
  expect(languageOf('LICENSE')).toBeUndefined()
})

test('lines have their own tokens, also within what goes over several', async () => {
  const { parser } = await loadLanguage('typescript')
  const tokens = tokensOf(parser, ['const a = 1 /* begins', 'ends */ return', 'x'])
  const looks = tokens.map((row) => row.map(({ from, to, look }) => `${from}-${to} ${look.replace('text-syn-', '')}`))
  expect(looks[0]).toContain('0-5 keyword')
  expect(looks[0]?.at(-1)).toBe('12-21 comment')
  expect(looks[1]?.[0]).toBe('0-7 comment')
  expect(looks[1]).toContain('8-14 keyword')
})

test('a very long line has no colours, and moves no other', async () => {
  const { parser } = await loadLanguage('typescript')
  const tokens = tokensOf(parser, ['x'.repeat(mostLine + 1), 'return 1'])
  expect(tokens[0]).toEqual([])
  expect(tokens[1]?.[0]).toEqual({ from: 0, to: 6, look: 'text-syn-keyword' })
})

test('older modes are read as well', async () => {
  const { parser } = await loadLanguage('shell')
  expect(tokensOf(parser, ['# a comment', 'echo "$HOME"'])[0]?.[0]?.look).toBe('text-syn-comment')
})
