import { useMemo, useRef, useState, type RefObject } from 'react'
import type { Cursor } from '~/features/diff/cursor'
import { findLines, type DiffFilter } from '~/features/diff/find'
import type { DiffState } from '~/features/diff/model'
import type { Reader } from '~/features/diff/use-reader'
import { patternOf } from '~/lib/find'
import { useKeys } from '~/lib/keys'
import { useHighlights } from '~/lib/use-highlights'

export type DiffQuery = { text: string; isRegex: boolean; filter: DiffFilter }

/** So many files are read for a find; a person narrows what is compared for more. */
const mostFiles = 300
const nothing = { hits: [], isMore: false }
const noPaths: readonly string[] = []

type Options = { part: RefObject<HTMLElement | null>; isWide: boolean; reader: Reader; state: DiffState }

/** Find in the diff: what is found follows the files as they are read, and Escape leads back to where one was. */
export function useDiffFind({ part, isWide, reader, state }: Options) {
  const [query, setQuery] = useState<DiffQuery>()
  const before = useRef<{ top: number; cursor: Cursor | undefined }>(undefined)
  const { text = '', isRegex = false, filter = 'all' } = query ?? {}
  const pattern = useMemo(() => patternOf(text, isRegex), [text, isRegex])
  const { blocks } = reader.layout
  const found = useMemo(() => (pattern instanceof RegExp ? findLines(blocks, pattern, filter) : nothing), [blocks, pattern, filter])
  const searched = useMemo(() => (text === '' ? noPaths : state.files.slice(0, mostFiles).map(({ path }) => path)), [text, state.files])
  useHighlights(reader.scroller, text, isRegex)
  function open() {
    if (query === undefined) before.current = { top: reader.scroller.current?.scrollTop ?? 0, cursor: reader.cursor }
    setQuery(query ?? { text: '', isRegex: false, filter: 'all' })
  }
  function close() {
    setQuery(undefined)
    const node = reader.scroller.current
    if (!before.current || !node) return
    reader.setCursor(before.current.cursor)
    node.scrollTo({ top: before.current.top })
    node.focus({ preventScroll: true })
  }
  const { hits } = found
  const at = hits.findIndex(({ path, key }) => path === reader.cursor?.path && key === reader.cursor.key)
  function go(step: 1 | -1) {
    const hit = at < 0 ? hits[step > 0 ? 0 : hits.length - 1] : hits[(at + step + hits.length) % hits.length]
    if (!hit) return
    reader.setCursor(hit)
    reader.bring(hit)
  }
  useKeys('pane', [{ keys: 'Ctrl+F', label: 'find', inFields: true, isQuiet: true, run: open }], isWide ? {} : { within: part })
  const unread = state.files.slice(0, mostFiles).filter(({ body, error }) => !body && !error).length
  // A file behind the first ones is searched once somebody has looked at it.
  const looked = state.files.filter(({ body }, place) => place < mostFiles || body)
  return {
    query,
    setQuery,
    searched,
    close,
    go,
    at,
    count: hits.length,
    isMore: found.isMore,
    error: pattern instanceof Error ? pattern : undefined,
    unread,
    leftOut: Math.max(0, state.totalFiles - looked.length),
    total: state.totalFiles,
    /** Of these only the beginning was read. */
    partly: looked.filter(({ body }) => body?.truncated).length,
    failed: looked.filter(({ body, error }) => error && !body).length,
    folded: reader.folded.size,
  }
}

export type DiffFind = ReturnType<typeof useDiffFind>
