export type Match = { score: number; /** Where in the text the letters are. */ places: readonly number[] }

const startsWord = /[^a-z0-9]/i

/**
 * The letters of a query in their order in a text: those that begin a word or follow each other count more. No capital letter in the
 * query: case does not matter.
 */
export function matchFuzzy(query: string, text: string): Match | undefined {
  const isExact = query !== query.toLowerCase()
  const letters = isExact ? query : query.toLowerCase()
  const hay = isExact ? text : text.toLowerCase()
  const whole = hay.indexOf(letters)
  if (whole !== -1) {
    const places = Array.from(letters, (_, n) => whole + n)
    return { score: 100 + (isStart(text, whole) ? 50 : 0) + (whole === 0 ? 50 : 0) - text.length / 100, places }
  }
  const places: number[] = []
  let score = 0
  let from = 0
  for (const letter of letters) {
    const at = hay.indexOf(letter, from)
    if (at === -1) return undefined
    score += at === from && places.length > 0 ? 5 : isStart(text, at) ? 4 : 1
    places.push(at)
    from = at + 1
  }
  return { score: score - text.length / 100, places }
}

function isStart(text: string, at: number): boolean {
  return at === 0 || startsWord.test(text.charAt(at - 1))
}

/** The best first; equal ones stay in their order. */
export function rankFuzzy<T>(query: string, items: readonly T[], textOf: (item: T) => string, most: number): T[] {
  return items
    .flatMap((item) => {
      const match = matchFuzzy(query, textOf(item))
      return match ? [{ item, score: match.score }] : []
    })
    .toSorted((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ item }) => item)
}
