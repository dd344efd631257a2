// The peer of src/net/net_echo.c: the same answers by Fastify and ws.
//
//   GET /bytes?n=N   N bytes of JSON        GET /ws   WebSocket; "publish <text>" goes to all, {"type":"subscribe"}
//                                           replays 100,000 events from memory
//
// node server.mjs [PORT]; prints "listening <port>" when it is ready.
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
  const event = (seq) => ({ type: 'text', topic: 'run/bench', generation: 1, seq, at: new Date(), payload: { text } })
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

await app.listen({ host: '127.0.0.1', port: Number(process.argv[2] ?? 0) })
console.log(`listening ${app.server.address().port}`)
