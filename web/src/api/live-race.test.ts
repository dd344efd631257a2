import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { foldOpenAsks } from '~/api/asks'
import { foldOneAgent } from '~/api/folds'
import type { Ask, Cursor } from '~/api/generated'
import { followQueries, liveQuery } from '~/api/live'
import { Topics, type Follower } from '~/api/topics'
import type { StreamEvent } from '~/api/wire'

/** A daemon that keeps every event, and delivers to a subscription those behind its place a moment after it was requested. */
type Daemon = { topics: Topics | undefined; log: StreamEvent[]; read: () => Promise<unknown>; requests: number }
const daemon = vi.hoisted((): Daemon => ({ topics: undefined, log: [], read: () => Promise.reject(new Error('nothing to read')), requests: 0 }))
vi.mock('~/api/client', () => ({
  follow: (place: Cursor, follower: Follower) => daemon.topics?.follow(place, follower),
  call: () => daemon.read(),
}))

function subscribe(name: string, place: { seq: number }): string {
  const id = `s${++daemon.requests}`
  setTimeout(() => {
    daemon.topics?.onSubscribed(name, id)
    for (const event of daemon.log) if (event.topic === name && event.seq > place.seq) daemon.topics?.onEvent(event)
    daemon.topics?.onLive(name)
  }, 2)
  return id
}

let topic = ''
const place = () => ({ topic, generation: 1, seq: daemon.log.length + 2, at: '' })

function emit(event: StreamEvent) {
  daemon.log.push(event)
  daemon.topics?.onEvent(event)
}

/** What was read when the stream was at `seq`. */
const readAt = (seq: number, body: object) => ({ body, cursors: [{ topic, generation: 1, seq }] })

/** The next read takes until the test answers it. */
function slowRead() {
  let settle: ((body: unknown) => void) | undefined
  const begun = vi.fn(() => new Promise<unknown>((resolve) => void (settle = resolve)))
  daemon.read = begun
  return { begun, answer: (body: unknown) => settle?.(body) }
}

let client: QueryClient
// One clock for all: the beat remembers when it was last.
beforeAll(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }))
afterAll(() => void vi.useRealTimers())
beforeEach(() => {
  daemon.topics = new Topics({ subscribe, unsubscribe: () => undefined })
  daemon.log = []
  client = new QueryClient()
  followQueries(client)
})
afterEach(() => client.clear())

const context = (level: number): StreamEvent => ({ type: 'context', ...place(), payload: { level, used: level, window: 100 } })
const asked = (id: string, state: Ask['state']): StreamEvent => ({ type: 'ask_changed', ...place(), payload: { id, subjectKind: 'agent', subjectId: 'ag_1', state } })
const asks = (...ids: readonly string[]) => ({ asks: ids.map((id) => ({ id })) })

test('an ask that was answered while the list was read again does not come back', async () => {
  topic = 'inbox/org_1'
  const query = liveQuery('list_asks', { state: 'open' }, ['inbox/'], foldOpenAsks)
  daemon.read = () => Promise.resolve(readAt(1, asks('A', 'B')))
  new QueryObserver(client, query).subscribe(() => undefined)
  await vi.advanceTimersByTimeAsync(300)

  const { begun, answer } = slowRead()
  emit(asked('C', 'open'))
  await vi.advanceTimersByTimeAsync(300)
  expect(begun).toHaveBeenCalled()
  emit(asked('A', 'answered'))
  await vi.advanceTimersByTimeAsync(150)
  emit(asked('X', 'answered'))
  await vi.advanceTimersByTimeAsync(1)
  emit(asked('B', 'answered')) // Waits for the beat.
  answer(readAt(2, asks('A', 'B', 'C')))
  await vi.advanceTimersByTimeAsync(1000)
  expect(client.getQueryData(query.queryKey)).toMatchObject({ body: { asks: [{ id: 'C' }] } })
})

test('the status that came while an agent was read again is shown', async () => {
  topic = 'agent/ag_1'
  const query = liveQuery('get_agent', { agentId: 'ag_1' }, [topic], foldOneAgent)
  const agent = { id: 'ag_1', status: 'running', statusReason: 'starting' }
  daemon.read = () => Promise.resolve(readAt(1, agent))
  new QueryObserver(client, query).subscribe(() => undefined)
  await vi.advanceTimersByTimeAsync(300)

  const { begun, answer } = slowRead()
  emit({ type: 'session', ...place(), payload: { sessionId: 's', resumable: true } })
  await vi.advanceTimersByTimeAsync(150)
  expect(begun).toHaveBeenCalled()
  emit({ type: 'status', ...place(), payload: { status: 'running', reason: 'working', source: 'protocol' } })
  await vi.advanceTimersByTimeAsync(100)
  emit(context(3))
  await vi.advanceTimersByTimeAsync(10)
  emit(context(4)) // Waits for the beat.
  answer(readAt(2, { ...agent, pid: 7 }))
  await vi.advanceTimersByTimeAsync(1000)
  expect(client.getQueryData(query.queryKey)).toMatchObject({ body: { pid: 7, statusReason: 'working', contextLevel: 4 } })
})

test('what waits is kept of a topic that is followed from now on: it does not come again', async () => {
  topic = 'agent/ag_1'
  const query = liveQuery('get_agent', { agentId: 'ag_1' }, [topic], foldOneAgent)
  const agent = { id: 'ag_1', status: 'running', statusReason: 'starting', pid: 7 }
  daemon.read = () => Promise.resolve({ body: agent, cursors: [] })
  const observer = new QueryObserver(client, query)
  observer.subscribe(() => undefined)
  await vi.advanceTimersByTimeAsync(300)

  emit(context(3))
  await vi.advanceTimersByTimeAsync(1)
  emit(context(4)) // Waits for the beat.
  await observer.refetch()
  await vi.advanceTimersByTimeAsync(1000)
  expect(client.getQueryData(query.queryKey)).toMatchObject({ body: { contextLevel: 4 } })
})

const used = { used: 1, limit: 0, resetTime: '' }

test('what many events ask for is read again only so often', async () => {
  topic = 'usage/org_1'
  const query = liveQuery('get_usage', {}, [topic], () => 'refetch', 2_000)
  let seq = 1
  const read = vi.fn(() => Promise.resolve(readAt(seq, {})))
  daemon.read = read
  new QueryObserver(client, query).subscribe(() => undefined)
  await vi.advanceTimersByTimeAsync(3_000)
  read.mockClear()
  for (let n = 0; n < 100; n++) {
    const event: StreamEvent = { type: 'usage_updated', ...place(), payload: { daily: used, weekly: used } }
    seq = event.seq
    emit(event)
    await vi.advanceTimersByTimeAsync(100)
  }
  await vi.advanceTimersByTimeAsync(2_500)
  expect(read.mock.calls.length).toBeGreaterThanOrEqual(5)
  expect(read.mock.calls.length).toBeLessThanOrEqual(7)
  expect(client.getQueryData(query.queryKey)).toMatchObject({ cursors: [{ seq }] })
})
