import type { GitDiffHunk, GitDiffLine } from '~/api/generated'
import { diffLines } from '~/lib/line-diff'

/** Never empty, so that an empty line counts as one. */
const essence = (text: string) => `|${text.replace(/\s+/g, '')}`

/** Removed and added lines that differ in white space alone become one unchanged line, as it reads now. */
function paired(removed: readonly GitDiffLine[], added: readonly GitDiffLine[]): GitDiffLine[] {
  const changes = diffLines(removed.map(({ text }) => essence(text)).join('\n'), added.map(({ text }) => essence(text)).join('\n'))
  let old = 0
  let now = 0
  return changes.flatMap(({ kind }): GitDiffLine[] => {
    const before = kind === 'add' ? undefined : removed[old++]
    const after = kind === 'delete' ? undefined : added[now++]
    if (!before || !after) return before ? [before] : after ? [after] : []
    const { changed: _changed, ...line } = after
    return [{ ...line, type: 'context', ...(before.oldLine !== undefined && { oldLine: before.oldLine }) }]
  })
}

function withoutSpace(lines: readonly GitDiffLine[]): GitDiffLine[] {
  const kept: GitDiffLine[] = []
  let at = 0
  while (at < lines.length) {
    const line = lines[at]
    if (!line || line.type === 'context') {
      if (line) kept.push(line)
      at++
      continue
    }
    const end = lines.findIndex((one, place) => place > at && one.type === 'context')
    const run = lines.slice(at, end < 0 ? undefined : end)
    kept.push(...paired(run.filter(({ type }) => type === 'removed'), run.filter(({ type }) => type === 'added')))
    at += run.length
  }
  return kept
}

/** The hunks as they read if white space does not count; one that has no other change is left out. */
export function ignoreSpace(hunks: readonly GitDiffHunk[]): GitDiffHunk[] {
  return hunks.flatMap((hunk) => {
    const lines = withoutSpace(hunk.lines)
    return lines.some(({ type }) => type !== 'context') ? [{ ...hunk, lines }] : []
  })
}
