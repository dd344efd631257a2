// What the daemon measures of itself: each figure moves with what it counts, under our name and that of source 001.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { Daemon } from '../harness/daemon.mjs'
import { Site } from '../harness/site.mjs'
import { until } from '../harness/wait.mjs'

const metricsOf = (daemon) => daemon.want(200, 'GET', '/api/metrics')

/** {name: {labels: value}} of the text exposition format, and its comments. */
function parse(text) {
  const values = {}
  const kinds = {}
  for (const line of text.trimEnd().split('\n')) {
    const [, name, kind] = /^# TYPE (\w+) (\w+)$/.exec(line) ?? []
    if (name) kinds[name] = kind
    if (line.startsWith('#')) continue
    const sample = /^(\w+)(?:\{(.+)\})? (-?[0-9.e+-]+)$/.exec(line)
    assert.ok(sample, `not a sample: ${line}`)
    values[sample[1]] = { ...values[sample[1]], [sample[2] ?? '']: Number(sample[3]) }
  }
  return { values, kinds }
}

test('requests are counted by method, route and status, with their times', async () => {
  const daemon = await Daemon.start()
  const before = (await metricsOf(daemon)).requests
  for (let i = 0; i < 5; i++) await daemon.want(200, 'GET', '/api/settings')
  await daemon.want(404, 'GET', `/api/agents/ag_${'0'.repeat(26)}`)
  await daemon.want(404, 'DELETE', `/api/agents/ag_${'0'.repeat(26)}`)
  const { requests, since, timestamp } = await metricsOf(daemon)
  assert.ok(Date.parse(since) < Date.parse(timestamp))
  assert.equal(requests.totalRequests, before.totalRequests + 8)
  assert.equal(requests.requestsByMethod.DELETE, 1)
  assert.equal(requests.requestsByRoute['GET /api/settings'], 5)
  assert.equal(requests.requestsByRoute['DELETE /api/agents/{agentId}'], 1)
  assert.equal(requests.requestsByStatus['4xx'], 2)
  const { p50, p90, p95, p99 } = requests.responseTimePercentiles
  const times = [requests.minResponseTime, p50, p90, p95, p99, requests.maxResponseTime]
  assert.deepEqual(times, times.toSorted((a, b) => a - b))
  assert.ok(requests.minResponseTime > 0)
  await daemon.remove()
})

test('sockets and subscriptions are counted while they are open', async () => {
  const daemon = await Daemon.start()
  const live = await daemon.connect()
  await live.subscribe('app')
  const { connections } = await metricsOf(daemon)
  assert.deepEqual(
    [connections.activeWebSocketConnections, connections.totalWebSocketConnections, connections.webSocketSubscriptions],
    [1, 1, 1],
  )
  assert.ok(connections.activeHttpConnections >= 1)
  await live.close()
  await until(async () => (await metricsOf(daemon)).connections.activeWebSocketConnections === 0, 'the socket is gone')
  const after = (await metricsOf(daemon)).connections
  assert.deepEqual([after.totalWebSocketConnections, after.webSocketSubscriptions], [1, 0])
  await daemon.remove()
})

test('agents, their messages and events are counted, and a crash is one', async () => {
  const site = await Site.open()
  const agent = await site.agent()
  await agent.start('Begin.')
  await agent.follower.waitFor('turn_end')
  await agent.atRest()
  const { processes, streams, store, system } = await metricsOf(site.daemon)
  assert.deepEqual([processes.runningAgents, processes.totalAgentsSpawned, processes.totalAgentsCrashed], [1, 1, 0])
  assert.equal(processes.totalMessagesProcessed, 1)
  assert.equal(processes.agentsByStatus.finished, 1)
  assert.ok(streams.eventsAppended > 0 && streams.eventsDelivered > 0)
  assert.ok(streams.ringBytes > 0)
  assert.equal(store.bytes, (await stat(path.join(site.home, 'muster.db'))).size)
  assert.ok(Date.parse(store.lastCommitAt) > 0)
  assert.ok(system.memoryUsage.rss >= system.memoryUsage.unshared && system.openFiles > 0 && system.cpuSeconds > 0)
  process.kill((await agent.get()).pid, 'SIGKILL')
  await agent.follower.waitFor('status', ({ status }) => status === 'error')
  const after = (await metricsOf(site.daemon)).processes
  assert.deepEqual([after.totalAgentsCrashed, after.agentsByStatus.error], [1, 1])
  await until(async () => (await metricsOf(site.daemon)).processes.runningAgents === 0, 'its launch is over')
  await site.close()
})

test('a Prometheus server reads the same figures under both names', async () => {
  const daemon = await Daemon.start()
  for (let i = 0; i < 3; i++) await daemon.want(200, 'GET', '/api/settings')
  const { status, body, headers } = await daemon.api('GET', '/api/metrics/prometheus')
  assert.equal(status, 200)
  assert.equal(headers.get('content-type'), 'text/plain; version=0.0.4')
  const { values, kinds } = parse(body)
  for (const name of Object.keys(values)) assert.ok(kinds[name.replace(/_(sum|count)$/, '')], `${name} has no type`)
  assert.equal(values.muster_requests_by_route_total['route="GET /api/settings"'], 3)
  assert.equal(values.muster_requests_total[''], values.claude_manager_requests_total[''])
  // The names that source 001 prints.
  const theirs = [
    'requests_total', 'requests_by_method', 'requests_by_status', 'response_time_seconds', 'response_time_seconds_sum',
    'response_time_seconds_count', 'websocket_connections_active', 'websocket_connections_total', 'agents_running',
    'agents_spawned_total', 'agents_crashed_total', 'messages_processed_total', 'uptime_seconds', 'memory_bytes',
  ]
  for (const name of theirs) assert.ok(values[`claude_manager_${name}`], name)
  for (const quantile of ['0.5', '0.9', '0.95', '0.99'])
    assert.ok(values.claude_manager_response_time_seconds[`quantile="${quantile}"`] >= 0)
  assert.ok(values.claude_manager_memory_bytes['type="rss"'] > 0)
  const live = await daemon.connect()
  const call = await live.call('get_metrics_prometheus')
  assert.match(call.body.text, /^# TYPE muster_requests_total counter$/m)
  await live.close()
  await daemon.want(401, 'GET', '/api/metrics', undefined, { token: null })
  await daemon.remove()
})
