// A message as several rows, so that a long one is never drawn as a whole.
import type { MarkedToken } from 'marked'
import type { TextItem } from '~/features/transcript/items'
import type { Row, SayRow } from '~/features/transcript/rows'
import { GrowingMarkdown, mostMarkdown } from '~/lib/markdown'

/** Characters of one row; a block that is longer has a row of its own. */
const rowChars = 600

type Kept = { growing: GrowingMarkdown; depth: number; rows: readonly SayRow[] }

/** Of an item as long as it is in memory; and of a text that streams, which is another object with each piece of it. */
const finished = new WeakMap<TextItem, Kept>()
const streaming = new Map<string, Kept>()
const mostStreaming = 50

function split(tokens: readonly MarkedToken[]): MarkedToken[][] {
  const groups: MarkedToken[][] = []
  let chars = Infinity
  for (const token of tokens) {
    if (token.type === 'space' || token.type === 'def') continue
    if (chars >= rowChars) {
      groups.push([])
      chars = 0
    }
    groups.at(-1)?.push(token)
    chars += token.raw.length
  }
  return groups
}

function isSame(a: readonly MarkedToken[], b: readonly MarkedToken[]): boolean {
  return a.length === b.length && a.every((token, place) => token === b[place])
}

/** A block that is finished keeps its row, and so its place in the document. */
function rowsFor(item: TextItem, depth: number, tokens: readonly MarkedToken[], before: readonly SayRow[]): SayRow[] {
  const groups = split(tokens)
  const all = groups.length === 0 ? [[]] : groups
  return all.map((group, place) => {
    const [isFirst, isLast] = [place === 0, place === all.length - 1]
    const old = before[place]
    const isKept = old && !isLast && old.isLast === isLast && old.depth === depth && isSame(old.tokens, group)
    return isKept ? old : { kind: 'say', key: place === 0 ? item.key : `${item.key}#${place}`, depth, item, tokens: group, isFirst, isLast }
  })
}

export function sayRows(item: TextItem, depth: number): readonly Row[] {
  if (item.isCut || item.text.length > mostMarkdown) return [{ kind: 'long', key: item.key, depth, item }]
  const known = finished.get(item)
  if (known?.depth === depth) return known.rows
  const before = streaming.get(item.key)
  const growing = before?.growing ?? new GrowingMarkdown()
  const rows = rowsFor(item, depth, growing.update(item.text, item.isStreaming), before?.rows ?? [])
  const now = { growing, depth, rows }
  finished.set(item, now)
  streaming.delete(item.key)
  if (item.isStreaming) streaming.set(item.key, now)
  const [oldest] = streaming.keys()
  if (streaming.size > mostStreaming && oldest !== undefined) streaming.delete(oldest)
  return rows
}
