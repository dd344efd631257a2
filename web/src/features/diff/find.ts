import type { Block } from '~/features/diff/layout'

export const diffFilters = ['all', 'added', 'removed'] as const
export type DiffFilter = (typeof diffFilters)[number]
export type DiffHit = { path: string; key: string }

const mostHits = 5_000
/** A pattern can take longer than a person waits. */
const mostMs = 100

/** The lines that match, in their order; what is folded has none. */
export function findLines(blocks: readonly Block[], pattern: RegExp, filter: DiffFilter): { hits: readonly DiffHit[]; isMore: boolean } {
  const hits: DiffHit[] = []
  const end = performance.now() + mostMs
  for (const { path, rows } of blocks) {
    for (const row of rows) {
      if (row.kind !== 'line' || (filter !== 'all' && row.change !== filter)) continue
      if (row.text.search(pattern) >= 0) hits.push({ path, key: row.key })
    }
    if (hits.length >= mostHits || performance.now() > end) return { hits: hits.slice(0, mostHits), isMore: true }
  }
  return { hits, isMore: false }
}
