/** A line of a plan as it is numbered for comments, from 1. */
export type PlanLine = {
  line: number
  text: string
  kind: 'heading' | 'step' | 'code' | 'plain' | 'blank'
  /** Of a numbered step: its own number. */
  number?: string
}

/** Lines behind this many are shown as one text that takes no comments. */
const mostRows = 2000

function kindOf(text: string, isCode: boolean): PlanLine['kind'] {
  if (isCode) return 'code'
  if (text.trim() === '') return 'blank'
  if (/^#{1,6}\s/.test(text)) return 'heading'
  return /^\s*(?:\d+[.)]|[-*+])\s/.test(text) ? 'step' : 'plain'
}

/** Every line of the plan, word for word but for the marks of headings; the number of a step stands apart from it. */
export function planLines(plan: string): { rows: PlanLine[]; rest: string } {
  const all = plan.split('\n')
  let isCode = false
  const rows = all.slice(0, mostRows).map((text, at): PlanLine => {
    const isFence = /^\s*(?:```|~~~)/.test(text)
    const kind = kindOf(text, isCode || isFence)
    if (isFence) isCode = !isCode
    const [, number, words] = (kind === 'step' && /^(\d{1,3})[.)]\s+(.*)$/.exec(text)) || []
    if (number !== undefined && words !== undefined) return { line: at + 1, text: words, kind, number }
    return { line: at + 1, text: kind === 'heading' ? text.replace(/^#+\s+/, '') : text, kind }
  })
  return { rows, rest: all.slice(mostRows).join('\n') }
}

/** So many lines of the stored plan can be commented: the daemon keeps its first 8 KiB. */
export function linesWithComments(stored: string | undefined): number {
  return stored === undefined ? 0 : stored.split('\n').length
}

export type Comments = ReadonlyMap<number, string>
export const mostComments = 50

export function withComment(comments: Comments, line: number, text: string): Comments {
  const next = new Map(comments)
  if (text.trim() === '') next.delete(line)
  else if (next.has(line) || next.size < mostComments) next.set(line, text.trim())
  return next
}

export function commentList(comments: Comments) {
  return [...comments].sort(([a], [b]) => a - b).map(([line, text]) => ({ line, text }))
}

/** The next line in this direction that holds something. */
export function stepLine(rows: readonly PlanLine[], from: number, step: number): number {
  for (let at = from - 1 + step; at >= 0 && at < rows.length; at += step) if (rows[at]?.kind !== 'blank') return at + 1
  return from
}
