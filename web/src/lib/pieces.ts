import type { Line } from '~/lib/tool-input'

/** How much of a line is one row: what a browser lays out at once stays small, however long the line is. */
const mostPerRow = 2000

export type Piece = Line & {
  /** The line began in the row above. */
  isRest: boolean
}

/** A cut never splits a character. */
function cutAt(text: string, place: number): number {
  const code = text.charCodeAt(place - 1)
  return code >= 0xd800 && code <= 0xdbff ? place - 1 : place
}

/** Lines as rows of bounded length. */
export function piecesOf(lines: readonly Line[]): Piece[] {
  const pieces: Piece[] = []
  for (const { kind, text } of lines) {
    let from = 0
    do {
      const to = text.length - from <= mostPerRow ? text.length : cutAt(text, from + mostPerRow)
      pieces.push({ kind, text: text.slice(from, to), isRest: from > 0 })
      from = to
    } while (from < text.length)
  }
  return pieces
}
