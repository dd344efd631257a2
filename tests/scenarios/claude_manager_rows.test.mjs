// Every row of Claude Manager's REST table, its commands and its figures: what is called, what it answers, field by
// field. The frames of its socket are in claude_manager.test.mjs.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AGENT, BRANCHES, count, fits, flag, GIT_STATUS, id, list, MESSAGE, oneOf, STATS, STATUS, text, time, WINDOW, WORKSPACE, WORKTREE,
} from '../harness/manager.mjs'
import { operationsByName } from '../harness/operations.mjs'
import { Site } from '../harness/site.mjs'

const shaped = (shape) => (body, where) => fits(body, shape, where)
const listed = (name, shape) => (body, where) => {
  assert.deepEqual(Object.keys(body).filter((key) => key === name), [name])
  assert.ok(body[name].length > 0, `${where}: no ${name}`)
  for (const one of body[name]) fits(one, shape, where)
}
const nothing = (body, where) => assert.equal(body, '', where)
const within = (shape, more) => ({ fields: { ...shape.fields, ...more }, optional: shape.optional })
const DETAIL = within(WORKTREE, { agents: list, previousAgents: list })
const ORDER = { fields: { id: text, order: count } }
const HEALTH = { fields: { status: oneOf('ok', 'degraded'), timestamp: time, version: text } }
const SENT = { fields: { messageId: id('msg'), status: oneOf('sent', 'queued'), running: flag } }
const DAY = within(STATS, { date: (value) => /^\d{4}-\d\d-\d\d$/.test(value) })
const number = (value) => typeof value === 'number' && value >= 0
const map = (value) => typeof value === 'object' && Object.values(value).every(count)

const ws = (c) => `/api/workspaces/${c.workspace.id}`
const wt = (c) => `${ws(c)}/worktrees/${c.worktree.id}`
const ag = (c) => `/api/agents/${c.agent.id}`

