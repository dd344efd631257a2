import { offBeat, onBeat } from '~/lib/beat'

/** Draws and notifies: with the next beat, or now. */
export class Pulse {
  readonly #draw: () => void
  readonly #listeners = new Set<() => void>()
  readonly #run = () => this.now()

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
    onBeat(this.#run)
  }

  now() {
    offBeat(this.#run)
    this.#draw()
    for (const listener of this.#listeners) listener()
  }
}
