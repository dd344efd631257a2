// Removing a worktree whose agents run: those at rest are stopped with it, and one that works keeps it.
import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { Studio } from '../harness/agents.mjs'
import { claudeClis } from '../harness/clis.mjs'
import { gone } from '../harness/process.mjs'

const stream = [{ content: [{ text: 'The next frame is read. ', repeat: 20000, chunk: 24, pace: 100 }] }]

let studio
before(async () => {
  studio = await Studio.open(claudeClis().at(-1), { script: { scenarios: { stream } } })
})
after(() => studio.close())

const remove = ({ workspaceId, id }) => studio.daemon.api('DELETE', `/api/workspaces/${workspaceId}/worktrees/${id}`)

test('an agent at rest is stopped with the removal, and comes back with the worktree', async () => {
  const agent = await studio.begin('Say hello.')
  assert.equal((await agent.turnEnd()).outcome, 'ok')
  const { pid } = await agent.get()
  const { worktree } = agent
  const { status, body } = await remove(worktree)
  assert.equal(status, 204, JSON.stringify(body))
  await gone(pid)
  const stopped = await agent.next('status', ({ reason }) => reason === 'stopped')
  assert.equal(stopped.payload?.status ?? stopped.status, 'finished')
  await studio.want(200, 'POST', `/api/workspaces/${worktree.workspaceId}/worktrees/${worktree.id}/restore`)
  assert.equal((await agent.get()).statusReason, 'stopped')
})

test('an agent in the middle of a turn keeps its worktree, and those at rest there run on', async () => {
  const worktree = await studio.worktree()
  const idle = await studio.begin('Say hello.', { worktree })
  await idle.turnEnd()
  const busy = await studio.begin('Go. @@stream', { worktree })
  await busy.next('text_delta')
  const { status, body } = await remove(worktree)
  assert.equal(status, 409)
  assert.match(body.error.message, /^1 agent is working in worktree .*; stop it first$/)
  for (const agent of [idle, busy]) assert.equal((await studio.want(200, 'GET', `${agent.route}/status`)).isRunning, true)
  await busy.stop()
  assert.equal((await remove(worktree)).status, 204)
})

const isRunning = async (agent) => (await studio.want(200, 'GET', `${agent.route}/status`)).isRunning

test('a removal that something else refuses stops no agent', async () => {
  const { want, workspace } = { want: studio.want.bind(studio), workspace: `/api/workspaces/${studio.workspace.id}` }
  const agent = await studio.begin('Say hello.')
  await agent.turnEnd()
  const { worktree } = agent
  const refused = async (code, why) => {
    const { status, body } = await remove(worktree)
    assert.equal(status, code, JSON.stringify(body))
    assert.match(body.error.message, why)
    assert.equal(await isRunning(agent), true)
  }

  const terminal = await want(201, 'POST', '/api/terminals', { worktreeId: worktree.id, command: 'cat' })
  await refused(409, /^1 terminal is open in this worktree; close it first$/)
  await want(200, 'POST', `/api/terminals/${terminal.id}/close`)

  const check = await want(201, 'POST', `${workspace}/scripts`, { kind: 'check', name: 'Wait', command: 'exec sleep 600', timeoutSeconds: 600 })
  const run = await want(201, 'POST', `${workspace}/worktrees/${worktree.id}/scripts/${check.id}/run`)
  await refused(409, /^1 script is running in worktree .*; stop it first$/)
  await want(200, 'POST', `/api/script-runs/${run.id}/stop`)

  const down = await want(201, 'POST', `${workspace}/scripts`, { kind: 'teardown', name: 'Down', command: 'true', timeoutSeconds: 10 })
  await want(200, 'PUT', '/api/settings/launch.min_free_mib', { value: '4194304' })
  await refused(507, /^the teardown scripts cannot run: /)
  await want(200, 'DELETE', '/api/settings/launch.min_free_mib')
  await want(204, 'DELETE', `${workspace}/scripts/${down.id}`)

  assert.equal((await remove(worktree)).status, 204)
})

test('the main worktree is never removed, and its agents run on, also while its folder is away', async () => {
  const { worktrees } = await studio.want(200, 'GET', `/api/workspaces/${studio.workspace.id}/worktrees`)
  const main = worktrees.find(({ isMain }) => isMain)
  const agent = await studio.begin('Say hello.', { worktree: main })
  await agent.turnEnd()
  const away = `${studio.repository}-away`
  await rename(studio.repository, away)
  try {
    const { status, body } = await remove(main)
    assert.equal(status, 400, JSON.stringify(body))
    assert.match(body.error.message, /main worktree cannot be removed/)
    assert.equal(await isRunning(agent), true)
  } finally {
    await rename(away, studio.repository)
  }
})
