import { useEffect, useEffectEvent, useRef } from 'react'
import { AskRow, failureOf, FailRow, NoteRow } from '~/features/transcript/AsideRows'
import { CopyActions } from '~/features/transcript/CopyActions'
import { MomentRow, NewRow, StripRow, WaitRow } from '~/features/transcript/EndRows'
import type { PromptItem } from '~/features/transcript/items'
import { PromptRow, StickyPrompt } from '~/features/transcript/PromptRow'
import type { Row } from '~/features/transcript/rows'
import { LongRow, SayRow, ThoughtRow } from '~/features/transcript/SayRow'
import type { Snapshot } from '~/features/transcript/snapshot'
import type { TranscriptStore } from '~/features/transcript/store'
import { RunRow, ToolRow } from '~/features/transcript/ToolRow'
import { useHighlights } from '~/lib/use-highlights'
import type { Virtual } from '~/features/transcript/row-window'
import { holds, useActiveRow, useGoTo, useNews, usePages, useRowKeys, useRowWindow, type Place } from '~/features/transcript/use-scroll'
import { plural } from '~/lib/format'
import { lookedAt } from '~/lib/looked-at'
import { useStore } from '~/lib/store'
import { visible } from '~/lib/visible'

/** About as high as the words that stay at the top. */
const stickyPx = 48

type ListProps = {
  store: TranscriptStore
  snapshot: Snapshot
  rows: readonly Row[]
  openKeys: ReadonlySet<string>
  place: Place | undefined
  query: string
  /** Whether going to a place takes the focus there. */
  doesFocus: boolean
  sent: string | undefined
  onSeen: ((index: number) => void) | undefined
}

export function TranscriptList({ store, snapshot, rows, openKeys, place, query, doesFocus, sent, onSeen }: ListProps) {
  const { scroller, list, window, virtual } = useRowWindow(rows, place, headingOf)
  const { isAtEnd, head } = window
  const { items, phase, missed } = snapshot
  const isLive = phase === 'live'
  usePages(scroller, store, rows.length, isAtEnd)
  useGoTo(place, rows, virtual, scroller, doesFocus)
  useHighlights(scroller, query)
  useStart(isLive && place === undefined, virtual.scrollToEnd)
  useOwnWords(items.findLast((item) => item.kind === 'prompt' && item.messageId === sent)?.key, virtual.scrollToEnd)
  useSeen(isAtEnd && isLive ? items.findLast(({ index }) => index !== undefined)?.index : undefined, onSeen)
  const news = useNews(items.map(({ key }) => key), missed, isAtEnd && isLive)
  const active = useActiveRow(scroller)
  useRowKeys(scroller, rows.length, virtual)
  async function toEnd() {
    await store.backToEnd()
    virtual.scrollToEnd()
  }
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Transcript"
        className="@container h-full overflow-x-hidden overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:-outline-offset-2"
      >
        {head && <StickyPrompt item={head} />}
        <ol ref={list} className="relative w-full">
          {virtual.getVirtualItems().map(({ index, key }) => {
            const row = rows[index]
            if (!row) return null
            const isPlace = place !== undefined && (row.key === place.key || holds(row, place.key))
            return (
              <li
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                data-key={row.key}
                data-at={atOf(row)}
                tabIndex={-1}
                aria-current={isPlace || undefined}
                className="absolute inset-x-0 px-6 -outline-offset-2 max-sm:px-4"
              >
                <div className={`relative mx-auto max-w-[720px] ${isPlace ? 'edge-place' : ''}`}>
                  <RowView row={row} openKeys={openKeys} />
                  {row.key === active && <CopyActions row={row} />}
                </div>
              </li>
            )
          })}
        </ol>
      </div>
      <Fault rows={rows} />
      {(!isAtEnd || phase === 'past') && rows.length > 0 && <ToEnd news={news} onClick={() => void toEnd()} />}
    </div>
  )
}

