import { useMemo, useSyncExternalStore } from 'react'

/** Whether a media query holds, and again when it changes. */
export function useMedia(query: string): boolean {
  const list = useMemo(() => matchMedia(query), [query])
  return useSyncExternalStore(
    (listener) => {
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    () => list.matches,
  )
}

/** A finger: what it aims at is at least 44 px high. */
export const useIsTouch = () => useMedia('(pointer: coarse)')

/** Panes do not fit beside each other: they become tabs. */
export const useIsNarrow = () => useMedia('(width < 860px)')
