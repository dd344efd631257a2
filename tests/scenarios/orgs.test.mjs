// What belongs to another org does not exist: no read answers any of it, and no call reaches it. The calls are generated
// from the table of operations. There is one org so far, so the rows are handed to a second one behind the daemon's back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addressOf, bodyOf, calls, contextOf } from '../harness/operations.mjs'
import { makeReadable, reads } from '../harness/reads.mjs'
import { change, rows } from '../harness/recovery.mjs'
import { Site } from '../harness/site.mjs'

const THEIRS = 'org_zzzzzzzzzzzzzzzzzzzzzzzzzz'.replaceAll('z', '7')
/** Reads that concern the machine and no org: folders of its file system, and the doctor, which names what is in the data folder. */
const OF_THE_MACHINE = ['browse_folders', 'get_doctor']

let site, ids, foreign, removed
/** Ids of rows in a text; a topic's org and the local user are nobody's secret. */
const idsIn = (text) => new Set([...text.matchAll(/\b[a-z]{2,3}_[0-9a-hjkmnp-tv-z]{26}\b/g)].map(([id]) => id).filter((id) => !/^(org|usr)_/.test(id)))

/** Everything that the store knows goes to another org: each table says by its columns whose a row is. */
async function handOver() {
  await site.daemon.stop()
  await change(site.home, `INSERT INTO org VALUES ('${THEIRS}', 'theirs', 1)`)
  const tables = await rows(site.home, `SELECT DISTINCT t.name AS t FROM pragma_table_list t, pragma_table_info(t.name) c WHERE c.name = 'org_id' AND t.schema = 'main' AND t.name <> 'user'`)
  assert.ok(tables.length >= 3)
  for (const { t } of tables) await change(site.home, `UPDATE ${t} SET org_id = '${THEIRS}'`)
  await site.daemon.restart()
}

before(async () => {
  site = await Site.open()
  const made = await makeReadable(site)
  ids = made.ids
  await made.agent.leave()
  const gone = await site.worktree('gone')
  await site.want(204, 'DELETE', `/api/workspaces/${site.workspace.id}/worktrees/${gone.id}`)
  removed = (await site.want(200, 'GET', '/api/trash')).entries[0].id
  const failing = await site.agent({ adapter: 'terminal', command: ['false'] })
  await failing.start()
  await failing.follower.waitFor('status', ({ status }) => status === 'error')
  await site.drop(failing.follower)
  const { errors } = await site.want(200, 'GET', '/api/errors')
  ids.errorId = errors.find(({ context }) => context.agentId === failing.id).id
  const archived = await site.agent()
  await site.want(204, 'DELETE', `${archived.route}?archive=true`)
  await site.drop(archived.follower)
  const seen = []
  for (const { name, at } of await reads()) if (!OF_THE_MACHINE.includes(name)) seen.push(JSON.stringify((await site.call('GET', at(ids))).body))
  foreign = idsIn(seen.join('\n'))
  for (const id of [...Object.values(ids), removed, archived.id]) assert.ok(foreign.has(id) || /^(msg|slv|scr)_/.test(id), `${id} can be read by its own org`)
  await handOver()
})
after(() => site.close())

test('no read answers what belongs to another org', async (t) => {
  for (const { name, at } of await reads())
    await t.test(name, async () => {
      if (OF_THE_MACHINE.includes(name)) return
      const { status, body } = await site.call('GET', at(ids))
      if (idsIn(at(ids)).size > 0) assert.deepEqual([status, body.error?.code], [404, 'NOT_FOUND'], JSON.stringify(body))
      else assert.ok(status === 200 || status === 503, JSON.stringify(body))
      const asked = new Set(Object.values(ids))
      assert.deepEqual([...idsIn(JSON.stringify(body))].filter((id) => foreign.has(id) && !(asked.has(id) && status === 404)), [])
    })
})

test('a filter by what belongs to another org finds nothing', async (t) => {
  for (const [route, ...names] of [['/api/agents', 'worktreeId', 'after'], ['/api/agents/archived', 'workspaceId', 'worktreeId', 'after'], ['/api/overview', 'workspaceId', 'after'], ['/api/terminals', 'worktreeId', 'agentId']])
    for (const name of names)
      await t.test(`${route} by ${name}`, async () => {
        const { status } = await site.call('GET', `${route}?${name}=${name === 'after' ? ids.agentId : ids[name]}`)
        assert.equal(status, 404)
      })
})

test('no call that names what belongs to another org does anything', async (t) => {
  const counted = () => rows(site.home, 'SELECT (SELECT count(*) FROM audit) + (SELECT count(*) FROM op_intent) AS n')
  const start = await counted()
  const naming = (await calls(contextOf({ ...ids, trashId: removed, repository: site.repository }))).filter(({ input }) => [...idsIn(JSON.stringify(input))].some((id) => foreign.has(id)))
  for (const { op, input } of naming)
    await t.test(op.name, async () => {
      const { status, body } = await site.call(op.method, addressOf(op, input), bodyOf(op, input))
      assert.deepEqual([status, body?.error?.code], [404, 'NOT_FOUND'], JSON.stringify(body))
    })
  assert.ok(naming.length > 60, `${naming.length} operations name what they work on`)
  assert.deepEqual(await counted(), start)
})

test('what acts on everything acts only on its own', async () => {
  assert.deepEqual(await site.want(200, 'POST', '/api/agents/stop-all?force=true'), { stopped: [], failed: [] })
  assert.deepEqual((await site.want(200, 'POST', '/api/trash/empty', { trashIds: [], olderThanDays: 0 })).deleted, [])
  assert.equal((await site.call('POST', '/api/trash/empty', { trashIds: [removed] })).status, 404)
  const [{ n }] = await rows(site.home, 'SELECT count(*) AS n FROM trash')
  assert.equal(n, 1)
  const again = await site.call('POST', '/api/workspaces', { path: site.repository })
  assert.equal(again.status, 409)
  assert.deepEqual([...idsIn(JSON.stringify(again.body))], [])
})
