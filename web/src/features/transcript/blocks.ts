// A message as several rows, so that a long one is never drawn as a whole.
import type { MarkedToken } from 'marked'
import type { TextItem } from '~/features/transcript/items'
import type { Row, SayRow } from '~/features/transcript/rows'
import { GrowingMarkdown, isShown, markdownText, mostMarkdown } from '~/lib/markdown'

/** Characters of one row; a block that is longer has a row of its own. */
const rowChars = 600

type Kept = { depth: number; rows: readonly SayRow[] }
type Streaming = Kept & { growing: GrowingMarkdown }

/** Of an item as long as it is in memory; and of a text that streams, which is another object with each piece of it. */
const finished = new WeakMap<TextItem, Kept>()
const streaming = new Map<string, Streaming>()
const mostStreaming = 50

/** Blocks of one row, and where they stand in the text. */
type Group = { tokens: MarkedToken[]; from: number; to: number }

function split(tokens: readonly MarkedToken[]): Group[] {
  const groups: Group[] = []
  let [at, chars] = [0, Infinity]
  for (const token of tokens) {
    const from = at
    at += token.raw.length
    if (!isShown(token)) continue
    const isFull = chars >= rowChars
    if (isFull) groups.push({ tokens: [], from, to: at })
    const group = groups.at(-1)
    group?.tokens.push(token)
    if (group) group.to = at
    chars = token.raw.length + (isFull ? 0 : chars)
  }
  return groups
}

function isSame(a: readonly MarkedToken[], b: readonly MarkedToken[]): boolean {
  return a.length === b.length && a.every((token, place) => token === b[place])
}

/** A block that is finished keeps its row, and so its place in the document. */
function rowsFor(item: TextItem, depth: number, tokens: readonly MarkedToken[], before: readonly SayRow[]): SayRow[] {
  const groups = split(tokens)
  const all = groups.length === 0 ? [{ tokens: [], from: 0, to: 0 }] : groups
  return all.map((group, place) => {
    const [isFirst, isLast] = [place === 0, place === all.length - 1]
    const old = before[place]
    const isKept = old?.tokens && !isLast && old.isLast === isLast && old.depth === depth && isSame(old.tokens, group.tokens)
    return isKept ? old : { kind: 'say', key: place === 0 ? item.key : `${item.key}#${place}`, depth, item, tokens: group.tokens, source: '', isFirst, isLast }
  })
}

/**
 * The same rows with the text of their blocks in place of these, which take some twenty times its room: only a few rows of a transcript
 * are in the document. What a link's address is may be said in another row: then the blocks stay.
 */
function withSource(rows: readonly SayRow[], item: TextItem, tokens: readonly MarkedToken[]): readonly SayRow[] {
  if (tokens.some(({ type }) => type === 'def')) return rows
  const text = markdownText(item.text)
  const groups = split(tokens)
  return rows.map((row, place) => ({ ...row, item, tokens: undefined, source: text.slice(groups[place]?.from ?? 0, groups[place]?.to ?? 0) }))
}

export function sayRows(item: TextItem, depth: number): readonly Row[] {
  if (item.isCut || item.text.length > mostMarkdown) return [{ kind: 'long', key: item.key, depth, item }]
  const known = finished.get(item)
  if (known?.depth === depth) return known.rows
  const before = streaming.get(item.key)
  const growing = before?.growing ?? new GrowingMarkdown()
  const tokens = growing.update(item.text, item.isStreaming)
  const rows = rowsFor(item, depth, tokens, before?.rows ?? [])
  const now = { depth, rows: item.isStreaming ? rows : withSource(rows, item, tokens) }
  finished.set(item, now)
  streaming.delete(item.key)
  if (item.isStreaming) streaming.set(item.key, { ...now, rows, growing })
  const [oldest] = streaming.keys()
  if (streaming.size > mostStreaming && oldest !== undefined) streaming.delete(oldest)
  return now.rows
}
