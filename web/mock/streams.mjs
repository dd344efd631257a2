// Streams as the daemon keeps them: numbered, replayable, with one generation.

export class Streams {
  #topics = new Map()

  /** Appends an event and hands it to whoever follows the topic. `source` names the child's event that a parent shows. */
  emit(topic, type, payload, at = new Date(), source = undefined) {
    const stream = this.#stream(topic)
    const event = { type, topic, generation: stream.generation, seq: stream.events.length + 1, at: at.toISOString(), ...(source && { source }), payload }
    stream.events.push(event)
    for (const follower of stream.followers) follower(event)
    return event
  }

  cursor(topic) {
    const { generation, events } = this.#stream(topic)
    return { topic, generation, seq: events.length }
  }

  /** What a reader at this position lacks; `isReset` if its numbers are no longer valid. */
  after(topic, generation, seq) {
    const stream = this.#stream(topic)
    const isReset = generation !== 0 && generation !== stream.generation
    return { isReset, generation: stream.generation, events: stream.events.slice(isReset ? 0 : seq) }
  }

  /** A new generation: what was read before is void. */
  renew(topic) {
    const stream = this.#stream(topic)
    stream.generation++
    stream.events = []
  }

  follow(topic, follower) {
    const { followers } = this.#stream(topic)
    followers.add(follower)
    return () => followers.delete(follower)
  }

  #stream(topic) {
    if (!this.#topics.has(topic)) this.#topics.set(topic, { generation: 1, events: [], followers: new Set() })
    return this.#topics.get(topic)
  }
}
