// Waits for events that a test expects, with a deadline whose error names what was awaited.

/** Not a measure of speed: the limit after which a missing event is reported, even on the busiest machine. */
export const DEADLINE_MS = 60_000

/** A list that grows, and that tests wait on. Items are kept, so a wait never misses earlier ones. */
export class Feed {
  #items = []
  #waiting = new Set()
  #ended

  push(item) {
    this.#items.push(item)
    for (const check of [...this.#waiting]) check()
  }

  /** No more items will arrive: open waits fail with this reason. */
  end(reason) {
    this.#ended ??= reason
    for (const check of [...this.#waiting]) check()
  }

  get items() {
    return this.#items
  }

  /** The first item at or after `from` that the predicate accepts. */
  waitFor(predicate, { what = String(predicate), from = 0, deadlineMs = DEADLINE_MS } = {}) {
    return new Promise((resolve, reject) => {
      let at = from
      const finish = (settle, value) => {
        clearTimeout(timer)
        this.#waiting.delete(check)
        settle(value)
      }
      const check = () => {
        for (; at < this.#items.length; at++) if (predicate(this.#items[at])) return finish(resolve, this.#items[at])
        if (this.#ended) finish(reject, new Error(`${what}: ${this.#ended}; ${this.#tail()}`))
      }
      const timer = setTimeout(
        () => finish(reject, new Error(`${what}: not seen within ${deadlineMs} ms; ${this.#tail()}`)),
        deadlineMs,
      )
      this.#waiting.add(check)
      check()
    })
  }

  #tail() {
    const last = this.#items.slice(-8).map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
    return `last of ${this.#items.length}: ${last.map((text) => text.slice(0, 400)).join('\n  ')}`
  }
}

/** Rejects when the promise does not settle in time. */
export function within(promise, what, deadlineMs = DEADLINE_MS) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${deadlineMs} ms`)), deadlineMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** For conditions without an event: a file, a process that is not ours. Polls until it is true. */
export async function until(holds, what, deadlineMs = DEADLINE_MS) {
  const end = performance.now() + deadlineMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
