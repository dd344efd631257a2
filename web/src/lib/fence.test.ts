import { expect, test } from 'vitest'
import { fenced, inlineCode } from '~/lib/fence'

test.each([
  ['one line', '```\none line\n```'],
  ['ends\n\n', '```\nends\n```'],
  ['a\n```\nb', '````\na\n```\nb\n````'],
  ['a ````` b', '``````\na ````` b\n``````'],
])('%j is one block', (text, want) => {
  expect(fenced(text)).toBe(want)
})

test.each([
  ['make test', '`make test`'],
  ['echo `date`', '`` echo `date` ``'],
  ['a ``b`` c', '```a ``b`` c```'],
])('%j is one piece of code within a line', (text, want) => {
  expect(inlineCode(text)).toBe(want)
})
