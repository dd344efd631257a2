// One call stops every agent that runs, or those of a workspace or worktree, and says which have ended.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gone } from '../harness/process.mjs'
import { Site } from '../harness/site.mjs'
import { until } from '../harness/wait.mjs'

let site
before(async () => {
  site = await Site.open()
})
after(() => site.close())

const stopAll = (query = '') => site.want(200, 'POST', `/api/agents/stop-all${query}`)

/** Agents that end only when they are killed, or at once; their programs, by pid. */
async function startAgents(worktreeId, count, command) {
  const started = []
  for (let n = 0; n < count; n++) {
    const { id } = await site.want(201, 'POST', '/api/agents', { worktreeId, adapter: 'terminal', command })
    await site.want(200, 'POST', `/api/agents/${id}/start`, {})
    let pid
    await until(async () => (pid = (await site.want(200, 'GET', `/api/agents/${id}`)).pid), 'its program runs')
    started.push({ id, pid })
  }
  return started
}

const makeWorktree = (name) =>
  site.want(201, 'POST', `/api/workspaces/${site.workspace.id}/worktrees`, { name, branch: name, createBranch: true })

test('all that run are stopped and named, by worktree, by workspace and altogether', async () => {
  const [one, two] = [await makeWorktree('one'), await makeWorktree('two')]
  const first = await startAgents(one.id, 2, ['cat'])
  const second = await startAgents(two.id, 1, ['cat'])
  const idle = await site.want(201, 'POST', '/api/agents', { worktreeId: one.id, adapter: 'terminal', command: ['cat'] })

  assert.deepEqual(await stopAll(`?worktreeId=${one.id}`), { stopped: first.map(({ id }) => id).sort(), failed: [] })
  for (const { pid } of first) await gone(pid)
  assert.equal((await site.want(200, 'GET', `/api/agents/${second[0].id}`)).pid, second[0].pid)
  for (const { id } of first) {
    const { status, statusReason } = await site.want(200, 'GET', `/api/agents/${id}`)
    assert.deepEqual([status, statusReason], ['finished', 'stopped'])
  }
  assert.equal((await site.want(200, 'GET', `/api/agents/${idle.id}`)).statusReason, 'not_started')

  assert.deepEqual(await stopAll(`?workspaceId=ws_${'0'.repeat(26)}`), { stopped: [], failed: [] })
  assert.deepEqual(await stopAll(`?workspaceId=${site.workspace.id}`), { stopped: [second[0].id], failed: [] })
  assert.deepEqual(await stopAll(), { stopped: [], failed: [] })
})

test('those that do not listen are killed with force, and the same call again answers the same', async () => {
  const where = await makeWorktree('deaf')
  const deaf = await startAgents(where.id, 3, ['sh', '-c', 'trap "" INT TERM HUP; while :; do sleep 1000; done'])
  const call = () => site.daemon.api('POST', '/api/agents/stop-all?force=true', undefined, { key: 'stop-them-all' })
  const answer = await call()
  assert.deepEqual([answer.status, answer.body], [200, { stopped: deaf.map(({ id }) => id).sort(), failed: [] }])
  for (const { pid } of deaf) await gone(pid)
  assert.deepEqual((await call()).body, answer.body)
})
