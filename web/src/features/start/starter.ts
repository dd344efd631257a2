import { call } from '~/api/client'
import type { Agent, AgentCreate, Worktree, WorktreeCreate } from '~/api/generated'

/** In a worktree that is there, or in new ones: one for each attempt, so that they do not disturb each other. */
export type Target = { worktreeId: string } | { workspaceId: string; worktrees: readonly Omit<WorktreeCreate, 'workspaceId'>[] }

export type Plan = { target: Target; agent: Omit<AgentCreate, 'worktreeId'> }

/** The calls that it makes: replaced in its tests. */
export type Calls = {
  createWorktree(input: WorktreeCreate, key: string): Promise<Worktree>
  createAgent(input: AgentCreate, key: string): Promise<Agent>
  startAgent(agentId: string, key: string): Promise<Agent>
  archiveAgent(agentId: string, key: string): Promise<{ agentId: string }>
}

const daemon: Calls = {
  createWorktree: async (input, key) => (await call('create_worktree', input, key)).body,
  createAgent: async (input, key) => (await call('create_agent', input, key)).body,
  startAgent: async (agentId, key) => (await call('start_agent', { agentId }, key)).body,
  archiveAgent: async (agentId, key) => {
    await call('delete_agent', { agentId }, key)
    return { agentId }
  },
}

/**
 * Carries out a plan, and goes on where it stopped when it is carried out again: what was made is not made twice, and a call
 * of which nothing was heard is repeated under its key. What was changed in the plan meanwhile is for the agents that are not at work yet.
 */
export class Starter {
  readonly #calls: Calls
  readonly #keys = new Map<string, string>()
  readonly #worktrees = new Map<string, Worktree>()
  readonly #created = new Map<string, Agent>()
  readonly #started = new Map<string, Agent>()
  readonly #archived = new Map<string, { agentId: string }>()
  /** By worktree: the one that is to start there, and the one that is done. */
  readonly #next = new Map<string, Agent>()
  readonly #done = new Map<string, Agent>()

  constructor(calls: Calls = daemon) {
    this.#calls = calls
  }

  async #once<T>(made: Map<string, T>, input: object, run: (key: string) => Promise<T>): Promise<T> {
    const name = JSON.stringify(input)
    const before = made.get(name)
    if (before) return before
    const key = this.#keys.get(name) ?? crypto.randomUUID()
    this.#keys.set(name, key)
    const now = await run(key)
    made.set(name, now)
    return now
  }

  async #targets(target: Target): Promise<readonly string[]> {
    if ('worktreeId' in target) return [target.worktreeId]
    const ids: string[] = []
    for (const worktree of target.worktrees) {
      const input = { workspaceId: target.workspaceId, ...worktree }
      ids.push((await this.#once(this.#worktrees, input, (key) => this.#calls.createWorktree(input, key))).id)
    }
    return ids
  }

  /** The agents, started; without a prompt only created. */
  async run({ target, agent }: Plan): Promise<readonly Agent[]> {
    const agents: Agent[] = []
    for (const worktreeId of await this.#targets(target)) {
      const done = this.#done.get(worktreeId) ?? (await this.#begin(worktreeId, agent))
      this.#done.set(worktreeId, done)
      agents.push(done)
    }
    this.#forget()
    return agents
  }

  async #begin(worktreeId: string, agent: Plan['agent']): Promise<Agent> {
    const input = { worktreeId, ...agent }
    const created = await this.#once(this.#created, input, (key) => this.#calls.createAgent(input, key))
    const before = this.#next.get(worktreeId)
    if (before && before.id !== created.id) await this.#putAway(before.id)
    this.#next.set(worktreeId, created)
    if (agent.initialPrompt === undefined) return created
    return this.#once(this.#started, { start: created.id }, (key) => this.#calls.startAgent(created.id, key))
  }

  /** It did not start, and another one takes its place. */
  async #putAway(agentId: string) {
    await this.#once(this.#archived, { archive: agentId }, (key) => this.#calls.archiveAgent(agentId, key))
    for (const [name, { id }] of this.#created) {
      if (id !== agentId) continue
      this.#created.delete(name)
      this.#keys.delete(name)
    }
  }

  /** It is done: the same plan again is another one. */
  #forget() {
    for (const map of [this.#keys, this.#worktrees, this.#created, this.#started, this.#archived, this.#next, this.#done]) map.clear()
  }

  /** Worktrees that were made before a later step failed. */
  leftBehind(): readonly Worktree[] {
    return [...this.#worktrees.values()]
  }
}
