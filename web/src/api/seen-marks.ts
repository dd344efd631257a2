import { isObject } from '~/lib/json'

/** Under this key the looks are stored for the person; `person-marks` carries them there and back. */
export const seenKey = 'page/seen'
const mostKept = 500
const longestTime = 40

/** By agent, since when it was as somebody saw it last. */
export type Seen = ReadonlyMap<string, string>

function newest(seen: Seen): Seen {
  if (seen.size <= mostKept) return seen
  return new Map([...seen].sort(([a, at], [b, than]) => (at < than || (at === than && a < b) ? 1 : -1)).slice(0, mostKept))
}

export function parseSeen(value: unknown): Seen {
  const entries = Object.entries(isObject(value) ? value : {})
  return newest(new Map(entries.flatMap(([id, at]) => (typeof at === 'string' && at.length <= longestTime ? [[id, at] as const] : []))))
}

export const printSeen = (seen: Seen): Readonly<Record<string, string>> => Object.fromEntries(seen)

/** The later look at each agent counts. The oldest are forgotten, the same ones on every device. */
export function bothSeen(a: Seen, b: Seen): Seen {
  const both = new Map(a)
  for (const [id, at] of b) if ((both.get(id) ?? '') < at) both.set(id, at)
  return newest(both)
}

export const mergeSeen = (ours: unknown, theirs: unknown): unknown => printSeen(bothSeen(parseSeen(ours), parseSeen(theirs)))
