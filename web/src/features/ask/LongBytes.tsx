import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import { BytesLine } from '~/features/ask/BytesLine'
import type { Piece } from '~/lib/pieces'
import { EndMark } from '~/ui/EndMark'

const rowPx = 20

type LongBytesProps = { pieces: readonly Piece[]; label: string; hasMarks: boolean; onEnd: () => void }

/** Thousands of lines, of which only those in view are in the document. */
export function LongBytes({ pieces, label, hasMarks, onEnd }: LongBytesProps) {
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null)
  const rows = useVirtualizer({ count: pieces.length, getScrollElement: () => scroller, estimateSize: () => rowPx, overscan: 10 })
  const hadFocus = useRef(false)
  useEffect(() => {
    if (!hadFocus.current) scroller?.focus()
    hadFocus.current = true
  }, [scroller])
  return (
    <div ref={setScroller} tabIndex={0} role="region" aria-label={label} className="max-h-[40dvh] overflow-y-auto [overflow-anchor:none] max-sm:max-h-[30dvh]">
      <div className="relative w-full" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, key, start }) => {
          const piece = pieces[index]
          return (
            piece && (
              <div key={key} ref={rows.measureElement} data-index={index} className="absolute inset-x-0 top-0" style={{ transform: `translateY(${start}px)` }}>
                <BytesLine piece={piece} hasMark={hasMarks && pieces[index + 1]?.isRest === false} />
                {index === pieces.length - 1 && <EndMark onSeen={onEnd} />}
              </div>
            )
          )
        })}
      </div>
    </div>
  )
}
