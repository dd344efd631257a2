import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState, type RefObject } from 'react'
import type { Row } from '~/features/transcript/rows'
import type { TranscriptStore } from '~/features/transcript/store'
import { useKeys } from '~/lib/keys'

/** Within so many pixels of it somebody reads the end. */
const nearEnd = 48
/** So far from an end of the window its next page is read. */
const nearPage = 800

const heights: Record<Row['kind'], number> = { prompt: 60, say: 70, long: 300, thought: 24, tool: 24, run: 24, ask: 28, note: 28, fail: 80, strip: 28, new: 32, moment: 32, wait: 24 }

/** Rows in a window of the document that stay where they are: at their end while it is read, under the eyes of whoever reads elsewhere. */
export function useRowWindow(rows: readonly Row[]) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (place) => heights[rows[place]?.kind ?? 'note'],
    getItemKey: (place) => rows[place]?.key ?? place,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: nearEnd,
    overscan: 8,
    paddingStart: 8,
    paddingEnd: 12,
  })
  return { scroller, virtual, isAtEnd: virtual.isAtEnd(nearEnd) }
}

export type RowWindow = ReturnType<typeof useRowWindow>['virtual']

/**
 * Whoever reads the end goes on reading it until they scroll away: also when an ask takes space from the view, and when many rows
 * come or are replaced at once.
 */
export function useKeptEnd(scroller: RefObject<HTMLDivElement | null>, virtual: RowWindow, place: Place | undefined) {
  const isKept = useRef(place === undefined)
  const top = useRef(0)
  /** Who scrolls up leaves the end; who comes near it has come back. */
  function note(node: HTMLElement) {
    if (leftBelow(node) <= nearEnd) isKept.current = true
    else if (node.scrollTop < top.current) isKept.current = false
    top.current = node.scrollTop
  }
  const onScroll = useEffectEvent(note)
  useEffect(() => {
    if (place) isKept.current = place.key === theEnd
  }, [place])
  useEffect(() => {
    const node = scroller.current
    if (!node) return undefined
    const noteScroll = () => onScroll(node)
    const observer = new ResizeObserver(() => {
      // What takes space from the view moves nothing: only a scroll that is higher up has left the end.
      if (node.scrollTop < top.current) noteScroll()
      if (isKept.current) virtual.scrollToEnd()
    })
    observer.observe(node)
    node.addEventListener('scroll', noteScroll, { passive: true })
    return () => {
      observer.disconnect()
      node.removeEventListener('scroll', noteScroll)
    }
  }, [scroller, virtual])
  useLayoutEffect(() => {
    const node = scroller.current
    if (!node) return
    // A scroll may be done whose event has not come yet.
    note(node)
    if (isKept.current && leftBelow(node) > nearEnd) virtual.scrollToEnd()
  })
}

const leftBelow = (node: HTMLElement) => node.scrollHeight - node.scrollTop - node.clientHeight

/** Pages at either end are read before somebody comes there. */
export function usePages(scroller: RefObject<HTMLDivElement | null>, store: TranscriptStore, count: number, isAtEnd: boolean) {
  const look = useEffectEvent(() => {
    const node = scroller.current
    if (!node || count === 0) return
    store.noteEnd(isAtEnd)
    if (node.scrollTop < nearPage) void store.readOlder()
    if (node.scrollHeight - node.scrollTop - node.clientHeight < nearPage) void store.readNewer()
  })
  useEffect(() => {
    const node = scroller.current
    const onScroll = () => look()
    node?.addEventListener('scroll', onScroll, { passive: true })
    return () => node?.removeEventListener('scroll', onScroll)
  }, [scroller])
  useEffect(() => {
    if (count > 0) look()
  }, [count])
}

/** How many items came since the end was in view. */
export function useNews(keys: readonly string[], missed: number, isAtEnd: boolean): number {
  const last = keys.at(-1)
  const [seen, setSeen] = useState(last)
  if (isAtEnd && missed === 0 && seen !== last) setSeen(last)
  const place = seen === undefined ? -1 : keys.lastIndexOf(seen)
  return (place < 0 ? 0 : keys.length - 1 - place) + missed
}

export type Place = { key: string; n: number }

/** The place behind everything. */
export const theEnd = 'end'

/** J and K go from row to row; what can be done with a row follows it in the order of Tab. */
export function useRowKeys(scroller: RefObject<HTMLDivElement | null>, count: number, virtual: RowWindow) {
  function go(step: number) {
    const now = document.activeElement?.closest('[data-index]')?.getAttribute('data-index')
    const first = virtual.range?.[step > 0 ? 'startIndex' : 'endIndex'] ?? 0
    const index = Math.min(count - 1, Math.max(0, now ? Number(now) + step : first))
    virtual.scrollToIndex(index, { align: 'auto' })
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus({ preventScroll: true }))
  }
  useKeys(
    'list',
    [
      { keys: 'j', label: 'next row', isQuiet: true, canRepeat: true, run: () => go(1) },
      { keys: 'k', label: 'row before', isQuiet: true, canRepeat: true, run: () => go(-1) },
    ],
    { within: scroller },
  )
}

/** Brings a row into the middle and gives it the focus, once for each place. */
export function useGoTo(place: Place | undefined, rows: readonly Row[], virtual: RowWindow, scroller: RefObject<HTMLDivElement | null>, doesFocus: boolean) {
  const go = useEffectEvent(({ key }: Place) => {
    if (key === theEnd) return void virtual.scrollToEnd()
    const index = rows.findIndex((row) => row.key === key || holds(row, key))
    if (index < 0) return undefined
    virtual.scrollToIndex(index, { align: 'center' })
    if (!doesFocus) return undefined
    // The row is in the document once it was scrolled to.
    const frame = requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus({ preventScroll: true })
    })
    return () => cancelAnimationFrame(frame)
  })
  useEffect(() => (place ? go(place) : undefined), [place])
}

/** The key of the row under the pointer, or with the focus: whichever came last. */
export function useActiveRow(scroller: RefObject<HTMLDivElement | null>): string | undefined {
  const [key, setKey] = useState<string>()
  useEffect(() => {
    const node = scroller.current
    const onMove = ({ target }: Event) => {
      const row = target instanceof Element ? target.closest<HTMLElement>('[data-key]') : null
      if (row) setKey(row.dataset['key'])
    }
    node?.addEventListener('pointerover', onMove)
    node?.addEventListener('focusin', onMove)
    return () => {
      node?.removeEventListener('pointerover', onMove)
      node?.removeEventListener('focusin', onMove)
    }
  }, [scroller])
  return key
}

/** A call that is folded into a run. */
export function holds(row: Row, key: string): boolean {
  return row.kind === 'run' && row.items.some((item) => item.key === key)
}
