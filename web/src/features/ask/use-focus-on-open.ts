import { useEffect, useRef, type RefObject } from 'react'
import { isTouch } from '~/lib/focus'

/** Whoever opens the inbox works in it at once: the focus goes to its detail, once, unless it is elsewhere by choice. */
export function useFocusOnOpen(part: RefObject<HTMLElement | null>, isReady: boolean) {
  const done = useRef(false)
  useEffect(() => {
    if (done.current || !isReady || isTouch()) return
    done.current = true
    const active = document.activeElement
    const isFree = active === null || active === document.body || active.id === 'content' || active.localName === 'a'
    if (isFree) part.current?.querySelector<HTMLElement>('[data-detail]')?.focus()
  }, [part, isReady])
}
