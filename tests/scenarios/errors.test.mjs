// What fails inside is reported, kept over a restart and bounded; what a person does wrong is not.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { Site } from '../harness/site.mjs'

const errorsOf = async (site, query = '') => (await site.want(200, 'GET', `/api/errors${query}`)).errors

test('an answer of 500 and a crash are reported, kept over a restart, and hold no prompt; a 404 is not', async () => {
  const site = await Site.open()
  const worktree = await site.worktree()
  await site.want(404, 'GET', `/api/agents/ag_${'0'.repeat(26)}`)
  assert.deepEqual(await errorsOf(site), [])
  assert.deepEqual(await site.want(200, 'GET', '/api/errors/stats'), { totalErrors: 0, errorsByType: {}, recentErrorCount: 0 })

  await writeFile(path.join(site.repository, '.git/worktrees', path.basename(worktree.path), 'index'), 'no index')
  const route = `/api/workspaces/${site.workspace.id}/worktrees/${worktree.id}/status`
  for (let i = 0; i < 2; i++) assert.equal((await site.call('GET', route)).status, 500)
  const [git, ...others] = await errorsOf(site)
  assert.deepEqual(others, [])
  assert.equal(git.error.name, 'GIT_ERROR')
  assert.match(git.error.message, /index/)
  assert.match(git.error.stack, /\.c:\d+$/)
  assert.equal(git.context.operation, 'get_git_status')
  assert.equal(git.context.workspaceId, site.workspace.id)
  assert.equal(git.context.worktreeId, worktree.id)
  assert.equal(git.context.extra.times, 2)
  assert.deepEqual(git.tags, { source: 'answer', errorType: 'GIT_ERROR', operation: 'get_git_status' })
  assert.deepEqual(await site.want(200, 'GET', `/api/errors/${git.id}`), git)
  await site.want(404, 'GET', `/api/errors/err_${'0'.repeat(26)}`)

  const agent = await site.agent()
  await agent.start('A secret plan.')
  await agent.follower.waitFor('turn_end')
  const { pid, launchId } = await agent.get()
  process.kill(pid, 'SIGKILL')
  await agent.follower.waitFor('status', ({ status }) => status === 'error')
  const [crash] = await errorsOf(site, '?limit=1')
  assert.deepEqual([crash.error.name, crash.context.agentId, crash.tags.source], ['PROCESS_ERROR', agent.id, 'launch'])
  assert.equal(crash.error.message, `the agent's program was ended by signal 9 (launch ${launchId})`)

  await site.drop(agent.follower)
  await site.daemon.stop()
  await site.daemon.restart()
  const kept = await errorsOf(site)
  assert.deepEqual(kept.map(({ id }) => id), [crash.id, git.id])
  assert.doesNotMatch(JSON.stringify(kept), /secret plan/)
  const stats = await site.want(200, 'GET', '/api/errors/stats')
  assert.deepEqual(stats, {
    totalErrors: 2, errorsByType: { PROCESS_ERROR: 1, GIT_ERROR: 1 }, recentErrorCount: 2,
    oldestError: git.timestamp, newestError: crash.timestamp,
  })
  assert.equal((await site.call('GET', '/api/errors?limit=101')).status, 400)
  assert.equal((await site.call('GET', '/api/errors?limit=0')).status, 400)
  await site.close()
})
