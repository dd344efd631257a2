import type { Comment } from '~/api/generated'
import { blockOf, layoutOf, type Block, type Layout } from '~/features/diff/layout'
import type { DiffFile } from '~/features/diff/model'
import { rowsOf, type Row, type Spot } from '~/features/diff/rows'
import type { Drawn } from '~/features/diff/use-scroll'

export type Reading = {
  files: readonly DiffFile[]
  folded: ReadonlySet<string>
  isSpaceIgnored: boolean
  comments: readonly Comment[]
  form: Spot | undefined
  from: string
  columns: number | undefined
  drawn: Drawn
}

type Kept = { file: DiffFile; isFolded: boolean; isSpaceIgnored: boolean; comments: readonly Comment[]; form: Spot | undefined; rows: readonly Row[] }
type KeptBlock = { rows: readonly Row[]; columns: number | undefined; drawn: ReadonlyMap<string, number> | undefined; block: Block }

const none: readonly Comment[] = []

function isSameList(a: readonly Comment[], b: readonly Comment[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at])
}

function byPath(comments: readonly Comment[]): ReadonlyMap<string, readonly Comment[]> {
  const found = new Map<string, Comment[]>()
  for (const comment of comments) found.set(comment.path, [...(found.get(comment.path) ?? []), comment])
  return found
}

/** Whether the rows of a file would be the same: nothing that they show has changed. */
function isSameFile(a: DiffFile, b: DiffFile): boolean {
  return a.body === b.body && a.error === b.error && a.shown === b.shown && a.lines === b.lines && a.linesError === b.linesError && (a.body !== undefined || a.meta === b.meta)
}

/** Rows and heights of all files; those of a file are made again only when something of it changed. */
export class RowCache {
  readonly #isTouch: boolean
  #rows = new Map<string, Kept>()
  #blocks = new Map<string, KeptBlock>()

  constructor(isTouch: boolean) {
    this.#isTouch = isTouch
  }

  layout({ files, folded, isSpaceIgnored, comments, form, from, columns, drawn }: Reading): Layout {
    const commentsOf = byPath(comments)
    const rows = new Map<string, Kept>()
    const blocks = new Map<string, KeptBlock>()
    for (const file of files) {
      const { path } = file
      const view = { isFolded: folded.has(path), isSpaceIgnored, comments: commentsOf.get(path) ?? none, form: form?.path === path ? form : undefined, from }
      const before = this.#rows.get(path)
      const isKept =
        before !== undefined &&
        isSameFile(before.file, file) &&
        before.isFolded === view.isFolded &&
        before.isSpaceIgnored === isSpaceIgnored &&
        before.form === view.form &&
        isSameList(before.comments, view.comments)
      const kept = isKept ? before : { file, isFolded: view.isFolded, isSpaceIgnored, comments: view.comments, form: view.form, rows: rowsOf(file, view) }
      rows.set(path, kept)
      blocks.set(path, this.#block(path, kept.rows, columns, drawn.get(path)))
    }
    this.#rows = rows
    this.#blocks = blocks
    return layoutOf([...blocks.values()].map(({ block }) => block))
  }

  #block(path: string, rows: readonly Row[], columns: number | undefined, drawn: ReadonlyMap<string, number> | undefined): KeptBlock {
    const before = this.#blocks.get(path)
    if (before?.rows === rows && before.columns === columns && before.drawn === drawn) return before
    return { rows, columns, drawn, block: blockOf(path, rows, { isTouch: this.#isTouch, columns, drawn }) }
  }
}
