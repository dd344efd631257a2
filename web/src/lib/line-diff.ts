export type LineChange = { kind: 'context' | 'add' | 'delete'; text: string }

/** With more lines than this on one side, the middle is shown as replaced as a whole: the table grows with their product. */
const mostLines = 600

/** The lines that an edit removes and adds, with those that stay between them. */
export function diffLines(before: string, after: string): LineChange[] {
  const a = splitLines(before)
  const b = splitLines(after)
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  const middle = diffMiddle(a.slice(head, a.length - tail), b.slice(head, b.length - tail))
  return [...a.slice(0, head).map(asContext), ...middle, ...a.slice(a.length - tail).map(asContext)]
}

export function splitLines(text: string): string[] {
  if (text === '') return []
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}

function asContext(text: string): LineChange {
  return { kind: 'context', text }
}

function diffMiddle(a: readonly string[], b: readonly string[]): LineChange[] {
  if (a.length > mostLines || b.length > mostLines)
    return [...a.map((text) => ({ kind: 'delete', text }) as const), ...b.map((text) => ({ kind: 'add', text }) as const)]
  const common = commonLengths(a, b)
  const width = b.length + 1
  const changes: LineChange[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]]
    if (left !== undefined && left === right) {
      changes.push(asContext(left))
      i++
      j++
    } else if (left !== undefined && (right === undefined || at(common, (i + 1) * width + j) >= at(common, i * width + j + 1))) {
      changes.push({ kind: 'delete', text: left })
      i++
    } else if (right !== undefined) {
      changes.push({ kind: 'add', text: right })
      j++
    }
  }
  return changes
}

function at(table: Uint16Array, place: number): number {
  return table[place] ?? 0
}

/** Length of the longest common run of lines behind each pair of places. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint16Array {
  const width = b.length + 1
  const table = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      table[i * width + j] =
        a[i] === b[j]
          ? at(table, (i + 1) * width + j + 1) + 1
          : Math.max(at(table, (i + 1) * width + j), at(table, i * width + j + 1))
  return table
}
