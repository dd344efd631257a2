import { expect, test } from 'vitest'
import { isTypedName, visible, visibleName, visiblePath } from '~/lib/visible'

test.each([
  ['\u202etxt.rtl', '⟨U+202E⟩txt.rtl'],
  ['a\u2066b\u2069c', 'a⟨U+2066⟩b⟨U+2069⟩c'],
  ['\u200e\u200f', '⟨U+200E⟩⟨U+200F⟩'],
  ['rm a\rls', 'rm a⟨U+000D⟩ls'],
  ['\u001b[2K\u0000\u007f\u0085', '⟨U+001B⟩[2K⟨U+0000⟩⟨U+007F⟩⟨U+0085⟩'],
  ['pay\u200bpal', 'pay⟨U+200B⟩pal'],
  ['ad\u00admin\ufeff', 'ad⟨U+00AD⟩min⟨U+FEFF⟩'],
  ['a\u200db', 'a⟨U+200D⟩b'],
  ['a\ufe0fb', 'a⟨U+FE0F⟩b'],
  ['👩\u200dx', '👩⟨U+200D⟩x'],
  ['name\u3164', 'name⟨U+3164⟩'],
  ['\u{e0041}\u{e0042}', '⟨U+E0041⟩⟨U+E0042⟩'],
  ['one\u2028two\u2029', 'one⟨U+2028⟩two⟨U+2029⟩'],
  ['\ud800', '⟨U+D800⟩'],
])('%j shows what would not be seen', (text, shown) => {
  expect(visible(text)).toBe(shown)
})

test.each(['two\nlines\tand a tab', 'שלום', 'été', '👩\u200d💻', '👩🏽\u200d💻', '❤\ufe0f', '1\ufe0f⃣', '🏳\ufe0f\u200d🌈', 'می\u200cخواهم', 'क्\u200dष', ''])(
  '%j stays as it is',
  (text) => {
    expect(visible(text)).toBe(text)
  },
)

test('a text of only invisible characters takes time in proportion to its length', () => {
  expect(visible('\u200b'.repeat(100_000))).toHaveLength(800_000)
})

test('a name also shows its newlines and tabs', () => {
  expect(visibleName('a\nb\t\u200b.txt')).toBe('a⟨U+000A⟩b⟨U+0009⟩⟨U+200B⟩.txt')
})

test('a path also shows the spaces at the ends of its names', () => {
  expect(visiblePath(' leading space.txt')).toBe('⟨U+0020⟩leading space.txt')
  expect(visiblePath('a / b/c d ')).toBe('a⟨U+0020⟩/⟨U+0020⟩b/c d⟨U+0020⟩')
})

test.each([
  ['pay pal', 'pay pal', true],
  ['paypal', 'pay\u200bpal', true],
  ['pay⟨U+200B⟩pal', 'pay\u200bpal', true],
  ['paypa', 'pay\u200bpal', false],
  ['Paypal', 'paypal', false],
  ['', '\u200b', false],
  ['⟨U+200B⟩', '\u200b', true],
  ['two lines', 'two\nlines', true],
])('%j names %j: %s', (typed, name, is) => {
  expect(isTypedName(typed, name)).toBe(is)
})
