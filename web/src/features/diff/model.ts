import type { GitDiff, GitDiffFile, GitDiffHunk } from '~/api/generated'
import type { Shown } from '~/features/diff/context'
import { digestOfBody } from '~/features/diff/fingerprint'

/** A changed file as far as it was read. */
export type DiffFile = {
  path: string
  /** As the list has it, without hunks. */
  meta: GitDiffFile
  /** Whether its numbers of lines are known. */
  isCounted: boolean
  /** With its hunks; absent until somebody looked at it. */
  body?: GitDiffFile | undefined
  /** Of the first page of its lines, by which a tick knows it. */
  digest?: string | undefined
  /** Something changed since the body was read. */
  isStale: boolean
  isReading: boolean
  error?: Error | undefined
  /** Unchanged lines that were asked for, and the file's lines, once they are there. */
  shown: Shown
  lines?: readonly string[] | undefined
  linesError?: Error | undefined
}

export type DiffState = {
  isReady: boolean
  error?: Error | undefined
  files: readonly DiffFile[]
  totalFiles: number
  isTotalLeast: boolean
  contentId?: string | undefined
  head?: string | undefined
  fromId?: string | undefined
}

export const emptyState: DiffState = { isReady: false, files: [], totalFiles: 0, isTotalLeast: false }

/** More are counted, not listed. */
export const mostFiles = 10_000

const fresh = { isCounted: false, isStale: true, isReading: false, shown: {} } as const

function isSameMeta(a: GitDiffFile, b: GitDiffFile): boolean {
  return a.status === b.status && a.oldPath === b.oldPath && a.size === b.size && a.oldMode === b.oldMode && a.newMode === b.newMode && a.isBinary === b.isBinary
}

/** The file as a new answer lists it; what was read of it stays on screen until it is read again. */
function refolded(file: DiffFile | undefined, meta: GitDiffFile, isCounted: boolean): DiffFile {
  const { hunks: _hunks, ...rest } = meta
  const bare = { ...rest, hunks: [] }
  if (!file) return { path: meta.path, meta: bare, ...fresh, isCounted }
  const isKnown = file.isCounted && isSameMeta(file.meta, meta)
  if (!isKnown || isCounted) return { ...file, meta: bare, isCounted }
  // Numbers that are known stay while the list without them is read.
  return { ...file, meta: { ...bare, added: file.meta.added, removed: file.meta.removed } }
}

/** A page of the list put behind what the pages before it had. */
export function foldPage(before: readonly DiffFile[], known: ReadonlyMap<string, DiffFile>, page: GitDiff, hasCounts: boolean): DiffFile[] {
  return [...before, ...page.files.map((meta) => refolded(known.get(meta.path), meta, hasCounts && !meta.isUncounted))]
}

/** The files of the list before that a page on its way has not reached yet stay until it is whole. */
export function stillThere(before: readonly DiffFile[], after: readonly DiffFile[]): DiffFile[] {
  const listed = new Set(after.map(({ path }) => path))
  return [...after, ...before.filter(({ path }) => !listed.has(path))]
}

/** After an event: nothing that was read is sure any more, and what could not be read may be readable. */
export function doubted(files: readonly DiffFile[]): DiffFile[] {
  return files.map((file) => (file.isStale && !file.error ? file : { ...file, isStale: true, error: undefined }))
}

/** What was read of one file. If it reads as before, its rows stay the very same. */
export function withBody(file: DiffFile, body: GitDiffFile, hasCounts: boolean): DiffFile {
  const digest = digestOfBody(body)
  const { error: _error, ...rest } = file
  const isSame = file.body !== undefined && digest === file.digest && file.body.truncated === body.truncated
  const isCounted = hasCounts && !body.isUncounted
  const { added, removed } = isCounted ? body : file.meta
  const meta = { ...body, hunks: [], added, removed }
  return { ...rest, meta, isCounted: isCounted || file.isCounted, body: isSame ? file.body : body, digest, isStale: false, isReading: false, ...(!isSame && { lines: undefined }) }
}

export function lineCountOf({ hunks }: GitDiffFile): number {
  return hunks.reduce((sum, { lines }) => sum + lines.length, 0)
}

/** A further page of a file's lines: a hunk that the page before broke off goes on. */
export function withMore(body: GitDiffFile, more: GitDiffFile): GitDiffFile {
  const last = body.hunks.at(-1)
  const [first, ...rest] = more.hunks
  if (!last || !first || first.newStart !== last.newStart || first.oldStart !== last.oldStart)
    return { ...body, hunks: [...body.hunks, ...more.hunks], truncated: more.truncated }
  const joined: GitDiffHunk = { ...last, lines: [...last.lines, ...first.lines] }
  return { ...body, hunks: [...body.hunks.slice(0, -1), joined, ...rest], truncated: more.truncated }
}

export function totals(files: readonly DiffFile[]): { added: number; removed: number; isWhole: boolean } {
  let added = 0
  let removed = 0
  let isWhole = true
  for (const { meta, isCounted } of files) {
    added += meta.added
    removed += meta.removed
    isWhole &&= isCounted
  }
  return { added, removed, isWhole }
}
