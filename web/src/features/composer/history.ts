/**
 * One step through what was sent before: to an older prompt (-1) or to a newer one (1), counted from the newest. undefined: it stays;
 * 'draft': back to what was being written.
 */
export function stepThrough(at: number | undefined, direction: -1 | 1, count: number): number | 'draft' | undefined {
  const next = (at ?? -1) - direction
  if (next >= count || next < -1 || (at === undefined && direction === 1)) return undefined
  return next === -1 ? 'draft' : next
}

type Caret = Pick<HTMLTextAreaElement, 'selectionStart' | 'selectionEnd' | 'value'>

/** Whether an arrow belongs to the history and not to the text: at its very beginning, or at an edge while an old prompt is shown. */
export function isAtEdge(direction: -1 | 1, isWalking: boolean, { selectionStart, selectionEnd, value }: Caret): boolean {
  if (selectionStart !== selectionEnd) return false
  if (direction === -1) return selectionStart === 0 || (isWalking && !value.slice(0, selectionStart).includes('\n'))
  return isWalking && !value.slice(selectionEnd).includes('\n')
}
