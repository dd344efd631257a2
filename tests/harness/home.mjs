// A prepared home: three workspaces whose agents are in every state that a page shows, made by the real Claude Code CLI
// against a scripted model. Tests open it with `Home.make`; `node tests/harness/home.mjs serve` keeps one up to look at.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Studio } from './agents.mjs'
import { settledCheckpoints } from './checkpoints.mjs'
import { claudeClis } from './clis.mjs'
import { files, script } from './home_turns.mjs'
import { git, makeRepository, writeFiles } from './repository.mjs'
import { until } from './wait.mjs'

const WORKERS = { permissions: ['read', 'write', 'execute'] }
/** Who commits what lands. */
const somebody = { name: 'Ida Berg', email: 'ida@example.com' }
const patienceMs = 120_000

export class Home {
  workspaces = {}
  worktrees = {}
  agents = {}

  /** `isQuiet`: nothing runs or retries in it, so that nothing moves on a page. `serve` as for Daemon.start. */
  static async make({ isQuiet = false, serve } = {}) {
    const home = new Home()
    home.studio = await Studio.open(claudeClis().at(-1), { script, patienceMs, serve })
    try {
      await home.#fill(isQuiet)
    } catch (error) {
      await home.close().catch(() => {})
      throw error
    }
    return home
  }

  get daemon() {
    return this.studio.daemon
  }

  want(...call) {
    return this.studio.want(...call)
  }

  /** An address of the page that signs its browser in: valid once, for 60 s. */
  async url(place = '/') {
    const { url } = await this.want(200, 'POST', '/api/auth/codes')
    return new URL(`${place}${new URL(url).hash}`, url).href
  }

  routeOf({ id, workspaceId }) {
    return `/api/workspaces/${workspaceId}/worktrees/${id}`
  }

  /** An address for each page that needs an id, by its name. */
  get places() {
    const ofAgent = ([key, { id, workspaceId }]) => [`agent ${key}`, `/w/${workspaceId}/a/${id}`]
    const { id } = this.workspaces['ledger-api']
    const [review, terminals] = [this.worktrees['idempotency-keys'], this.worktrees['wal-checksum']]
    return {
      ...Object.fromEntries(Object.entries(this.rows).map(ofAgent)),
      workspace: `/w/${id}`,
      'workspace settings': `/w/${id}/settings`,
      eye: `/eyes/${this.eye.id}`,
      review: `/w/${id}/review/${review.id}`,
      terminals: `/w/${terminals.workspaceId}/terminals/${terminals.id}`,
    }
  }

  placeOf(name) {
    const place = this.places[name]
    if (!place) throw new Error(`the home has no ${name}`)
    return place
  }

  async close() {
    // It outlives the daemon.
    try {
      if (this.eye) await this.want(200, 'POST', `/api/eyes/${this.eye.id}/stop`)
    } finally {
      await this.studio.close()
    }
  }

  async #fill(isQuiet) {
    await this.want(204, 'DELETE', `/api/workspaces/${this.studio.workspace.id}`)
    const within = path.dirname(this.studio.repository)
    for (const [name, content] of Object.entries(files)) {
      const folder = await makeRepository(content, name, within)
      for (const [key, value] of Object.entries(somebody)) await git(folder, 'config', `user.${key}`, value)
      this.workspaces[name] = await this.want(201, 'POST', '/api/workspaces', { path: folder })
    }
    await this.#addScripts()
    await Promise.all([this.#fillTidepool(), this.#fillLedger(), this.#fillHeron()])
    await this.#fillReady()
    await this.#addRules()
    await this.#addEye()
    if (isQuiet) for (const agent of [this.agents.checksums, this.agents.partitions]) await agent.stop()
    await this.#remember()
  }

  /** One in lockstep that nobody steps: it shows a picture, and nothing moves. */
  async #addEye() {
    this.eye = await this.want(201, 'POST', '/api/eyes', { game: '', config: { width: 640, height: 360, lockstep: true } })
    await until(async () => (await this.want(200, 'GET', `/api/eyes/${this.eye.id}`)).why === 'no_stepper', 'the eye has a picture', patienceMs)
  }

