// Every operation takes a valid input, and refuses each way of making it wrong with the path of the field at fault,
// over REST and over /ws, and what was refused has changed nothing. The wrong inputs are made from the shapes; an
// operation without a valid input below fails, so that none escapes.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import os from 'node:os'
import test from 'node:test'
import { callAnyhow, addressOf, bodyOf, operationsByName, placeOf, startAll, steps } from '../harness/operations.mjs'
import { rows } from '../harness/recovery.mjs'
import { git } from '../harness/repository.mjs'
import { within } from '../harness/wait.mjs'

const BODY_MAX = 1 << 20 // HttpLimits.body_max
const HEAD_MAX = 16 << 10 // HttpLimits.head_max
const TOO_DEEP = 5000

/** The valid input with the case's one member made wrong. */
function mutate(input, { at, value, fill, with: character, items }) {
  const { [at]: _, ...rest } = input
  if (items !== undefined) return { ...rest, [at]: Array(items).fill(character.repeat(fill)) }
  if (fill !== undefined) return { ...rest, [at]: character.repeat(fill) }
  return value === undefined ? rest : { ...rest, [at]: value }
}

/** In an address everything is text: where text is wanted, a number is none too few. */
function isWrongAsText(op, { at, why, value }) {
  if (why !== 'wrong type' || value !== 7) return true
  return op.cases.some((other) => other.at === at && /^not a/.test(other.why))
}

function assertRefused(status, error, one, where) {
  const what = `${where}, ${one.at} ${one.why}: ${status} ${JSON.stringify(error)}`
  assert.ok(status >= 400 && status < 500, what)
  assert.ok(error?.details?.[one.path]?.length > 0, what)
}

function assertClientError({ status, body }, where) {
  assert.ok(status >= 400 && status < 500, `${where}: ${status} ${JSON.stringify(body)}`)
  assert.match(body.error.code, /^[A-Z_]+$/, where)
  assert.ok(body.error.message, where)
}

/* --- one operation, refused in every way -------------------------------------------------------------------- */

async function refuseOverSocket(c, op, input) {
  for (const one of op.cases) {
    const { status, body } = await c.live.call(op.name, mutate(input, one), { key: crypto.randomUUID() })
    assertRefused(status, body?.error, one, `${op.name} over /ws`)
  }
  for (const wrong of [[], [input], 'text', 7, true]) {
    assertClientError(await c.live.call(op.name, wrong), `${op.name} over /ws with the input ${JSON.stringify(wrong)}`)
  }
}

/** A text as long as it may be is no fault, in whatever characters: beside another fault only that one is named. */
async function takeBounds(c, op, input) {
  for (const one of op.bounds) {
    const { status, body } = await c.live.call(op.name, { ...mutate(input, one), noSuchField: 1 })
    assert.deepEqual([status, Object.keys(body?.error?.details ?? {})], [400, ['noSuchField']], `${op.name}: ${one.at} at its bound`)
  }
}

/** A file goes over REST alone. */
async function refuseSocket(c, op, input) {
  const { status, body } = await c.live.call(op.name, input)
  assert.deepEqual([status, body.error.code], [400, 'VALIDATION_ERROR'])
  assert.match(body.error.message, /served over REST alone/)
}

async function refuseOverRest(c, op, input) {
  for (const one of op.cases) {
    const where = placeOf(op, one.at)
    if (op.takesFile && where === 'body') continue
    // A route without one of its segments is another route, and an address has an end.
    if (where === 'path' && (one.why === 'missing' || one.value === '')) continue
    if (where !== 'body' && (one.fill * Buffer.byteLength(encodeURIComponent(one.with ?? '')) > HEAD_MAX / 2 || !isWrongAsText(op, one))) continue
    const wrong = mutate(input, one)
    const answer = await c.daemon.api(op.method, addressOf(op, wrong), bodyOf(op, wrong))
    assertRefused(answer.status, answer.body.error, one, `${op.method} ${op.path}`)
  }
  const unknown = { at: 'noSuchField', why: 'unknown', path: 'noSuchField' }
  const address = addressOf(op, input)
  const answer = await c.daemon.api(op.method, `${address}${address.includes('?') ? '&' : '?'}noSuchField=1`, bodyOf(op, input))
  assertRefused(answer.status, answer.body.error, unknown, `${op.method} ${op.path} with a query parameter`)
}

function send(c, op, input, body, type = 'application/json') {
  const headers = { authorization: `Bearer ${c.daemon.token}`, 'content-type': type }
  return fetch(c.daemon.origin + addressOf(op, input), { method: op.method, headers, body })
}

const brokenUtf8 = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])
const bodies = {
  'a list': '[]',
  'a text': '"text"',
  'a number': '7',
  null: 'null',
  'half an object': '{"name":',
  'two objects': '{}{}',
  'broken UTF-8': brokenUtf8,
  'deep JSON': `{"name":${'['.repeat(TOO_DEEP)}${']'.repeat(TOO_DEEP)}}`,
}

