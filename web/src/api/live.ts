import { queryOptions, type Query, type QueryClient, type QueryKey } from '@tanstack/react-query'
import { call, follow } from '~/api/client'
import { connection } from '~/api/connection'
import type { Cursor } from '~/api/generated'
import { isAfter, type Answer, type Input, type OpName, type Output, type StreamEvent } from '~/api/wire'

/** What an event makes of an answer that is on screen; `refetch` where the event does not say enough. */
export type Fold<T> = (body: T, event: StreamEvent) => T | 'refetch'

type Live = {
  place(client: QueryClient): Cursor
  onEvent(client: QueryClient, event: StreamEvent): void
}

declare module '@tanstack/react-query' {
  interface Register {
    queryMeta: { live?: Live }
  }
}

function moved(cursors: Cursor[], { topic, generation, seq }: StreamEvent): Cursor[] {
  return cursors.map((c) => (c.topic === topic ? { topic, generation, seq } : c))
}

/** What asks another program than the store, as git's state does, has no place in a stream. */
function fromNow(topic: string): Cursor {
  return { topic, generation: 0, seq: Infinity }
}

/**
 * A read that keeps itself true: the answer names the place in its stream that it was read at; while somebody looks
 * at it, events behind that place are folded in. So reading and following never race, and nothing is fetched twice.
 */
export function liveQuery<K extends OpName>(op: K, input: Input<K>, topic: string, fold: Fold<Output<K>>) {
  const queryKey: QueryKey = [op, input]
  const live: Live = {
    place: (client) => client.getQueryData<Answer<Output<K>>>(queryKey)?.cursors.find((cursor) => cursor.topic === topic) ?? fromNow(topic),
    onEvent(client, event) {
      const answer = client.getQueryData<Answer<Output<K>>>(queryKey)
      if (!answer || !isAfter(event, answer.cursors)) return
      const body = fold(answer.body, event)
      if (body === 'refetch') return refetchSoon(client, queryKey)
      client.setQueryData<Answer<Output<K>>>(queryKey, { body, cursors: moved(answer.cursors, event) })
    },
  }
  return queryOptions({
    queryKey,
    queryFn: () => call(op, input),
    select: (answer: Answer<Output<K>>) => answer.body,
    staleTime: Infinity,
    meta: { live },
  })
}

/** A plain read, for what no stream tells. */
export function readQuery<K extends OpName>(op: K, input: Input<K>) {
  return queryOptions({
    queryKey: [op, input],
    queryFn: () => call(op, input),
    select: (answer: Answer<Output<K>>) => answer.body,
  })
}

const refetchDelayMs = 120
const waiting = new Map<string, ReturnType<typeof setTimeout>>()

/** Several events of one moment cost one read. */
function refetchSoon(client: QueryClient, queryKey: QueryKey) {
  const name = JSON.stringify(queryKey)
  if (waiting.has(name)) return
  const run = () => {
    waiting.delete(name)
    void client.invalidateQueries({ queryKey, exact: true })
  }
  waiting.set(name, setTimeout(run, refetchDelayMs))
}

/** Follows the streams of every query that somebody looks at. Once, beside the client. */
export function followQueries(client: QueryClient) {
  const watched = new Map<string, () => void>()

  function stop(hash: string) {
    watched.get(hash)?.()
    watched.delete(hash)
  }

  function start(query: Query) {
    const live = query.meta?.live
    stop(query.queryHash)
    if (!live || query.getObserversCount() === 0) return
    const leave = follow(live.place(client), {
      onEvent: (event) => live.onEvent(client, event),
      onReset: () => refetchSoon(client, query.queryKey),
    })
    watched.set(query.queryHash, leave)
  }

  client.getQueryCache().subscribe((event) => {
    const { query } = event
    if (event.type === 'updated' && event.action.type === 'success' && !event.action.manual) start(query)
    else if (event.type === 'observerAdded' && !watched.has(query.queryHash)) start(query)
    else if (event.type === 'observerRemoved' && query.getObserversCount() === 0) stop(query.queryHash)
    else if (event.type === 'removed') stop(query.queryHash)
  })

  let before = connection.get().state
  connection.subscribe(() => {
    const now = connection.get().state
    if (now === 'live' && before !== 'live') void client.invalidateQueries({ predicate: needsFetch })
    before = now
  })
}

/** After the line came back: what failed meanwhile, and what no stream brings up to date. */
function needsFetch(query: Query): boolean {
  return query.state.status === 'error' || !query.meta?.live
}
