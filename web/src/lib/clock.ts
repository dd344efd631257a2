import { useSyncExternalStore } from 'react'
import { onBeat } from '~/lib/beat'

let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined
const listeners = new Set<() => void>()

function tick() {
  now = Date.now()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  if (listeners.size === 0) {
    now = Date.now()
    timer = setInterval(() => onBeat(tick), 1000)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) clearInterval(timer)
  }
}

/** The time in ms, once a second, from one timer for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

/** A text that depends on the time. A component renders again only when the text has changed. */
export function useTimedText(format: (now: number) => string): string {
  return useSyncExternalStore(subscribe, () => format(now))
}
