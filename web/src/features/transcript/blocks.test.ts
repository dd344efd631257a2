import { expect, test } from 'vitest'
import { sayRows } from '~/features/transcript/blocks'
import type { TextItem } from '~/features/transcript/items'
import type { SayRow } from '~/features/transcript/rows'
import { blocksOf } from '~/lib/markdown'

const at = '2026-11-23T08:00:00.000000Z'
const item = (key: string, text: string, isStreaming: boolean): TextItem => ({
  kind: 'text', key, at, order: at, index: 0, messageId: undefined, parent: undefined, text, block: 'b', isStreaming, isError: false, isIncomplete: false, isCut: false, size: undefined,
})

const part = (n: number) => `
Setext ${n}
======

A paragraph with *stress*, \`code\` and a [link](https://example.org/${n}).
It goes on    and ends.

- one

  with a paragraph
- two
    - nested

1. first
   > quoted in a list

> quoted
lazily

    indented code ${n}

<details>
html ${n}
</details>

\`\`\`c
int main(void) { return ${n}; }

/* blank lines inside */
\`\`\`

| a | b |
|---|---|
| ${n} | 2 |

---
Right behind a rule.
# And a heading
- a list right behind
***
`

const whole = Array.from({ length: 12 }, (_, n) => part(n)).join('\n')
const sayRowsOf = (one: TextItem) => sayRows(one, 0).filter((row): row is SayRow => row.kind === 'say')
const shape = (blocks: readonly { type: string; raw: string }[] | undefined) => blocks?.map(({ type, raw }) => `${type}: ${raw.trimEnd()}`)

test.each([['by itself', 1], ['with line ends of another system', 1, whole.replaceAll('\n', '\r\n')], ['piece by piece', 37]])('the rows of a text, %s, hold the blocks of the whole', (_, pieces, text = whole) => {
  const key = `k${pieces}${text.length}`
  for (let n = 1; n < pieces; n++) sayRows(item(key, text.slice(0, (text.length * n) / pieces), true), 0)
  const streamed = sayRowsOf(item(key, text, true))
  const finished = sayRowsOf(item(key, text, false))
  expect(finished.length).toBeGreaterThan(5)
  expect(finished.map((row) => row.key)).toEqual(streamed.map((row) => row.key))
  // Their blocks would stay in memory as long as the message does.
  expect(finished.map(({ tokens }) => tokens)).toEqual(finished.map(() => undefined))
  expect(finished.map(({ source }) => shape(blocksOf(source)))).toEqual(streamed.map(({ tokens }) => shape(tokens)))
  expect(finished.flatMap(({ source }) => shape(blocksOf(source)))).toEqual(shape(blocksOf(text)))
})

test('a link whose address is in another row keeps it', () => {
  const rows = sayRowsOf(item('def', `See [this][1].\n\n${whole}\n\n[1]: https://example.org/far\n`, false))
  expect(rows[0]?.tokens?.[0]?.raw).toContain('See [this][1].')
  expect(JSON.stringify(rows[0]?.tokens)).toContain('https://example.org/far')
})

test('a finished text that is drawn again has the same rows', () => {
  const one = item('same', whole, false)
  expect(sayRows(one, 0)).toBe(sayRows(one, 0))
})
