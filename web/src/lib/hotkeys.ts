import { useEffect, useRef, type KeyboardEvent as ReactKeyboardEvent } from 'react'

export type Hotkeys = Partial<Record<string, () => void>>

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input:not([type=radio],[type=checkbox]), textarea, select, [contenteditable]') !== null
}

/**
 * Keys of the whole page while its part is mounted. Letters are silent while somebody types; Escape is not. No key
 * works under an open dialog.
 */
export function useHotkeys(keys: Hotkeys) {
  const current = useRef(keys)
  useEffect(() => {
    current.current = keys
  })
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return
      if (document.querySelector('dialog[open]') || (event.key !== 'Escape' && isTyping(event.target))) return
      const run = current.current[event.key]
      if (!run) return
      event.preventDefault()
      run()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

/** For a field that one went into from a choice: there Escape leads back, and means nothing to the page. */
export function leaveOnEscape(leave: () => void) {
  return (event: ReactKeyboardEvent) => {
    if (event.key !== 'Escape' || event.nativeEvent.isComposing) return
    event.preventDefault()
    leave()
  }
}
