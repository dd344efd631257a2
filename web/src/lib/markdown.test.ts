import { Lexer } from 'marked'
import { expect, test } from 'vitest'
import { GrowingMarkdown, linkTarget, plainText } from '~/lib/markdown'

const corpus = `# Title

A paragraph with *stress*, \`code\` and a [link](https://example.org).
It goes on.

- one
- two

  with a paragraph

1. first
2. second

> quoted
> text

\`\`\`c
int main(void) { return 0; }

/* blank lines inside */
\`\`\`

| a | b |
|---|---|
| 1 | 2 |

Setext
======

Last words.`

test('a text that grows by any piece ends in the tokens of the whole', () => {
  const whole = new Lexer({ gfm: true }).lex(corpus).map(({ type, raw }) => ({ type, raw }))
  for (const step of [1, 2, 3, 7, 97]) {
    const growing = new GrowingMarkdown()
    for (let end = step; end < corpus.length; end += step) growing.update(corpus.slice(0, end))
    const tokens = growing.update(corpus).map(({ type, raw }) => ({ type, raw }))
    expect(tokens, `step ${step}`).toEqual(whole)
  }
})

test('finished tokens keep their identity, so that they are not drawn again', () => {
  const growing = new GrowingMarkdown()
  const [first] = growing.update('one\n\ntwo\n\nthree\n\nfour')
  const [again] = growing.update('one\n\ntwo\n\nthree\n\nfour and more\n\nfive')
  expect(again).toBe(first)
})

test('a text that does not continue the last one is parsed from the start', () => {
  const growing = new GrowingMarkdown()
  growing.update('one\n\ntwo\n\nthree\n\nfour')
  expect(growing.update('other').map(({ raw }) => raw)).toEqual(['other'])
})

test.each([
  ['https://example.org', true],
  ['mailto:a@example.org', true],
  ['#part', true],
  ['/path', true],
  ['/with/a\\b', true],
  ['//example.org', false],
  ['/\\example.org', false],
  ['/\t/example.org', false],
  ['/\n\\example.org', false],
  ['\\/example.org', false],
  ['https:/\\example.org', true],
  ['javascript:alert(1)', false],
  ['data:text/html,x', false],
])('the link %s is kept: %s', (href, kept) => {
  expect(linkTarget(href) !== undefined).toBe(kept)
})

test('entities become characters once', () => {
  expect(plainText('a &lt; b &amp;lt; c')).toBe('a < b &lt; c')
})

test('the address of a link that is still written is not shown, and comes when its text ends there', () => {
  const growing = new GrowingMarkdown()
  const shown = (text: string, isOpen: boolean) => growing.update(text, isOpen).map(({ raw }) => raw)
  expect(shown('First.\n\nSee [the log](https://exa', true)).toEqual(['First.', '\n\n', 'See the log'])
  expect(shown('First.\n\nSee [the log](https://example.org)', true).at(-1)).toBe('See [the log](https://example.org)')
  expect(shown('First.\n\nSee [the log](https://exa', false).at(-1)).toBe('See [the log](https://exa')
  expect(shown('```c\na[0](b', true)).toEqual(['```c\na[0](b'])
})
