import { describe, expect, test } from 'vitest'
import { Topics, type Follower } from '~/api/topics'
import type { Cursor } from '~/api/generated'
import { CallError, type StreamEvent } from '~/api/wire'

function gap(seq: number, generation = 1, topic = 'agent/ag_1'): StreamEvent {
  return { type: 'gap', topic, generation, seq, at: '', payload: { from: seq, to: seq, reason: '' } }
}

/** A wire that only notes what is asked of it. */
function setUp() {
  const asked: string[] = []
  const topics = new Topics({
    subscribe: (topic, { generation, seq }) => String(asked.push(`+${topic} ${generation};${seq}`)),
    unsubscribe: (topic) => asked.push(`-${topic}`),
  })
  /** Follows, and the daemon confirms it at once. */
  function follow(cursor: Cursor, follower: Follower) {
    const before = asked.length
    const leave = topics.follow(cursor, follower)
    if (asked.length > before) topics.onSubscribed(cursor.topic, String(asked.length))
    return leave
  }
  return { asked, topics, follow }
}

function reader() {
  const seen: (number | string)[] = []
  const follower: Follower = {
    onEvent: (event) => seen.push(event.seq),
    onReset: () => seen.push('reset'),
    onLive: () => seen.push('live'),
    onRefused: ({ code }) => seen.push(code),
  }
  return { seen, follower }
}

const at = (seq: number, generation = 1) => ({ topic: 'agent/ag_1', generation, seq })

