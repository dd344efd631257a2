import type { Diff, DiffFile } from '~/api/generated'

/** One line of the diff page; all files together are one flat list, so that one window shows any size. */
export type Row =
  | { kind: 'file'; file: DiffFile; isFolded: boolean }
  | { kind: 'hunk'; text: string; path: string }
  | { kind: 'line'; change: 'context' | 'add' | 'delete'; old: number | undefined; new: number | undefined; text: string }
  | { kind: 'note'; text: string }

function bodyOf(file: DiffFile): Row[] {
  if (file.isBinary) return [{ kind: 'note', text: 'A binary file: its bytes are not shown.' }]
  if (file.isTooLarge) return [{ kind: 'note', text: 'Too large to be shown here.' }]
  if (file.hunks.length === 0) return [{ kind: 'note', text: 'Only its name or mode changed.' }]
  return file.hunks.flatMap((hunk): Row[] => [
    { kind: 'hunk', text: hunk.header, path: file.path },
    ...hunk.lines.map((line): Row => ({ kind: 'line', change: line.kind, old: line.old, new: line.new, text: line.text })),
  ])
}

export function diffRows(diff: Diff, folded: ReadonlySet<string>): Row[] {
  return diff.files.flatMap((file): Row[] => {
    const isFolded = folded.has(file.path)
    return [{ kind: 'file', file, isFolded }, ...(isFolded ? [] : bodyOf(file))]
  })
}

export function placeOfFile(rows: readonly Row[], path: string): number {
  return rows.findIndex((row) => row.kind === 'file' && row.file.path === path)
}
