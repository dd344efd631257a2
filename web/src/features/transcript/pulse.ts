/** With the second hand of what runs there are no more than twelve drawings a second. */
const restMs = 100

/** Draws and notifies: soon, within the pace, or now. */
export class Pulse {
  readonly #draw: () => void
  readonly #listeners = new Set<() => void>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #last = 0

  constructor(draw: () => void) {
    this.#draw = draw
  }

  get size(): number {
    return this.#listeners.size
  }

  add(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  soon() {
    this.#timer ??= setTimeout(() => this.now(), Math.max(0, this.#last + restMs - performance.now()))
  }

  now() {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#last = performance.now()
    this.#draw()
    for (const listener of this.#listeners) listener()
  }
}
