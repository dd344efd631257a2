// Agents with the real CLI: one daemon with the scripted model, a repository, and a worktree for each agent.
import { mkdir, rm, symlink } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { describe } from 'node:test'
import { agentCli, claudeClis, pointAtModel } from './clis.mjs'
import { Daemon, makeFolder } from './daemon.mjs'
import { Model } from './model.mjs'
import { checkout } from './program.mjs'
import { makeRepository } from './repository.mjs'

const SCRIPT = path.join(checkout, 'tests/model/scenarios.json')
const isAtRest = ({ status }) => status === 'finished' || status === 'error'

/** A zone where it is about noon (POSIX.1, 8.3): no day ends while a test counts what was used in it. */
function zoneOfNoon() {
  const hours = new Date().getUTCHours() - 12
  return `UTC${hours < 0 ? '' : '+'}${hours}`
}

/** The same scenarios for every pinned version of the CLI. The versions run in parallel, each with a separate studio. */
export function forEachClaude(define) {
  describe('Claude Code', { concurrency: true }, () => {
    for (const cli of claudeClis()) describe(cli.version, { concurrency: false }, () => define(cli))
  })
}

/** The same scenarios for each of these other CLIs, in parallel, each with a separate studio. */
export function forEachAgent(names, define) {
  describe('CLIs', { concurrency: true }, () => {
    for (const name of names) describe(name, { concurrency: false }, () => define(agentCli(name)))
  })
}

export class Studio {
  #count = 0
  #asked = 0

  /** `cli` is a row of claudeClis or an agentCli, or undefined: none is installed. `script` as for Model. `patienceMs` is
   * for events, `serve` for Daemon.start, `more` for the environment of the agents. */
  static async open(cli, { script = SCRIPT, files, patienceMs, serve = {}, more = {} } = {}) {
    const studio = new Studio()
    studio.patienceMs = patienceMs
    studio.user = await makeFolder('user')
    studio.bin = path.join(studio.user, 'bin')
    await mkdir(studio.bin)
    if (cli) await studio.install(cli)
    studio.model = await Model.start(script, { isApart: serve.isApart })
    studio.cli = cli
    const own = cli?.name === undefined ? studio.model.env : await pointAtModel(cli.name, studio.user, studio.model.url)
    const env = { ...own, ...more, HOME: studio.user, PATH: `${studio.bin}:${process.env.PATH}`, TZ: zoneOfNoon() }
    studio.daemon = await Daemon.start({ ...serve, env })
    studio.live = await studio.daemon.connect()
    await studio.daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
    studio.repository = await makeRepository(files)
    studio.workspace = await studio.daemon.want(201, 'POST', '/api/workspaces', { path: studio.repository })
    return studio
  }

  /** What `npm install -g` leaves: the program's name on PATH. */
  async install(cli) {
    await symlink(cli.file, path.join(this.bin, cli.name ?? 'claude'))
  }

  async uninstall() {
    await rm(path.join(this.bin, 'claude'))
  }

  want(...call) {
    return this.daemon.want(...call)
  }

