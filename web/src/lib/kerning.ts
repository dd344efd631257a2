/** From here on pairs of letters are not kerned: a long word without a break would be shaped again at each of its letters. */
const unkernedFrom = 4_000

/** The style of a field that a person types into, whatever its length. */
export function typedLook(text: string): { fontKerning: 'none' } | undefined {
  return text.length > unkernedFrom ? { fontKerning: 'none' } : undefined
}
