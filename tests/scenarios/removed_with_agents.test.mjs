// Removing a worktree whose agents run: those at rest are stopped with it, and one that works keeps it.
import assert from 'node:assert/strict'
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
