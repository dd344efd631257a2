#!/usr/bin/env node
// Replaces an agent's CLI where a test needs to act from inside an agent: it executes the orders that it gets over the
// socket `inside` in its folder, and answers with the result. To the adapter it is a claude that takes a prompt, asks
// one question and waits.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { renameSync, rmSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import WebSocket from 'ws'

const session = process.argv.find((word) => word.startsWith('--session-id='))?.split('=')[1]
const isClaude = session !== undefined
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')

/** Runs a program: {code, out, err}. */
function run({ argv, env }) {
  return new Promise((resolve) => {
    execFile(argv[0], argv.slice(1), { env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env } }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, out, err }),
    )
  })
}

/** One request over a Unix socket: its status, or the error's name. */
function request({ socket, method = 'GET', route, body }) {
  return new Promise((resolve) => {
    const headers = body ? { 'content-type': 'application/json' } : {}
    const sent = http.request({ socketPath: socket, method, path: route, headers }, (answer) => {
      answer.resume().on('end', () => resolve({ status: answer.statusCode }))
    })
    sent.on('error', (error) => resolve({ error: error.code })).end(body && JSON.stringify(body))
  })
}

/** The first answer to each message over /ws, or how the socket was refused. */
function talk({ socket, protocols, messages }) {
  return new Promise((resolve) => {
    const ws = new WebSocket(`ws+unix://${socket}:/ws`, protocols)
    const answers = []
    ws.on('open', () => ws.send(JSON.stringify(messages[0])))
    ws.on('unexpected-response', (_, answer) => resolve({ refused: answer.statusCode }))
    ws.on('message', (data) => {
      const frame = JSON.parse(data)
      if (frame.id !== messages[answers.length]?.id) return
      answers.push(frame)
      if (answers.length < messages.length) return ws.send(JSON.stringify(messages[answers.length]))
      ws.terminate()
      resolve({ answers })
    })
  })
}

const hammers = new Map()

/** The same request again and again without a pause, and once more after `unhammer`: all different results. */
function hammer({ name, ...what }) {
  const state = { on: true, seen: new Set() }
  state.done = (async () => {
    for (let isLast = false; !isLast; ) {
      isLast = !state.on
      state.seen.add(JSON.stringify(await request(what)))
    }
  })()
  hammers.set(name, state)
  return {}
}

async function unhammer({ name }) {
  const state = hammers.get(name)
  state.on = false
  await state.done
  return { seen: [...state.seen].map((text) => JSON.parse(text)) }
}

/** Lines that the adapter ignores, as fast as they are read: answered when all are. */
async function flood({ mib }) {
  const line = JSON.stringify({ type: 'keep_alive', filler: 'x'.repeat(4000) }) + '\n'
  for (let left = mib * 2 ** 20; left > 0; left -= line.length) if (!process.stdout.write(line)) await once(process.stdout, 'drain')
  return { flooded: mib }
}

const acts = { run, request, talk, hammer, unhammer, flood }

const place = path.join(process.cwd(), 'inside')
rmSync(place, { force: true })
const server = net.createServer((socket) => {
  createInterface(socket).on('line', async (line) => {
    const { act, ...what } = JSON.parse(line)
    socket.end(JSON.stringify(await acts[act](what)) + '\n')
  })
})

// Before anything else: the daemon may not yet know whose process this is.
const [socketAtStart, routeAtStart] = (process.env.CLAUDE_INSIDE_FIRST ?? '').split(' ')
const first = socketAtStart ? request({ socket: socketAtStart, route: routeAtStart }) : Promise.resolve({})
acts.first = () => first
// The socket appears in the folder only once it listens.
server.listen(`${place}-`, () => renameSync(`${place}-`, place))

for await (const text of createInterface(process.stdin)) {
  if (!isClaude) continue
  const line = JSON.parse(text)
  if (line.type === 'control_request') {
    say({ type: 'control_response', response: { subtype: 'success', request_id: line.request_id, response: {} } })
    say({ type: 'system', subtype: 'init', session_id: session, cwd: process.cwd(), tools: [], model: 'stand-in', permissionMode: 'default' })
  } else if (line.type === 'user') {
    const input = { command: 'true' }
    say({ type: 'control_request', request_id: 'r1', request: { subtype: 'can_use_tool', tool_name: 'Bash', input, tool_use_id: 'toolu_1' } })
  }
}
process.exit(0)
