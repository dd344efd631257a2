import type { Block, Layout } from '~/features/diff/layout'
import { spotOf, type LineRow, type Row, type Spot } from '~/features/diff/rows'

/** The row that keys act on, and with Shift the one at which the choice began. */
export type Cursor = { path: string; key: string; since?: string | undefined }

export function blockOfCursor({ blocks }: Layout, cursor: Cursor | undefined): Block | undefined {
  return cursor && blocks.find(({ path }) => path === cursor.path)
}

export function rowAt(layout: Layout, cursor: Cursor | undefined): Row | undefined {
  return blockOfCursor(layout, cursor)?.rows.find(({ key }) => key === cursor?.key)
}

/** Where J and K stop: each hunk; of a file that shows none its head. */
function isStop(row: Row, block: Block): boolean {
  return row.kind === 'hunk' || (row.kind === 'head' && !block.rows.some(({ kind }) => kind === 'hunk'))
}

/** From where the cursor is, or from `top` if nothing is chosen yet. */
export function nextStop(layout: Layout, cursor: Cursor | undefined, step: 1 | -1, top: number): Cursor | undefined {
  const stops = layout.blocks.flatMap((block, at) =>
    block.rows.flatMap((row, place) => (isStop(row, block) ? [{ path: block.path, key: row.key, top: (layout.tops[at] ?? 0) + (block.tops[place] ?? 0) }] : [])),
  )
  const at = layout.blocks.findIndex(({ path }) => path === cursor?.path)
  const block = layout.blocks[at]
  const place = block?.rows.findIndex(({ key }) => key === cursor?.key) ?? -1
  const from = block && place >= 0 ? (layout.tops[at] ?? 0) + (block.tops[place] ?? 0) : top - step
  // A line belongs to the hunk above it: K from there goes to its beginning.
  const found = step > 0 ? stops.find((stop) => stop.top > from) : stops.findLast((stop) => stop.top < from)
  return found && { path: found.path, key: found.key }
}

const canStand = (row: Row) => row.kind === 'line' || row.kind === 'hunk' || row.kind === 'comment'

/** The row above or below, over the borders of files. */
export function nextRow({ blocks }: Layout, cursor: Cursor | undefined, step: 1 | -1): Cursor | undefined {
  let at = Math.max(0, blocks.findIndex(({ path }) => path === cursor?.path))
  let place = blocks[at]?.rows.findIndex(({ key }) => key === cursor?.key) ?? -1
  for (let tries = 0; tries < 10_000; tries++) {
    place += step
    const block = blocks[at]
    const row = block?.rows[place]
    if (block && row && canStand(row)) return { path: block.path, key: row.key }
    if (row) continue
    at += step
    const next = blocks[at]
    if (!next) return undefined
    place = step > 0 ? -1 : next.rows.length
  }
  return undefined
}

/** The lines that are chosen, from the first to the last. */
export function chosenLines(layout: Layout, cursor: Cursor | undefined): LineRow[] {
  const rows = blockOfCursor(layout, cursor)?.rows ?? []
  const here = rows.findIndex(({ key }) => key === cursor?.key)
  const since = rows.findIndex(({ key }) => key === cursor?.since)
  if (here < 0) return []
  const [from, to] = since < 0 ? [here, here] : [Math.min(here, since), Math.max(here, since)]
  return rows.slice(from, to + 1).filter((row) => row.kind === 'line')
}

export function cursorOfSpot(layout: Layout, { path, side, line }: Spot): Cursor | undefined {
  const block = layout.blocks.find((one) => one.path === path)
  const row = block?.rows.find((one) => {
    const spot = one.kind === 'line' ? spotOf(path, one) : undefined
    return spot?.side === side && spot.line === line
  })
  return row && { path, key: row.key }
}
