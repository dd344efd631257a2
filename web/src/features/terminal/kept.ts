/** What was typed and not sent: it waits until a person says whether it goes. */
export type Kept = {
  readonly pieces: readonly Uint8Array[]
  readonly length: number
}

/** More than anybody types; a paste of this size is refused as a whole. */
export const mostKept = 8 * 1024 * 1024

export const nothingKept: Kept = { pieces: [], length: 0 }

/** Of terminals whose page was left: as long as the tab lives, what was typed there is shown again. */
type Left = { readonly kept: Kept; readonly unheardBytes: number }
const left = new Map<string, Left>()
/** All of them together keep as much as one. */
const mostLeft = 50

/** Where nothing waits nothing is kept. */
export function leaveKept(launchId: string, { kept, unheardBytes }: Left) {
  left.delete(launchId)
  if (kept.length > 0 || unheardBytes > 0) left.set(launchId, { kept, unheardBytes })
  let sum = 0
  for (const [at, [id, one]] of [...left].toReversed().entries()) {
    sum += one.kept.length
    if (at > 0 && (at >= mostLeft || sum > mostKept)) left.delete(id)
  }
}

/** What was left there, once. */
export function takeKept(launchId: string): Left {
  const found = left.get(launchId) ?? { kept: nothingKept, unheardBytes: 0 }
  left.delete(launchId)
  return found
}

/** Undefined where it is too much. */
export function keep({ pieces, length }: Kept, more: readonly Uint8Array[]): Kept | undefined {
  const added = more.filter((piece) => piece.length > 0)
  const sum = added.reduce((n, piece) => n + piece.length, length)
  return sum > mostKept ? undefined : { pieces: [...pieces, ...added], length: sum }
}

/** What a view gives back. Where it is too much, what was kept before stays. */
export const keepMore = (kept: Kept, unsent: readonly Uint8Array[]): Kept => keep(kept, unsent) ?? kept

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
