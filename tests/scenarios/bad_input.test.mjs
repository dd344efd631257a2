// Every operation takes a valid input, and refuses each way of making it wrong with the path of the field at fault,
// over REST and over /ws, and what was refused has changed nothing. The wrong inputs are made from the shapes; an
// operation without a valid input below fails, so that none escapes.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { claudeClis } from '../harness/clis.mjs'
import { Daemon } from '../harness/daemon.mjs'
import { Model } from '../harness/model.mjs'
import { build, checkout, runToEnd } from '../harness/program.mjs'
import { git, makeRepository } from '../harness/repository.mjs'
import { within } from '../harness/wait.mjs'

const BODY_MAX = 1 << 20 // HttpLimits.body_max
const HEAD_MAX = 16 << 10 // HttpLimits.head_max
const TOO_DEEP = 5000

/** What the steps share: ids that earlier answers gave. */
const place = (c) => ({ workspaceId: c.workspace.id, worktreeId: c.worktree.id })
const workspace = (c) => ({ workspaceId: c.workspace.id })
const agent = (c) => ({ agentId: c.agent.id })
const nothing = () => ({})

/** In the order in which they can succeed: [operation, its input, what to keep of its answer]. */
const steps = [
  ['get_health', nothing],
  ['get_health_live', nothing],
  ['get_health_ready', nothing],
  ['create_start_code', nothing, (c, out) => (c.code = new URL(out.url).hash.replace('#code=', ''))],
  ['redeem_start_code', (c) => ({ code: c.code })],
  ['get_sign_in', nothing],
  ['get_system', nothing],
  ['list_holds', nothing],
  ['list_settings', nothing],
  ['update_setting', () => ({ name: 'workspace.roots', value: os.tmpdir() })],
  ['create_workspace', (c) => ({ path: c.repository }), (c, out) => (c.workspace = out)],
  ['list_workspaces', nothing],
  ['get_workspace', workspace],
  ['update_workspace', (c) => ({ ...workspace(c), name: 'Renamed' })],
  ['refresh_workspace', workspace],
  [
    'create_worktree',
    (c) => ({ ...workspace(c), name: 'first', branch: 'first', createBranch: true }),
    (c, out) => (c.worktree = out),
  ],
  ['list_worktrees', workspace, (c, out) => (c.worktreeIds = out.worktrees.map((w) => w.id))],
  ['get_worktree', place],
  ['update_worktree', (c) => ({ ...place(c), name: 'renamed' })],
  ['reorder_worktrees', (c) => ({ ...workspace(c), worktreeIds: c.worktreeIds.toReversed() })],
  ['get_git_status', place],
  ['list_branches', place],
  ['get_worktree_diff', place],
  ['checkout_branch', (c) => ({ ...place(c), branch: 'second', createBranch: true })],
  ['browse_folders', (c) => ({ path: path.dirname(c.repository) })],
  ['create_agent', (c) => ({ worktreeId: c.worktree.id, name: 'worker' }), (c, out) => (c.agent = out)],
  ['list_agents', (c) => ({ worktreeId: c.worktree.id })],
  ['get_agent', agent],
  ['update_agent', (c) => ({ ...agent(c), name: 'renamed' })],
  ['reorder_agents', (c) => ({ worktreeId: c.worktree.id, agentIds: [c.agent.id] })],
  ['get_agent_status', agent],
  ['send_message_to_agent', (c) => ({ ...agent(c), content: '@@hello' }), (c, out) => (c.messageId = out.messageId)],
  ['get_agent_messages', agent],
  ['withdraw_message', (c) => ({ ...agent(c), messageId: c.messageId })],
  ['start_agent', (c) => ({ ...agent(c), initialPrompt: '@@ask' }), waitForAsk],
  ['list_asks', nothing, (c, out) => (c.askId = out.asks[0].id)],
  ['get_ask', (c) => ({ askId: c.askId })],
  ['answer_ask', (c) => ({ askId: c.askId, decision: 'deny', message: 'Not now' }), waitForRest],
  ['send_message_to_agent', (c) => ({ ...agent(c), content: '@@slow' }), waitForTurn],
  ['interrupt_agent', agent, waitForRest],
  ['stop_agent', agent],
  ['resume_agent', agent],
  ['delete_agent', (c) => ({ ...agent(c), archive: true })],
  ['restore_agent', agent],
  ['delete_worktree', (c) => ({ ...place(c), force: true })],
  ['list_trash', nothing],
  ['restore_worktree', place],
  ['delete_worktree', (c) => ({ ...place(c), force: true })],
  ['list_trash', nothing, (c, out) => (c.trashId = out.entries[0].id)],
  ['restore_trash', (c) => ({ trashId: c.trashId })],
  ['get_usage', nothing],
  ['get_usage_today', nothing],
  ['get_usage_history', nothing],
  ['get_usage_limits', nothing],
  ['start_demo', nothing],
  ['delete_workspace', workspace],
]

async function waitForAsk(c) {
  c.topic = await c.live.subscribe(`agent/${c.agent.id}`)
  await c.topic.waitFor('ask')
}

async function waitForTurn(c, { messageId: sent }) {
  await c.topic.waitFor('message', ({ messageId, state }) => messageId === sent && state === 'sent')
}

/** Until the next turn is over: what it leaves, a message too, comes when the CLI finds time. */
async function waitForRest(c) {
  const end = await c.topic.waitFor('turn_end', () => true, { after: c.lastTurn })
  c.lastTurn = end.seq
  await c.topic.waitFor('status', ({ status }) => status === 'finished', { after: end.seq })
}

