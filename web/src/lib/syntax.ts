import type { Parser } from '@lezer/common'
import { highlightTree, tagHighlighter, tags } from '@lezer/highlight'

/** A part of a line and how it looks. Offsets in UTF-16 units; what has no look is not in the list. */
export type Token = { from: number; to: number; look: string }

/** Lezer's tags on the eight quiet hues; a name without a role of its own keeps the colour of code. */
export const syntaxLooks = tagHighlighter([
  { tag: [tags.comment, tags.meta, tags.documentMeta, tags.processingInstruction], class: 'text-syn-comment' },
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.self, tags.null, tags.tagName, tags.heading, tags.atom], class: 'text-syn-keyword' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.character, tags.escape, tags.url, tags.link, tags.attributeValue, tags.inserted], class: 'text-syn-string' },
  { tag: [tags.number, tags.bool, tags.literal, tags.unit, tags.color], class: 'text-syn-number' },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.macroName, tags.labelName], class: 'text-syn-function' },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.standard(tags.variableName), tags.attributeName], class: 'text-syn-type' },
  { tag: [tags.punctuation, tags.operator, tags.bracket, tags.separator, tags.contentSeparator], class: 'text-syn-punct' },
])

/** What is parsed at once is bounded: a file is read in parts, and a very long line has no colours. */
export const mostLine = 1000

/** Tokens of each of the lines, which are read as one text. Neighbours that look alike are one. */
export function tokensOf(parser: Parser, lines: readonly string[]): Token[][] {
  const text = lines.map((line) => (line.length > mostLine ? '' : line)).join('\n')
  const starts: number[] = []
  let start = 0
  for (const line of lines) {
    starts.push(start)
    start += (line.length > mostLine ? 0 : line.length) + 1
  }
  const tokens: Token[][] = lines.map(() => [])
  let at = 0
  highlightTree(parser.parse(text), syntaxLooks, (from, to, look) => {
    while (at + 1 < starts.length && (starts[at + 1] ?? Infinity) <= from) at++
    // A comment or a string goes over several lines.
    for (let row = at; row < starts.length && (starts[row] ?? 0) < to; row++) {
      const first = starts[row] ?? 0
      const last = (starts[row + 1] ?? text.length + 1) - 1
      const part = { from: Math.max(0, from - first), to: Math.min(to, last) - first, look }
      if (part.to > part.from) addToken(tokens[row] ?? [], part)
    }
  })
  return tokens
}

function addToken(row: Token[], token: Token) {
  const before = row.at(-1)
  if (before && before.to === token.from && before.look === token.look) before.to = token.to
  else row.push(token)
}