/** [row of the source's table, status, what is called, what the answer must be, what later rows need of it] */
const ROWS = [
  ['POST /workspaces', 201, (c) => ['POST', '/api/workspaces', { path: c.site.repository }], shaped(WORKSPACE), (c, body) => (c.workspace = body)],
  ['GET /workspaces', 200, () => ['GET', '/api/workspaces'], listed('workspaces', WORKSPACE)],
  ['PUT /workspaces/:id', 200, (c) => ['PUT', ws(c), { name: 'Named' }], (body, where) => (fits(body, WORKSPACE, where), assert.equal(body.name, 'Named'))],
  ['POST /workspaces/:ws/worktrees', 201, (c) => ['POST', `${ws(c)}/worktrees`, { name: 'rows', branch: 'rows', createBranch: true }],
    (body, where, c) => (fits(body, WORKTREE, where), assert.equal(body.path, `${c.site.repository}-rows`)), (c, body) => (c.worktree = body)],
  ['GET /workspaces/:id', 200, (c) => ['GET', ws(c)], (body, where) => (fits(body, WORKSPACE, where), body.worktrees.forEach((one) => fits(one, DETAIL, where)))],
  ['POST /workspaces/:id/refresh', 200, (c) => ['POST', `${ws(c)}/refresh`], (body, where) => (fits(body, WORKSPACE, where), body.worktrees.forEach((one) => fits(one, DETAIL, where)))],
  ['GET /workspaces/:ws/worktrees', 200, (c) => ['GET', `${ws(c)}/worktrees`], listed('worktrees', WORKTREE)],
  ['GET /workspaces/:ws/worktrees/:id', 200, (c) => ['GET', wt(c)], shaped(DETAIL)],
  ['PUT /workspaces/:ws/worktrees/:id', 200, (c) => ['PUT', wt(c), { name: 'renamed', sortMode: 'status', order: 3 }],
    (body, where) => (fits(body, WORKTREE, where), assert.deepEqual([body.name, body.sortMode, body.displayOrder], ['renamed', 'status', 3]))],
  ['POST .../:id/checkout', 200, (c) => ['POST', `${wt(c)}/checkout`, { branch: 'other', createBranch: true }], (body, where) => (fits(body, WORKTREE, where), assert.equal(body.branch, 'other'))],
  ['GET .../:id/status', 200, (c) => ['GET', `${wt(c)}/status`], shaped(GIT_STATUS)],
  ['GET .../:id/branches', 200, (c) => ['GET', `${wt(c)}/branches`], (body, where) => (fits(body, BRANCHES, where), assert.equal(body.current, 'other'))],
  ['PUT /workspaces/:ws/worktrees/reorder', 200, (c) => ['PUT', `${ws(c)}/worktrees/reorder`, { worktreeIds: [c.worktree.id] }], listed('worktrees', ORDER)],
  ['POST /agents', 201, (c) => ['POST', '/api/agents', { worktreeId: c.worktree.id, mode: 'regular', permissions: ['read'] }],
    (body, where) => (fits(body, AGENT, where), assert.equal(body.pid, undefined, 'it is not started')), (c, body) => (c.agent = body)],
  ['GET /agents', 200, (c) => ['GET', `/api/agents?worktreeId=${c.worktree.id}&status=finished&includeDeleted=true`], listed('agents', AGENT)],
  ['GET /agents/:id', 200, (c) => ['GET', ag(c)], shaped(AGENT)],
  ['PUT /agents/:id', 200, (c) => ['PUT', ag(c), { name: 'Renamed', mode: 'plan', permissions: ['read', 'write'] }],
    (body, where) => (fits(body, AGENT, where), assert.deepEqual([body.name, body.mode, body.permissions], ['Renamed', 'plan', ['read', 'write']]))],
  ['POST /agents/:id/resume: no session', 409, (c) => ['POST', `${ag(c)}/resume`], (body) => assert.equal(body.error.code, 'CONFLICT')],
  ['POST /agents/:id/start', 200, (c) => ['POST', `${ag(c)}/start`, { initialPrompt: 'Begin. @@full' }], shaped(AGENT)],
  ['POST /agents/:id/start: running', 409, (c) => ['POST', `${ag(c)}/start`], (body) => assert.equal(body.error.code, 'CONFLICT')],
  ['POST /agents/:id/message', 202, (c) => ['POST', `${ag(c)}/message`, { content: 'More' }], shaped(SENT)],
  ['GET /agents/:id/messages', 200, (c) => ['GET', `${ag(c)}/messages?limit=2`], (body, where) => {
    fits(body, { fields: { messages: list, hasMore: flag }, optional: { nextCursor: id('msg') } }, where)
    body.messages.forEach((one) => fits(one, MESSAGE, where))
  }],
  ['GET /agents/:id/status', 200, (c) => ['GET', `${ag(c)}/status`], shaped(STATUS)],
  ['POST /agents/:id/fork', 201, (c) => ['POST', `${ag(c)}/fork`], (body, where, c) => (fits(body, AGENT, where), assert.deepEqual([body.name, body.parentAgentId], ['Renamed (fork)', c.agent.id])), (c, body) => (c.fork = body)],
  ['PUT /agents/reorder', 200, (c) => ['PUT', '/api/agents/reorder', { worktreeId: c.worktree.id, agentIds: [c.fork.id, c.agent.id] }], listed('agents', ORDER)],
  ['POST /agents/:id/stop', 200, (c) => ['POST', `${ag(c)}/stop?force=true`], (body, where) => (fits(body, AGENT, where), assert.equal(body.pid, undefined))],
  ['DELETE /agents/:id', 204, (c) => ['DELETE', ag(c)], nothing],
  ['POST /agents/:id/restore', 200, (c) => ['POST', `${ag(c)}/restore`], (body, where) => (fits(body, AGENT, where), assert.equal(body.deletedAt, undefined))],
  ['POST /agents/:id/restore: not deleted', 409, (c) => ['POST', `${ag(c)}/restore`], (body) => assert.equal(body.error.code, 'CONFLICT')],
  ['DELETE /agents/:id?archive=false', 204, (c) => ['DELETE', `/api/agents/${c.fork.id}?archive=false`], nothing],
  ['GET /usage', 200, () => ['GET', '/api/usage'], (body, where) => {
    for (const span of ['daily', 'weekly', 'sonnetOnly']) fits(body[span], WINDOW, `${where} ${span}`)
    for (const span of ['today', 'thisWeek', 'thisMonth']) fits(body[span], STATS, `${where} ${span}`)
  }],
  ['GET /usage/history', 200, () => ['GET', '/api/usage/history?period=daily&start=2020-01-01&end=2100-01-01'], (body, where) => {
    assert.ok(body.history.length <= 100)
    body.history.forEach((one) => fits(one, DAY, where))
  }],
  ['GET /usage/today', 200, () => ['GET', '/api/usage/today'], shaped(STATS)],
  ['GET /usage/limits', 200, () => ['GET', '/api/usage/limits'], shaped({ fields: { daily: count, weekly: count, dailyTokenLimit: count, weeklyTokenLimit: count, monthlyTokenLimit: count, dailyRequestLimit: count } })],
  ['GET /health', 200, () => ['GET', '/api/health'], (body, where) => (fits(body, HEALTH, where), assert.ok(body.checks.database))],
  ['GET /health/live', 200, () => ['GET', '/api/health/live'], (body) => assert.equal(body.status, 'ok')],
  ['GET /health/ready', 200, () => ['GET', '/api/health/ready'], (body) => assert.ok(text(body.status))],
  ['GET /metrics', 200, () => ['GET', '/api/metrics'], (body, where) => {
    const { requests, connections, processes, system } = body
    fits(requests, { fields: { totalRequests: count, requestsByMethod: map, requestsByRoute: map, requestsByStatus: map, averageResponseTime: number, maxResponseTime: number, minResponseTime: number, responseTimePercentiles: (p) => ['p50', 'p90', 'p95', 'p99'].every((name) => number(p[name])) } }, where)
    fits(connections, { fields: { activeHttpConnections: count, activeWebSocketConnections: count, totalWebSocketConnections: count, webSocketSubscriptions: count } }, where)
    fits(processes, { fields: { runningAgents: count, totalAgentsSpawned: count, totalAgentsCrashed: count, totalMessagesProcessed: count } }, where)
    assert.ok(number(system.uptimeSeconds) && typeof system.memoryUsage === 'object')
  }],
  ['GET /metrics/prometheus', 200, () => ['GET', '/api/metrics/prometheus'], (body) => {
    const names = ['requests_total', 'requests_by_method', 'requests_by_status', 'response_time_seconds', 'websocket_connections_active', 'websocket_connections_total',
      'agents_running', 'agents_spawned_total', 'agents_crashed_total', 'messages_processed_total', 'uptime_seconds', 'memory_bytes']
    for (const name of names) assert.match(body, new RegExp(`^claude_manager_${name}[ {_]`, 'm'), name)
  }],
  ['GET /errors?limit<=100', 200, () => ['GET', '/api/errors?limit=100'], (body) => assert.ok(list(body.errors))],
  ['GET /errors?limit=101', 400, () => ['GET', '/api/errors?limit=101'], (body) => assert.ok(body.error.details.limit)],
  ['GET /errors/stats', 200, () => ['GET', '/api/errors/stats'], shaped({ fields: { totalErrors: count, errorsByType: map, recentErrorCount: count }, optional: { oldestError: time, newestError: time } })],
  ['GET /errors/:id', 404, () => ['GET', `/api/errors/err_${'0'.repeat(26)}`], (body) => assert.equal(body.error.code, 'NOT_FOUND')],
  ['GET /docs', 200, () => ['GET', '/api/docs'], (body) => assert.ok(body.openapi && body.paths['/api/agents'])],
  ['GET /docs/ui', 200, () => ['GET', '/api/docs/ui'], (body) => assert.match(body, /<html/i)],
  ['DELETE /workspaces/:ws/worktrees/:id: main', 400, (c) => ['DELETE', `${ws(c)}/worktrees/${c.main}`], (body) => assert.equal(body.error.code, 'VALIDATION_ERROR')],
  ['DELETE /workspaces/:ws/worktrees/:id', 204, (c) => ['DELETE', `${wt(c)}?force=true`], nothing],
  ['DELETE /workspaces/:id', 204, (c) => ['DELETE', ws(c)], nothing],
  ['GET /workspaces/:id: closed', 404, (c) => ['GET', ws(c)], (body) => assert.equal(body.error.code, 'NOT_FOUND')],
]

