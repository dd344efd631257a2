import { call } from '~/api/client'
import type { Turn } from '~/api/generated'

const pageSize = 100
const mostTurns = 2000
/** Mostly the turn that ends and the one that begins. */
const newestSize = 3

/** The turns beside the messages that are in memory: when each began, and what the daemon sums up at its end. */
export class TurnList {
  readonly #agentId: string
  #turns = new Map<number, Turn>()
  #isDue = false
  #reading: Promise<void> | undefined

  constructor(agentId: string) {
    this.#agentId = agentId
  }

  get all(): Turn[] {
    return [...this.#turns.values()].toSorted((a, b) => a.index - b.index)
  }

  /** Without them messages are shown all the same. */
  async read(before?: string): Promise<Turn[]> {
    const input = { agentId: this.#agentId, limit: pageSize, ...(before !== undefined && { before }) }
    return call('list_turns', input).then(({ body }) => body.turns, () => [])
  }

  add(turns: readonly Turn[]) {
    if (this.#turns.size > mostTurns) this.#turns.clear()
    for (const turn of turns) this.#turns.set(turn.index, turn)
  }

  /** The newest have changed. Several events cost one read, which waits for the one in progress. */
  async refresh(onChange: () => void) {
    if (this.#isDue) return
    this.#isDue = true
    await Promise.all([new Promise((resolve) => setTimeout(resolve, 60)), this.#reading])
    this.#isDue = false
    this.#reading = this.#readNewest(onChange)
  }

  /** Back to one that had already ended when it was last read: any number may have ended since. */
  async #readNewest(onChange: () => void) {
    const lastEnded = this.all.findLast(({ endedAt }) => endedAt !== undefined)?.index ?? -1
    const news: Turn[] = []
    let before: string | undefined
    do {
      const input = { agentId: this.#agentId, limit: news.length === 0 ? newestSize : pageSize, ...(before !== undefined && { before }) }
      const answer = await call('list_turns', input).catch(() => undefined)
      if (!answer) break
      const { turns, hasMore } = answer.body
      news.unshift(...turns)
      before = hasMore ? turns[0]?.at : undefined
    } while (before !== undefined && (news[0]?.index ?? 0) > lastEnded && news.length < mostTurns)
    if (news.length === 0) return
    this.add(news)
    onChange()
  }
}