  #ofCli() {
    return this.cli?.name === undefined ? {} : { adapter: this.cli.name, model: this.cli.model }
  }

  worktree(name = `tree-${++this.#count}`) {
    const input = { name, branch: name, createBranch: true }
    return this.want(201, 'POST', `/api/workspaces/${this.workspace.id}/worktrees`, input)
  }

  /** A new agent, not started, in a new worktree unless one is given. */
  async agent({ worktree, ...input } = {}) {
    const where = worktree ?? (await this.worktree())
    const row = await this.want(201, 'POST', '/api/agents', { worktreeId: where.id, ...this.#ofCli(), ...input })
    return this.follow(row, where)
  }

  /** An agent that has started its first turn. */
  async begin(prompt, input) {
    const agent = await this.agent(input)
    await agent.start(prompt)
    return agent
  }

  async follow(row, worktree) {
    const agent = new Agent(this, row, worktree)
    agent.topic = await this.live.subscribe(`agent/${row.id}`)
    return agent
  }

  /** The model's requests in a session, as "scenario:step", in order. */
  async asked(session) {
    const all = await this.model.requests()
    const own = all.filter((request) => request.session === session && request.path.split('?')[0] === '/v1/messages')
    return own.map((request) => `${request.scenario}:${request.step}`)
  }

  /** The model's requests since the last call, as "scenario:step", in order. */
  async newlyAsked() {
    const all = await this.model.requests()
    const fresh = all.slice(this.#asked)
    this.#asked = all.length
    return fresh.map((request) => `${request.scenario}:${request.step}`)
  }

  /** Agents outlive their daemon, so they are stopped before it ends. */
  async #stopAgents() {
    const { agents } = await this.want(200, 'GET', '/api/agents?includeDeleted=true')
    const living = agents.filter(({ pid }) => pid !== undefined)
    await Promise.all(living.map(({ id }) => this.want(200, 'POST', `/api/agents/${id}/stop?force=true`)))
  }

  /** So do terminals. */
  async #closeTerminals() {
    const { terminals } = await this.want(200, 'GET', '/api/terminals')
    await Promise.all(terminals.map(({ id }) => this.want(200, 'POST', `/api/terminals/${id}/close`)))
  }

  /** Ends everything, whatever state a failed scenario left, and fails if anything did not end cleanly. */
  async close() {
    const failures = []
    this.live.ws.terminate()
    for (const end of [() => this.#stopAgents(), () => this.#closeTerminals(), () => this.daemon.remove(), () => this.model.stop()])
      await end().catch((error) => failures.push(error))
    if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'))
  }
}

/** One agent and a reader of its events that reads each of them once. */
export class Agent {
  #seen = 0

  constructor(studio, row, worktree) {
    this.studio = studio
    this.id = row.id
    this.worktree = worktree
  }

  get route() {
    return `/api/agents/${this.id}`
  }

  get() {
    return this.studio.want(200, 'GET', this.route)
  }

  start(initialPrompt) {
    return this.studio.want(200, 'POST', `${this.route}/start`, initialPrompt === undefined ? {} : { initialPrompt })
  }

  stop() {
    return this.studio.want(200, 'POST', `${this.route}/stop`)
  }

  interrupt(of) {
    return this.studio.want(200, 'POST', `${this.route}/interrupt`, of)
  }

  send(content) {
    return this.studio.want(202, 'POST', `${this.route}/message`, { content })
  }

  async messages(query = '') {
    return this.studio.want(200, 'GET', `${this.route}/messages${query}`)
  }

  /** The next event of that kind that the predicate accepts; those before it count as seen. */
  async next(kind, predicate) {
    const frame = await this.topic.waitFor(kind, predicate, { after: this.#seen, deadlineMs: this.studio.patienceMs })
    this.#seen = frame.seq
    return frame.payload
  }

  /** The end of the current turn, and the status of the agent after it. */
  async turnEnd() {
    const end = await this.next('turn_end')
    return { ...end, status: await this.next('status', isAtRest) }
  }

  /** The next ask, as the inbox shows it. */
  async ask() {
    const { askId } = await this.next('ask')
    return this.studio.want(200, 'GET', `/api/asks/${askId}`)
  }

  answer(ask, answer) {
    return this.studio.want(200, 'POST', `/api/asks/${ask.id}/answer`, { digest: ask.digest, ...answer })
  }

  /** The CLI's own process. */
  async pid() {
    const { pid } = await this.studio.want(200, 'GET', `${this.route}/status`)
    return pid
  }

  /** The model's requests in this agent's current session. */
  async asked() {
    const { sessionId } = await this.get()
    return this.studio.asked(sessionId)
  }

  /** Texts of all events of one kind so far. */
  texts(kind = 'text') {
    return this.topic.events.filter((frame) => frame.type === kind).map((frame) => frame.payload.text)
  }
}
