import { notifyManager, type QueryKey } from '@tanstack/react-query'
import type { StreamEvent } from '~/api/wire'
import { offBeat, onBeat } from '~/lib/beat'

type Waiting = { events: StreamEvent[]; fold: (events: readonly StreamEvent[]) => void }

let waiting = new Map<string, Waiting>()

/** Folds everything that waits, in one render: after a person's own act, which must show at once. */
export function foldNow() {
  offBeat(foldNow)
  if (waiting.size === 0) return
  const due = waiting
  waiting = new Map()
  notifyManager.batch(() => {
    for (const { events, fold } of due.values()) fold(events)
  })
}

/** Keeps an event of a query's topics until the next beat. */
export function foldSoon(queryKey: QueryKey, event: StreamEvent, fold: Waiting['fold']) {
  const name = JSON.stringify(queryKey)
  const known = waiting.get(name)
  if (known) known.events.push(event)
  else waiting.set(name, { events: [event], fold })
  onBeat(foldNow, 'first')
}

/** Discards of a query's events those that come again, because it is followed from an earlier place now. */
export function forgetWaiting(queryKey: QueryKey, comesAgain: (event: StreamEvent) => boolean) {
  const known = waiting.get(JSON.stringify(queryKey))
  if (known) known.events = known.events.filter((event) => !comesAgain(event))
}
