import { useCallback, useEffect, useState, type RefObject } from 'react'

/** How many rows are drawn beyond what is seen, and in which steps the window moves. */
const beyond = 8
const step = 4

/** Which rows of one height are in sight of a scroller. */
export function useFixedRows(rowPx: number, count: number) {
  const [node, setNode] = useState<HTMLElement | null>(null)
  const [seen, setSeen] = useState({ top: 0, height: 400 })
  useEffect(() => {
    if (!node) return undefined
    const look = () => {
      const top = Math.floor(node.scrollTop / rowPx / step) * step
      const height = node.clientHeight
      setSeen((now) => (now.top === top && now.height === height ? now : { top, height }))
    }
    const observer = new ResizeObserver(look)
    observer.observe(node)
    node.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      node.removeEventListener('scroll', look)
    }
  }, [node, rowPx])
  const first = Math.max(0, seen.top - beyond)
  return {
    attach: useCallback((now: HTMLElement | null) => setNode(now), []),
    first,
    last: Math.min(count, seen.top + Math.ceil(seen.height / rowPx) + beyond + step),
  }
}

/** Keeps the chosen row in sight when the choice moves. */
export function useRowInSight(list: RefObject<HTMLElement | null>, place: number, rowPx: number) {
  useEffect(() => {
    const node = list.current
    if (!node || place < 0) return
    const top = place * rowPx
    if (top < node.scrollTop) node.scrollTo({ top })
    else if (top + rowPx > node.scrollTop + node.clientHeight) node.scrollTo({ top: top + rowPx - node.clientHeight })
  }, [list, place, rowPx])
}
