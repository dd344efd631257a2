export type Piece = { text: string; isHit: boolean }

const wordsOf = (query: string) => query.toLowerCase().split(/\s+/).filter(Boolean)

/** How well the text fits: every word of the query is in it; better at its beginning, then at the beginning of a word. 0: not. */
export function score(query: string, text: string): number {
  const inText = text.toLowerCase()
  const marks = wordsOf(query).map((word) => {
    const at = inText.indexOf(word)
    if (at < 0) return 0
    if (at === 0) return 3
    return /[^\p{L}\p{N}]/u.test(inText[at - 1] ?? '') ? 2 : 1
  })
  return marks.includes(0) ? 0 : 1 + marks.reduce<number>((sum, mark) => sum + mark, 0)
}

/** What a row is called, and what else is known of it. */
export type Texts = { main: string; rest?: string | undefined }

/** In the name it counts more than all that is known beside it. */
const inName = 100

function fitOf(query: string, { main, rest = '' }: Texts): number {
  const own = score(query, main)
  return own > 0 ? inName + own : score(query, `${main} ${rest}`)
}

/** The best first, equal ones in their order; all of them for an empty query. */
export function bestOf<T>(query: string, rows: readonly T[], textsOf: (row: T) => Texts, most: number): readonly T[] {
  const marked = rows.map((row) => ({ row, fit: fitOf(query, textsOf(row)) })).filter(({ fit }) => fit > 0)
  return marked
    .sort((a, b) => b.fit - a.fit)
    .slice(0, most)
    .map(({ row }) => row)
}

/** The text in pieces, of which those that the query found are marked. */
export function pieces(query: string, text: string): readonly Piece[] {
  const words = wordsOf(query)
  const lower = text.toLowerCase()
  // A letter whose small form has another length would move the marks.
  if (words.length === 0 || lower.length !== text.length) return [{ text, isHit: false }]
  const found = words.map((word) => ({ at: lower.indexOf(word), length: word.length })).filter(({ at }) => at >= 0)
  const hits = new Set(found.flatMap(({ at, length }) => Array.from({ length }, (_, n) => at + n)))
  const edges = [...new Set([0, text.length, ...[...hits].flatMap((at) => [at, at + 1])])]
    .filter((at) => at === 0 || at === text.length || hits.has(at) !== hits.has(at - 1))
    .sort((a, b) => a - b)
  return edges.slice(0, -1).map((at, n) => ({ text: text.slice(at, edges[n + 1]), isHit: hits.has(at) }))
}
