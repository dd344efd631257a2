import { useEffect, useRef, useState, type FocusEvent, type RefObject } from 'react'

/** A finger brings up its keyboard itself, over half of the page. */
export function isTouch(): boolean {
  return matchMedia('(pointer: coarse)').matches
}

/** How often the focus moved on this page since the part is on it, and whether it is inside of the part. */
export function useFocusMoves(part: RefObject<HTMLElement | null>): { moves: number; isWithin: boolean } {
  const [focus, setFocus] = useState({ moves: 0, isWithin: false })
  useEffect(() => {
    function onMove() {
      setFocus(({ moves }) => ({ moves: moves + 1, isWithin: part.current?.contains(document.activeElement) ?? false }))
    }
    for (const name of ['focusin', 'focusout', 'focus', 'blur']) window.addEventListener(name, onMove)
    return () => {
      for (const name of ['focusin', 'focusout', 'focus', 'blur']) window.removeEventListener(name, onMove)
    }
  }, [part])
  return focus
}

/** Long enough for a person to see what is there, and for what was meant for something else to be over. */
const settleMs = 400

/** True once `mark` has been the same for a while. */
export function useSettled(mark: string): boolean {
  const [settled, setSettled] = useState<string>()
  useEffect(() => {
    const timer = setTimeout(() => setSettled(mark), settleMs)
    return () => clearTimeout(timer)
  }, [mark])
  return settled === mark
}

/** For a part whose elements go away by themselves: where the focus goes that one of them had, instead of nowhere. */
export function useLostFocus(onLost: () => void) {
  const had = useRef(false)
  useEffect(() => {
    if (!had.current || document.activeElement !== document.body) return
    had.current = false
    onLost()
  })
  return {
    onFocus: () => {
      had.current = true
    },
    onBlur: ({ currentTarget, relatedTarget }: FocusEvent) => {
      had.current = relatedTarget instanceof Node && currentTarget.contains(relatedTarget)
    },
  }
}
