// Every operation takes a valid input, and refuses each way of making it wrong with the path of the field at fault. The
// wrong inputs are made from the shapes; an operation without a valid input below fails, so that none escapes.
import assert from 'node:assert/strict'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { claudeClis } from '../harness/clis.mjs'
import { Daemon } from '../harness/daemon.mjs'
import { Model } from '../harness/model.mjs'
import { build, checkout, runToEnd } from '../harness/program.mjs'
import { makeRepository } from '../harness/repository.mjs'

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
  ['get_system', nothing],
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
  ['answer_ask', (c) => ({ askId: c.askId, decision: 'deny', message: 'Not now' }), waitForTurnEnd],
  ['interrupt_agent', agent],
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

async function waitForTurnEnd(c) {
  await c.topic.waitFor('turn_end')
}

/** The valid input with the case's one member made wrong. */
function mutate(input, { at, value, fill, items }) {
  const { [at]: _, ...rest } = input
  if (items !== undefined) return { ...rest, [at]: Array(items).fill(value) }
  if (fill !== undefined) return { ...rest, [at]: 'a'.repeat(fill) }
  return value === undefined ? rest : { ...rest, [at]: value }
}

function assertRefused(status, error, one, where) {
  const what = `${where}, ${one.at} ${one.why}: ${status} ${JSON.stringify(error)}`
  assert.ok(status >= 400 && status < 500, what)
  assert.ok(error?.details?.[one.path]?.length > 0, what)
}

async function refuseOverSocket(c, op, input) {
  for (const one of op.cases) {
    const answer = await c.live.call(op.name, mutate(input, one), { key: crypto.randomUUID() })
    const { status, error } = answer.type === 'error' ? { status: 400, error: answer.error } : { status: answer.status, error: answer.body?.error }
    assertRefused(status, error, one, `${op.name} over /ws`)
  }
}

/** The route with its braces filled from the input. */
function routeOf(op, input) {
  return op.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(input[name]))
}

function bodyOf(op, input) {
  return Object.fromEntries(Object.entries(input).filter(([name]) => (op.from[name] ?? 'body') === 'body'))
}

async function refuseOverRest(c, op, input) {
  if (op.method === 'GET' || op.method === 'DELETE') return
  for (const one of op.cases.filter((one) => (op.from[one.at] ?? 'body') === 'body')) {
    const answer = await c.daemon.api(op.method, routeOf(op, input), bodyOf(op, mutate(input, one)))
    assertRefused(answer.status, answer.body.error, one, `${op.method} ${op.path}`)
  }
}

async function start() {
  const model = await Model.start(path.join(checkout, 'tests/model/scenarios.json'))
  const daemon = await Daemon.start({ env: model.env })
  await daemon.want(200, 'PUT', '/api/settings/agent.claude_path', { value: claudeClis()[0].file })
  return { model, daemon, live: await daemon.connect(), repository: await makeRepository() }
}

async function finish(c) {
  await c.live.close()
  await c.daemon.remove()
  await c.model.stop()
}

test('every operation takes a valid input and refuses each wrong one with its path', async (t) => {
  const { out } = await runToEnd(path.join(build, 'bin/muster-gen'), ['--bad-cases'])
  const operations = new Map(JSON.parse(out).operations.map((op) => [op.name, op]))
  const c = await start()
  for (const [name, makeInput, keep] of steps) {
    await t.test(name, async () => {
      const op = operations.get(name)
      const input = makeInput(c)
      const answer = await c.live.call(name, input, op.writes ? { key: crypto.randomUUID() } : {})
      assert.ok(answer.status >= 200 && answer.status < 300, JSON.stringify(answer))
      await keep?.(c, answer.body)
      await refuseOverSocket(c, op, input)
      await refuseOverRest(c, op, input)
    })
  }
  await finish(c)
  const tried = new Set(steps.map(([name]) => name))
  assert.deepEqual([...operations.keys()].filter((name) => !tried.has(name)), [], 'operations without a valid input here')
})

test('bytes that are no JSON, too deep or too many are refused before anything is done', async () => {
  const c = await start()
  const post = (body) =>
    fetch(`${c.daemon.origin}/api/workspaces`, {
      method: 'POST',
      headers: { authorization: `Bearer ${c.daemon.token}`, 'content-type': 'application/json' },
      body,
    })
  const brokenUtf8 = Buffer.concat([Buffer.from('{"path":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])
  assert.equal((await post(brokenUtf8)).status, 400)
  assert.equal((await post('{"path":')).status, 400)
  assert.equal((await post(`{"path":${'['.repeat(5000)}${']'.repeat(5000)}}`)).status, 400)
  const huge = await post(`{"path":"${'a'.repeat(64 << 20)}"}`).catch((error) => ({ status: error.cause?.code }))
  assert.ok([413, 'EPIPE', 'ECONNRESET', 'UND_ERR_SOCKET'].includes(huge.status), String(huge.status))
  assert.deepEqual((await c.daemon.want(200, 'GET', '/api/workspaces')).workspaces, [])
  await finish(c)
})
