// Streams as the daemon keeps them: numbered, replayable, with one generation.

export class Streams {
  #topics = new Map()
  generation = 1

  /** Appends an event and hands it to whoever follows the topic. */
  emit(topic, type, payload, at = new Date()) {
    const stream = this.#stream(topic)
    const event = { type, topic, generation: this.generation, seq: stream.events.length + 1, at: at.toISOString(), payload }
    stream.events.push(event)
    for (const follower of stream.followers) follower(event)
    return event
  }

  cursor(topic) {
    return { topic, generation: this.generation, seq: this.#stream(topic).events.length }
  }

  after(topic, seq) {
    return this.#stream(topic).events.slice(seq)
  }

  follow(topic, follower) {
    const { followers } = this.#stream(topic)
    followers.add(follower)
    return () => followers.delete(follower)
  }

  #stream(topic) {
    if (!this.#topics.has(topic)) this.#topics.set(topic, { events: [], followers: new Set() })
    return this.#topics.get(topic)
  }
}
