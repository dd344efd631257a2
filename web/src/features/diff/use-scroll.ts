import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react'
import { shiftOf, type Layout } from '~/features/diff/layout'

/** What of a scroller is seen. Its top moves in steps, so that a small scroll renders nothing. */
export type Sight = { top: number; height: number; width: number; character: number }

const stepPx = 80

function characterWidth(node: HTMLElement): number {
  const probe = document.createElement('span')
  probe.className = 'invisible absolute font-mono text-sm'
  probe.textContent = '0'.repeat(100)
  node.append(probe)
  const { width } = probe.getBoundingClientRect()
  probe.remove()
  return width / 100 || 7.2
}

/** A scroller that may come later than what looks at it, and how to attach it. */
export function useScroller() {
  const scroller = useRef<HTMLDivElement | null>(null)
  const [node, setNode] = useState<HTMLDivElement | null>(null)
  const attach = useCallback((now: HTMLDivElement | null) => {
    scroller.current = now
    setNode(now)
  }, [])
  return { scroller, attach, sight: useSight(node) }
}

function useSight(node: HTMLElement | null): Sight {
  const [sight, setSight] = useState<Sight>({ top: 0, height: 900, width: 0, character: 7.2 })
  useEffect(() => {
    if (!node) return undefined
    let frame = 0
    function look() {
      frame = 0
      const top = Math.floor((node?.scrollTop ?? 0) / stepPx) * stepPx
      setSight((now) => (now.top === top ? now : { ...now, top }))
    }
    const onScroll = () => {
      frame ||= requestAnimationFrame(look)
    }
    const observer = new ResizeObserver(() => {
      const { clientHeight: height, clientWidth: width } = node
      setSight((now) => (now.height === height && now.width === width ? now : { ...now, height, width, character: characterWidth(node) }))
    })
    node.addEventListener('scroll', onScroll, { passive: true })
    observer.observe(node)
    return () => {
      node.removeEventListener('scroll', onScroll)
      observer.disconnect()
      cancelAnimationFrame(frame)
    }
  }, [node])
  return sight
}

/** When the rows change, what is being read stays where it is; the very top stays the top. */
export function useKeptPlace(scroller: RefObject<HTMLElement | null>, layout: Layout) {
  const before = useRef(layout)
  useLayoutEffect(() => {
    const node = scroller.current
    if (node && before.current !== layout && node.scrollTop > 0) {
      const shift = shiftOf(before.current, layout, node.scrollTop)
      if (shift !== 0) node.scrollTo({ top: node.scrollTop + shift })
    }
    before.current = layout
  }, [scroller, layout])
}

export type Drawn = ReadonlyMap<string, ReadonlyMap<string, number>>
const nothing: Drawn = new Map()

function withHeights(now: Drawn, seen: readonly ResizeObserverEntry[]): Drawn {
  const changed = new Map<string, Map<string, number>>()
  for (const { target, borderBoxSize } of seen) {
    const path = target.getAttribute('data-of') ?? ''
    const key = target.getAttribute('data-key') ?? ''
    const height = borderBoxSize[0]?.blockSize ?? 0
    if (height === 0 || now.get(path)?.get(key) === height) continue
    const rows = changed.get(path) ?? new Map(now.get(path))
    changed.set(path, rows.set(key, height))
  }
  return changed.size === 0 ? now : new Map([...now, ...changed])
}

/** What the browser drew: heights by file and row, of those that ask for it. Another width begins again with none. */
export function useDrawn(width: number) {
  const [drawn, setDrawn] = useState<{ width: number; rows: Drawn }>({ width, rows: nothing })
  const observer = useRef<ResizeObserver | undefined>(undefined)
  const current = useRef(width)
  useLayoutEffect(() => {
    current.current = width
  }, [width])
  const watch = useCallback((node: HTMLElement | null) => {
    if (!node) return undefined
    observer.current ??= new ResizeObserver((entries) =>
      setDrawn((now) => {
        const before = now.width === current.current ? now.rows : nothing
        const rows = withHeights(before, entries)
        return rows === now.rows ? now : { width: current.current, rows }
      }),
    )
    observer.current.observe(node)
    return () => observer.current?.unobserve(node)
  }, [])
  useEffect(() => () => observer.current?.disconnect(), [])
  return { drawn: drawn.width === width ? drawn.rows : nothing, watch }
}
