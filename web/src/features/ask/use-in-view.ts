import { useEffect, type RefObject } from 'react'

/** What came before it is read while the ask is in view already: whenever that grows, the ask comes back into view, until the reader scrolls. */
export function useInView(part: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const node = part.current
    const scroller = node?.closest('.overflow-y-auto')
    if (!node || !scroller) return undefined
    const show = () => node.scrollIntoView({ block: 'nearest' })
    const stop = () => observer.disconnect()
    const observer = new ResizeObserver(show)
    if (node.previousElementSibling) observer.observe(node.previousElementSibling)
    for (const name of ['wheel', 'touchmove', 'keydown']) scroller.addEventListener(name, stop, { passive: true, once: true })
    return () => {
      stop()
      for (const name of ['wheel', 'touchmove', 'keydown']) scroller.removeEventListener(name, stop)
    }
  }, [part])
}