describe('topics', () => {
  test('one subscription serves all followers, from the one who has read least', () => {
    const { asked, topics, follow } = setUp()
    const [late, early] = [reader(), reader()]
    follow(at(5), late.follower)
    follow(at(2), early.follower)
    expect(asked).toEqual(['+agent/ag_1 1;5', '+agent/ag_1 1;2'])
    for (const seq of [3, 4, 5, 6]) topics.onEvent(gap(seq))
    expect(late.seen).toEqual([6])
    expect(early.seen).toEqual([3, 4, 5, 6])
  })

  test('an event that arrives twice is delivered once', () => {
    const { topics, follow } = setUp()
    const { seen, follower } = reader()
    follow(at(0), follower)
    for (const seq of [1, 2, 2, 1, 3]) topics.onEvent(gap(seq))
    expect(seen).toEqual([1, 2, 3])
  })

  test('late events of the previous subscription do not make a late follower skip', () => {
    const { topics, asked } = setUp()
    const [early, late] = [reader(), reader()]
    topics.follow(at(2), early.follower)
    topics.onSubscribed('agent/ag_1', '1')
    topics.follow(at(0), late.follower)
    topics.onEvent(gap(3))
    topics.onSubscribed('agent/ag_1', '1')
    topics.onEvent(gap(4))
    topics.onSubscribed('agent/ag_1', '2')
    for (const seq of [1, 2, 3, 4]) topics.onEvent(gap(seq))
    expect(asked).toEqual(['+agent/ag_1 1;2', '+agent/ag_1 1;0'])
    expect(late.seen).toEqual([1, 2, 3, 4])
    expect(early.seen).toEqual([3, 4])
  })

  test('an event that arrives before its subscription is confirmed is requested again', () => {
    const { topics, asked } = setUp()
    const { seen, follower } = reader()
    topics.follow(at(0), follower)
    for (const seq of [1, 2]) topics.onEvent(gap(seq))
    topics.onSubscribed('agent/ag_1', '1')
    for (const seq of [3, 4]) topics.onEvent(gap(seq))
    expect(seen).toEqual([])
    topics.onSubscribed('agent/ag_1', '2')
    for (const seq of [1, 2, 3, 4, 5]) topics.onEvent(gap(seq))
    expect(asked).toEqual(['+agent/ag_1 1;0', '+agent/ag_1 1;0'])
    expect(seen).toEqual([1, 2, 3, 4, 5])
  })

  test('an event that arrived too early and never again is requested once the daemon says that nothing is missing', () => {
    const { topics, asked } = setUp()
    const { seen, follower } = reader()
    topics.follow(at(0), follower)
    topics.onEvent(gap(1))
    topics.onSubscribed('agent/ag_1', '1')
    topics.onLive('agent/ag_1')
    topics.onSubscribed('agent/ag_1', '2')
    topics.onEvent(gap(1))
    topics.onLive('agent/ag_1')
    expect(asked).toEqual(['+agent/ag_1 1;0', '+agent/ag_1 1;0'])
    expect(seen).toEqual([1, 'live'])
  })

  test('events of a generation that arrive before its reset are requested again', () => {
    const { topics, asked, follow } = setUp()
    const { seen, follower } = reader()
    follow(at(9), follower)
    topics.onEvent(gap(1, 2))
    topics.onReset('agent/ag_1', 2)
    topics.onSubscribed('agent/ag_1', '2')
    for (const seq of [1, 2]) topics.onEvent(gap(seq, 2))
    expect(asked).toEqual(['+agent/ag_1 1;9', '+agent/ag_1 2;0'])
    expect(seen).toEqual(['reset', 1, 'reset', 1, 2])
  })

  test('a new socket continues each topic after its last event', () => {
    const { asked, topics, follow } = setUp()
    follow(at(0), reader().follower)
    topics.onEvent(gap(7))
    asked.length = 0
    topics.subscribeAll()
    expect(asked).toEqual(['+agent/ag_1 1;7'])
  })

  test('who follows from now on does not let the others skip, neither now nor after a new socket', () => {
    const { asked, topics, follow } = setUp()
    const [known, now] = [reader(), reader()]
    follow(at(5), known.follower)
    follow(at(Infinity, 0), now.follower)
    topics.subscribeAll()
    expect(asked).toEqual(['+agent/ag_1 1;5', '+agent/ag_1 1;5'])
    topics.onSubscribed('agent/ag_1', '2')
    topics.onEvent(gap(6))
    expect([known.seen, now.seen]).toEqual([[6], [6]])
  })

  test('who follows from a place is not left to a subscription from now on', () => {
    const { asked, topics, follow } = setUp()
    const [now, known] = [reader(), reader()]
    follow(at(Infinity, 0), now.follower)
    follow(at(5), known.follower)
    topics.onEvent(gap(6))
    expect(asked).toEqual(['+agent/ag_1 0;Infinity', '+agent/ag_1 1;5'])
    expect([known.seen, now.seen]).toEqual([[6], [6]])
  })

  test('the last one who leaves ends the subscription', () => {
    const { asked, topics, follow } = setUp()
    const leave = [follow(at(0), reader().follower), follow(at(0), reader().follower)]
    leave[0]?.()
    leave[0]?.()
    expect(asked).toEqual(['+agent/ag_1 1;0'])
    leave[1]?.()
    expect(asked).toEqual(['+agent/ag_1 1;0', '-agent/ag_1'])
    topics.onEvent(gap(1))
  })

  test('a reset forgets what was read and takes events from the start', () => {
    const { topics, follow } = setUp()
    const { seen, follower } = reader()
    follow(at(9), follower)
    topics.onReset('agent/ag_1', 2)
    topics.onEvent(gap(1, 2))
    topics.onLive('agent/ag_1')
    expect(seen).toEqual(['reset', 1, 'live'])
  })

  test('a refused subscription is reported to its followers, and the next one subscribes again', () => {
    const { asked, topics } = setUp()
    const [one, other, later] = [reader(), reader(), reader()]
    const leave = topics.follow(at(3), one.follower)
    topics.follow({ ...at(0), topic: 'app' }, other.follower)
    topics.onRefused('1', new CallError(400, { code: 'RATE_LIMITED', message: 'too many' }))
    topics.onEvent(gap(4))
    expect([one.seen, other.seen]).toEqual([['RATE_LIMITED'], []])
    topics.follow(at(3), later.follower)
    leave()
    topics.onSubscribed('agent/ag_1', '3')
    topics.onEvent(gap(4))
    expect(later.seen).toEqual([4])
    expect(asked).toEqual(['+agent/ag_1 1;3', '+app 1;0', '+agent/ag_1 1;3'])
  })

  test('a follower from the end takes what comes next, whatever its generation', () => {
    const { topics, follow } = setUp()
    const { seen, follower } = reader()
    follow(at(Infinity, 0), follower)
    topics.onEvent(gap(40, 3))
    expect(seen).toEqual([40])
  })
})
