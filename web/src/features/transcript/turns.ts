import { call } from '~/api/client'
import type { Turn } from '~/api/generated'

const pageSize = 100
const mostTurns = 2000

/** The turns beside the messages that are in memory: when each began, and what the daemon sums up at its end. */
export class TurnList {
  readonly #agentId: string
  #turns = new Map<number, Turn>()
  #isDue = false

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

  /** The newest have changed. Several events cost one read. */
  async refresh(onChange: () => void) {
    if (this.#isDue) return
    this.#isDue = true
    await new Promise((resolve) => setTimeout(resolve, 60))
    this.#isDue = false
    const answer = await call('list_turns', { agentId: this.#agentId, limit: 3 }).catch(() => undefined)
    if (!answer) return
    this.add(answer.body.turns)
    onChange()
  }
}
