// The front door: who is let in, what every answer carries, and what a client may not do.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, readdir, readFile, stat } from 'node:fs/promises'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { policyOf } from '../../web/policy.mjs'
import { Daemon, makeFolder, muster } from '../harness/daemon.mjs'
import { Live } from '../harness/live.mjs'
import { Model } from '../harness/model.mjs'
import { build, runToEnd } from '../harness/program.mjs'
import { within } from '../harness/wait.mjs'

const HEADERS_MAX = 64 // HttpLimits in net/http.h
const HEAD_MAX = 16 << 10
const CONNS_MAX = 12_000
const WRONG_TOKENS_A_MINUTE = 30 // core/auth.c
const PUBLIC = ['get_health', 'get_health_live', 'get_health_ready', 'get_sign_in', 'redeem_start_code']

let daemon

/** With exactly these headers: {status, headers, body}. */
function ask({ method = 'GET', route = '/api/workspaces', headers = {}, body, of = daemon }) {
  const all = { host: `127.0.0.1:${of.port}`, ...headers }
  return within(
    new Promise((resolve, reject) => {
      const sent = http.request({ port: of.port, host: '127.0.0.1', method, path: route, headers: all, setHost: false, agent: false }, (answer) => {
        const parts = []
        answer.on('data', (part) => parts.push(part))
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts).toString() }))
      })
      sent.on('error', reject).end(body)
    }),
    `${method} ${route}`,
  )
}

const bearer = (of = daemon) => ({ authorization: `Bearer ${of.token}` })

/** Bytes as they are; everything that comes back until the end. */
async function raw(text) {
  const socket = net.connect(daemon.port, '127.0.0.1')
  const parts = []
  socket.on('data', (part) => parts.push(part))
  socket.write(text)
  await within(once(socket, 'close'), 'the connection ends')
  return Buffer.concat(parts).toString()
}

const statusOf = (text) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])

before(async () => (daemon = await Daemon.start()))
after(() => daemon.remove())

