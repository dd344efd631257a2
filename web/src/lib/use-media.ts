import { useSyncExternalStore } from 'react'

type Watched = { subscribe: (listener: () => void) => () => void; holds: () => boolean }

/** One for each query: a row of a transcript has several, and thousands of rows come and go. */
const watched = new Map<string, Watched>()

function watch(query: string): Watched {
  const list = matchMedia(query)
  const one: Watched = {
    subscribe: (listener) => {
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    holds: () => list.matches,
  }
  watched.set(query, one)
  return one
}

/** Whether a media query holds, and again when it changes. */
export function useMedia(query: string): boolean {
  const { subscribe, holds } = watched.get(query) ?? watch(query)
  return useSyncExternalStore(subscribe, holds)
}

/** A finger: what it aims at is at least 44 px high. */
export const useIsTouch = () => useMedia('(pointer: coarse)')

/** Panes do not fit beside each other: they become tabs. */
export const useIsNarrow = () => useMedia('(width < 860px)')
