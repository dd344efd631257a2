import { expect, test } from 'vitest'
import { fenced } from '~/lib/fence'

test.each([
  ['one line', '```\none line\n```'],
  ['ends\n\n', '```\nends\n```'],
  ['a\n```\nb', '````\na\n```\nb\n````'],
  ['a ````` b', '``````\na ````` b\n``````'],
])('%j is one block', (text, want) => {
  expect(fenced(text)).toBe(want)
})