  async #worktree(workspace, name) {
    const { id } = this.workspaces[workspace]
    this.worktrees[name] = await this.want(201, 'POST', `/api/workspaces/${id}/worktrees`, { name, branch: name, createBranch: true })
    return this.worktrees[name]
  }

  async #agent(key, worktree, name, more = {}) {
    this.agents[key] = await this.studio.agent({ worktree, name, ...more })
    return this.agents[key]
  }

  /** Agents that need a person, one that runs, one that retries, and a terminal. */
  async #fillTidepool() {
    const [backoff, wal] = [await this.#worktree('tidepool', 'retry-backoff'), await this.#worktree('tidepool', 'wal-checksum')]
    const bounder = await this.#agent('backoff', backoff, 'Bound the retry backoff', { permissions: ['read', 'write'] })
    const worker = await this.#agent('checksums', wal, 'Checksum every WAL frame', WORKERS)
    const retrying = await this.#agent('partitions', wal, 'Backfill last year’s partitions', WORKERS)
    await this.#agent('later', backoff, 'Write the release notes', { mode: 'plan', initialPrompt: 'Write the release notes for 0.5.' })
    await bounder.start('Bound the wait between two retries, and say what changes for callers. @@backoff')
    await worker.start('Give every frame of the log a checksum. Write the format down first. @@checksums')
    await retrying.start('Move the partitions of last year to the new layout. @@overload')
    await bounder.turnEnd()
    await bounder.send('Good. Run the tests, then commit and push it. @@push')
    await bounder.ask()
    await worker.next('text_delta', () => true)
    await worker.send('When that is done, compare the throughput with the last release.')
    await worker.send('Then open a pull request.')
    await retrying.next('status', ({ reason }) => reason === 'retrying')
    await this.want(201, 'POST', '/api/terminals', { worktreeId: wal.id, command: "printf 'tidepool $ cargo bench -p wal\\nframe_write   time: 1.284 us\\nframe_read    time: 0.912 us\\n'; exec sh", name: 'Benchmarks' })
  }

  /** A question, a long permission, finished work with comments and a conflict, a failure. */
  async #fillLedger() {
    const names = ['idempotency-keys', 'page-limits', 'cursor-pages', 'sample-accounts']
    const [keys, limits, pages, accounts] = await Promise.all(names.map((name) => this.#worktree('ledger-api', name)))
    const writer = await this.#agent('keys', keys, 'Idempotency keys on POST /entries', WORKERS)
    const limiter = await this.#agent('limits', limits, 'Limit the page size', WORKERS)
    const pager = await this.#agent('pages', pages, 'Cursor pagination for /entries')
    const seeder = await this.#agent('seed', accounts, 'Sample accounts')
    const failed = await this.#agent('failed', accounts, 'Reload certificates without restart')
    await Promise.all([
      writer.start('A repeated POST must not create a second entry. @@keys'),
      limiter.start('Nobody may ask for more than 25 entries. @@limits'),
      pager.start('Replace page numbers by cursors. @@tie'),
      seeder.start('Add a hundred sample accounts. @@seed'),
      failed.start('Reload certificates when their files change. @@refused'),
    ])
    await Promise.all([writer.turnEnd(), limiter.turnEnd(), pager.ask(), seeder.ask(), failed.turnEnd()])
    await writer.send('Add a test for it. @@more')
    await writer.turnEnd()
    await this.#comment(keys, 'src/keys.ts', 5, 'Expire keys after a day, or this table grows for ever.')
    await this.#comment(keys, 'src/entries.ts', 6, 'Why 100? The old default was 50.')
    await settledCheckpoints(this.studio.want.bind(this.studio), keys, (rows) => rows.length >= 2)
    // A salvage: what a discard would have lost.
    await writeFiles(limits.path, { 'notes.txt': 'Ask the export team first.\n' })
    await this.want(200, 'POST', `${this.routeOf(limits)}/discard`, { files: ['notes.txt'] })
    await this.want(201, 'POST', `${this.routeOf(keys)}/scripts/${this.checkId}/run`)
  }

  /** What can be landed: two that conflict, one that meets nobody and whose check has passed, and one that has landed. */
  async #fillReady() {
    const work = {
      audit: ['audit-log', 'Audit every change of an entry', 'Note every change of an entry, and who made it. @@audit', 'entries: note every change'],
      index: ['entry-index', 'Index the entries by time', 'Listing entries is slow. @@index', 'entries: list them by an index'],
      health: ['health-route', 'A route for health checks', 'The balancer needs to know whether we are up. @@health', 'health: a route for the balancer'],
      links: ['readme-links', 'Links in the README', 'The README leads nowhere. @@links', 'README: where the routes are'],
    }
    for (const [key, [branch, name, prompt, subject]] of Object.entries(work)) {
      const worktree = await this.#worktree('ledger-api', branch)
      const agent = await this.#agent(key, worktree, name, WORKERS)
      await agent.start(prompt)
      await agent.turnEnd()
      await git(worktree.path, 'add', '--all')
      await git(worktree.path, 'commit', '--quiet', `--message=${subject}`)
    }
    const [health, links] = [this.worktrees['health-route'], this.worktrees['readme-links']]
    for (const worktree of [links, health]) await this.#runCheck(worktree)
    await this.want(200, 'POST', `${this.routeOf(links)}/land`, { how: 'squash', message: work.links.at(-1) })
  }

  /** Until it has passed. */
  async #runCheck(worktree) {
    const { id } = await this.want(201, 'POST', `${this.routeOf(worktree)}/scripts/${this.checkId}/run`)
    const state = async () => (await this.want(200, 'GET', `${this.routeOf(worktree)}/script-runs`)).runs.find((run) => run.id === id)?.state
    await until(async () => (await state()) === 'passed', 'the check has passed')
  }

  /** A plan, a sub-agent, a stopped agent, an archived one, and a worktree in the trash. */
  async #fillHeron() {
    const [table, menus, spike] = await Promise.all(['virtual-table', 'menus', 'spike'].map((name) => this.#worktree('heron-ui', name)))
    const planner = await this.#agent('plan', table, 'Virtualise the holdings table', { mode: 'plan' })
    const surveyor = await this.#agent('survey', menus, 'Menus by keyboard', WORKERS)
    const stopped = await this.#agent('stopped', menus, 'Colours from tokens', WORKERS)
    const archived = await this.#agent('archived', table, 'First try', WORKERS)
    await Promise.all([
      planner.start('Make the table fast with 10,000 rows. @@plan'),
      surveyor.start('Which menus cannot be used by keyboard? @@survey'),
      stopped.start('Replace the fixed colours. @@certificates'),
    ])
    // The sub-agent works in the background: its answer begins a turn of its own.
    await Promise.all([planner.ask(), surveyor.next('text', ({ text }) => text.startsWith('Three menus')), stopped.turnEnd()])
    await surveyor.turnEnd()
    await stopped.stop()
    await this.want(204, 'DELETE', archived.route)
    await writeFiles(spike.path, { 'src/canvas.ts': 'export const draw = () => {}\n', 'README.md': '# heron-ui on a canvas\n' })
    await this.want(204, 'DELETE', `${this.routeOf(spike)}?force=true`)
    delete this.worktrees.spike
  }

  async #comment(worktree, file, line, body) {
    const { files: [{ hunks }] } = await this.want(200, 'GET', `${this.routeOf(worktree)}/diff?path=${encodeURIComponent(file)}`)
    const { text: lineText } = hunks.flatMap(({ lines }) => lines).find(({ newLine, type }) => newLine === line && type !== 'removed')
    await this.want(201, 'POST', `${this.routeOf(worktree)}/comments`, { path: file, side: 'new', line, lineText, body })
  }

  async #addScripts() {
    const { id } = this.workspaces['ledger-api']
    const add = (kind, name, command) => this.want(201, 'POST', `/api/workspaces/${id}/scripts`, { kind, name, command })
    this.checkId = (await add('check', 'Types', "echo 'src/keys.ts: no problems'")).id
    await add('run', 'Server', 'exec sleep 86400')
  }

  async #addRules() {
    await this.want(201, 'POST', '/api/rules', { decision: 'allow', tool: 'Bash', command: 'cargo bench **', note: 'Benchmarks only read.' })
    await this.want(201, 'POST', '/api/rules', { decision: 'deny', tool: 'Bash', command: 'git push --force **', note: 'Never rewrite what others have.' })
  }

  /** The rows as they are now, so that a page's addresses can be made of them. */
  async #remember() {
    const { agents } = await this.want(200, 'GET', '/api/agents?includeDeleted=true')
    this.rows = Object.fromEntries(Object.entries(this.agents).map(([key, { id }]) => [key, agents.find((row) => row.id === id)]))
  }
}