/** Its commands; `get_claude_usage` reads the account's usage with the CLI's credential, which no program here touches. */
const COMMANDS = [
  'list_workspaces', 'get_workspace', 'create_workspace', 'delete_workspace', 'refresh_workspace', 'list_worktrees', 'get_worktree', 'create_worktree',
  'update_worktree', 'delete_worktree', 'checkout_branch', 'reorder_worktrees', 'get_git_status', 'list_branches', 'list_agents', 'get_agent',
  'create_agent', 'update_agent', 'delete_agent', 'start_agent', 'stop_agent', 'fork_agent', 'restore_agent', 'reorder_agents', 'get_usage',
  'get_usage_history', 'get_usage_today', 'get_usage_limits', 'send_message_to_agent', 'get_agent_messages',
]

describe('each row of Claude Manager', () => {
  const c = {}
  before(async () => {
    c.site = await Site.open()
    const { worktrees } = await c.site.want(200, 'GET', `/api/workspaces/${c.site.workspace.id}`)
    c.main = worktrees[0].id
    await c.site.want(204, 'DELETE', `/api/workspaces/${c.site.workspace.id}`)
  })
  after(() => c.site.close())

  for (const [row, status, call, check, keep] of ROWS)
    test(row, async () => {
      const [method, route, input] = call(c)
      const { status: got, body } = await c.site.call(method, route, input)
      assert.equal(got, status, JSON.stringify(body))
      check(body, row, c)
      keep?.(c, body)
    })

  test('its commands are operations', async () => {
    const operations = await operationsByName()
    assert.deepEqual(COMMANDS.filter((name) => !operations.has(name)), [])
  })
})
