import { useEffect, useEffectEvent, type KeyboardEvent as ReactKeyboardEvent, type RefObject } from 'react'

/**
 * A bare letter may be text on its way to a field: as a key of the page it only moves what is shown. What acts has a
 * modifier, or works within the part that has the focus.
 */
type PageKey = 'Escape' | `Alt+${string}` | 'j' | 'k'

type Keys = Partial<Record<string, () => void>>

/** Where the modifier types a character of its own, as on a Mac, keys with it belong to the text. */
export const hasAltKeys = !/^(Mac|iP)/.test(navigator.platform)

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input:not([type=radio],[type=checkbox]), textarea, select, [contenteditable]') !== null
}

/** A key press that was not handled yet and is not part of a chord or of a character being composed. */
function isFree(event: KeyboardEvent): boolean {
  return !(event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing || event.repeat)
}

function take(event: KeyboardEvent, run: (() => void) | undefined) {
  if (!run) return
  event.preventDefault()
  run()
}

/**
 * Keys of the whole page while the component is mounted; letters are ignored while the user types. None works under an open
 * dialog.
 */
export function useHotkeys(keys: Partial<Record<PageKey, () => void>>) {
  const press = useEffectEvent((event: KeyboardEvent) => {
    const all: Keys = keys
    const isLetter = event.key.length === 1 && !event.altKey
    if (!isFree(event) || document.querySelector('dialog[open]') || (isLetter && isTyping(event.target))) return
    take(event, all[event.altKey ? `Alt+${event.key}` : event.key])
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => press(event)
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

/** Letters that act on one element while it has the focus and the user is not typing in it. */
export function useKeysWithin(part: RefObject<HTMLElement | null>, keys: Keys) {
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (isFree(event) && !event.altKey && !isTyping(event.target)) take(event, keys[event.key])
  })
  useEffect(() => {
    const node = part.current
    const onKey = (event: KeyboardEvent) => press(event)
    node?.addEventListener('keydown', onKey)
    return () => node?.removeEventListener('keydown', onKey)
  }, [part])
}

/** For a field that was opened from a choice: Escape goes back, and does nothing outside the field. */
export function leaveOnEscape(leave: () => void) {
  return (event: ReactKeyboardEvent) => {
    if (event.key !== 'Escape' || event.nativeEvent.isComposing) return
    event.preventDefault()
    leave()
  }
}

/** An Escape that nothing inside the element handled: it leaves the element and does nothing on the page. */
export function useEscapeWithin(part: RefObject<HTMLElement | null>, leave: (from: EventTarget | null) => void) {
  const onLeave = useEffectEvent(leave)
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.key !== 'Escape' || !isFree(event) || event.altKey) return
      if (!(event.target instanceof Node) || !part.current?.contains(event.target)) return
      event.preventDefault()
      onLeave(event.target)
    }
    // After React's own listener on the root, and before the page's keys on the window.
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [part])
}
