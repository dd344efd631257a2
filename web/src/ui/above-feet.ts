import { useLayoutEffect, useState, type RefObject } from 'react'

/** Marks what is at the bottom of a page, one above the other: bars, the composer, the time line. */
const feet = '[data-foot]'
/** Between two of them, and above the topmost. */
const most = 24
const gap = 12
const atMostEveryMs = 100

/** Where the feet below this part begin. */
function topOfFeet({ left, right }: DOMRect): number {
  const rects = [...document.querySelectorAll(feet)]
    .map((node) => node.getBoundingClientRect())
    .filter((rect) => rect.height > 0 && rect.left < right && rect.right > left)
    .toSorted((a, b) => b.bottom - a.bottom)
  let top = window.innerHeight
  for (const rect of rects) if (rect.bottom >= top - most) top = Math.min(top, rect.top)
  return top
}

/** How far from the bottom of the window a part stands that must not cover what can be pressed there. */
export function useAboveFeet(part: RefObject<HTMLElement | null>): number | undefined {
  const [bottom, setBottom] = useState<number>()
  useLayoutEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const sizes = new ResizeObserver(soon)
    let known: ReadonlySet<Element> = new Set()
    /** The page changes all the time: the parts at its bottom are measured only once they are other ones. */
    function look() {
      const now = new Set(document.querySelectorAll(feet))
      for (const foot of known) if (!now.has(foot)) sizes.unobserve(foot)
      for (const foot of now) if (!known.has(foot)) sizes.observe(foot)
      if (now.size !== known.size || [...now].some((foot) => !known.has(foot))) soon()
      known = now
    }
    function measure() {
      timer = undefined
      const node = part.current
      if (!node) return
      const rect = node.getBoundingClientRect()
      setBottom(Math.max(0, Math.round(Math.min(window.innerHeight - topOfFeet(rect) + gap, window.innerHeight - rect.height - gap))))
    }
    function soon() {
      timer ??= setTimeout(measure, atMostEveryMs)
    }
    const parts = new MutationObserver(look)
    parts.observe(document.body, { childList: true, subtree: true })
    if (part.current) sizes.observe(part.current)
    window.addEventListener('resize', soon)
    look()
    measure()
    return () => {
      clearTimeout(timer)
      parts.disconnect()
      sizes.disconnect()
      window.removeEventListener('resize', soon)
    }
  }, [part])
  return bottom
}
