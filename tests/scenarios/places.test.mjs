// Deep links: every id leads to the address of the page that shows it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeReadable } from '../harness/reads.mjs'
import { Site } from '../harness/site.mjs'

let site
before(async () => {
  site = await Site.open()
})
after(() => site.close())

const placeOf = async (id) => (await site.want(200, 'GET', `/api/place?id=${id}`)).path

test('an id leads to where the page shows what has it, and what was removed to where it is restored', async () => {
  const { agent: worker, ids } = await makeReadable(site)
  const agent = `/w/${ids.workspaceId}/a/${ids.agentId}`
  assert.equal(await placeOf(ids.workspaceId), `/w/${ids.workspaceId}`)
  assert.equal(await placeOf(ids.worktreeId), `/w/${ids.workspaceId}/review/${ids.worktreeId}`)
  assert.equal(await placeOf(ids.agentId), agent)
  assert.equal(await placeOf(ids.messageId), `${agent}?msg=${ids.messageId}`)
  assert.equal(await placeOf(ids.askId), `/inbox?ask=${ids.askId}`)
  const removed = await site.worktree()
  await site.want(204, 'DELETE', `/api/workspaces/${ids.workspaceId}/worktrees/${removed.id}?force=true`)
  const { entries } = await site.want(200, 'GET', '/api/trash')
  assert.equal(await placeOf(removed.id), '/recovery')
  assert.equal(await placeOf(entries[0].id), '/recovery')
  await worker.leave()
})

test('an id that nothing has leads nowhere', async () => {
  for (const id of [`msg_${'0'.repeat(26)}`, `ws_${'0'.repeat(26)}`, 'rul_x', "' OR 1=1"]) {
    const { error } = await site.want(404, 'GET', `/api/place?id=${encodeURIComponent(id)}`)
    assert.equal(error.message, `the page shows nothing with the id ${id}`)
  }
})
