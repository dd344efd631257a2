import type { Cursor } from '~/api/generated'
import type { CallError, StreamEvent } from '~/api/wire'

/** A part of the page that follows a topic. Its methods are called outside of any render. */
export type Follower = {
  onEvent(event: StreamEvent): void
  /** The stream's numbers changed their meaning: forget what was read; events follow from the start. */
  onReset(): void
  /** Nothing is missing any more; events now arrive as they happen. */
  onLive?(): void
  /** The daemon refused the subscription; no events follow. */
  onRefused(error: CallError): void
}

type Place = { generation: number; seq: number }
type Following = { follower: Follower; at: Place }
/**
 * `awaited`: the subscription that was requested and is not confirmed yet. `dropped`: the first of the events that arrived
 * meanwhile, until the subscription has delivered it again.
 */
type Topic = { followings: Set<Following>; wire: Place; awaited: string | undefined; dropped: Place | undefined }
type Wire = {
  /** Returns the id with which the daemon confirms it. */
  subscribe(topic: string, place: Place): string
  unsubscribe(topic: string): void
}

/** The end of whatever is current is behind every place that has a number. */
function isBefore(a: Place, b: Place): boolean {
  if (a.seq === Infinity || b.seq === Infinity) return a.seq < b.seq
  return a.generation < b.generation || (a.generation === b.generation && a.seq < b.seq)
}

/**
 * Which topics the page follows and how far each follower has read. One subscription on the wire serves all followers
 * of a topic; it starts at the one who has read least, and the others drop what they know. So a reconnect and a late
 * follower are one thing: subscribe again from the least place. What still comes of the subscription before would let
 * a follower skip what the new one brings first, so it is dropped: it comes again. Should it not, or should events of
 * a generation come before its reset, the topic is subscribed to once more: no subscriber is moved past events that it never got.
 * Place (0, 0) is the start of whatever is current, (0, Infinity) its end.
 */
export class Topics {
  readonly #topics = new Map<string, Topic>()
  readonly #wire: Wire

  constructor(wire: Wire) {
    this.#wire = wire
  }

  /** Follows from behind `cursor`; returns how to stop. */
  follow(cursor: Cursor, follower: Follower): () => void {
    const { topic: name, generation, seq } = cursor
    const known = this.#topics.get(name)
    // From now on: from what the others got last.
    const following = { follower, at: seq === Infinity && known ? known.wire : { generation, seq } }
    const topic = known ?? { followings: new Set(), wire: { generation, seq }, awaited: undefined, dropped: undefined }
    topic.followings.add(following)
    this.#topics.set(name, topic)
    if (!known || isBefore(following.at, topic.wire)) this.#subscribe(name, topic)
    return () => this.#leave(name, following)
  }

  onSubscribed(name: string, id: string | undefined) {
    const topic = this.#topics.get(name)
    if (topic && topic.awaited === id) topic.awaited = undefined
  }

  /** The followers are notified; a later follower subscribes again. */
  onRefused(id: string, error: CallError) {
    for (const [name, topic] of this.#topics) {
      if (topic.awaited !== id) continue
      this.#topics.delete(name)
      for (const { follower } of topic.followings) follower.onRefused(error)
    }
  }

  onEvent(event: StreamEvent) {
    const topic = this.#topics.get(event.topic)
    if (!topic) return
    const place = { generation: event.generation, seq: event.seq }
    if (topic.awaited !== undefined) return this.#drop(topic, place)
    if (topic.dropped && isBefore(topic.dropped, place)) return this.#subscribe(event.topic, topic)
    topic.dropped = undefined
    topic.wire = place
    for (const following of topic.followings) {
      if (following.at.seq !== Infinity && !isBefore(following.at, place)) continue
      if (following.at.generation !== place.generation && following.at.generation !== 0) following.follower.onReset()
      following.at = place
      following.follower.onEvent(event)
    }
  }

  onReset(name: string, generation: number) {
    const topic = this.#confirmed(name)
    if (!topic) return
    for (const following of topic.followings) {
      following.at = { generation, seq: 0 }
      following.follower.onReset()
    }
    if (topic.wire.generation === generation) return this.#subscribe(name, topic)
    topic.wire = { generation, seq: 0 }
    topic.dropped = undefined
  }

  onLive(name: string) {
    const topic = this.#confirmed(name)
    if (topic?.dropped) return this.#subscribe(name, topic)
    for (const { follower } of topic?.followings ?? []) follower.onLive?.()
  }

  /** A new socket knows nothing. */
  subscribeAll() {
    for (const [name, topic] of this.#topics) this.#subscribe(name, topic)
  }

  #confirmed(name: string): Topic | undefined {
    const topic = this.#topics.get(name)
    return topic?.awaited === undefined ? topic : undefined
  }

  /** A follower from now on gets nothing from before its subscription. */
  #drop(topic: Topic, place: Place) {
    const isPromised = isBefore(topic.wire, place) && Number.isFinite(topic.wire.seq)
    if (isPromised && !(topic.dropped && isBefore(topic.dropped, place))) topic.dropped = place
  }

  #leave(name: string, following: Following) {
    const topic = this.#topics.get(name)
    if (!topic?.followings.delete(following) || topic.followings.size > 0) return
    this.#topics.delete(name)
    this.#wire.unsubscribe(name)
  }

  #subscribe(name: string, topic: Topic) {
    const places = [...topic.followings].map((f) => f.at)
    const least = places.reduce((a, b) => (isBefore(b, a) ? b : a))
    topic.wire = least
    topic.dropped = undefined
    topic.awaited = this.#wire.subscribe(name, least)
  }
}