describe('the address', () => {
  test('any Host except our own is 421', async () => {
    const { port } = daemon
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
      assert.equal((await ask({ headers: { host, ...bearer() } })).status, 200, host)
    }
    const others = ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`, `127.0.0.1.evil.example:${port}`, `localhost.:${port}`, `0.0.0.0:${port}`, `127.1:${port}`, '']
    for (const host of others) {
      for (const route of ['/api/workspaces', '/api/health', '/', '/ws']) {
        assert.equal((await ask({ route, headers: { host, ...bearer() } })).status, 421, `${host} ${route}`)
      }
    }
  })

  test('any Origin except our own is 403, null too', async () => {
    const { port } = daemon
    for (const origin of [`http://127.0.0.1:${port}`, `http://localhost:${port}`]) {
      assert.equal((await ask({ headers: { origin, ...bearer() } })).status, 200, origin)
    }
    const others = ['null', '', `http://127.0.0.1:${port + 1}`, `https://127.0.0.1:${port}`, 'http://127.0.0.1', `http://127.0.0.1:${port}.evil.example`, `http://127.0.0.1:${port}/`, 'http://evil.example', 'file://', '*']
    for (const origin of others) {
      for (const [method, route] of [['GET', '/api/workspaces'], ['GET', '/api/health'], ['POST', '/api/auth/code'], ['OPTIONS', '/api/workspaces'], ['GET', '/'], ['GET', '/ws']]) {
        const { status, headers } = await ask({ method, route, headers: { origin, ...bearer() } })
        assert.equal(status, 403, `${origin} ${method} ${route}`)
        assert.equal(headers['access-control-allow-origin'], undefined)
      }
    }
  })

  test('a request by a page of another site is 403; a person may follow a link to the page', async () => {
    const fetched = (site, more = {}) => ({ 'sec-fetch-site': site, ...more })
    for (const site of ['same-origin', 'none']) assert.equal((await ask({ headers: { ...fetched(site), ...bearer() } })).status, 200, site)
    for (const site of ['cross-site', 'same-site', 'anything', '']) {
      for (const route of ['/api/workspaces', '/api/health', '/', '/ws']) {
        assert.equal((await ask({ route, headers: { ...fetched(site), ...bearer() } })).status, 403, `${site} ${route}`)
      }
    }
    const visit = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    assert.equal((await ask({ route: '/', headers: fetched('cross-site', visit) })).status, 200)
    const framed = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }
    assert.equal((await ask({ route: '/', headers: fetched('same-site', framed) })).status, 403)
    assert.equal((await ask({ method: 'POST', route: '/', headers: fetched('cross-site', visit) })).status, 403)
    assert.equal((await ask({ route: '/api/health', headers: fetched('cross-site', visit) })).status, 403)
  })

  test('the target may be absolute, and then its host counts', async () => {
    const { port } = daemon
    const get = async (target, host) =>
      statusOf(await raw(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${daemon.token}\r\nConnection: close\r\n\r\n`))
    assert.equal(await get(`http://127.0.0.1:${port}/api/workspaces`, `127.0.0.1:${port}`), 200)
    assert.equal(await get(`http://127.0.0.1:${port}/api/workspaces`, 'evil.example'), 200, 'RFC 9112, 3.2.2')
    assert.equal(await get(`http://evil.example/api/workspaces`, `127.0.0.1:${port}`), 421)
    assert.equal(await get(`http://user@127.0.0.1:${port}/api/workspaces`, `127.0.0.1:${port}`), 421)
  })

  test('`null` cannot be allowed', async () => {
    const home = await makeFolder('null-origin')
    const { code, err } = await runToEnd(muster, ['serve', '--home', home, '--port', '0', '--allowed-origins', 'null'], { code: null })
    assert.notEqual(code, 0)
    assert.match(err, /`null` is not an origin/)
  })

  test('a listed origin may call with the token, also as a parameter, and not without it', async () => {
    const listed = await Daemon.start({ args: ['--allowed-origins', 'http://app.example, http://other.example'] })
    const origin = 'http://app.example'
    const from = (headers, route) => ask({ of: listed, route, headers: { origin, 'sec-fetch-site': 'cross-site', ...headers } })
    assert.equal((await from(bearer(listed))).status, 200)
    assert.equal((await from({}, `/api/workspaces?access_token=${listed.token}`)).status, 200)
    assert.equal((await from({})).status, 401)
    assert.equal((await ask({ of: listed, route: `/api/workspaces?access_token=${listed.token}` })).status, 401)
    assert.equal((await ask({ of: listed, headers: { origin: 'http://third.example', ...bearer(listed) } })).status, 403)
    await listed.remove()
  })

  test('a page of a listed origin passes the preflight and can read answers; any other cannot', async () => {
    const listed = await Daemon.start({ args: ['--allowed-origins', 'http://app.example'] })
    const preflight = (origin, method, more = {}) =>
      ask({ of: listed, method: 'OPTIONS', headers: { origin, 'sec-fetch-site': 'cross-site', 'access-control-request-method': method, 'access-control-request-headers': 'authorization,idempotency-key', ...more } })
    const open = ({ headers }) => Object.keys(headers).filter((name) => name.startsWith('access-control-')).sort()
    const origin = 'http://app.example'

    for (const method of ['GET', 'POST']) {
      const { status, headers } = await preflight(origin, method)
      assert.equal(status, 204, method)
      assert.equal(headers['access-control-allow-origin'], origin)
      assert.equal(headers['access-control-allow-methods'], method)
      assert.deepEqual(headers['access-control-allow-headers'].split(', ').sort(), ['authorization', 'content-type', 'idempotency-key'])
      assert.equal(headers['access-control-allow-credentials'], undefined)
      assert.match(headers.vary, /Origin/)
    }
    assert.equal((await preflight(origin, 'PATCH')).status, 405, 'nothing is served by that method')
    assert.equal((await preflight(origin, 'GET', { host: 'evil.example' })).status, 421)
    for (const other of ['http://third.example', 'http://app.example.evil.example', 'https://app.example', 'null', '*']) {
      const answer = await preflight(other, 'GET')
      assert.equal(answer.status, 403, other)
      assert.deepEqual(open(answer), [], other)
    }

    const read = (from, headers, route) => ask({ of: listed, route, headers: { origin: from, ...headers } })
    const shared = await read(origin, bearer(listed))
    assert.equal(shared.status, 200)
    assert.deepEqual(open(shared), ['access-control-allow-origin', 'access-control-expose-headers'])
    assert.equal(shared.headers['access-control-allow-origin'], origin)
    assert.deepEqual(shared.headers['access-control-expose-headers'].split(', ').sort(), ['muster-cursor', 'retry-after'])
    assert.match(shared.headers.vary, /Origin/)
    assert.equal((await read(origin, {})).headers['access-control-allow-origin'], origin, 'it may read why it was refused')
    assert.deepEqual(open(await read('http://third.example', bearer(listed))), [])
    assert.deepEqual(open(await read(`http://127.0.0.1:${listed.port}`, bearer(listed))), [], 'our own page needs none')
    assert.deepEqual(open(await read(origin, {}, '/')), [], 'the page itself is for no one else')

    const live = await Live.open(`ws://127.0.0.1:${listed.port}/ws`, { token: listed.token, headers: { origin } })
    assert.equal((await live.call('list_workspaces')).status, 200)
    await live.close()
    await listed.remove()
  })
})