/** The valid input with the case's one member made wrong. */
function mutate(input, { at, value, fill, items }) {
  const { [at]: _, ...rest } = input
  if (items !== undefined) return { ...rest, [at]: Array(items).fill(value) }
  if (fill !== undefined) return { ...rest, [at]: 'a'.repeat(fill) }
  return value === undefined ? rest : { ...rest, [at]: value }
}

const placeOf = (op, at) => op.from[at] ?? (op.method === 'GET' ? 'query' : 'body')

/** In an address everything is text: where text is wanted, a number is none too few. */
function isWrongAsText(op, { at, why, value }) {
  if (why !== 'wrong type' || value !== 7) return true
  return op.cases.some((other) => other.at === at && /^not a/.test(other.why))
}

function addressOf(op, input) {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(input)) {
    if (placeOf(op, name) !== 'query') continue
    for (const one of [value].flat()) query.append(name, String(one))
  }
  const route = op.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(input[name])))
  return query.size ? `${route}?${query}` : route
}

function bodyOf(op, input) {
  if (op.method === 'GET') return undefined
  return Object.fromEntries(Object.entries(input).filter(([name]) => placeOf(op, name) === 'body'))
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

async function refuseOverRest(c, op, input) {
  for (const one of op.cases) {
    const where = placeOf(op, one.at)
    // A route without one of its segments is another route, and an address has an end.
    if (where === 'path' && (one.why === 'missing' || one.value === '')) continue
    if (where !== 'body' && (one.fill > HEAD_MAX / 2 || !isWrongAsText(op, one))) continue
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
  const answer = await send(c, op, input, JSON.stringify(bodyOf(op, input)), 'text/plain')
  assertClientError({ status: answer.status, body: await answer.json() }, `${op.method} ${op.path} as text/plain`)
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
const settled = (row) => Object.fromEntries(SETTLED.map((name) => [name, row[name]]))

/** What a refused call must not touch: everything that a person can see and that does not move by itself. */
async function whole(c) {
  const get = (route) => c.daemon.want(200, 'GET', route)
  const { workspaces } = await get('/api/workspaces')
  const { agents } = await get('/api/agents?includeDeleted=true')
  const seen = { workspaces, agents: agents.map(settled), asks: await get('/api/asks'), settings: await get('/api/settings'), trash: await get('/api/trash') }
  for (const { id } of workspaces) seen[id] = await get(`/api/workspaces/${id}/worktrees`)
  for (const { id } of agents) seen[id] = (await get(`/api/agents/${id}/messages`)).messages.length
  seen.git = await git(c.repository, 'for-each-ref') + (await git(c.repository, 'worktree', 'list', '--porcelain'))
  return seen
}

async function start() {
  const model = await Model.start(path.join(checkout, 'tests/model/scenarios.json'))
  const daemon = await Daemon.start({ env: model.env })
  await daemon.want(200, 'PUT', '/api/settings/agent.claude_path', { value: claudeClis()[0].file })
  return { model, daemon, live: await daemon.connect(), repository: await makeRepository() }
}

async function finish(c) {
  const complaints = c.daemon.program.errors.items.filter((line) => /^\S+ (error|warn)\b/.test(line))
  c.live.ws.terminate()
  await c.daemon.remove()
  await c.model.stop()
  assert.deepEqual(complaints, [], 'a refusal is no trouble of the daemon')
}

async function takeAndRefuse(c, op, makeInput, keep) {
  const input = makeInput(c)
  const answer = await c.live.call(op.name, input, op.writes ? { key: crypto.randomUUID() } : {})
  assert.ok(answer.status >= 200 && answer.status < 300, JSON.stringify(answer))
  await keep?.(c, answer.body)
  if (c.tried.has(op.name)) return
  c.tried.add(op.name)
  const before = await whole(c)
  await refuseOverSocket(c, op, input)
  await refuseOverRest(c, op, input)
  await refuseBodies(c, op, input)
  assert.deepEqual(await whole(c), before)
}

test('every operation takes a valid input and refuses each wrong one with its path', async (t) => {
  const { out } = await runToEnd(path.join(build, 'bin/muster-gen'), ['--bad-cases'])
  const operations = new Map(JSON.parse(out).operations.map((op) => [op.name, op]))
  const c = { ...(await start()), tried: new Set(), lastTurn: 0 }
  for (const [name, makeInput, keep] of steps) {
    await t.test(name, () => takeAndRefuse(c, operations.get(name), makeInput, keep))
  }
  await t.test('no operation is left out', () => {
    assert.deepEqual([...operations.keys()].filter((name) => !c.tried.has(name)), [])
  })
  await finish(c)
})

test('a message over /ws that is none is refused, and the socket goes on or says why it ends', async () => {
  const c = await start()
  const refused = [
    { type: 'call', id: 'a', op: 'no_such_operation', input: {} },
    { type: 'call', id: 'b', op: 7, input: {} },
    { type: 'call', id: 'c' },
    { type: 'call', op: 'list_workspaces', input: {} },
    { type: 'call', id: 'x'.repeat(129), op: 'list_workspaces', input: {} },
    { type: 'call', id: 'd', op: 'list_workspaces', input: {}, key: 'k'.repeat(201) },
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

test('a frame that is too large, or that is no text, ends its socket alone', async () => {
  const c = await start()
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
