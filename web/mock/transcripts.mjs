// Transcripts that show every kind of row, or very many.
import { emptyWorld } from './seed.mjs'
import { newId } from './world.mjs'

class Story {
  constructor(world, agent, from) {
    Object.assign(this, { world, agent, at: from, tools: 0 })
  }

  /** Seconds later. */
  later(seconds) {
    this.at += seconds * 1000
    return this
  }

  emit(type, payload) {
    this.world.emit(this.agent, type, payload, new Date(this.at))
    return this
  }

  prompt(text) {
    return this.emit('message', { messageId: newId('msg'), state: 'sent', text })
  }

  say(text, parent) {
    return this.emit('text', { block: newId('blk'), text, ...(parent && { parent }) })
  }

  think(text, seconds) {
    return this.later(seconds).emit('thought', { block: newId('blk'), text })
  }

  begin(name, kind, title, input, parent) {
    const toolId = `tool${++this.tools}`
    this.emit('tool_start', { toolId, name, kind, title, input, ...(parent && { parent }) })
    return toolId
  }

  end(toolId, seconds, more = {}) {
    return this.later(seconds).emit('tool_end', { toolId, isError: false, output: '', durationMs: seconds * 1000, ...more })
  }

  use(name, kind, title, input, seconds, more, parent) {
    return this.end(this.begin(name, kind, title, input, parent), seconds, more)
  }

  turnEnd(durationMs, costMicros) {
    this.emit('usage', { model: 'sonnet-4-6', input: 100, output: 900, cacheRead: 9000, cacheCreation: 0, costMicros, requests: 1 })
    return this.emit('turn_end', { outcome: 'ok', durationMs, steps: 4 })
  }
}

const root = '/home/me/tidepool-retry-backoff'
const files = ['src/net/backoff.rs', 'src/net/client.rs', 'src/net/pool.rs', 'tests/backoff.rs', 'src/net/dns.rs', 'Cargo.toml']

function read(story, path, parent) {
  story.use('Read', 'read', path, { file_path: `${root}/${path}` }, 0.2, { output: '     1\tuse std::time::Duration;' }, parent)
}

function edit(story, path, added, removed) {
  const [before, after] = [Array(removed).fill('old line').join('\n'), Array(added).fill('new line').join('\n')]
  story.use('Edit', 'edit', path, { file_path: `${root}/${path}`, old_string: before, new_string: after }, 0.3, { added, removed, path: `${root}/${path}` })
}

const panic = ["   Compiling net v0.3.1", 'running 212 tests', "thread 'bound_holds' panicked at tests/backoff.rs:88:9", 'attempt to shift left with overflow (attempt = 32, base = 250ms)', 'test result: FAILED. 211 passed; 1 failed'].join('\n')

/** The agent of the agent page's picture: two turns, and a third that waits for a person. */
export function addBackoff(world, agent, start = Date.now() - 25 * 60_000) {
  const story = new Story(world, agent, start)
  agent.pid = 4711
  agent.model = 'sonnet-4-6'
  story.emit('session', { sessionId: newId('ses'), model: 'sonnet-4-6', resumable: true })
  story.prompt('Why does the client hammer the server after an outage?').think('The retry policy is in src/net.\nI read it first.', 14)
  story.say('The wait doubles without a bound, and each client wakes at the same time. Two causes:\n\n1. `Backoff::next` has **no limit**\n2. The jitter is drawn once for each process\n\n```rust\nlet wait = self.base * (1 << self.attempt);\n```')
  story.later(9).turnEnd(420_000, 380_000)
  story.later(10).prompt('Never wait longer than four times the base, keep the jitter, and prove it with a property test.')
  for (const path of files) read(story, path)
  const task = story.begin('Task', 'agent', 'Find every caller of Backoff::next', { description: 'Find every caller of Backoff::next', prompt: 'List the callers.' })
  story.use('Grep', 'search', 'Backoff::', { pattern: 'Backoff::', path: 'src' }, 0.4, { output: Array.from({ length: 31 }, (_, n) => `src/net/client.rs:${n}: Backoff::next`).join('\n') }, task)
  for (const path of files.slice(1)) read(story, path, task)
  story.later(30).say('Three callers. Only `net::client` resets it after a success.', task)
  story.end(task, 5, { output: 'Three callers.', durationMs: 41_000 })
  for (const [path, added, removed] of [['src/net/backoff.rs', 58, 19], ['src/net/client.rs', 22, 8], ['tests/backoff.rs', 36, 0], ['Cargo.toml', 3, 4]]) edit(story, path, added, removed)
  const test = { command: 'cargo test -p net backoff', description: 'Run the tests of the net crate' }
  story.use('Bash', 'execute', test.command, test, 8.2, { isError: true, output: panic, exitCode: 101 })
  story.later(4).say('The bound is right; the shift is not: `1 << attempt` wraps at 32. I saturate it and keep the property as it was.')
  edit(story, 'src/net/backoff.rs', 20, 6)
  edit(story, 'tests/backoff.rs', 9, 0)
  story.use('Bash', 'execute', test.command, test, 7.9, { output: 'running 212 tests\n\ntest result: ok. 212 passed; 0 failed', exitCode: 0 })
  story.later(3).turnEnd(800_000, 1_460_000)
  story.later(60).prompt('Good. Run everything once more, then commit and push.')
  const push = { command: 'cargo test --workspace --no-fail-fast && git commit -am "net: bound the retry backoff" && git push origin feat/retry-backoff' }
  const toolId = story.later(4).begin('Bash', 'execute', push.command, push)
  story.begin('Edit', 'edit', 'CHANGELOG.md', { file_path: `${root}/CHANGELOG.md`, old_string: '## Unreleased', new_string: '## Unreleased\n\n- The retry backoff is bounded.' })
  world.setContext(agent, 124_000, 200_000)
  world.openAsk(agent, 'permission', 'Bash', push.command, push, { toolId }, new Date(Date.now() - 120_000))
  return agent
}

export function backoffWorld() {
  const world = emptyWorld()
  const tidepool = world.addWorkspace('tidepool', '/home/me/tidepool')
  const worktree = world.addWorktree(tidepool, { name: 'retry-backoff', branch: 'feat/retry-backoff', path: root })
  addBackoff(world, world.addAgent(worktree, { name: 'Bound the retry backoff' }))
  return world
}

/** `count` messages in turns of fifty; each names its number. */
export function longWorld(count) {
  const world = emptyWorld()
  const tidepool = world.addWorkspace('tidepool', '/home/me/tidepool')
  const worktree = world.addWorktree(tidepool, { name: 'long', branch: 'long', path: root })
  const agent = world.addAgent(worktree, { name: 'long runner' })
  agent.pid = 4712
  const story = new Story(world, agent, Date.now() - count * 2_000)
  for (let n = 1; n <= count; n++) {
    story.later(1)
    if (n % 50 === 1) story.prompt(`Question ${n}`)
    else if (n % 5 === 0) story.use('Bash', 'execute', `make step-${n}`, { command: `make step-${n}` }, 0.5, { output: `step ${n} done` })
    else story.say(`Message ${n} of a long talk, with \`code\` and **weight**.`)
    if (n % 50 === 0) story.turnEnd(50_000, 10_000)
  }
  world.setStatus(agent, 'finished', 'turn_done')
  return world
}
