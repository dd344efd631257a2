import { queryOptions, type Query, type QueryCacheNotifyEvent, type QueryClient, type QueryKey } from '@tanstack/react-query'
import { call, follow } from '~/api/client'
import { foldSoon, forgetWaiting } from '~/api/fold-soon'
import { connection } from '~/api/connection'
import type { Cursor } from '~/api/generated'
import { isAfter, type Answer, type CallError, type Input, type OpName, type Output, type StreamEvent } from '~/api/wire'

/** What an answer on screen becomes after an event; `refetch` where the event does not carry enough. */
export type Fold<T> = (body: T, event: StreamEvent) => T | 'refetch'

type Live = {
  /** Where each of its topics is followed from. */
  places(client: QueryClient): Cursor[]
  onEvent(client: QueryClient, event: StreamEvent): void
}

declare module '@tanstack/react-query' {
  interface Register {
    /** isOfDaemon: its content may change without an event when the daemon is restarted. */
    queryMeta: { live?: Live; isOfDaemon?: boolean }
  }
}

function moved(cursors: Cursor[], { topic, generation, seq }: StreamEvent): Cursor[] {
  return cursors.map((c) => (c.topic === topic ? { topic, generation, seq } : c))
}

/**
 * A topic whose cursor the answer does not carry is followed from now on. `inbox/` is whichever inbox the answer names; whose it
 * is the daemon knows.
 */
function placesOf(topic: string, cursors: readonly Cursor[] = []): Cursor[] {
  if (topic.endsWith('/')) return cursors.filter((cursor) => cursor.topic.startsWith(topic))
  return [cursors.find((cursor) => cursor.topic === topic) ?? { topic, generation: 0, seq: Infinity }]
}

function isOfMember({ source, type }: StreamEvent): boolean {
  return source !== undefined || type === 'overview_agent' || type === 'overview_worktree'
}

/**
 * A read that keeps itself up to date: the answer names the place in its stream at which it was read; while it is observed,
 * events after that place are folded in. So reading and following never race, and nothing is fetched twice. `everyMs`: it is not read
 * again before so much time has passed.
 */
export function liveQuery<K extends OpName>(op: K, input: Input<K>, topics: readonly string[], fold: Fold<Output<K>>, everyMs = 0) {
  const queryKey: QueryKey = [op, input]
  const answerIn = (client: QueryClient) => client.getQueryData<Answer<Output<K>>>(queryKey)
  const live: Live = {
    places: (client) => topics.flatMap((topic) => placesOf(topic, answerIn(client)?.cursors)),
    onEvent(client, event) {
      foldSoon(queryKey, event, (events) => foldAll(client, events))
    },
  }
  function foldAll(client: QueryClient, events: readonly StreamEvent[]) {
    const answer = answerIn(client)
    // A read in flight may have happened before these events, and a failed one may succeed now. An
    // agent's event on its parent's stream, and a row of the overview, change neither.
    if (!answer) return events.every(isOfMember) ? undefined : refetchSoon(client, queryKey)
    let { body, cursors } = answer
    for (const event of events) {
      if (!isAfter(event, cursors)) continue
      const next = fold(body, event)
      if (next === 'refetch') return refetchSoon(client, queryKey, everyMs)
      body = next
      cursors = moved(cursors, event)
    }
    client.setQueryData<Answer<Output<K>>>(queryKey, { body, cursors })
  }
  return queryOptions({
    queryKey,
    queryFn: ({ signal }) => call(op, input, undefined, signal),
    select: (answer: Answer<Output<K>>) => answer.body,
    staleTime: Infinity,
    meta: { live },
  })
}

/** A plain read, for what no stream reports. */
export function readQuery<K extends OpName>(op: K, input: Input<K>) {
  return queryOptions({
    queryKey: [op, input],
    queryFn: ({ signal }) => call(op, input, undefined, signal),
    select: (answer: Answer<Output<K>>) => answer.body,
  })
}

const refetchDelayMs = 120
const due = new Set<string>()

/**
 * Several events in a short time cost one read. While a read is in progress the next one waits for it, so that slow
 * reads neither pile up nor are discarded again and again.
 */
function refetchSoon(client: QueryClient, queryKey: QueryKey, everyMs = 0) {
  const name = JSON.stringify(queryKey)
  if (due.has(name)) return
  due.add(name)
  const readAt = client.getQueryState(queryKey)?.dataUpdatedAt ?? 0
  setTimeout(run, Math.max(refetchDelayMs, Math.min(everyMs, readAt + everyMs - Date.now())))
  function run() {
    if (client.isFetching({ queryKey, exact: true }) > 0) return void setTimeout(run, refetchDelayMs)
    due.delete(name)
    void client.invalidateQueries({ queryKey, exact: true })
  }
}

/**
 * How it is followed, if whoever observes it now wants that. The options of a query are those of its newest observer, which may be a
 * plain read of the same operation, so its observers are asked one by one.
 */
function liveOf(query: Query): Live | undefined {
  return query.observers.find(({ options }) => options.meta?.live && options.enabled !== false)?.options.meta?.live
}

/** Follows the streams of every observed query. Called once, next to the client. */
export function followQueries(client: QueryClient) {
  const watched = new Map<string, () => void>()

  function stop(hash: string) {
    watched.get(hash)?.()
    watched.delete(hash)
  }

  /** The new subscription starts before the old one ends, so that nothing in between is missed. */
  function start(query: Query) {
    const live = liveOf(query)
    const before = watched.get(query.queryHash)
    if (!live) return stop(query.queryHash)
    const follower = {
      onEvent: (event: StreamEvent) => live.onEvent(client, event),
      onReset: () => refetchSoon(client, query.queryKey),
      // The old answer stays, with the error beside it; reading it again follows it again.
      onRefused: (error: CallError) => query.setState({ status: 'error', error, fetchStatus: 'idle' }),
    }
    const leave = live.places(client).map((place) => follow(place, follower))
    watched.set(query.queryHash, () => leave.forEach((one) => one()))
    before?.()
  }

  /**
   * Follows from the place of a new answer, which brings again what came after it. Of that, what still waits to be folded is
   * discarded: folded first, it would move the answer past the events between.
   */
  function restart(query: Query) {
    const again = liveOf(query)?.places(client).filter(({ seq }) => Number.isFinite(seq))
    forgetWaiting(query.queryKey, (event) => again?.some(({ topic }) => topic === event.topic) ?? true)
    start(query)
  }

  client.getQueryCache().subscribe((event) => {
    const { query } = event
    if (event.type === 'updated' && event.action.type === 'success' && !event.action.manual) restart(query)
    else if (event.type === 'removed') stop(query.queryHash)
    else if (observerEvents.has(event.type) && watched.has(query.queryHash) !== (liveOf(query) !== undefined)) start(query)
  })

  let before = connection.get().state
  connection.subscribe(() => {
    const now = connection.get().state
    if (now === 'live' && before !== 'live') void client.invalidateQueries({ predicate: needsFetch })
    before = now
  })
}

const observerEvents: ReadonlySet<QueryCacheNotifyEvent['type']> = new Set(['observerAdded', 'observerRemoved', 'observerOptionsUpdated'])

/** After a reconnect: what failed meanwhile, and what no stream keeps up to date. */
function needsFetch(query: Query): boolean {
  const isLive = liveOf(query) !== undefined || query.meta?.live !== undefined
  return query.state.status === 'error' || !isLive || query.meta?.isOfDaemon === true
}
