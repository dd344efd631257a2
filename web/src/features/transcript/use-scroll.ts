import { useEffect, useEffectEvent, useLayoutEffect, useReducer, useRef, useState, type RefObject } from 'react'
import { RowWindow, type HeadOf, type Virtual } from '~/features/transcript/row-window'
import type { Row } from '~/features/transcript/rows'
import type { TranscriptStore } from '~/features/transcript/store'
import { useKeys } from '~/lib/keys'

/** So far from an end of the window its next page is read. */
const nearPage = 800

/** Rows as `RowWindow` keeps them, from a place or from the end on. */
export function useRowWindow<T extends { key: string }>(rows: readonly Row[], place: Place | undefined, headOf: HeadOf<T>) {
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const [, draw] = useReducer((n: number) => n + 1, 0)
  const [window] = useState(() => new RowWindow(place === undefined, headOf, draw))
  window.take(rows)
  useLayoutEffect(() => window.attach(scroller, list), [window, scroller, list])
  useLayoutEffect(() => window.settle())
  useEffect(() => {
    if (place) window.follow(place.key === theEnd)
  }, [window, place])
  return { scroller, list, window, virtual: window.virtual }
}

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

export type Place = {
  key: string
  n: number
  /** It is only shown: something else keeps the focus. */
  isOnlyShown?: boolean
}

/** The place behind everything. */
export const theEnd = 'end'

/** J and K go from row to row; what can be done with a row follows it in the order of Tab. */
export function useRowKeys(scroller: RefObject<HTMLDivElement | null>, count: number, virtual: Virtual) {
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
export function useGoTo(place: Place | undefined, rows: readonly Row[], virtual: Virtual, scroller: RefObject<HTMLDivElement | null>, doesFocus: boolean) {
  const go = useEffectEvent(({ key, isOnlyShown }: Place) => {
    if (key === theEnd) return void virtual.scrollToEnd()
    const index = rows.findIndex((row) => row.key === key || holds(row, key))
    if (index < 0) return undefined
    virtual.scrollToIndex(index, { align: 'center' })
    if (!doesFocus || isOnlyShown) return undefined
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
