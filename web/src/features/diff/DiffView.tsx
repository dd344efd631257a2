import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { GitDiff, GitDiffFile } from '~/api/generated'
import { DiffRowView } from '~/features/diff/DiffRowView'
import { FileList } from '~/features/diff/FileList'
import { diffRows, filesLeftOut, placeOfFile, rowHeights, shiftOf, type Row } from '~/features/diff/rows'
import { useKeys } from '~/lib/keys'

type Scroller = { scrollOffset: number | null; scrollToOffset(offset: number): void }

/** When the rows change, what is being read stays where it is. */
function useKeptPlace(rows: Scroller, flat: readonly Row[]) {
  const before = useRef(flat)
  useLayoutEffect(() => {
    const top = rows.scrollOffset ?? 0
    const shift = shiftOf(before.current, flat, top)
    before.current = flat
    if (shift !== 0) rows.scrollToOffset(top + shift)
  }, [rows, flat])
}

/** Files on the left, their hunks as one windowed list on the right. `j` and `k` go from file to file. */
export function DiffView({ diff }: { diff: GitDiff }) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [current, setCurrent] = useState(diff.files[0]?.path ?? '')
  const flat = useMemo(() => diffRows(diff, folded), [diff, folded])
  const keyOf = useCallback((place: number) => flat[place]?.key ?? place, [flat])
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: flat.length,
    getScrollElement: () => scroller.current,
    estimateSize: (place) => rowHeights[flat[place]?.kind ?? 'line'],
    getItemKey: keyOf,
    overscan: 24,
  })
  useKeptPlace(rows, flat)
  function show({ path }: GitDiffFile) {
    setCurrent(path)
    rows.scrollToIndex(placeOfFile(flat, path), { align: 'start' })
  }
  function step(by: number) {
    const place = diff.files.findIndex(({ path }) => path === current) + by
    const next = diff.files[place]
    if (next) show(next)
  }
  function fold(path: string) {
    setFolded((before) => {
      const after = new Set(before)
      if (!after.delete(path)) after.add(path)
      return after
    })
  }
  useKeys('pane', [
    { keys: 'j', label: 'next file', canRepeat: true, run: () => step(1) },
    { keys: 'k', label: 'previous file', canRepeat: true, run: () => step(-1) },
  ])
  return (
    <div className="flex min-h-0 flex-1 flex-col md:flex-row">
      <FileList files={diff.files} leftOut={filesLeftOut(diff)} current={current} onShow={show} />
      <div ref={scroller} tabIndex={0} role="region" aria-label="Changes" className="@container min-h-0 min-w-0 flex-1 overflow-auto focus-visible:-outline-offset-2">
        <div className="relative w-max min-w-full" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, key, start, size }) => {
            const row = flat[index]
            if (!row) return null
            return (
              <div key={key} className="absolute top-0 left-0 min-w-full" style={{ height: size, transform: `translateY(${start}px)` }}>
                <DiffRowView row={row} onFold={fold} />
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}
