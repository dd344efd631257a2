/** In the person's own order; what it does not name keeps its place behind the named one that precedes it in the plan. */
export function ordered<T extends { worktreeId: string }>(rows: readonly T[], own: readonly string[] | undefined): readonly T[] {
  if (!own || own.length === 0) return rows
  const groups = new Map<string, T[]>()
  let head: string | undefined
  const before: T[] = []
  for (const row of rows) {
    if (own.includes(row.worktreeId)) groups.set((head = row.worktreeId), [row])
    else (head === undefined ? before : (groups.get(head) ?? before)).push(row)
  }
  return [...before, ...own.flatMap((id) => groups.get(id) ?? [])]
}

/** With one moved to another place. */
export function moved(ids: readonly string[], from: number, to: number): readonly string[] {
  const rest = ids.filter((_, at) => at !== from)
  return [...rest.slice(0, to), ...ids.slice(from, from + 1), ...rest.slice(to)]
}