async function refuseBodies(c, op, input) {
  if (op.method === 'GET') return
  for (const [what, body] of Object.entries(bodies)) {
    const answer = await send(c, op, input, body)
    assertClientError({ status: answer.status, body: await answer.json() }, `${op.method} ${op.path} with ${what}`)
  }
  for (const type of ['text/plain', 'application/jsonx', 'application/json; charset=latin1', '']) {
    const answer = await send(c, op, input, JSON.stringify(bodyOf(op, input)), type)
    assert.deepEqual([answer.status, (await answer.json()).error.code], [415, 'UNSUPPORTED_MEDIA_TYPE'], `${op.method} ${op.path} as ${type}`)
  }
  assert.equal(await announce(c, op, input, BODY_MAX + 1), 413, `${op.method} ${op.path} with a huge body`)
}

/** The status of an answer to a request of which only the head is sent. */
async function announce(c, op, input, length) {
  const socket = net.connect(c.daemon.port, '127.0.0.1')
  const head = [`${op.method} ${addressOf(op, input)} HTTP/1.1`, `Host: 127.0.0.1:${c.daemon.port}`,
    `Authorization: Bearer ${c.daemon.token}`, 'Content-Type: application/json', `Content-Length: ${length}`, '', '']
  socket.write(head.join('\r\n'))
  const [first] = await within(once(socket, 'data'), 'an answer to a head')
  socket.destroy()
  return Number(/^HTTP\/1\.1 (\d+)/.exec(first.toString())[1])
}

/* --- nothing changes ---------------------------------------------------------------------------------------- */

const SETTLED = ['id', 'worktreeId', 'name', 'mode', 'permissions', 'displayOrder', 'deletedAt', 'limits', 'sessionId']
/** The watch follows the branch that git says; git itself is asked below. */
const unwatched = ({ branch, isDetached, updatedAt, ...row }) => row
const settled = (row) => Object.fromEntries(SETTLED.map((name) => [name, row[name]]))

/** What a refused call must not touch: everything that a person can see and that does not move by itself. */
async function whole(c) {
  const get = (route) => c.daemon.want(200, 'GET', route)
  const { workspaces } = await get('/api/workspaces')
  const { agents } = await get('/api/agents?includeDeleted=true')
  const seen = { workspaces, agents: agents.map(settled), asks: await get('/api/asks'), settings: await get('/api/settings'), trash: await get('/api/trash') }
  for (const { id } of workspaces) seen[id] = (await get(`/api/workspaces/${id}/worktrees`)).worktrees.map(unwatched)
  for (const { id } of agents) seen[id] = (await get(`/api/agents/${id}/messages`)).messages.length
  seen.git = await git(c.repository, 'for-each-ref') + (await git(c.repository, 'worktree', 'list', '--porcelain'))
  return seen
}

async function finish(c) {
  const complaints = c.daemon.program.errors.items.filter((line) => /^\S+ (error|warn)\b/.test(line))
  c.live.ws.terminate()
  await c.daemon.remove()
  await c.model.stop()
  assert.deepEqual(complaints, [], 'a refusal is no trouble of the daemon')
}

/** The keys scenario gives keys; whoever gives none is in the audit log all the same. */
async function entries(c, op) {
  const [{ n }] = await rows(c.daemon.home, `SELECT count(*) AS n FROM audit WHERE op = '${op.name}'`)
  return n
}

async function takeAndRefuse(c, op, makeInput, keep) {
  const input = makeInput(c)
  const audited = await entries(c, op)
  const answer = await callAnyhow(c, op, input)
  assert.ok(answer.status >= 200 && answer.status < 300, JSON.stringify(answer))
  assert.equal(await entries(c, op), audited + (op.audited ? 1 : 0), 'entries of the audit log')
  await keep?.(c, answer.body)
  if (c.tried.has(op.name)) return
  c.tried.add(op.name)
  const before = await whole(c)
  if (op.overRest) await refuseSocket(c, op, input)
  else await refuseOverSocket(c, op, input)
  if (!op.overRest) await takeBounds(c, op, input)
  await refuseOverRest(c, op, input)
  if (!op.takesFile) await refuseBodies(c, op, input)
  assert.deepEqual(await whole(c), before)
}

test('every operation accepts a valid input and refuses each invalid one with its path', async (t) => {
  const operations = await operationsByName()
  const c = { ...(await startAll()), tried: new Set(), lastTurn: 0 }
  for (const [name, makeInput, keep] of steps) {
    await t.test(name, () => takeAndRefuse(c, operations.get(name), makeInput, keep))
  }
  await t.test('no operation is left out', () => {
    assert.deepEqual([...operations.keys()].filter((name) => !c.tried.has(name)), [])
  })
  await finish(c)
})

