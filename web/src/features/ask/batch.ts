import type { Ask } from '~/api/generated'

/** Asks that are chosen together, in their order. */
export type Batch = { kind: 'equal' } | { kind: 'different'; why: string }

/** One answer for several needs that they ask for exactly the same; else a rule says what they have in common. */
export function batchOf(asks: readonly Ask[]): Batch {
  const [first] = asks
  if (asks.some(({ kind }) => kind !== 'permission')) return { kind: 'different', why: 'Questions and plans are answered one by one.' }
  const isEqual = asks.every(({ digest, decisionOnly }) => digest === first?.digest && decisionOnly === first.decisionOnly)
  if (isEqual && first?.truncated) return { kind: 'different', why: 'They ask for the same, but it is too long to be shown here: answer them one by one, or with one rule that covers all of them.' }
  return isEqual ? { kind: 'equal' } : { kind: 'different', why: 'They ask for different things: only one rule that covers all of them can answer them together.' }
}

/** Selected rows: by `x` one, with Shift all from the last one to this. */
export function rangeOf(ids: readonly string[], from: string | undefined, to: string): string[] {
  const [a, b] = [from === undefined ? -1 : ids.indexOf(from), ids.indexOf(to)]
  if (b < 0) return []
  return a < 0 ? [to] : ids.slice(Math.min(a, b), Math.max(a, b) + 1)
}

/**
 * The list that a person works in: whoever it showed keeps its place, what came since waits behind `news`, what was
 * answered elsewhere stays until the selection leaves it.
 */
export function steadyOrder(before: readonly string[], open: readonly string[], kept: string | undefined): string[] {
  const still = before.filter((id) => open.includes(id) || id === kept)
  return [...still, ...open.filter((id) => !still.includes(id))]
}

/** Which one follows when `id` was dealt with: the next below, else the first above. */
export function nextOf(ids: readonly string[], id: string | undefined): string | undefined {
  const at = id === undefined ? -1 : ids.indexOf(id)
  return ids[at + 1] ?? ids.find((one) => one !== id)
}