function atOf(row: Row): string | undefined {
  return 'item' in row ? (row.item.messageId ?? row.item.order) : 'items' in row ? (row.items[0]?.messageId ?? row.items[0]?.order) : undefined
}

/** Your words whose turn is being read, when they have left the view. */
function headingOf(rows: readonly Row[], { range, scrollOffset, getVirtualItems }: Virtual): PromptItem | undefined {
  const first = range?.startIndex
  if (first === undefined) return undefined
  const [from, to] = [scrollOffset ?? 0, (scrollOffset ?? 0) + stickyPx]
  // The words of the next turn take its place.
  if (getVirtualItems().some(({ index, start, end }) => rows[index]?.kind === 'prompt' && end > from && start < to)) return undefined
  for (let index = first - 1; index >= 0; index--) {
    const row = rows[index]
    if (row?.kind === 'prompt') return row.item
  }
  return undefined
}

/** A transcript is opened at its end. */
function useStart(isReady: boolean, scrollToEnd: () => void) {
  const isDone = useRef(false)
  const start = useEffectEvent(() => {
    if (!isDone.current) scrollToEnd()
    isDone.current = true
  })
  useEffect(() => {
    if (isReady) start()
  }, [isReady])
}

/** What was sent from this page is seen at once, wherever its sender was reading. */
function useOwnWords(key: string | undefined, scrollToEnd: () => void) {
  const show = useEffectEvent(() => scrollToEnd())
  useEffect(() => {
    if (key !== undefined) show()
  }, [key])
}

function useSeen(index: number | undefined, onSeen: ((index: number) => void) | undefined) {
  const isLooked = useStore(lookedAt)
  const see = useEffectEvent((seen: number) => onSeen?.(seen))
  useEffect(() => {
    if (index !== undefined && isLooked) see(index)
  }, [index, isLooked])
}

function RowView({ row, openKeys }: { row: Row; openKeys: ReadonlySet<string> }) {
  const { key, depth } = row
  const isOpen = openKeys.has(key)
  switch (row.kind) {
    case 'prompt':
      return <PromptRow item={row.item} isOpen={isOpen} />
    case 'say':
      return <SayRow row={row} />
    case 'long':
      return <LongRow item={row.item} depth={depth} isOpen={isOpen} />
    case 'thought':
      return <ThoughtRow item={row.item} tookMs={row.tookMs} depth={depth} isOpen={isOpen} />
    case 'tool':
      return <ToolRow item={row.item} depth={depth} calls={row.calls} isOpen={isOpen} />
    case 'run':
      return <RunRow id={key} items={row.items} depth={depth} isOpen={isOpen} openKeys={openKeys} />
    case 'ask':
      return <AskRow item={row.item} depth={depth} isOpen={isOpen} />
    case 'note':
      return <NoteRow item={row.item} depth={depth} />
    case 'fail':
      return <FailRow item={row.item} depth={depth} isLast={row.isLast === true} />
    case 'strip':
      return <StripRow turn={row.turn} lines={row.lines} isSentAgain={row.isSentAgain} />
    case 'new':
      return <NewRow at={row.at} />
    case 'moment':
      return <MomentRow at={row.at} />
    case 'wait':
      return <WaitRow since={row.since} />
    default:
      return row satisfies never
  }
}

/** What the last turn failed with, said when it does and not again. */
function Fault({ rows }: { rows: readonly Row[] }) {
  const row = rows.findLast(({ kind }) => kind === 'fail')
  if (row?.kind !== 'fail' || row.isLast !== true) return null
  return (
    <p role="alert" key={row.key} className="sr-only">
      {visible(failureOf(row.item))}
    </p>
  )
}

function ToEnd({ news, onClick }: { news: number; onClick: () => void }) {
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
      <button type="button" onClick={onClick} className="touch pointer-events-auto h-6 rounded-full bg-bg4 px-2.5 text-sm text-fg0 outline outline-line2 hover:bg-bg3">
        {news > 0 ? plural(news, 'new', 'new') : 'To the end'} <span aria-hidden="true">↓</span>
      </button>
    </div>
  )
}
