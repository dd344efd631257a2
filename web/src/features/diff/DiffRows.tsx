import type { MouseEvent, ReactNode } from 'react'
import { chosenLines, type Cursor } from '~/features/diff/cursor'
import { isMeasured, sliceOf, type Layout, type Slice } from '~/features/diff/layout'
import { LineView, type Mark } from '~/features/diff/LineView'
import type { Row } from '~/features/diff/rows'
import { syntaxSeen, tokensOfLine } from '~/features/diff/syntax-store'
import type { Sight } from '~/features/diff/use-scroll'
import { useStore } from '~/lib/store'
import type { Token } from '~/lib/syntax'
import { visibleName } from '~/lib/visible'

/** How far beyond what is seen rows are drawn. */
const beyondPx = 160
/** Numbers, sign and padding beside the text of a line. */
const besidePx = 116

export type RowPlace = { path: string; key: string }

type DiffRowsProps = {
  attach: (node: HTMLDivElement | null) => void
  layout: Layout
  sight: Sight
  cursor: Cursor | undefined
  isWrapped: boolean
  columns: number | undefined
  whole: ReadonlySet<string>
  watch: (node: HTMLElement | null) => (() => void) | undefined
  onPick: (place: RowPlace, isRange: boolean) => void
  onWhole: (place: RowPlace) => void
  /** Draws every row that is no line. */
  render: (path: string, row: Row) => ReactNode
}

export const wholeName = ({ path, key }: RowPlace) => `${path}\0${key}`

const noTokens: readonly Token[] = []

/** All files as one list, of which only what is seen is drawn. A file's head stays at the top while its lines go by. */
export function DiffRows(props: DiffRowsProps) {
  const { attach, layout, sight, isWrapped } = props
  useStore(syntaxSeen)
  const chosen = new Set(chosenLines(layout, props.cursor).map(({ key }) => key))
  function onClick(event: MouseEvent) {
    if (!(event.target instanceof Element)) return
    const row = event.target.closest('[data-key]')
    const place = { path: row?.getAttribute('data-of') ?? '', key: row?.getAttribute('data-key') ?? '' }
    if (!row || place.path === '') return
    if (event.target.closest('[data-act=whole]')) return props.onWhole(place)
    // A click that ends a selection of text chooses nothing.
    if (event.target.closest('button, a, textarea, label') || window.getSelection()?.isCollapsed === false) return
    props.onPick(place, event.shiftKey)
  }
  return (
    // The rows would cover the outline of their own scroller.
    <div className="relative flex min-h-0 min-w-0 flex-1 outline-above">
      <div
        ref={attach}
        role="region"
        aria-label="Changes"
        tabIndex={0}
        className="@container relative min-h-0 min-w-0 flex-1 overflow-auto outline-none [overflow-anchor:none]"
      >
        {/* A click is a shortcut: arrows choose the same lines. */}
        <div role="presentation" onClick={onClick} className="relative" style={{ height: layout.height, minWidth: isWrapped ? undefined : layout.columns * sight.character + besidePx }}>
          {sliceOf(layout, sight.top - beyondPx, sight.top + sight.height + beyondPx).map((slice) => (
            <FileRows key={slice.block.path} slice={slice} chosen={chosen} {...props} />
          ))}
        </div>
      </div>
    </div>
  )
}

type FileRowsProps = DiffRowsProps & { slice: Slice; chosen: ReadonlySet<string> }

function FileRows({ slice, chosen, cursor, isWrapped, columns, whole, watch, render }: FileRowsProps) {
  const { block, top, from, to } = slice
  const { path } = block
  const markOf = (key: string): Mark => {
    if (cursor?.path !== path) return 'none'
    return cursor.key === key ? 'cursor' : chosen.has(key) ? 'range' : 'none'
  }
  const head = block.rows[0]
  return (
    <section aria-label={visibleName(path)} className="absolute inset-x-0" style={{ top, height: block.height }}>
      {head && <div className="sticky top-0 left-0 z-10 w-[100cqw]">{render(path, head)}</div>}
      {block.rows.slice(Math.max(1, from), to).map((row, at) => {
        const place = Math.max(1, from) + at
        return (
          <div
            key={row.key}
            data-of={path}
            data-key={row.key}
            ref={isMeasured(row, columns) ? watch : undefined}
            className="absolute inset-x-0"
            style={{ top: block.tops[place] }}
          >
            {row.kind === 'line' ? (
              <LineView
                row={row}
                tokens={row.at ? tokensOfLine(path, row.at.hunk, row.at.line) : noTokens}
                isWrapped={isWrapped}
                isWhole={whole.has(wholeName({ path, key: row.key }))}
                mark={markOf(row.key)}
              />
            ) : (
              render(path, row)
            )}
          </div>
        )
      })}
    </section>
  )
}
