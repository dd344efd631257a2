import { useEffect, useRef } from 'react'

/** Less is the bar of a browser that comes and goes. */
const leastKeyboardPx = 120

/** Where a keyboard lies over the page instead of making it smaller, the page ends above it: what is typed into is never covered. */
function follow(part: HTMLElement, seen: VisualViewport): () => void {
  function fit() {
    // Somebody who has zoomed in sees a part on purpose.
    const isCovered = Math.abs(seen.scale - 1) < 0.01 && window.innerHeight - seen.height > leastKeyboardPx
    part.style.height = isCovered ? `${Math.floor(seen.height)}px` : ''
    part.style.transform = isCovered && seen.offsetTop > 0 ? `translateY(${Math.floor(seen.offsetTop)}px)` : ''
  }
  const names = ['resize', 'scroll'] as const
  for (const name of names) seen.addEventListener(name, fit)
  return () => {
    for (const name of names) seen.removeEventListener(name, fit)
  }
}

export function useSeenHeight() {
  const part = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const seen = window.visualViewport
    return part.current && seen ? follow(part.current, seen) : undefined
  }, [])
  return part
}
