import type { GitSpan } from '~/api/generated'
import type { Token } from '~/lib/syntax'

/** A run of characters that look alike. */
export type Segment = { text: string; look: string; isWord: boolean }

/** The daemon counts characters, a string units: where each span begins and ends in units. */
function spansInUnits(text: string, spans: readonly GitSpan[]): { from: number; to: number }[] {
  if (!/[\uD800-\uDBFF]/.test(text)) return spans.map(({ start, length }) => ({ from: start, to: start + length }))
  const starts: number[] = []
  for (let unit = 0; unit < text.length; unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1) starts.push(unit)
  const unitOf = (character: number) => starts[character] ?? text.length
  return spans.map(({ start, length }) => ({ from: unitOf(start), to: unitOf(start + length) }))
}

/** The first `most` units of a line, cut where its syntax or its changed words begin and end. */
export function segmentsOf(text: string, tokens: readonly Token[], changed: readonly GitSpan[], most: number): Segment[] {
  const shown = text.length <= most ? text : text.slice(0, most)
  const words = changed.length === 0 ? [] : spansInUnits(text, changed)
  const cuts = new Set([0, shown.length])
  for (const { from, to } of [...tokens, ...words]) {
    cuts.add(Math.min(from, shown.length))
    cuts.add(Math.min(to, shown.length))
  }
  const places = [...cuts].sort((a, b) => a - b)
  const segments: Segment[] = []
  let token = 0
  let word = 0
  for (let at = 0; at + 1 < places.length; at++) {
    const [from = 0, to = 0] = places.slice(at, at + 2)
    while ((tokens[token]?.to ?? Infinity) <= from) token++
    while ((words[word]?.to ?? Infinity) <= from) word++
    const look = (tokens[token]?.from ?? Infinity) <= from ? (tokens[token]?.look ?? '') : ''
    segments.push({ text: shown.slice(from, to), look, isWord: (words[word]?.from ?? Infinity) <= from })
  }
  return segments
}
