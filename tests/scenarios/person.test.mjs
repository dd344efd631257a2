// What belongs to a person and not to a device: the state of their page, and what happened while they were away.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Site } from '../harness/site.mjs'

let site
const want = (...call) => site.want(...call)

before(async () => {
  site = await Site.open()
})
after(() => site.close())

test('a draft written on one device is there on another, and after the daemon died', async () => {
  const agent = await site.agent()
  const key = `draft/${agent.id}`
  const first = await want(200, 'PUT', '/api/ui-state', { key, value: { text: 'half a sen' } })
  await site.crash()
  const { body } = await (await site.daemon.connect()).call('get_ui_state', { key })
  assert.deepEqual([body.value, body.digest], [{ text: 'half a sen' }, first.digest])
  await want(200, 'PUT', '/api/ui-state', { key, value: { text: 'half a sentence' }, ifDigest: first.digest })
  const refused = await want(409, 'PUT', '/api/ui-state', { key, value: { text: 'other' }, ifDigest: first.digest })
  assert.match(refused.error.details.digest[0], /^[0-9a-f]{64}$/)
  assert.deepEqual((await want(200, 'GET', '/api/ui-states?prefix=draft/')).states.map(({ value }) => value), [{ text: 'half a sentence' }])
  await want(400, 'PUT', '/api/ui-state', { key, value: { words: 'x' } })
})

test('two devices of a person see each other\'s changes at once, and nobody follows another person', async () => {
  const { events: mine } = { events: await site.daemon.connect() }
  const key = 'page/shared'
  const user = 'usr_00000000000000000000000000'
  const topic = await mine.subscribe(`person/${user}`)
  const other = await site.daemon.connect()
  const { body, cursors } = await other.call('put_ui_state', { key, value: { open: 1 } }, { key: crypto.randomUUID() })
  assert.deepEqual(cursors.map(({ topic }) => topic), [`person/${user}`])
  const { payload, seq } = await topic.waitFor('person_state', (news) => news.key === key)
  assert.deepEqual(payload, { key, digest: body.digest })
  await want(200, 'PUT', '/api/ui-state', { key, value: { open: 1 } })
  await want(200, 'PUT', '/api/ui-state', { key })
  const gone = await topic.waitFor('person_state', (news) => news.key === key, { after: seq })
  assert.deepEqual([gone.payload, gone.seq], [{ key }, seq + 1], 'the same again is no news')
  const refused = await mine.request({ type: 'subscribe', topic: 'person/usr_11111111111111111111111111' })
  assert.match(refused.error.message, /you may not subscribe/)
  await Promise.all([mine.close(), other.close()])
})

test('a rule for what does not exist is refused; one whose agent or worktree has gone stays and says so', async () => {
  const agent = await site.agent()
  const none = { ag: 'ag_00000000000000000000000000', wt: 'wt_00000000000000000000000000', ws: 'ws_00000000000000000000000000' }
  for (const [field, id] of [['agentId', none.ag], ['worktreeId', none.wt], ['workspaceId', none.ws]])
    assert.match((await want(404, 'POST', '/api/rules', { decision: 'deny', [field]: id })).error.message, new RegExp(`no .*${id}`))
  const rule = await want(201, 'POST', '/api/rules', { decision: 'deny', tool: 'Bash', agentId: agent.id })
  const there = async () => (await want(200, 'GET', '/api/rules')).rules.find(({ id }) => id === rule.id)
  assert.equal((await there()).gone, undefined)
  await want(404, 'PUT', `/api/rules/${rule.id}`, { decision: 'deny', agentId: none.ag })
  await want(204, 'DELETE', agent.route)
  assert.equal((await there()).gone, undefined, 'an archived agent can be restored')
  await want(204, 'DELETE', `${agent.route}?archive=false`)
  assert.equal((await there()).gone, 'its agent was deleted')
  await want(200, 'PUT', `/api/rules/${rule.id}`, { decision: 'deny', agentId: agent.id })
  const worktree = await site.worktree()
  const ofTree = await want(201, 'POST', '/api/rules', { decision: 'ask', worktreeId: worktree.id })
  await want(204, 'DELETE', `/api/workspaces/${site.workspace.id}/worktrees/${worktree.id}?force=true`)
  const { rules } = await want(200, 'GET', '/api/rules')
  assert.equal(rules.find(({ id }) => id === ofTree.id).gone, 'its worktree was removed')
  await want(200, 'PUT', `/api/rules/${ofTree.id}`, { decision: 'ask', worktreeId: worktree.id, note: 'kept as it is' })
  for (const { id } of [rule, ofTree]) await want(204, 'DELETE', `/api/rules/${id}`)
})

test('what agents did while a person was away is counted per agent', async () => {
  const quiet = await site.agent()
  const agent = await site.agent()
  const after = new Date().toISOString()
  await agent.start('Begin. @@full')
  await agent.allow()
  await agent.follower.waitFor('turn_end')
  const { agents, truncated } = await want(200, 'GET', `/api/away?after=${after}`)
  assert.equal(truncated, false)
  assert.ok(!agents.some(({ agentId }) => agentId === quiet.id))
  const row = agents.find(({ agentId }) => agentId === agent.id)
  const { asks } = await want(200, 'GET', `/api/asks?subjectId=${agent.id}`)
  assert.ok(asks.length >= 1)
  assert.deepEqual([row.turnsEnded, row.failures, row.asksOpened, row.asksAnswered, row.landings], [1, 0, asks.length, 1, 0])
  const turn = (await want(200, 'GET', `${agent.route}/turns`)).turns[0]
  assert.deepEqual([row.filesChanged, row.costMicros], [turn.filesChanged, turn.costMicros ?? 0])
  const later = await want(200, 'GET', `/api/away?after=${new Date(Date.now() + 60_000).toISOString()}`)
  assert.deepEqual(later, { agents: [], landings: 0, truncated: false })
  await agent.leave()
})

test('a landing that was undone is not counted, one that landed again is', async () => {
  const worktree = await site.worktree()
  const at = `/api/workspaces/${site.workspace.id}/worktrees/${worktree.id}`
  const after = new Date().toISOString()
  const landings = async () => (await want(200, 'GET', `/api/away?after=${after}`)).landings
  await writeFile(path.join(worktree.path, 'landed'), '1\n')
  await want(200, 'POST', `${at}/stage`, { all: true })
  await want(200, 'POST', `${at}/commit`, { message: 'Landed' })
  await want(200, 'POST', `${at}/land`, { how: 'ff' })
  assert.equal(await landings(), 1)
  await want(200, 'POST', `${at}/land/undo`)
  assert.equal(await landings(), 0)
  await want(200, 'POST', `${at}/land`, { how: 'ff' })
  assert.equal(await landings(), 1)
  await want(200, 'POST', `${at}/land/undo`)
})

test('an agent that a signal ended has failed, one that was stopped has not', async () => {
  const after = new Date().toISOString()
  const rows = []
  for (const command of [['/bin/sh', '-c', 'kill -ABRT $$'], ['/bin/sh', '-c', 'exit 3'], ['sleep', '600']]) {
    const agent = await site.agent({ adapter: 'terminal', command })
    await agent.start()
    if (command[0] === 'sleep') await agent.stop()
    await agent.follower.waitFor('exit')
    const { agents } = await want(200, 'GET', `/api/away?after=${after}`)
    rows.push(agents.find(({ agentId }) => agentId === agent.id)?.failures ?? 0)
    await site.drop(agent.follower)
  }
  assert.deepEqual(rows, [1, 1, 0])
})
