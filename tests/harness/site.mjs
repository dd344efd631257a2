// A daemon that dies and restarts, and clients that continue as ours do: they call again with the same key, and follow
// each stream from the last event that they have.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { STAND_IN } from './clis.mjs'
import { Daemon, makeFolder } from './daemon.mjs'
import { Follower } from './recovery.mjs'
import { makeSharedRepository } from './repository.mjs'
import { within } from './wait.mjs'

const isAtRest = ({ status }) => status === 'finished' || status === 'error'

export class Site {
  #followers = new Set()
  #back = Promise.resolve()
  #count = 0
  deaths = 0

  /** `claude` is the program under that name; `model` supplies its environment; `program` as for Daemon. */
  static async open({ claude = STAND_IN, model, settings = {}, program } = {}) {
    const site = new Site()
    const user = await makeFolder('user')
    const bin = path.join(user, 'bin')
    await mkdir(bin)
    await symlink(claude, path.join(bin, 'claude'))
    site.prompts = path.join(user, 'prompts.jsonl')
    const env = { ...model?.env, HOME: user, XDG_CONFIG_HOME: path.join(user, '.config'), PATH: `${bin}:${process.env.PATH}`, CLAUDE_STAND_IN_LOG: site.prompts }
    site.daemon = await Daemon.start({ env, program })
    const all = { 'workspace.roots': os.tmpdir(), ...settings }
    for (const [name, value] of Object.entries(all)) await site.daemon.want(200, 'PUT', `/api/settings/${name}`, { value })
    site.repository = await makeSharedRepository()
    site.workspace = await site.daemon.want(201, 'POST', '/api/workspaces', { path: site.repository })
    return site
  }

  get home() {
    return this.daemon.home
  }

  /** The daemon, started again, dies at that point. It may do so before it answers anything. */
  async arm(point, k) {
    await this.#detach()
    await this.daemon.stop()
    const { env } = this.daemon.options
    const started = await this.daemon.restart({ env: { ...env, MUSTER_CRASH: `${point}:${k}` } }).then(
      () => true,
      (error) => {
        assert.equal(this.daemon.program.child.signalCode, 'SIGKILL', error.message)
        return false
      },
    )
    this.daemon.options.env = env
    if (!started) return this.revive()
    await this.#attach()
    void this.daemon.program.ended.then(({ signal }) => {
      if (signal === 'SIGKILL') this.#back = this.revive()
    })
  }

  /** After a death: starts the daemon again and continues every stream. */
  async revive() {
    this.deaths++
    await this.daemon.restart()
    await this.#attach()
  }

  /** SIGKILL now, then a restart. */
  crash() {
    this.#back = this.daemon.kill().then(() => this.revive())
    return this.#back
  }

  async #attach() {
    for (const follower of this.#followers) await follower.attach(this.daemon)
  }

  async #detach() {
    for (const follower of this.#followers) await follower.close()
  }

  /** {status, body}. Repeats the call with the same key until it is answered, across a death of the daemon. */
  async call(method, route, body, key = randomUUID()) {
    for (;;) {
      await this.#back
      const { program } = this.daemon
      try {
        return await this.daemon.api(method, route, body, { key })
      } catch (error) {
        await within(program.ended, `the daemon dies, or answers ${method} ${route} (${error.message})`)
        // The handlers of its end run first, and one of them starts it again.
        await new Promise(setImmediate)
      }
    }
  }

  async want(status, ...call) {
    const answer = await this.call(...call)
    assert.equal(answer.status, status, `${call[0]} ${call[1]}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  worktree(name = `tree-${++this.#count}`) {
    return this.want(201, 'POST', `/api/workspaces/${this.workspace.id}/worktrees`, { name, branch: name, createBranch: true })
  }

  /** A new agent, not started, in a new worktree, whose stream is followed. */
  async agent(input = {}) {
    const worktree = await this.worktree()
    const { id } = await this.want(201, 'POST', '/api/agents', { worktreeId: worktree.id, ...input })
    return this.follow(id, worktree)
  }

  /** An agent whose stream is read from its start. */
  async follow(id, worktree) {
    const follower = new Follower(id)
    await follower.attach(this.daemon)
    this.#followers.add(follower)
    return new SiteAgent(this, id, worktree, follower)
  }

  async drop(follower) {
    this.#followers.delete(follower)
    await follower.close()
  }

  /** Prompts that reached the stand-in, in order. */
  async reached() {
    const text = await readFile(this.prompts, 'utf8').catch(() => '')
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line).text)
  }

  async close() {
    await this.#detach()
    await this.daemon.remove()
  }
}

class SiteAgent {
  constructor(site, id, worktree, follower) {
    Object.assign(this, { site, id, worktree, follower })
    this.route = `/api/agents/${id}`
  }

  get events() {
    return this.follower.events.items
  }

  get() {
    return this.site.want(200, 'GET', this.route)
  }

  status() {
    return this.site.want(200, 'GET', `${this.route}/status`)
  }

  start(initialPrompt) {
    return this.site.want(200, 'POST', `${this.route}/start`, initialPrompt === undefined ? {} : { initialPrompt })
  }

  send(content) {
    return this.site.want(202, 'POST', `${this.route}/message`, { content })
  }

  stop() {
    return this.site.want(200, 'POST', `${this.route}/stop`)
  }

  /** Answers the n-th ask of this agent that is still open. */
  async allow(n = 1) {
    const { askId } = await this.follower.waitFor('ask', ({ tool }) => tool === 'Write', n)
    const ask = await this.site.want(200, 'GET', `/api/asks/${askId}`)
    assert.equal(ask.state, 'open')
    return this.site.want(200, 'POST', `/api/asks/${askId}/answer`, { decision: 'allow', digest: ask.digest })
  }

  atRest(n = 1) {
    return this.follower.waitFor('status', isAtRest, n)
  }

  /** Stops the agent and unsubscribes from its stream. */
  async leave() {
    await this.stop()
    await this.site.drop(this.follower)
  }
}
