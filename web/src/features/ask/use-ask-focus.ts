import { useRouterState } from '@tanstack/react-router'
import { useEffect, useRef, useState, type FocusEvent, type RefObject } from 'react'

/**
 * Whether the focus is in the part and came by keyboard: then its keys are shown. A press of the mouse shows none, so that no
 * button moves between it and its click.
 */
export function useFocusWithin() {
  const [isWithin, setWithin] = useState(false)
  return {
    isWithin,
    onFocus: ({ target }: FocusEvent) => setWithin(target.matches(':focus-visible')),
    onBlur: ({ currentTarget, relatedTarget }: FocusEvent) => {
      if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) setWithin(false)
    },
  }
}

/** An address that ends in #ask leads to the ask and not to the composer, once for each ask that it named. */
export function useFocusByAddress(part: RefObject<HTMLElement | null>, ask: string | undefined) {
  const hash = useRouterState({ select: ({ location }) => `${location.pathname}#${location.hash}` })
  const done = useRef<string>(undefined)
  useEffect(() => {
    if (!hash.endsWith('#ask') || ask === undefined || done.current === hash) return undefined
    done.current = hash
    // After the composer, which takes the focus when its page opens.
    const frame = requestAnimationFrame(() => part.current?.querySelector<HTMLElement>('[data-ask]')?.focus())
    return () => cancelAnimationFrame(frame)
  }, [part, hash, ask])
}
