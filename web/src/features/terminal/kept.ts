/** What was typed and not sent: it waits until a person says whether it goes. */
export type Kept = {
  readonly pieces: readonly Uint8Array[]
  readonly length: number
}

/** More than anybody types; a paste of this size is refused as a whole. */
export const mostKept = 8 * 1024 * 1024

export const nothingKept: Kept = { pieces: [], length: 0 }

/** Undefined where it is too much. */
export function keep({ pieces, length }: Kept, more: readonly Uint8Array[]): Kept | undefined {
  const added = more.filter((piece) => piece.length > 0)
  const sum = added.reduce((n, piece) => n + piece.length, length)
  return sum > mostKept ? undefined : { pieces: [...pieces, ...added], length: sum }
}

export function bytesOf({ pieces, length }: Kept): Uint8Array {
  const all = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

export const textOf = (kept: Kept): string => new TextDecoder().decode(bytesOf(kept))
