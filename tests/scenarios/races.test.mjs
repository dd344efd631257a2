// What two people do to one agent or worktree at the same time, and what comes back with a worktree.
import assert from 'node:assert/strict'
import { mkdtemp, symlink } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { withStandIn } from '../harness/clis.mjs'
import { Daemon } from '../harness/daemon.mjs'
import { rows } from '../harness/recovery.mjs'
import { Site } from '../harness/site.mjs'

const ROUNDS = 8
const MANY = 12
const SLEEPER = { adapter: 'terminal', command: ['sleep', '1000'] }

describe('concurrent actions', () => {
  let site
  before(async () => {
    site = await Site.open()
  })
  after(() => site.close())

  const route = (worktree) => `/api/workspaces/${site.workspace.id}/worktrees/${worktree.id}`
  const makeAgent = (worktree) => site.want(201, 'POST', '/api/agents', { worktreeId: worktree.id, ...SLEEPER })
  /** Launches that are alive although their agent is archived or gone: no one could stop them. */
  const orphans = () =>
    rows(site.home, `SELECT l.id FROM launch l LEFT JOIN agent a ON a.id = l.owner_id
                     WHERE l.ended_at IS NULL AND (a.id IS NULL OR a.deleted_at IS NOT NULL)`)

  for (const archive of [true, false])
    test(`a delete (archive=${archive}) that races with starts leaves nothing running`, async () => {
      const worktree = await site.worktree()
      for (let round = 0; round < ROUNDS; round++) {
        const { id } = await makeAgent(worktree)
        const start = () => site.call('POST', `/api/agents/${id}/start`, {})
        const [deleted] = await Promise.all([site.call('DELETE', `/api/agents/${id}?archive=${archive}`), start(), start()])
        assert.ok([204, 409].includes(deleted.status), JSON.stringify(deleted.body))
        assert.deepEqual(await orphans(), [])
        if (deleted.status === 409) await site.want(204, 'DELETE', `/api/agents/${id}?archive=${archive}`)
      }
    })

  test('an interrupt that follows a start at once reaches the program', async () => {
    const worktree = await site.worktree()
    const { id } = await makeAgent(worktree)
    for (let round = 0; round < ROUNDS; round++) {
      await site.want(200, 'POST', `/api/agents/${id}/start`, {})
      const { status, body } = await site.call('POST', `/api/agents/${id}/interrupt`, {})
      assert.ok(status === 200, JSON.stringify(body))
      await site.want(200, 'POST', `/api/agents/${id}/stop?force=true`)
    }
  })

  test('a removal of a worktree that races with a start has one winner', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const worktree = await site.worktree()
      const { id } = await makeAgent(worktree)
      const [removed, started] = await Promise.all([site.call('DELETE', route(worktree)), site.call('POST', `/api/agents/${id}/start`, {})])
      assert.ok((removed.status === 204) !== (started.status === 200), `${removed.status} ${started.status}`)
      assert.deepEqual(await orphans(), [])
      if (started.status === 200) await site.want(204, 'DELETE', `/api/agents/${id}`)
    }
  })

  test('more agents than a pool has threads, each stopped while it starts, all end, and git answers in the meantime', async () => {
    const worktree = await site.worktree()
    const agents = await Promise.all(Array.from({ length: MANY }, () => makeAgent(worktree)))
    await Promise.all(agents.map(({ id }) => site.want(200, 'POST', `/api/agents/${id}/start`, {})))
    const stops = Promise.all(agents.map(({ id }) => site.want(200, 'POST', `/api/agents/${id}/stop`, {})))
    await site.want(200, 'GET', `${route(worktree)}/status`)
    for (const { status, statusReason } of await stops) assert.deepEqual([status, statusReason], ['finished', 'stopped'])
  })

  test('agents are restored with their worktree, except one that a person archived', async () => {
    const worktree = await site.worktree()
    const [kept, archived] = [await makeAgent(worktree), await makeAgent(worktree)]
    await site.want(204, 'DELETE', `/api/agents/${archived.id}`)
    await site.want(204, 'DELETE', route(worktree))
    assert.ok((await site.want(200, 'GET', `/api/agents/${kept.id}`)).deletedAt)
    await site.want(200, 'POST', `${route(worktree)}/restore`)
    const detail = await site.want(200, 'GET', route(worktree))
    assert.deepEqual(detail.agents.map(({ id }) => id), [kept.id])
    assert.deepEqual(detail.previousAgents.map(({ id }) => id), [archived.id])
  })
})

test('a data folder reached through a link is the same: the demo’s agents are recognised', async () => {
  const place = await mkdtemp(path.join(os.tmpdir(), 'linked-'))
  const link = path.join(place, 'home')
  await symlink(await mkdtemp(path.join(os.tmpdir(), 'home-')), link)
  const daemon = await Daemon.start({ home: link, env: await withStandIn() })
  const { workspace } = await daemon.want(200, 'POST', '/api/demo')
  const { worktrees } = await daemon.want(200, 'GET', `/api/workspaces/${workspace.id}/worktrees`)
  const agent = await daemon.want(201, 'POST', '/api/agents', { worktreeId: worktrees[0].id })
  assert.equal(agent.isDemo, true)
  await daemon.remove()
})
