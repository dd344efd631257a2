// For tests of recovery: an agent's events across any number of deaths of the daemon, and the store compared with a new
// derivation of the log.
import assert from 'node:assert/strict'
import path from 'node:path'
import { muster } from './daemon.mjs'
import { runToEnd } from './program.mjs'
import { git } from './repository.mjs'
import { Feed } from './wait.mjs'

/** Rows of the daemon's store, read beside it. */
export async function rows(home, sql) {
  const { out } = await runToEnd('sqlite3', ['-json', '-cmd', '.timeout 10000', path.join(home, 'muster.db'), sql])
  return out ? JSON.parse(out) : []
}

/** Changes the store of a stopped daemon. */
export function change(home, sql) {
  return runToEnd('sqlite3', [path.join(home, 'muster.db'), sql])
}

/** One agent's stream, followed over restarts of the daemon: each event once, in order. */
export class Follower {
  events = new Feed()
  #cursor = { generation: 0, after: 0 }

  constructor(agentId) {
    this.topic = `agent/${agentId}`
  }

  async attach(daemon) {
    this.live = await daemon.connect()
    this.live.ws.on('message', (data) => this.#take(JSON.parse(data.toString())))
    await this.live.subscribe(this.topic, this.#cursor)
  }

  #take(frame) {
    if (frame.topic !== this.topic || frame.payload === undefined) return
    const { generation, after } = this.#cursor
    assert.ok(frame.generation > generation || frame.seq > after, `${frame.type} ${frame.seq} came again, or out of order`)
    this.#cursor = { generation: frame.generation, after: frame.seq }
    this.events.push(frame)
  }

  get cursor() {
    return this.#cursor
  }

  /** The n-th event of that kind (from 1) whose payload the predicate accepts. */
  async waitFor(kind, predicate = () => true, n = 1) {
    let left = n
    const fits = (frame) => frame.type === kind && predicate(frame.payload) && --left === 0
    const frame = await this.events.waitFor(fits, { what: `${n} times ${kind} with ${predicate} on ${this.topic}` })
    return frame.payload
  }

  waitCount(n) {
    return this.events.waitFor(() => this.events.items.length >= n, { what: `${n} events on ${this.topic}` })
  }

  count(kind) {
    return this.events.items.filter((frame) => frame.type === kind).length
  }

  close() {
    return this.live.close()
  }
}

function comparable({ offset, index, kind, at, payload }) {
  const { askId: _, digest: __, decisionOnly: ___, ...body } = payload // what the store gives an ask
  return { offset, index, kind, at, body }
}

/** `state` only affects the status, and a list of commands is stored if it differs from the one before, of any launch. */
const isOfTheLog = ({ kind }) => kind !== 'state' && kind !== 'commands'

/** The store's events of a launch's log, in the order of the stream. */
async function storedEvents(home, launch) {
  const found = await rows(
    home,
    `SELECT e.log_offset AS "offset", e.log_index AS "index", k.text AS kind, e.at AS at, e.payload AS payload
     FROM event e JOIN event_word k ON k.number = e.kind JOIN event_word l ON l.number = e.launch
     WHERE l.text = '${launch}' AND e.payload IS NOT NULL ORDER BY e.id`,
  )
  return found.filter(isOfTheLog).map((row) => comparable({ ...row, payload: JSON.parse(row.payload) }))
}

/** The events of the whole log, derived from its first byte by another process. */
async function derivedEvents(home, launch, adapter) {
  const { out } = await runToEnd(muster, ['derive', adapter, path.join(home, 'streams', launch)])
  const all = out.split('\n').filter(Boolean).map((line) => JSON.parse(line))
  return all.filter(isOfTheLog).map((event) => comparable({ ...event, at: microseconds(event.at) }))
}

/** RFC 3339 with six decimals, as a count of microseconds since 1970. */
function microseconds(text) {
  const [, seconds, fraction] = /^(.*)\.(\d{6})Z$/.exec(text)
  return Date.parse(`${seconds}Z`) * 1000 + Number(fraction)
}

/** The store has exactly the events of the log: none lost, none twice, no others. Returns them. */
export async function sameAsDerivedAgain(home, launch, adapter = 'claude') {
  const stored = await storedEvents(home, launch)
  assert.deepEqual(stored, await derivedEvents(home, launch, adapter))
  return stored
}

/** git, the rows and the folders name the same worktrees, those in the trash too. Returns the rows. */
export async function worktreesAgree(daemon, workspace, repository) {
  const { worktrees } = await daemon.want(200, 'GET', `/api/workspaces/${workspace.id}/worktrees`)
  const { entries } = await daemon.want(200, 'GET', '/api/trash')
  const listed = (await git(repository, 'worktree', 'list', '--porcelain')).split('\n')
  const byGit = listed.filter((line) => line.startsWith('worktree ')).map((line) => line.slice('worktree '.length))
  const byRows = [...worktrees.map(({ path: folder }) => folder), ...entries.map(({ place }) => place)]
  assert.deepEqual(byGit.sort(), byRows.sort())
  for (const folder of byRows) await git(folder, 'rev-parse', '--verify', 'HEAD')
  return worktrees
}
