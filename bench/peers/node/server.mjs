// The same answers by Fastify and ws: a peer for the figures of bench/.
//
//   GET /bytes?n=N           N bytes of JSON
//   GET /api/health/live     what the daemon answers there, with its headers, from the file ANSWER
//   GET /ws                  WebSocket; "publish <text>" goes to all, {"type":"subscribe"} replays 100,000 events
//                            from memory
//
// node server.mjs ANSWER [PORT]; prints "listening <port>" when it is ready.
import { readFileSync } from 'node:fs'

import fastify from 'fastify'
import { WebSocketServer } from 'ws'

const app = fastify({ logger: false })
const bodies = new Map()

function bytes(n) {
  if (!bodies.has(n)) bodies.set(n, 'x'.repeat(n))
  return bodies.get(n)
}

app.get('/bytes', (request, reply) => {
  reply.header('content-type', 'application/json').send(bytes(Number(request.query.n ?? 1024)))
})

const captured = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const headers = Object.fromEntries(captured.headers)
const text = { type: 'string' }
const Checks = { type: 'object', properties: { database: text } }
const Health = { type: 'object', properties: { status: text, timestamp: text, version: text, checks: Checks } }

app.get('/api/health/live', { schema: { response: { 200: Health } } }, (request, reply) => {
  reply.headers(headers).send({ ...captured.body, timestamp: new Date().toISOString() })
})

// Requests for another host are refused, as the daemon does.
app.addHook('onRequest', (request, reply, next) => {
  if (request.headers.host === host) next()
  else reply.code(421).send()
})

const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  handleProtocols: (offered) => (offered.has('muster.v1') ? 'muster.v1' : false),
})

const EVENTS = 100_000
const HIGH_WATER = 1 << 20
const LIVE = '{"type":"live"}'
let stored

function events() {
  const text = 'x'.repeat(289)
  const event = (seq) => ({ type: 'text', topic: 'agent/ag_00000000000000000000000000', generation: 1, seq, at: new Date(), payload: { text } })
  stored ??= Array.from({ length: EVENTS }, (_, i) => Buffer.from(JSON.stringify(event(i + 1))))
  return stored
}

/** At most HIGH_WATER bytes wait in the socket. */
async function replay(socket) {
  for (const event of events()) {
    if (socket.bufferedAmount < HIGH_WATER) socket.send(event, { binary: false })
    else await new Promise((resolve) => socket.send(event, { binary: false }, resolve))
  }
  socket.send(LIVE)
}

sockets.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => {
    const text = isBinary ? '' : data.toString()
    if (text.startsWith('publish ')) {
      const event = Buffer.from(text.slice(8))
      for (const to of sockets.clients) to.send(event, { binary: false })
    } else if (text.startsWith('{"type": "subscribe"')) {
      void replay(socket)
    } else if (!text.startsWith('{')) {
      socket.send(data, { binary: isBinary })
    }
  })
})

app.server.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws, request))
})

let host // known once it listens
await app.listen({ host: '127.0.0.1', port: Number(process.argv[3] ?? 0) })
const { port } = app.server.address()
host = `127.0.0.1:${port}`
console.log(`listening ${port}`)
