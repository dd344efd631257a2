import { useEffect, useRef, useState } from 'react'

/** Each moment that the page shows is read from the daemon. */
const apartMs = 150

/** `isReleased`: the page is on its way there. */
type Held = { at: number | undefined; isReleased: boolean }

/** A moment as a pointer drags it: what it returns follows the pointer, `onMoment` is called now and then, and for the last one at once. */
export function useDragged(moment: number | undefined, onMoment: (at: number | undefined) => void) {
  const [held, setHeld] = useState<Held>()
  const wait = useRef<ReturnType<typeof setTimeout>>(undefined)
  const next = useRef<(() => void) | undefined>(undefined)
  useEffect(() => () => clearTimeout(wait.current), [])
  if (held?.isReleased && held.at === moment) setHeld(undefined)

  function goNext() {
    clearTimeout(wait.current)
    const run = next.current
    next.current = undefined
    wait.current = run && setTimeout(goNext, apartMs)
    run?.()
  }
  function drag(at: number | undefined) {
    setHeld({ at, isReleased: false })
    next.current = () => onMoment(at)
    if (wait.current === undefined) goNext()
  }
  function release() {
    goNext()
    setHeld((now) => now && { ...now, isReleased: true })
  }
  /** By a key, which ends what a pointer began. */
  function go(at: number | undefined) {
    next.current = undefined
    setHeld(undefined)
    onMoment(at)
  }
  return { shown: held ? held.at : moment, drag, release, go }
}