describe('the token', () => {
  test('every operation except the public ones requires it', async () => {
    const { out } = await runToEnd(path.join(build, 'bin/muster-gen'), ['--bad-cases'])
    const { operations } = JSON.parse(out)
    assert.deepEqual(operations.filter((op) => op.public).map((op) => op.name).sort(), PUBLIC)
    for (const op of operations.filter((one) => !one.public)) {
      const { status, headers } = await ask({ method: op.method, route: op.path.replace(/\{\w+\}/g, 'x') })
      assert.equal(status, 401, op.name)
      assert.equal(headers['www-authenticate'], 'Bearer', op.name)
    }
  })

  test('only the exact token is accepted', async () => {
    const { token } = daemon
    const wrong = [
      {}, { authorization: 'Bearer' }, { authorization: 'Bearer ' }, { authorization: `Basic ${token}` }, { authorization: token },
      { authorization: `Bearer ${token.slice(1)}` }, { authorization: `Bearer ${token}0` }, { cookie: `token=${token}` },
      { 'x-api-key': token },
    ]
    for (const headers of wrong) assert.equal((await ask({ headers })).status, 401, JSON.stringify(headers))
    assert.equal((await ask({ route: `/api/workspaces?access_token=${token}` })).status, 401)
    assert.equal((await ask({ route: `/api/workspaces?token=${token}` })).status, 401)
    assert.equal((await ask({ headers: { authorization: `bearer ${token}` } })).status, 200, 'RFC 9110, 11.1: the scheme has no case')
  })

  test('a socket requires it too', async () => {
    const { port, token } = daemon
    const url = `ws://127.0.0.1:${port}/ws`
    const refused = (options) => assert.rejects(Live.open(url, options), /refused with|Unexpected server response/)
    await refused({ protocols: ['muster.v1'] })
    await refused({ protocols: [] })
    await refused({ protocols: ['muster.v1', `bearer.${'0'.repeat(64)}`] })
    await refused({ token, headers: { origin: 'null' } })
    await refused({ token, headers: { origin: `http://127.0.0.1:${port + 1}` } })
    await refused({ token, headers: { host: 'evil.example' } })
    const live = await Live.open(url, { token, headers: { origin: `http://127.0.0.1:${port}` } })
    assert.equal(live.ws.protocol, 'muster.v1', 'the token is not sent back')
    await live.close()
    const other = await Live.open(url, { protocols: [], headers: bearer() })
    await other.close()
  })

  test('wrong ones are throttled, the right one is not', async () => {
    const own = await Daemon.start()
    const guess = (n) => ask({ of: own, headers: { authorization: `Bearer ${String(n).padStart(64, '0')}` } })
    for (let n = 0; n < WRONG_TOKENS_A_MINUTE; n++) assert.equal((await guess(n)).status, 401)
    const late = await guess(99)
    assert.equal(late.status, 429)
    assert.ok(Number(late.headers['retry-after']) > 0)
    const code = await own.api('POST', '/api/auth/code', { code: 'guess' }, { token: null })
    assert.equal(code.status, 429, 'start codes count with them')
    assert.equal((await ask({ of: own, headers: bearer(own) })).status, 200)
    await own.remove()
  })

  test('refusals are logged once a minute for each kind, without the token', async () => {
    const own = await Daemon.start()
    const secret = 'f'.repeat(64)
    for (let n = 0; n < 20; n++) {
      await ask({ of: own, headers: { host: 'evil.example', ...bearer(own) } })
      await ask({ of: own, headers: { origin: 'http://evil.example', ...bearer(own) } })
      await ask({ of: own, headers: { authorization: `Bearer ${secret}` } })
      await ask({ of: own })
    }
    const said = own.program.errors.items.filter((line) => line.includes('refused'))
    for (const what of [/host `evil\.example` \(1 since/, /origin `http:\/\/evil\.example` \(1 since/, /wrong token, sent to `\/api\/workspaces` \(1 since/, /without a token/]) {
      assert.equal(said.filter((line) => what.test(line)).length, 1, `${what} in ${said.join('\n')}`)
    }
    assert.equal(said.length, 4, said.join('\n'))
    assert.ok(!said.join('').includes(secret) && !said.join('').includes(own.token))
    await own.remove()
  })

  test('a start code is valid once', async () => {
    const own = await Daemon.start() // the code that a start prints is good for a minute
    const redeem = (code) => own.api('POST', '/api/auth/code', { code }, { token: null })
    const first = new URL(own.startUrl).hash.replace('#code=', '')
    assert.equal((await redeem(first)).body.token, own.token)
    assert.equal((await redeem(first)).status, 401)
    const { out } = await own.cli(['open'])
    assert.match(out, new RegExp(`^http://127\\.0\\.0\\.1:${own.port}/signin#code=[\\w-]{40,}$`))
    const second = new URL(out).hash.replace('#code=', '')
    assert.notEqual(second, first)
    assert.equal((await redeem(second)).status, 200)
    assert.equal((await redeem(second)).status, 401)
    await own.remove()
  })

  test('home, token, socket and everything else are accessible only to their owner', async () => {
    const { home, token } = daemon
    const mode = async (name) => ((await stat(path.join(home, name))).mode & 0o7777).toString(8)
    assert.equal(await mode('.'), '700')
    assert.equal(await mode('token'), '600')
    assert.equal(await mode('sock'), '600')
    for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath ?? entry.path, entry.name)
      assert.equal((await stat(file)).mode & 0o077, 0, file)
      if (entry.isFile() && entry.name !== 'token') assert.ok(!(await readFile(file)).includes(token), `the token is in ${file}`)
    }
    const said = [...daemon.program.lines.items, ...daemon.program.errors.items].join('\n')
    assert.ok(!said.includes(token), 'the token was printed')
  })

  test('a home that others can read is closed to them, and its token is kept', async () => {
    const home = await makeFolder('open-home')
    const own = await Daemon.start({ home })
    const { token } = own
    await own.stop()
    await chmod(home, 0o755)
    await chmod(path.join(home, 'token'), 0o644)
    await own.restart()
    assert.equal((await stat(home)).mode & 0o777, 0o700)
    assert.equal((await stat(path.join(home, 'token'))).mode & 0o777, 0o600)
    assert.equal(own.token, token)
    await own.remove()
  })
})

describe('every answer', () => {
  const usual = {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  }
  const policy = {
    'default-src': "'none'", 'script-src': "'self'", 'base-uri': "'none'", 'frame-ancestors': "'none'", 'form-action': "'none'",
    'require-trusted-types-for': "'script'", 'trusted-types': 'muster',
  }

  function check({ headers }, what) {
    for (const [name, value] of Object.entries(usual)) assert.equal(headers[name], value, `${what}: ${name}`)
    const given = Object.fromEntries(headers['content-security-policy'].split(';').map((one) => one.trim().split(/ (.*)/)))
    for (const [name, value] of Object.entries(policy)) assert.equal(given[name], value, `${what}: ${name}`)
    assert.doesNotMatch(headers['content-security-policy'], /unsafe|\*|https?:/)
    assert.equal(headers['set-cookie'], undefined, what)
    assert.equal(headers['access-control-allow-origin'], undefined, what)
    assert.equal(headers.server, undefined, what)
  }

  test('has a HEAD if it has a GET', async () => {
    for (const [route, status] of [['/api/health', 200], ['/api/agents', 200], ['/api/agents/ag_x', 400], ['/api/nothing', 404]]) {
      const response = await fetch(daemon.origin + route, { method: 'HEAD', headers: { authorization: `Bearer ${daemon.token}` } })
      assert.deepEqual([response.status, await response.text()], [status, ''], route)
    }
  })

  test('carries the headers, and no cookie', async () => {
    const page = await ask({ route: '/' })
    assert.equal(page.status, 200)
    const assets = [...page.body.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file]) => file)
    assert.ok(assets.length > 0)
    check(page, 'the page')
    const [, nonce] = /<meta name="csp-nonce" content="([^"]+)"/.exec(page.body)
    assert.equal(page.headers['content-security-policy'], policyOf(nonce), 'as the page is developed and tested with it')
    assert.equal(page.headers['cache-control'], 'no-store')
    const again = await ask({ route: '/inbox', headers: { accept: 'text/html' } })
    assert.ok(!again.body.includes(nonce), 'a nonce is used once')
    assert.equal(again.body.replace(/content="[^"]+==" /, ''), page.body.replace(/content="[^"]+==" /, ''), 'the page is otherwise equal for everybody')
    for (const route of assets) {
      const answer = await ask({ route })
      assert.equal(answer.status, 200, route)
      assert.match(answer.headers['cache-control'], /immutable/, route)
      check(answer, route)
    }
    const wanted = [
      [200, {}], [401, { headers: {} }], [404, { route: '/api/no/such' }], [404, { route: '/no/such.js' }], [405, { method: 'PATCH', route: '/api/workspaces' }],
      [400, { method: 'POST', body: '{' }], [421, { headers: { host: 'evil.example' } }], [403, { headers: { origin: 'null' } }],
      [200, { route: '/api/health' }], [426, { route: '/ws' }], [431, { headers: { ...bearer(), 'x-long': 'a'.repeat(HEAD_MAX) } }],
    ]
    for (const [status, what] of wanted) {
      const answer = await ask({ headers: { ...bearer(), 'content-type': 'application/json' }, ...what })
      assert.equal(answer.status, status, JSON.stringify(what))
      check(answer, JSON.stringify(what).slice(0, 80))
      if (answer.body && status >= 400) assert.match(JSON.parse(answer.body).error.code, /^[A-Z_]+$/)
    }
  })

  test('says what is served if the request is not', async () => {
    const allow = async (method, route, more) => {
      const { status, headers } = await ask({ method, route, headers: { ...bearer(), ...more } })
      return [status, headers.allow]
    }
    assert.deepEqual(await allow('PATCH', '/api/workspaces'), [405, 'GET, HEAD, POST, OPTIONS'])
    assert.deepEqual(await allow('POST', '/'), [405, 'GET, HEAD'])
    assert.deepEqual(await allow('POST', '/ws'), [405, 'GET'])
    assert.deepEqual(await allow('OPTIONS', '/api/workspaces'), [204, 'GET, HEAD, POST, OPTIONS'])
    assert.deepEqual(await allow('OPTIONS', '*'), [204, 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'])
    const old = await ask({ route: '/ws', headers: bearer() })
    assert.deepEqual([old.status, old.headers.upgrade, JSON.parse(old.body).error.code], [426, 'websocket', 'UPGRADE_REQUIRED'])
    assert.deepEqual(await allow('TRACE', '/api/workspaces'), [405, 'GET, HEAD, POST, OPTIONS'])
    const unknown = await raw(`FROB / HTTP/1.1\r\nHost: 127.0.0.1:${daemon.port}\r\n\r\n`)
    assert.equal(statusOf(unknown), 501)
    assert.match(unknown, /"NOT_IMPLEMENTED"/)
  })

  test('of the API is never cached', async () => {
    assert.match((await ask({ headers: bearer() })).headers['cache-control'] ?? '', /no-store/)
    assert.match((await daemon.api('POST', '/api/auth/codes')).headers.get('cache-control') ?? '', /no-store/)
  })
})