test('text that people write may consist of four-byte characters, and comes back unchanged', async () => {
  const c = { ...(await startAll()), lastTurn: 0 }
  const operations = await operationsByName()
  const longest = (op, at) => {
    const { fill, with: character, chars } = operations.get(op).bounds.find((one) => one.at === at)
    assert.ok(chars, `${op}.${at} counts characters`)
    return character.repeat(fill)
  }
  const call = async (op, input) => {
    const answer = await c.live.call(op, input, { key: crypto.randomUUID() })
    assert.ok(answer.status >= 200 && answer.status < 300, `${op}: ${JSON.stringify(answer).slice(0, 500)}`)
    return answer.body
  }
  await call('update_setting', { name: 'workspace.roots', value: os.tmpdir() })
  const workspace = await call('create_workspace', { path: c.repository })
  const name = longest('update_workspace', 'name')
  assert.equal((await call('update_workspace', { workspaceId: workspace.id, name })).name, name)
  const { worktrees } = await call('list_worktrees', { workspaceId: workspace.id })
  const made = await call('create_agent', { worktreeId: worktrees[0].id, name: longest('create_agent', 'name'), initialPrompt: longest('create_agent', 'initialPrompt') })
  assert.equal(made.name, longest('create_agent', 'name'))
  assert.equal((await call('update_agent', { agentId: made.id, name: longest('update_agent', 'name') })).name, longest('update_agent', 'name'))
  await call('send_message_to_agent', { agentId: made.id, content: longest('send_message_to_agent', 'content') })
  await call('send_message_to_agent', { agentId: made.id, content: '\u6c49'.repeat(20_000) })
  const { messages } = await call('get_agent_messages', { agentId: made.id })
  assert.deepEqual(messages.map(({ content }) => content), [longest('create_agent', 'initialPrompt'), longest('send_message_to_agent', 'content'), '\u6c49'.repeat(20_000)])

  const asking = await call('create_agent', { worktreeId: worktrees[0].id, name: 'asks' })
  const topic = await c.live.subscribe(`agent/${asking.id}`)
  await call('start_agent', { agentId: asking.id, initialPrompt: '@@ask' })
  await topic.waitFor('ask')
  const [ask] = (await call('list_asks', {})).asks
  const message = longest('answer_ask', 'message')
  assert.equal((await call('answer_ask', { askId: ask.id, decision: 'deny', message })).message, message)
  await topic.waitFor('turn_end')
  await call('stop_agent', { agentId: asking.id })
  await finish(c)
})

test('an invalid message over /ws is refused, and the socket stays open or says why it closes', async () => {
  const c = await startAll()
  const refused = [
    { type: 'call', id: 'a', op: 'no_such_operation', input: {} },
    { type: 'call', id: 'b', op: 7, input: {} },
    { type: 'call', id: 'c' },
    { type: 'call', op: 'list_workspaces', input: {} },
    { type: 'call', id: 'x'.repeat(129), op: 'list_workspaces', input: {} },
    { type: 'call', id: 'd', op: 'list_workspaces', input: {}, key: 'k'.repeat(201) },
    { type: 'call', id: 'd', op: 'list_workspaces', input: {}, key: 'two words' },
    { type: 'no_such_type', id: 'e' },
    { id: 'f' },
    [],
    'text',
    null,
    { type: 'subscribe', id: 'g' },
    { type: 'subscribe', id: 'h', topic: 't'.repeat(201) },
    { type: 'subscribe', id: 'k', topic: 'app', after: -1 },
    { type: 'subscribe', id: 'l', topic: 'app', kinds: 'status' },
    { type: 'subscribe', id: 'm', topic: 'app', kinds: [7] },
    { type: 'unsubscribe', id: 'n', topic: 'app' },
  ]
  for (const message of refused) {
    const from = c.live.frames.items.length
    c.live.send(message)
    const answer = await c.live.frames.waitFor(() => true, { what: `an answer to ${JSON.stringify(message)}`, from })
    assert.equal(answer.type, 'error', JSON.stringify({ message, answer }))
    assert.match(answer.error.code, /^(VALIDATION_ERROR|NOT_FOUND)$/, JSON.stringify({ message, answer }))
  }
  for (const text of ['{', '{"type":"ping"}{}', `${'['.repeat(TOO_DEEP)}${']'.repeat(TOO_DEEP)}`]) {
    const from = c.live.frames.items.length
    c.live.ws.send(text)
    assert.equal((await c.live.frames.waitFor(() => true, { from })).error.code, 'VALIDATION_ERROR', text.slice(0, 40))
  }
  c.live.send({ type: 'ping', id: 'still' })
  await c.live.frames.waitFor((frame) => frame.type === 'pong' && frame.id === 'still')
  await finish(c)
})

test('a frame that is too large, or is not text, closes only its own socket', async () => {
  const c = await startAll()
  const endedWith = async (act) => {
    const live = await c.daemon.connect()
    const closed = once(live.ws, 'close')
    act(live.ws)
    const [code] = await within(closed, 'the socket closes')
    return code
  }
  assert.equal(await endedWith((ws) => ws.send('x'.repeat(20 << 20))), 1009) // RFC 6455, 7.4.1
  assert.equal(await endedWith((ws) => ws.send(Buffer.from([0x22, 0xc3, 0x28, 0x22]), { binary: false })), 1007)
  assert.equal((await c.live.call('list_workspaces', {})).status, 200)
  await finish(c)
})