const USAGE = `usage: node tests/harness/home.mjs serve [--quiet] [--port N] [--state FILE]

  Makes the home and serves it until it is interrupted. MUSTER_BUILD selects the build (default: build/test).
  Enter prints another start URL. --state writes {origin, token, home, pages} to FILE.`

async function serve({ quiet, port, state }) {
  const home = await Home.make({ isQuiet: quiet, serve: { args: ['--port', port], isApart: true } })
  const { origin, token } = home.daemon
  const { places } = home
  if (state) await writeFile(state, JSON.stringify({ origin, token, home: home.daemon.home, places }, null, 2))
  for (const [name, place] of Object.entries(places)) console.log(`${name.padEnd(20)} ${place}`)
  console.log(await home.url('/signin'))
  process.stdin.on('data', async () => console.log(await home.url('/signin')))
  const signal = await new Promise((resolve) => ['SIGINT', 'SIGTERM'].forEach((name) => process.once(name, () => resolve(name))))
  console.log(`\n${signal}: stopping the agents and the daemon`)
  process.stdin.destroy()
  await home.close()
}

if (process.argv[1] === import.meta.filename) {
  const options = { quiet: { type: 'boolean', default: false }, port: { type: 'string', default: '0' }, state: { type: 'string' } }
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (positionals.join() !== 'serve') {
    console.error(USAGE)
    process.exit(2)
  }
  await serve(values)
}
