import { describe, expect, test } from 'vitest'
import { Topics, type Follower } from '~/api/topics'
import type { StreamEvent } from '~/api/wire'

function gap(seq: number, generation = 1, topic = 'agent/ag_1'): StreamEvent {
  return { type: 'gap', topic, generation, seq, at: '', payload: { from: seq, to: seq, reason: '' } }
}

/** A wire that only notes what is asked of it. */
function setUp() {
  const asked: string[] = []
  const topics = new Topics({
    subscribe: (topic, { generation, seq }) => asked.push(`+${topic} ${generation};${seq}`),
    unsubscribe: (topic) => asked.push(`-${topic}`),
  })
  return { asked, topics }
}

function reader() {
  const seen: (number | string)[] = []
  const follower: Follower = {
    onEvent: (event) => seen.push(event.seq),
    onReset: () => seen.push('reset'),
    onLive: () => seen.push('live'),
  }
  return { seen, follower }
}

const at = (seq: number, generation = 1) => ({ topic: 'agent/ag_1', generation, seq })

describe('topics', () => {
  test('one subscription serves all followers, from the one who has read least', () => {
    const { asked, topics } = setUp()
    const [late, early] = [reader(), reader()]
    topics.follow(at(5), late.follower)
    topics.follow(at(2), early.follower)
    expect(asked).toEqual(['+agent/ag_1 1;5', '+agent/ag_1 1;2'])
    for (const seq of [3, 4, 5, 6]) topics.onEvent(gap(seq))
    expect(late.seen).toEqual([6])
    expect(early.seen).toEqual([3, 4, 5, 6])
  })

  test('an event that comes twice is told once', () => {
    const { topics } = setUp()
    const { seen, follower } = reader()
    topics.follow(at(0), follower)
    for (const seq of [1, 2, 2, 1, 3]) topics.onEvent(gap(seq))
    expect(seen).toEqual([1, 2, 3])
  })

  test('a new socket goes on where each topic was read to', () => {
    const { asked, topics } = setUp()
    topics.follow(at(0), reader().follower)
    topics.onEvent(gap(7))
    asked.length = 0
    topics.subscribeAll()
    expect(asked).toEqual(['+agent/ag_1 1;7'])
  })

  test('the last one who leaves ends the subscription', () => {
    const { asked, topics } = setUp()
    const leave = [topics.follow(at(0), reader().follower), topics.follow(at(0), reader().follower)]
    leave[0]?.()
    leave[0]?.()
    expect(asked).toEqual(['+agent/ag_1 1;0'])
    leave[1]?.()
    expect(asked).toEqual(['+agent/ag_1 1;0', '-agent/ag_1'])
    topics.onEvent(gap(1))
  })

  test('a reset forgets what was read and takes events from the start', () => {
    const { topics } = setUp()
    const { seen, follower } = reader()
    topics.follow(at(9), follower)
    topics.onReset('agent/ag_1', 2)
    topics.onEvent(gap(1, 2))
    topics.onLive('agent/ag_1')
    expect(seen).toEqual(['reset', 1, 'live'])
  })

  test('a follower from the end takes what comes now, whatever its generation', () => {
    const { topics } = setUp()
    const { seen, follower } = reader()
    topics.follow(at(Infinity, 0), follower)
    topics.onEvent(gap(40, 3))
    expect(seen).toEqual([40])
  })
})
