import { useEffect, useRef, useState, type RefObject } from 'react'
import type { AnyRow } from '~/features/recovery/rows'
import { formatBytes, formatNumber, plural } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Icon } from '~/ui/Icon'

/** Rows in the document before the next are asked for. */
const step = 100

const columns = 'grid grid-cols-[28px_minmax(0,1fr)_84px_72px_128px] items-center max-lg:grid-cols-[28px_minmax(0,1fr)_72px_112px] max-sm:grid-cols-[28px_minmax(0,1fr)_72px]'

type RowListProps = {
  rows: readonly AnyRow[]
  chosen: string | undefined
  /** A person has chosen it. */
  isAsked: boolean
  onChoose: (id: string) => void
}

/** What is chosen is on screen, also when a link has chosen it, and when rows that are read later push it down. */
function useIntoView(list: RefObject<HTMLElement | null>, chosen: string | undefined, at: number) {
  useEffect(() => {
    if (at >= 0) list.current?.querySelector(`[data-row="${chosen}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [list, chosen, at])
}

export function RowList({ rows, chosen, isAsked, onChoose }: RowListProps) {
  const list = useRef<HTMLUListElement>(null)
  const [most, setMost] = useState(step)
  const at = rows.findIndex(({ id }) => id === chosen)
  // What the address names is in the document, however far down.
  const shown = rows.slice(0, Math.max(most, at + 1))
  useIntoView(list, chosen, at)
  function move(by: number) {
    const next = shown[Math.max(0, Math.min(shown.length - 1, at + by))]
    if (!next) return
    onChoose(next.id)
    const row = list.current?.querySelector(`[data-row="${next.id}"]`)
    if (row instanceof HTMLElement) row.focus()
  }
  useKeys('list', [
    { keys: 'j', label: 'next', canRepeat: true, run: () => move(1) },
    { keys: 'k', label: 'previous', canRepeat: true, run: () => move(-1) },
  ])
  useKeys(
    'list',
    [
      { keys: 'ArrowDown', label: 'next', canRepeat: true, isQuiet: true, run: () => move(1) },
      { keys: 'ArrowUp', label: 'previous', canRepeat: true, isQuiet: true, run: () => move(-1) },
    ],
    { within: list },
  )
  return (
    <>
      <div aria-hidden="true" className={`${columns} h-6 text-xs text-fg2`}>
        <span />
        <span>What</span>
        <span className="text-right max-lg:hidden">files</span>
        <span className="text-right">size</span>
        <span className="text-right max-sm:hidden">kept until</span>
      </div>
      <ul ref={list} aria-label="Set aside">
        {shown.map((row, place) => (
          <li key={row.id}>
            <RowButton row={row} isChosen={row.id === chosen} isStop={place === Math.max(0, at)} isAsked={isAsked} onChoose={onChoose} />
          </li>
        ))}
      </ul>
      {rows.length > shown.length && (
        <div className="py-2 pl-5">
          <Button look="quiet" onClick={() => setMost(shown.length + step)}>
            Show {Math.min(step, rows.length - shown.length)} of {formatNumber(rows.length - shown.length)} more
          </Button>
        </div>
      )}
    </>
  )
}

type RowButtonProps = { row: AnyRow; isChosen: boolean; isStop: boolean; isAsked: boolean; onChoose: (id: string) => void }

function RowButton({ row, isChosen, isStop, isAsked, onChoose }: RowButtonProps) {
  return (
    <button
      type="button"
      data-row={row.id}
      aria-current={isChosen || undefined}
      tabIndex={isStop ? 0 : -1}
      onClick={() => onChoose(row.id)}
      className={`${columns} min-h-12 w-full border-t border-line text-left hover:bg-bg3 aria-[current]:-mx-3 aria-[current]:w-[calc(100%+24px)] aria-[current]:rounded-md aria-[current]:border-transparent aria-[current]:bg-bg4 aria-[current]:px-3 ${isAsked ? '' : 'max-md:aria-[current]:bg-transparent max-md:aria-[current]:hover:bg-bg3'}`}
    >
      <Icon name={row.icon} className={row.kind === 'locks' ? 'text-wait' : 'text-fg2'} />
      <span className="min-w-0">
        <span className="block truncate">
          {visibleName(row.title)} {row.name !== undefined && <span className="font-mono text-sm">{visibleName(row.name)}</span>}
        </span>
        <span className="block truncate text-sm text-fg2">{visibleName(row.note)}</span>
      </span>
      <span className="text-right text-sm text-fg2 max-lg:hidden">
        {row.files !== undefined && (
          <>
            <span aria-hidden="true">{formatNumber(row.files)}</span>
            <span className="sr-only">, {plural(row.files, 'file')}</span>
          </>
        )}
      </span>
      <span className="text-right text-sm text-fg2">{row.bytes !== undefined && formatBytes(row.bytes)}</span>
      <span className="text-right text-sm text-fg2 max-sm:hidden">{row.until}</span>
    </button>
  )
}