describe('limits', () => {
  const head = (...lines) => [`GET /api/health HTTP/1.1`, `Host: 127.0.0.1:${daemon.port}`, 'Connection: close', ...lines, '', ''].join('\r\n')

  test('a head that is too long, or has too many lines, is refused', async () => {
    const many = (n) => Array.from({ length: n }, (_, i) => `X-${i}: 1`)
    assert.equal(statusOf(await raw(head(...many(HEADERS_MAX - 2)))), 200)
    assert.equal(statusOf(await raw(head(...many(HEADERS_MAX + 1)))), 431)
    assert.equal(statusOf(await raw(head(`X-Long: ${'a'.repeat(HEAD_MAX)}`))), 431)
    assert.equal(statusOf(await raw(`GET /${'a'.repeat(HEAD_MAX)} HTTP/1.1\r\n\r\n`)), 414)
  })

  test('what two programs could parse differently is refused', async () => {
    const { port } = daemon
    for (const lines of [
      [`Host: 127.0.0.1:${port}`], ['X-A: 1', ' folded'], ['X-A : 1'], ['Content-Length: 1', 'Transfer-Encoding: chunked'],
      ['Content-Length: 1', 'Content-Length: 2'], ['Authorization: Bearer a', 'Authorization: Bearer a'], ['Origin: http://a', 'Origin: http://a'], ['Content-Length: +1'], ['Transfer-Encoding: gzip'],
    ]) {
      const status = statusOf(await raw(head(...lines)))
      assert.ok(status >= 400 && status < 600 && status !== 500, `${lines}: ${status}`)
    }
    assert.equal(statusOf(await raw('GET /api/health HTTP/1.1\r\nConnection: close\r\n\r\n')), 400, 'no Host')
    for (const target of ['/../etc/passwd', '/%2e%2e/etc/passwd', '/a%00b', '/%zz']) {
      const status = statusOf(await raw(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`))
      assert.ok([400, 404].includes(status), `${target}: ${status}`)
    }
  })

  test('filling the port with connections does not shut out the command line, and a new connection that sends a request is served', async () => {
    const own = await Daemon.start()
    const quiet = []
    const limit = Number(/Max open files\s+(\d+)/.exec(await readFile(`/proc/${own.program.pid}/limits`, 'utf8'))[1])
    const wanted = Math.min(CONNS_MAX, limit) + 200
    for (let n = 0; n < wanted; n++) quiet.push(net.connect(own.port, '127.0.0.1').on('error', () => {}))
    await within(Promise.all(quiet.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve)))), 'the connections')
    assert.match((await own.cli(['health'])).out, /ok/)
    assert.equal((await ask({ of: own, headers: bearer(own) })).status, 200)
    for (const socket of quiet) socket.destroy()
    await own.remove()
  })

  test('a head that arrives too slowly is dropped', async () => {
    assert.equal(statusOf(await raw('GET /api/health HTTP/1.1\r\nHost: ')), 408)
  })
})

test('the scripted model refuses web pages and reads nothing from them', async (t) => {
  const model = await Model.start({ scenarios: {} })
  t.after(() => model.stop())
  const of = { port: Number(new URL(model.url).port) }
  const body = '{"messages":[]}'
  const post = (headers) => ask({ of, method: 'POST', route: '/v1/messages', headers: { 'content-type': 'text/plain', ...headers }, body })
  const refused = await post({ origin: 'https://evil.example', 'content-length': '60000000' }).catch(String)
  assert.equal(refused.status, 403, refused)
  assert.equal((await post({ 'content-length': String(body.length) })).status, 200)
  assert.deepEqual((await model.requests()).map(({ status }) => status), [403, 200])
})
