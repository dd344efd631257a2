import { useSyncExternalStore } from 'react'
import { follow } from '~/api/client'
import type { Cursor } from '~/api/generated'
import type { CallError, StreamEvent } from '~/api/wire'
import type { Snapshot } from '~/features/agent/items'
import { Transcript } from '~/features/agent/transcript'

/** Its events cannot be followed; `retry` tries again. */
type Refusal = { error: CallError; retry: () => void }
type Followed = Snapshot & { refusal: Refusal | undefined }

/** How many transcripts stay in memory after their page is left, so that going back costs nothing. */
const keptMost = 6

/**
 * One agent's transcript outside React: events are folded as they arrive, and drawn at most once a frame. It remembers
 * how far it has read, so that a page that is reopened reads only what it missed.
 */
class TranscriptStore {
  readonly #transcript = new Transcript()
  readonly #listeners = new Set<() => void>()
  #cursor: Cursor
  #snapshot: Followed
  #stop: (() => void) | undefined
  #refusal: Refusal | undefined
  #frame = 0

  constructor(agentId: string) {
    this.#cursor = { topic: `agent/${agentId}`, generation: 0, seq: 0 }
    this.#snapshot = { ...this.#transcript.snapshot(), refusal: undefined }
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener)
    this.#follow()
    return () => this.#leave(listener)
  }

  readonly get = () => this.#snapshot

  #follow() {
    this.#stop ??= follow(this.#cursor, {
      onEvent: (event) => this.#onEvent(event),
      onReset: () => this.#change(() => this.#transcript.reset()),
      onLive: () => this.#change(() => this.#transcript.setLive()),
      onRefused: (error) => this.#change(() => this.#onRefused(error)),
    })
  }

  #onRefused(error: CallError) {
    this.#stop = undefined
    const retry = () => this.#change(() => this.#followAgain())
    this.#refusal = { error, retry }
  }

  #followAgain() {
    this.#refusal = undefined
    if (this.isWatched) this.#follow()
  }

  #onEvent(event: StreamEvent) {
    const { topic, generation, seq } = event
    this.#cursor = { topic, generation, seq }
    this.#change(() => this.#transcript.apply(event))
  }

  #change(change: () => void) {
    change()
    // A hidden page gets no animation frames; it draws once when it is shown again.
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw())
  }

  #draw() {
    this.#frame = 0
    this.#snapshot = { ...this.#transcript.snapshot(), refusal: this.#refusal }
    for (const listener of this.#listeners) listener()
  }

  #leave(listener: () => void) {
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0) return
    this.#stop?.()
    this.#stop = undefined
  }
}

const stores = new Map<string, TranscriptStore>()

function storeOf(agentId: string): TranscriptStore {
  const store = stores.get(agentId) ?? new TranscriptStore(agentId)
  // The newest comes last; the oldest unwatched one is dropped.
  stores.delete(agentId)
  stores.set(agentId, store)
  for (const [id, old] of stores) {
    if (stores.size <= keptMost) break
    if (!old.isWatched) stores.delete(id)
  }
  return store
}

export function useTranscript(agentId: string): Followed {
  const store = storeOf(agentId)
  return useSyncExternalStore(store.subscribe, store.get)
}
