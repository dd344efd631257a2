#!/usr/bin/env node
// Replaces the claude CLI where the CLI itself adds nothing to a test: it starts at once, and one prompt shows every
// kind of line that a turn can have. The lines are those of tests/recordings/claude/whole/2.1.329-write.jsonl, shortened.
// CLAUDE_STAND_IN_LOG is its "model": one line for each prompt that it received.
import { appendFileSync } from 'node:fs'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  strict: false,
  options: { 'session-id': { type: 'string' }, resume: { type: 'string' } },
})
const session = values['session-id'] ?? values.resume
const MODEL = 'claude-stand-in'
const PACE_MS = 8
let turns = 0
let waiting // for the answer of an ask

const pause = () => new Promise((resolve) => setTimeout(resolve, PACE_MS))

async function say(line) {
  if (!process.stdout.write(JSON.stringify(line) + '\n')) await once(process.stdout, 'drain')
  await pause()
}

const system = (subtype, more) => say({ type: 'system', subtype, session_id: session, ...more })
const event = (event) => say({ type: 'stream_event', event, session_id: session, parent_tool_use_id: null })
const usage = { input_tokens: 3, cache_creation_input_tokens: 200, cache_read_input_tokens: 0, output_tokens: 1 }

class Answer {
  #index = 0

  constructor(id) {
    this.message = { id, type: 'message', role: 'assistant', model: MODEL, content: [], usage }
  }

  async begin() {
    await event({ type: 'message_start', message: this.message })
    return this
  }

  async block(content, deltas) {
    const index = this.#index++
    await event({ type: 'content_block_start', index, content_block: { ...content, text: '' } })
    for (const delta of deltas) await event({ type: 'content_block_delta', index, delta })
    await say({ type: 'assistant', message: { ...this.message, content: [content] }, session_id: session, parent_tool_use_id: null })
    await event({ type: 'content_block_stop', index })
  }

  text(...parts) {
    return this.block({ type: 'text', text: parts.join('') }, parts.map((text) => ({ type: 'text_delta', text })))
  }

  think(thinking) {
    return this.block({ type: 'thinking', thinking }, [])
  }

  tool(id, name, input) {
    return this.block({ type: 'tool_use', id, name, input }, [])
  }
}

function result(id, content) {
  const block = { type: 'tool_result', tool_use_id: id, content }
  return say({ type: 'user', message: { role: 'user', content: [block] }, session_id: session, parent_tool_use_id: null })
}

async function ask(id, tool, input) {
  const request = { subtype: 'can_use_tool', tool_name: tool, input, tool_use_id: id, permission_suggestions: [] }
  const answered = new Promise((resolve) => (waiting = { id: `ask-${id}`, resolve }))
  await say({ type: 'control_request', request_id: `ask-${id}`, request })
  return answered
}

async function begin(number) {
  await system('session_state_changed', { state: 'running' })
  await system('init', { cwd: process.cwd(), tools: ['Write'], model: MODEL, permissionMode: 'default', claude_code_version: '2.1.329' })
  return new Answer(`msg_${number}_1`).begin()
}

async function end(number) {
  const counted = { inputTokens: 6 * number, outputTokens: 30 * number, cacheReadInputTokens: 0, cacheCreationInputTokens: 400, costUSD: 0.001 * number, contextWindow: 200000 }
  await say({
    type: 'result', subtype: 'success', is_error: false, duration_ms: 10, num_turns: 2, result: 'Done.', terminal_reason: 'completed',
    session_id: session, total_cost_usd: 0.001 * number, usage, modelUsage: { [MODEL]: counted },
  })
  await system('session_state_changed', { state: 'idle' })
}

/** Every kind of line, with an ask in the middle that waits for its answer. */
async function fullTurn(number) {
  const first = await begin(number)
  await first.think('Let me see.')
  await first.text('I will ', 'make ', 'a file.')
  const [plan, task, write] = ['plan', 'task', 'write'].map((name) => `toolu_${number}_${name}`)
  await first.tool(plan, 'TodoWrite', { todos: [{ content: 'write', status: 'in_progress', activeForm: 'Writing' }] })
  await result(plan, 'Todos have been modified.')
  await first.tool(task, 'Task', { description: 'look', prompt: 'look around', subagent_type: 'general-purpose' })
  await system('task_started', { task_id: 't1', tool_use_id: task, description: 'look' })
  await result(task, 'Looked.')
  await system('informational', { level: 'warning', content: 'Something to know.' })
  await say({ type: 'line_of_a_later_version', value: 1 })
  await say({ type: 'control_request', request_id: `gone-${number}`, request: { subtype: 'can_use_tool', tool_name: 'Bash', input: { command: 'true' }, tool_use_id: `toolu_${number}_gone` } })
  await say({ type: 'control_cancel_request', request_id: `gone-${number}` })
  await first.tool(write, 'Write', { file_path: 'hello.txt', content: 'hello\n' })
  await system('session_state_changed', { state: 'requires_action' })
  const { behavior } = await ask(write, 'Write', { file_path: 'hello.txt', content: 'hello\n' })
  await system('session_state_changed', { state: 'running' })
  await result(write, behavior === 'allow' ? 'File created.' : 'The user said no.')
  const second = await new Answer(`msg_${number}_2`).begin()
  await second.text('The file ', 'is ', 'there.')
  await end(number)
}

async function shortTurn(number) {
  const answer = await begin(number)
  await answer.text('Yes.')
  await end(number)
}

/** Unknown lines, as fast as they are read: `@@flood#MIB`. */
async function flood(number, mib) {
  await begin(number)
  const line = JSON.stringify({ type: 'keep_alive', filler: 'x'.repeat(4000) }) + '\n'
  for (let left = mib * 2 ** 20; left > 0; left -= line.length) if (!process.stdout.write(line)) await once(process.stdout, 'drain')
  await end(number)
}

/** A prompt with attachments is a list of blocks that begins with its text. */
const promptOf = ({ content }) => (typeof content === 'string' ? content : content[0].text)

function takePrompt(text) {
  const number = ++turns
  appendFileSync(process.env.CLAUDE_STAND_IN_LOG, JSON.stringify({ session, text }) + '\n')
  const [, name, nonce] = /@@(\w+)(?:#(\w+))?/.exec(text) ?? []
  if (name === 'flood') return flood(number, Number(nonce))
  return name === 'full' ? fullTurn(number) : shortTurn(number)
}

function takeAnswer({ request_id: id, response }) {
  if (waiting?.id === id) waiting.resolve(response)
}

let work = Promise.resolve()
for await (const text of createInterface(process.stdin)) {
  const line = JSON.parse(text)
  if (line.type === 'user') work = work.then(() => takePrompt(promptOf(line.message)))
  else if (line.type === 'control_response') takeAnswer(line.response)
  else if (line.request.subtype === 'initialize') {
    void say({ type: 'control_response', response: { subtype: 'success', request_id: line.request_id, response: {} } })
  }
}
process.exit(0)
