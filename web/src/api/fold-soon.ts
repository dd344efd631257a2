import { notifyManager, type QueryKey } from '@tanstack/react-query'
import type { StreamEvent } from '~/api/wire'

/** Answers on screen change at most this often, so that with the second hand of what runs there are no more than 12 drawings a second. */
const leastApartMs = 100

type Waiting = { events: StreamEvent[]; fold: (events: readonly StreamEvent[]) => void }

let waiting = new Map<string, Waiting>()
let timer: ReturnType<typeof setTimeout> | undefined
let foldedAt = -Infinity

/** Folds everything that waits, in one render: after a person's own act, which must show at once. */
export function foldNow() {
  clearTimeout(timer)
  timer = undefined
  if (waiting.size === 0) return
  foldedAt = performance.now()
  const due = waiting
  waiting = new Map()
  notifyManager.batch(() => {
    for (const { events, fold } of due.values()) fold(events)
  })
}

/** Keeps an event of a query's topics until the next fold: at once after a pause, else when 100 ms have passed. */
export function foldSoon(queryKey: QueryKey, event: StreamEvent, fold: Waiting['fold']) {
  const name = JSON.stringify(queryKey)
  const known = waiting.get(name)
  if (known) known.events.push(event)
  else waiting.set(name, { events: [event], fold })
  timer ??= setTimeout(foldNow, Math.max(0, foldedAt + leastApartMs - performance.now()))
}
