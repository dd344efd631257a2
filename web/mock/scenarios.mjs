// Scripted runs, chosen by a word in the prompt: @@edit, @@ask, @@question, @@plan, @@error, @@long; else a short answer.
import { newId } from './world.mjs'

/** Milliseconds between two pieces; tests set it low, screenshots to nothing. */
export const pace = { ms: 30 }

class Interrupted extends Error {}

function sleep(signal, ms = pace.ms) {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer)
      reject(new Interrupted())
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal.addEventListener('abort', onAbort)
  })
}

class Run {
  constructor(world, agent, signal) {
    Object.assign(this, { world, agent, signal, started: Date.now() })
  }

  emit(type, payload) {
    this.world.emit(this.agent, type, payload)
  }

  async say(text) {
    const block = newId('blk')
    for (const piece of text.match(/[\s\S]{1,9}/g) ?? []) {
      this.emit('text_delta', { block, text: piece })
      await sleep(this.signal)
    }
    this.emit('text', { block, text })
  }

  think(text) {
    this.emit('thought', { block: newId('blk'), text })
  }

  begin(name, kind, title, input) {
    const toolId = newId('tool')
    this.emit('tool_start', { toolId, name, kind, title, input })
    return toolId
  }

  async finish(toolId, output) {
    await sleep(this.signal, pace.ms * 8)
    this.emit('tool_end', { toolId, isError: false, output })
  }

  use(name, kind, title, input, output) {
    return this.finish(this.begin(name, kind, title, input), output)
  }

  /** Asks and waits for the person; resolves with the answer. */
  ask(kind, tool, title, input, more) {
    return new Promise((resolve, reject) => {
      const ask = this.world.openAsk(this.agent, kind, tool, title, input, more)
      this.signal.addEventListener('abort', () => reject(new Interrupted()))
      Object.defineProperty(ask, 'onAnswer', {
        enumerable: false,
        value: (answer) => {
          this.world.setStatus(this.agent, 'running', 'working')
          resolve(answer)
        },
      })
    })
  }

  end(outcome, more = {}) {
    this.world.closeAsks(this.agent)
    this.world.addUsage(this.agent, 1200, 340, 18_000, 12_300)
    this.world.setContext(this.agent, 31_000 + 9_000 * (this.agent.turns ?? 0), 200_000)
    this.agent.turns = (this.agent.turns ?? 0) + 1
    this.emit('turn_end', { outcome, durationMs: Date.now() - this.started, steps: 2, ...more })
  }
}

const command = { command: 'npm test -- --run login', description: 'Run the login tests' }

const planEntries = (state) => [
  { text: 'Read the login code', state },
  { text: 'Write a failing test', state },
]

const scripts = {
  async '@@edit'(run) {
    await run.say('I will fix the check.')
    await run.use('Edit', 'edit', 'src/login.ts', {
      file_path: 'src/login.ts',
      old_string: "if (user = null) {\n  throw new Error('no user')\n}",
      new_string: "if (user === null) {\n  throw new Error('no user')\n}",
    }, 'The file src/login.ts has been updated.')
    await run.say('Done: the comparison was an assignment.')
  },
  async '@@ask'(run) {
    run.think('The tests should run before I change anything.\nThe command needs a permission.')
    await run.say('Let me run the tests first.')
    const suggestions = [{ type: 'setMode', mode: 'acceptEdits', destination: 'session' }]
    const toolId = run.begin('Bash', 'execute', command.command, command)
    const answer = await run.ask('permission', 'Bash', command.command, command, { suggestions, toolId })
    if (answer.decision === 'deny') {
      run.emit('tool_end', { toolId, isError: true, output: 'The user does not want this.' })
      return run.say(`Understood, I will not run it. ${answer.message ?? ''}`)
    }
    await run.finish(toolId, '✓ login (12 tests)\n\nTests  12 passed (12)')
    return run.say('All **12** tests pass.')
  },
  async '@@question'(run) {
    const options = [
      { label: 'SQLite', description: 'One file, no server' },
      { label: 'PostgreSQL', description: 'For several machines' },
    ]
    const input = { questions: [{ question: 'Which store should it use?', header: 'Store', options, multiSelect: false }] }
    const answer = await run.ask('question', 'AskUserQuestion', 'Which store should it use?', input)
    await run.say(`I will use ${Object.values(answer.input ?? {}).join(', ') || 'nothing'}.`)
  },
  async '@@plan'(run) {
    run.emit('plan', { entries: planEntries('in_progress') })
    const plan = '## Plan\n\n1. Write a failing test\n2. Fix the comparison\n3. Run all tests'
    const answer = await run.ask('plan', 'ExitPlanMode', 'A plan to review', { plan }, { plan })
    run.emit('plan', { entries: planEntries('completed') })
    await run.say(answer.decision === 'allow' ? 'I start with the test.' : 'I keep planning.')
  },
  async '@@error'(run) {
    await run.say('One moment.')
    throw new Error('API Error: 529 Overloaded. Try again later.')
  },
  async '@@long'(run) {
    for (let n = 1; n <= 40; n++) await run.say(`### Part ${n}\n\nThis paragraph is number ${n} of a long answer that keeps streaming while you read it.\n\n`)
  },
}

async function shortAnswer(run) {
  await run.say('Hello. I looked around: this is a small repository with a `README.md`.\n\n- It builds\n- Its tests pass')
}

/** Plays one turn. Ends with the status that the turn leaves. */
export async function runAgent(world, agent, prompt) {
  const abort = new AbortController()
  agent.abort = abort
  const run = new Run(world, agent, abort.signal)
  const name = prompt.match(/@@\w+/)?.[0]
  world.setStatus(agent, 'running', 'working')
  try {
    await (scripts[name] ?? shortAnswer)(run)
    run.end('ok')
    world.setStatus(agent, 'finished', 'turn_done')
  } catch (error) {
    if (!agent.pid) return
    const isInterrupt = error instanceof Interrupted
    run.end(isInterrupt ? 'interrupted' : 'error', isInterrupt ? {} : { text: error.message })
    if (isInterrupt) world.setStatus(agent, 'finished', 'interrupted')
    else world.setStatus(agent, 'error', 'api', error.message)
  }
}
