import { useEffect, useRef, useState, type FocusEvent } from 'react'

/**
 * Runs what moves the page once no button or finger is down and its click has come: nothing moves away from under it. The focus moves
 * with the press of a mouse; by touch, between the end of the touch and its click, which come as one.
 */
function useAfterPress() {
  const press = useRef<{ isDown: boolean; run: (() => void) | undefined }>({ isDown: false, run: undefined })
  useEffect(() => {
    const leave = new AbortController()
    const options = { capture: true, signal: leave.signal }
    function note(isDown: boolean) {
      press.current.isDown = isDown
      if (!isDown) setTimeout(runIfUp, 0, press.current)
    }
    window.addEventListener('pointerdown', () => note(true), options)
    for (const name of ['pointerup', 'pointercancel']) window.addEventListener(name, () => note(false), options)
    return () => leave.abort()
  }, [])
  return (run: () => void) => {
    press.current.run = run
    setTimeout(runIfUp, 0, press.current)
  }
}

function runIfUp(press: { isDown: boolean; run: (() => void) | undefined }) {
  if (press.isDown) return
  const { run } = press
  press.run = undefined
  run?.()
}

/** On a phone, how the agent works on is shown from when somebody writes until they are elsewhere than at the composer and its ask. */
export function useUnfolded() {
  const [isUnfolded, setUnfolded] = useState(false)
  const afterPress = useAfterPress()
  return {
    isUnfolded,
    // Only the words: what is pressed in an ask stays where it is.
    onFocus: ({ target }: FocusEvent) => target.matches('[data-words]') && afterPress(() => setUnfolded(true)),
    onBlur: ({ currentTarget, relatedTarget }: FocusEvent) => {
      if (relatedTarget instanceof Node && currentTarget.contains(relatedTarget)) return
      // A menu of it that is open stands over it.
      afterPress(() => setUnfolded(currentTarget.contains(document.activeElement) || currentTarget.querySelector('[data-popup-open]') !== null))
    },
  }
}
