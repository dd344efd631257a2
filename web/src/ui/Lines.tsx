import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useMemo, useState, type ReactNode } from 'react'
import { piecesOf, type Piece } from '~/lib/pieces'
import type { Line } from '~/lib/tool-input'
import { visible } from '~/lib/visible'
import { CopyButton } from '~/ui/CopyButton'
import { EndMark } from '~/ui/EndMark'

const looks = {
  plain: { sign: undefined, row: '', colour: '' },
  title: { sign: undefined, row: 'mt-1.5 border-t border-line pt-1.5 font-sans', colour: 'text-fg2' },
  context: { sign: ' ', row: '', colour: '' },
  add: { sign: '+', row: 'bg-[color-mix(in_oklab,var(--ok)_13%,transparent)]', colour: 'text-ok' },
  delete: { sign: '-', row: 'bg-[color-mix(in_oklab,var(--err)_13%,transparent)]', colour: 'text-err' },
} as const

/** Of more rows than this, only those in view are in the document. */
const mostAtOnce = 300
const rowPx = 18

type LinesProps = {
  lines: readonly Line[]
  label: string
  copy: string
  maxHeight?: string
  /** Called when the end of the last line was in view. */
  onEnd?: (() => void) | undefined
}

/** Fixed-width lines that wrap, so that none continues out of view; the same for a few lines and for very many. */
export function Lines({ lines, label, copy, maxHeight = 'max-h-96', onEnd }: LinesProps) {
  const [scroller, setScroller] = useState<HTMLPreElement | null>(null)
  const pieces = useMemo(() => piecesOf(lines), [lines])
  const end = onEnd && <EndMark onSeen={onEnd} />
  return (
    <div className="group relative min-w-0">
      <pre
        ref={setScroller}
        tabIndex={0}
        role="region"
        aria-label={label}
        className={`${maxHeight} overflow-y-auto rounded-md border border-line bg-bg1 py-1.5 font-mono text-sm text-fg0 [overflow-anchor:none]`}
      >
        {pieces.length > mostAtOnce ? (
          <Windowed pieces={pieces} scroller={scroller} end={end} />
        ) : (
          pieces.map((piece, place) => (
            <Row key={place} piece={piece}>
              {place === pieces.length - 1 && end}
            </Row>
          ))
        )}
      </pre>
      <div className="absolute top-1 right-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
        <CopyButton text={copy} />
      </div>
    </div>
  )
}

function Windowed({ pieces, scroller, end }: { pieces: readonly Piece[]; scroller: HTMLPreElement | null; end: ReactNode }) {
  const rows = useVirtualizer({
    count: pieces.length,
    getScrollElement: () => scroller,
    estimateSize: () => rowPx,
    overscan: 10,
  })
  return (
    <span className="relative block w-full" style={{ height: rows.getTotalSize() }}>
      {rows.getVirtualItems().map(({ index, key, start }) => {
        const piece = pieces[index]
        return (
          piece && (
            <span
              key={key}
              ref={rows.measureElement}
              data-index={index}
              className="absolute inset-x-0 top-0 block"
              style={{ transform: `translateY(${start}px)` }}
            >
              <Row piece={piece}>{index === pieces.length - 1 && end}</Row>
            </span>
          )
        )
      })}
    </span>
  )
}

const Row = memo(function Row({ piece, children }: { piece: Piece; children: ReactNode }) {
  const { sign, row, colour } = looks[piece.kind]
  return (
    <span className={`flex px-3 ${row}`}>
      {sign && <span className={`w-4 shrink-0 whitespace-pre select-none ${colour}`}>{piece.isRest ? ' ' : sign}</span>}
      <span className={`min-w-0 flex-1 [overflow-wrap:anywhere] whitespace-pre-wrap ${sign ? '' : colour}`}>
        {visible(piece.text) || ' '}
        {children}
      </span>
    </span>
  )
})
