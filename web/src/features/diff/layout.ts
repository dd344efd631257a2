import type { Row } from '~/features/diff/rows'

/** One file's rows with where each begins, from the file's own top, and its longest line. */
export type Block = { path: string; rows: readonly Row[]; tops: Float64Array; height: number; columns: number }
/** All files, and where each begins. */
export type Layout = { blocks: readonly Block[]; tops: readonly number[]; height: number; columns: number }

const heights: Record<Row['kind'], number> = { head: 32, hunk: 24, line: 20, tail: 24, comment: 78, form: 152, note: 32, pending: 20, end: 12 }

/** What a finger must hit is higher. */
const touchHeights: Partial<typeof heights> = { head: 44, hunk: 44, tail: 44 }

export function headHeight(isTouch: boolean): number {
  return (isTouch && touchHeights.head) || heights.head
}

export type Measure = {
  isTouch: boolean
  /** Columns of a line that is wrapped; undefined if lines are not. */
  columns: number | undefined
  /** What the browser drew of this file, of rows whose height is not known before: by key. */
  drawn: ReadonlyMap<string, number> | undefined
}

const rowName = (path: string, key: string) => `${path}\0${key}`

/** Its height may differ from what is assumed, so it is measured when it is drawn. */
export function isMeasured(row: Row, columns: number | undefined): boolean {
  if (row.kind === 'comment' || row.kind === 'form' || row.kind === 'note') return true
  return row.kind === 'line' && columns !== undefined && row.text.length > columns / 2
}

function heightOf(row: Row, { isTouch, columns, drawn }: Measure): number {
  const standard = (isTouch && touchHeights[row.kind]) || heights[row.kind]
  if (row.kind === 'pending') return row.lines * heights.line
  if (!isMeasured(row, columns)) return standard
  const known = drawn?.get(row.key)
  if (known !== undefined) return known
  if (row.kind !== 'line' || columns === undefined) return standard
  return Math.max(1, Math.ceil(Math.min(row.text.length, shownCharacters) / columns)) * heights.line
}

/** How much of a line is drawn until somebody asks for more. */
export const shownCharacters = 2000

export function blockOf(path: string, rows: readonly Row[], measure: Measure): Block {
  const tops = new Float64Array(rows.length)
  let height = 0
  let columns = 0
  rows.forEach((row, at) => {
    tops[at] = height
    height += heightOf(row, measure)
    if (row.kind === 'line') columns = Math.max(columns, Math.min(row.text.length, shownCharacters))
  })
  return { path, rows, tops, height, columns }
}

export function layoutOf(blocks: readonly Block[]): Layout {
  let height = 0
  const tops = blocks.map((block) => {
    const top = height
    height += block.height
    return top
  })
  return { blocks, tops, height, columns: blocks.reduce((most, block) => Math.max(most, block.columns), 0) }
}

/** The last place whose value is not above `value`; -1 if all are. */
function lastUpTo(sorted: ArrayLike<number>, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? Infinity) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

export type Slice = { block: Block; top: number; from: number; to: number }

/** The rows between two heights, by file. */
export function sliceOf({ blocks, tops }: Layout, top: number, bottom: number): Slice[] {
  const slices: Slice[] = []
  for (let at = Math.max(0, lastUpTo(tops, top)); at < blocks.length; at++) {
    const block = blocks[at]
    const blockTop = tops[at] ?? 0
    if (!block || blockTop >= bottom) break
    if (blockTop + block.height < top) continue
    const from = Math.max(0, lastUpTo(block.tops, top - blockTop))
    slices.push({ block, top: blockTop, from, to: Math.min(block.rows.length, lastUpTo(block.tops, bottom - blockTop) + 1) })
  }
  return slices
}

export function blockAt({ blocks, tops }: Layout, top: number): Block | undefined {
  return blocks[Math.max(0, lastUpTo(tops, top))]
}

/** Where a row begins; of one that is not there its file. */
export function topOf({ blocks, tops }: Layout, path: string, key?: string): number | undefined {
  const at = blocks.findIndex((block) => block.path === path)
  const block = blocks[at]
  if (!block) return undefined
  const row = key === undefined ? 0 : block.rows.findIndex((one) => one.key === key)
  return (tops[at] ?? 0) + (block.tops[Math.max(0, row)] ?? 0)
}

/** How many rows must agree on where they went, and how many are looked at. */
const votes = 12
const soughtAround = 200

const nothing = { rows: [], tops: [] } as const

type Placed = { path: string; key: string; top: number }

function placedAround({ blocks, tops }: Layout, top: number): { below: Placed[]; above: Placed[] } {
  const below: Placed[] = []
  const above: Placed[] = []
  const middle = Math.max(0, lastUpTo(tops, top))
  const place = (at: number, row: number): Placed => {
    const block = blocks[at]
    return { path: block?.path ?? '', key: block?.rows[row]?.key ?? '', top: (tops[at] ?? 0) + (block?.tops[row] ?? 0) }
  }
  for (let at = middle; at < blocks.length && below.length < soughtAround; at++) {
    const { rows, tops: rowTops } = blocks[at] ?? nothing
    const first = at === middle ? Math.max(0, lastUpTo(rowTops, top - (tops[at] ?? 0))) : 0
    for (let row = first; row < rows.length && below.length < soughtAround; row++) below.push(place(at, row))
  }
  for (let at = middle; at >= 0 && above.length < soughtAround; at--) {
    const { rows, tops: rowTops } = blocks[at] ?? nothing
    const last = at === middle ? lastUpTo(rowTops, top - (tops[at] ?? 0)) - 1 : rows.length - 1
    for (let row = last; row >= 0 && above.length < soughtAround; row--) above.push(place(at, row))
  }
  return { below, above }
}

/** The most frequent one; the first of several. */
function mostCommon(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].reduce<[number, number] | undefined>((best, one) => (best && best[1] >= one[1] ? best : one), undefined)?.[0]
}

/**
 * How far to scroll so that what was at `top` is still there after `before` became `after`: as far as the rows from there on
 * moved. A single row may be another one with the same text (a blank line, a brace), so some dozen rows decide. If none of
 * them is left, the rows above decide, the nearest first.
 */
export function shiftOf(before: Layout, after: Layout, top: number): number {
  const { below, above } = placedAround(before, top)
  const paths = new Set([...below, ...above].map(({ path }) => path))
  const found = new Map<string, number>()
  after.blocks.forEach((block, at) => {
    if (paths.has(block.path)) block.rows.forEach(({ key }, row) => found.set(rowName(block.path, key), (after.tops[at] ?? 0) + (block.tops[row] ?? 0)))
  })
  const shifts = (of: readonly Placed[]) =>
    of.flatMap(({ path, key, top: was }) => {
      const now = found.get(rowName(path, key))
      return now === undefined ? [] : [now - was]
    })
  return mostCommon(shifts(below).slice(0, votes)) ?? shifts(above)[0] ?? 0
}
