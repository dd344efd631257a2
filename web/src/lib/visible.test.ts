import { expect, test } from 'vitest'
import { visible } from '~/lib/visible'

test.each([
  ['\u202etxt.rtl', '⟨U+202E⟩txt.rtl'],
  ['a\u2066b\u2069c', 'a⟨U+2066⟩b⟨U+2069⟩c'],
  ['\u200e\u200f', '⟨U+200E⟩⟨U+200F⟩'],
  ['rm a\rls', 'rm a⟨U+000D⟩ls'],
  ['\u001b[2K\u0000\u007f\u0085', '⟨U+001B⟩[2K⟨U+0000⟩⟨U+007F⟩⟨U+0085⟩'],
])('%j shows what would not be seen', (text, shown) => {
  expect(visible(text)).toBe(shown)
})

test.each(['two\nlines\tand a tab', 'שלום', 'été', '👩\u200d💻', ''])('%j stays as it is', (text) => {
  expect(visible(text)).toBe(text)
})
