import { useEffect, useMemo, useRef, useState } from 'react'
import { blockAt, headHeight, topOf, type Layout } from '~/features/diff/layout'
import { cursorOfSpot, nextRow, nextStop, rowAt, type Cursor } from '~/features/diff/cursor'
import type { DiffFile } from '~/features/diff/model'
import { parseLine } from '~/features/diff/rows'
import { RowCache, type Reading } from '~/features/diff/row-cache'
import { isTouch } from '~/lib/focus'
import { useDrawn, useKeptPlace, useScroller } from '~/features/diff/use-scroll'

const besidePx = 116

type Readable = Omit<Reading, 'folded' | 'columns' | 'drawn'> & { isWrapped: boolean }

/** The list of rows, where one is in it, and how one gets about. */
export function useReader({ isWrapped, ...reading }: Readable) {
  const { scroller, attach, sight } = useScroller()
  const [isTouched] = useState(isTouch)
  const [cache] = useState(() => new RowCache(isTouched))
  const headPx = headHeight(isTouched)
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [cursor, setCursor] = useState<Cursor>()
  const columns = isWrapped && sight.width > 0 ? Math.max(10, Math.floor((sight.width - besidePx) / sight.character)) : undefined
  const { drawn, watch } = useDrawn(sight.width)
  const { files, isSpaceIgnored, comments, form, from } = reading
  const layout = useMemo(
    () => cache.layout({ files, folded, isSpaceIgnored, comments, form, from, columns, drawn }),
    [cache, files, folded, isSpaceIgnored, comments, form, from, columns, drawn],
  )
  useKeptPlace(scroller, layout)

  function scrollTo(top: number) {
    scroller.current?.scrollTo({ top })
  }
  /** Into sight, below the head of its file, unless it is there already. */
  function bring({ path, key }: Cursor, toTop = false) {
    const node = scroller.current
    const top = topOf(layout, path, key)
    if (!node || top === undefined) return
    const isSeen = top >= node.scrollTop + headPx && top + 60 <= node.scrollTop + node.clientHeight
    if (toTop || !isSeen) scrollTo(Math.max(0, top - headPx - (toTop ? 0 : node.clientHeight / 3)))
  }
  function go(next: Cursor | undefined, toTop = false) {
    if (!next) return
    setCursor(next)
    bring(next, toTop)
  }
  return {
    scroller,
    attach,
    sight,
    layout,
    columns,
    watch,
    folded,
    cursor,
    setCursor,
    /** The file whose lines are at the top. */
    current: cursor?.path ?? blockAt(layout, sight.top + headPx)?.path,
    row: rowAt(layout, cursor),
    fold(path: string) {
      setFolded((before) => {
        const after = new Set(before)
        if (!after.delete(path)) after.add(path)
        return after
      })
    },
    showFile(path: string) {
      const top = topOf(layout, path)
      setCursor({ path, key: 'head' })
      if (top !== undefined) scrollTo(top)
    },
    hunk: (step: 1 | -1) => go(nextStop(layout, cursor, step, scroller.current?.scrollTop ?? 0), true),
    line(step: 1 | -1, isRange: boolean) {
      const next = nextRow(layout, cursor, step)
      if (next && isRange && next.path !== cursor?.path) return
      go(next && isRange ? { ...next, since: cursor?.since ?? cursor?.key } : next)
    },
    bring,
  }
}

export type Reader = ReturnType<typeof useReader>

/** Once the file of a deep link is there it is shown, and its line as soon as that was read. */
export function useLinked(reader: Reader, files: readonly DiffFile[], file: string | undefined, line: string | undefined) {
  const done = useRef<string>(undefined)
  const { layout, setCursor, bring, folded } = reader
  useEffect(() => {
    const name = `${file ?? ''}:${line ?? ''}`
    if (file === undefined || done.current === name) return
    const target = files.find(({ path }) => path === file)
    if (!target) return
    const spot = line === undefined ? undefined : parseLine(file, line)
    const found = spot && cursorOfSpot(layout, spot)
    // What is read above it moves it; it is in its place once it has been read itself.
    if (!found && isAwaited(target) && !folded.has(file)) return bring({ path: file, key: 'head' }, true)
    done.current = name
    const cursor = found ?? { path: file, key: 'head' }
    setCursor(cursor)
    bring(cursor, found === undefined)
  }, [layout, files, file, line, setCursor, bring, folded])
}

const isAwaited = ({ body, error, isStale, isReading }: DiffFile) => body === undefined && error === undefined && (isStale || isReading)

/** What is on screen is read, and one screen more; then what a find needs. */
export function useWanted(reader: Reader, want: (paths: readonly string[]) => void, searched: readonly string[]) {
  const { layout, sight, folded } = reader
  const seen = seenPaths(layout, sight.top, sight.top + 2 * sight.height).filter((path) => !folded.has(path)).join('\0')
  useEffect(() => {
    want([...(seen === '' ? [] : seen.split('\0')), ...searched])
  }, [seen, want, searched])
}

function seenPaths({ blocks, tops }: Layout, top: number, bottom: number): string[] {
  return blocks.flatMap(({ path, height }, at) => {
    const blockTop = tops[at] ?? 0
    return blockTop < bottom && blockTop + height > top ? [path] : []
  })
}
