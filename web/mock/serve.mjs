// A daemon for development and for the page's tests: the wire of the real one, over tables in memory.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'
import { placeOfNonce, policyOf } from '../policy.mjs'
import { encodeAnswer, encodeEvent } from './encode.mjs'
import { socketEyes } from './eyes.mjs'
import { ops } from './ops.mjs'
import { seedWorld } from './seed.mjs'
import { socketTerminals } from './terminals.mjs'
import { ApiError } from './world.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const dist = join(here, '../dist')

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' }

/** The route table of the page's own generated types, so that it is said once. */
async function readRoutes() {
  const text = await readFile(join(here, '../src/api/generated.ts'), 'utf8')
  const begin = text.indexOf('export const operations = ') + 'export const operations = '.length
  const table = new Function(`return ${text.slice(begin, text.indexOf('} as const', begin) + 1)}`)()
  return Object.entries(table).map(([name, row]) => {
    const [method, path] = row.split(' ')
    return { name, method, pattern: new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`) }
  })
}

const words = { true: true, false: false }

function parseQuery(search) {
  return Object.fromEntries([...search].map(([name, value]) => [name, words[value] ?? value]))
}

/** Of a newer daemon the page's files lie elsewhere, and those of the page before are gone. */
const newer = '/assets/newer/'

async function serveFile(path, response, isNewer) {
  const name = extname(path) ? normalize(path) : '/index.html'
  const isGone = isNewer && name.startsWith('/assets/') && !name.startsWith(newer)
  const body = isGone ? undefined : await readFile(join(dist, name.replace(newer, '/assets/'))).catch(() => undefined)
  const nonce = randomBytes(16).toString('base64')
  const headers = { 'content-security-policy': policyOf(nonce), 'x-content-type-options': 'nosniff' }
  if (!body) return response.writeHead(404, headers).end()
  const content = name === '/index.html' ? body.toString().replace(placeOfNonce, nonce).replaceAll('/assets/', isNewer ? newer : '/assets/') : body
  return response.writeHead(200, { ...headers, 'content-type': types[extname(name)] }).end(content)
}

/** What people and programs named or wrote. */
const writings = new Set(
  'name title text branch path message command description question label detail statusDetail content output new_string old_string plan model section lead'.split(' '),
)

/** Of these, what is one line by its nature. */
const names = new Set('name title branch path model'.split(' '))

/** What goes over the wire; in a world that is `spoiled` every name and every text ends with that. */
function toWire(world, value) {
  const spoiled = (key) => (writings.has(key) ? world.spoiled : '') + (names.has(key) ? world.spoiledNames : '')
  return JSON.stringify(value, (key, part) => (typeof part === 'string' ? part + spoiled(key) : part))
}

function sendJson(response, { status, body, cursors = [] }, world = {}) {
  const header = cursors.map(({ topic, generation, seq }) => `${topic};${generation};${seq}`).join(', ')
  response.writeHead(status, { 'content-type': 'application/json', ...(header && { 'muster-cursor': header }) })
  response.end(body === undefined ? undefined : toWire(world, body))
}

/** The past of a topic as lines, up to the present. */
function sendPast(world, search, response) {
  const [topic, kinds] = [search.get('topic'), search.get('kinds')?.split(',')]
  const { isReset, generation, events } = world.streams.after(topic, Number(search.get('generation')), Number(search.get('after')))
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  const line = (frame) => response.write(`${toWire(world, frame)}\n`)
  if (isReset) line({ type: 'reset', topic, generation, seq: 0 })
  for (const event of events) if (!kinds || kinds.includes(event.type)) line(event)
  line({ type: 'live', ...world.streams.cursor(topic) })
  response.end()
}

async function readBytes(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function readBody(request) {
  const text = (await readBytes(request)).toString()
  return text ? JSON.parse(text) : {}
}

/** The answer is the state at the time of the request, even if the answer takes its time. */
async function performSlowly(world, name, input, bytes) {
  const answer = perform(world, name, input, bytes)
  const slowness = world.slownessMs[name]
  const ms = typeof slowness === 'function' ? slowness(input) : slowness
  if (ms) await new Promise((resolve) => setTimeout(resolve, ms))
  return answer
}

function perform(world, name, input, bytes) {
  try {
    const handler = ops[name]
    if (world.failing.has(name)) world.failed.push(input)
    if (world.failing.has(name)) throw new ApiError(500, 'INTERNAL_ERROR', 'The store could not be read.')
    if (!handler) throw new ApiError(404, 'NOT_FOUND', `no operation ${name}`)
    return encodeAnswer(name, { status: 200, cursors: [], ...clean(handler(world, input, bytes)) })
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const { status, code, message, details } = error
    return { status, body: { error: { code, message, ...(details && { details }) } }, cursors: [] }
  }
}

const clean = (answer) => Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== undefined))

/** Starts on a free port of loopback, or on `port`. */
export async function startMock({ port = 0, world: first = seedWorld(), token = 'mock-token' } = {}) {
  const routes = await readRoutes()
  const state = { isUp: true, world: first, token }
  const requests = []
  const calls = []
  const codes = new Set()

  async function serveApi(request, url, response) {
    if (url.pathname === '/api/auth/code') {
      const { code } = await readBody(request)
      if (codes.delete(code)) return sendJson(response, { status: 200, body: { token: state.token } })
      return sendJson(response, { status: 401, body: { error: { code: 'UNAUTHORIZED', message: 'This code is spent.' } } })
    }
    if (url.pathname === '/api/health') return sendJson(response, perform(state.world, 'get_health', {}))
    if (url.pathname === '/api/auth') return sendJson(response, perform(state.world, 'get_sign_in', {}))
    if (request.headers.authorization !== `Bearer ${state.token}`)
      return sendJson(response, { status: 401, body: { error: { code: 'UNAUTHORIZED', message: 'No token.' } } })
    if (url.pathname === '/api/stream') return sendPast(state.world, url.searchParams, response)
    for (const { name, method, pattern } of routes) {
      const match = method === request.method && url.pathname.match(pattern)
      if (!match) continue
      const isFile = name === 'create_attachment'
      const bytes = isFile ? await readBytes(request) : undefined
      const body = isFile ? {} : await readBody(request)
      const answer = await performSlowly(state.world, name, { ...parseQuery(url.searchParams), ...body, ...match.groups }, bytes)
      if (answer.bytes) return response.writeHead(200, { 'content-type': answer.mediaType }).end(answer.bytes)
      return sendJson(response, answer, state.world)
    }
    return sendJson(response, { status: 404, body: { error: { code: 'NOT_FOUND', message: 'No such route.' } } })
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://mock')
    requests.push(`${request.method} ${url.pathname}`)
    if (url.pathname.startsWith('/api/')) void serveApi(request, url, response)
    else void serveFile(url.pathname, response, state.isNewer)
  })

  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'muster.v1' })
  server.on('upgrade', (request, socket, head) => {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(/, */)
    if (!state.isUp) return socket.destroy()
    // As the daemon does it, which leaves a page without the reason.
    if (!offered.includes(`bearer.${state.token}`)) return socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n')
    return sockets.handleUpgrade(request, socket, head, (ws) => serveSocket(state.world, ws, calls))
  })

  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    /** What was asked over HTTP, and over sockets. */
    requests,
    calls,
    url: `http://127.0.0.1:${server.address().port}`,
    addCode: (code) => codes.add(code),
    /** Another world from here on; whoever spoke with the old one is cut off. */
    show(world) {
      for (const ws of sockets.clients) ws.terminate()
      requests.length = 0
      calls.length = 0
      Object.assign(state, { isUp: true, isNewer: false, world, token })
    },
    /** The daemon of another data folder answers here from now on. */
    changeToken() {
      state.token = 'of-another-home'
      for (const ws of sockets.clients) ws.terminate()
    },
    /** Another version of the daemon, with another page, takes its place. */
    upgrade() {
      state.isNewer = true
      for (const ws of sockets.clients) ws.terminate()
    },
    /** The line breaks, and sockets are refused until `mend`. */
    cut() {
      state.isUp = false
      for (const ws of sockets.clients) ws.terminate()
    },
    mend() {
      state.isUp = true
    },
    async close() {
      for (const ws of sockets.clients) ws.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function serveSocket(world, ws, calls) {
  const following = new Map()
  const terminals = socketTerminals(world, ws)
  const send = (message) => ws.readyState === ws.OPEN && ws.send(toWire(world, encodeEvent(message)))
  const eyes = socketEyes(world, ws, send)
  const handlers = {
    ping: ({ id }) => send({ type: 'pong', id }),
    unsubscribe({ topic }) {
      terminals.leave(topic)
      eyes.leave(topic)
      following.get(topic)?.()
      following.delete(topic)
    },
    subscribe(message) {
      if (message.topic.startsWith('terminal/')) return terminals.subscribe(message)
      if (message.topic.startsWith('eye/')) return eyes.subscribe(message)
      const { id, topic, generation = 0, after = Infinity } = message
      if (world.refusing.has(topic)) {
        const error = { code: 'RATE_LIMITED', message: 'one socket holds at most 512 subscriptions' }
        return send({ type: 'error', id, topic, error })
      }
      following.get(topic)?.()
      send({ type: 'subscribed', id, topic, generation, seq: after === Infinity ? 0 : after })
      const missed = world.streams.after(topic, generation, after)
      if (missed.isReset) send({ type: 'reset', topic, generation: missed.generation, seq: 0 })
      for (const event of missed.events) send(event)
      following.set(topic, world.streams.follow(topic, send))
      return send({ type: 'live', ...world.streams.cursor(topic) })
    },
    cancel: () => calls.push('cancel'),
    call({ id, op, input }) {
      calls.push(op)
      void performSlowly(world, op, input ?? {}).then((answer) => send({ type: 'reply', id, ...answer }))
    },
  }
  ws.on('message', (data, isBinary) => {
    if (isBinary) {
      terminals.take(data)
      return eyes.take(data)
    }
    const message = JSON.parse(data.toString())
    return handlers[message.type]?.(message)
  })
  ws.on('close', () => {
    terminals.close()
    eyes.close()
    following.forEach((stop) => stop())
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await startMock({ port: Number(process.env.PORT ?? 3001) })
  mock.addCode('mock-code')
  console.log(`${mock.url}/signin#code=mock-code`)
}
