import { useEffect, useRef, useState, type FocusEvent, type RefObject } from 'react'

/** On a touch screen the keyboard opens on tap and covers half of the page. */
export function isTouch(): boolean {
  return matchMedia('(pointer: coarse)').matches
}

/** It may be of a page that was left, which need not stay in memory for it. */
let standIn: WeakRef<Element> | undefined

/** This has the focus in place of what is gone, until a person moves on. */
export function noteStandIn(node: Element | undefined) {
  standIn = node && new WeakRef(node)
}

/** Nothing has the focus, or only the page as a whole or a stand-in: what has just appeared may take it. */
export function isFocusFree(): boolean {
  const active = document.activeElement
  return active === null || active === document.body || active.id === 'content' || active === standIn?.deref() || !active.checkVisibility()
}

/** What a page is opened for takes the focus when it appears, unless somebody is at something else. */
export function useFreeFocus(part: RefObject<HTMLElement | null>) {
  useEffect(() => {
    if (!isTouch() && isFocusFree()) part.current?.focus({ preventScroll: true })
  }, [part])
}

/** How often the focus has moved since the element was mounted, and whether it is inside the element. */
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

/** Long enough for a person to see what is there, and for input that was meant for something else to have passed. */
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

/** For an element whose children disappear by themselves: moves the focus that one of them had, instead of losing it. */
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
