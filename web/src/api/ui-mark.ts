function sorted(_key: string, part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
  return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** JSON with its keys in order, as the daemon compares values. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, sorted) ?? ''
}

/** Short and the same on each page of a browser. Two texts that one person types within minutes do not share one. */
export function markOf(value: unknown): string {
  let [low, high] = [0x811c9dc5, 0x1000193]
  for (const char of canonical(value)) {
    const code = char.codePointAt(0) ?? 0
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ code, 0x5bd1e995)
    high ^= high >>> 15
  }
  return `${(low >>> 0).toString(36)}.${(high >>> 0).toString(36)}`
}
