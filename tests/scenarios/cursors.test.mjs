// Whoever reads can follow from there: each answer names the streams that go on from it, and where in them it was read.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { checkout } from '../harness/program.mjs'
import { Site } from '../harness/site.mjs'

/** Reads that no single stream follows: health, the way in, folders of the file system, the agents of all worktrees,
 * what the daemon counts and what failed in it. */
const UNFOLLOWED = [
  'list_agents', 'get_health', 'get_health_live', 'get_health_ready', 'get_sign_in', 'browse_folders', 'get_metrics',
  'get_metrics_prometheus', 'list_errors', 'get_error_stats', 'get_error',
]
/** What some of the others cannot do without. */
const QUERIES = { get_worktree_file: '?path=README.md', get_worktree_blob: '?path=README.md' }

let site
before(async () => {
  site = await Site.open()
})
after(() => site.close())

test('each operation that reads names its cursors', async (t) => {
  const { paths } = JSON.parse(await readFile(path.join(checkout, 'openapi.json'), 'utf8'))
  const reads = Object.entries(paths).flatMap(([route, { get }]) => (get ? [{ route, name: get.operationId }] : []))
  const agent = await site.agent()
  const worktree = `/api/workspaces/${site.workspace.id}/worktrees/${agent.worktree.id}`
  await site.want(200, 'POST', `${worktree}/checkout`, { branch: 'other', createBranch: true })
  const { salvages } = await site.want(200, 'GET', `${worktree}/salvages`)
  await agent.start('Begin. @@full')
  const { askId } = await agent.follower.waitFor('ask', ({ tool }) => tool === 'Write')
  const { messages } = await site.want(200, 'GET', `${agent.route}/messages`)
  const script = await site.want(201, 'POST', `/api/workspaces/${site.workspace.id}/scripts`, { kind: 'check', name: 'Tests', command: 'exit 0' })
  const run = await site.want(201, 'POST', `/api/workspaces/${site.workspace.id}/worktrees/${agent.worktree.id}/scripts/${script.id}/run`)
  const ids = {
    runId: run.id, agentId: agent.id, askId, messageId: messages[0].id, worktreeId: agent.worktree.id, workspaceId: site.workspace.id,
    salvageId: salvages[0].id,
  }
  assert.ok(reads.filter(({ name }) => name.startsWith('list_')).length >= 8)
  for (const { route, name } of reads.filter(({ name }) => !UNFOLLOWED.includes(name)))
    await t.test(name, async () => {
      const filled = route.replace(/\{(\w+)\}/g, (_, id) => ids[id] ?? assert.fail(`no ${id} for ${route}`))
      const { status, body, cursors } = await site.call('GET', filled + (QUERIES[name] ?? ''))
      assert.equal(status, 200, JSON.stringify(body))
      assert.match(cursors ?? '', /^[a-z]+(\/[a-z]+_\w+)?;\d+;\d+/)
    })
  await agent.leave()
})
