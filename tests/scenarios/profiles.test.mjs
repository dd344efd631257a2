// Launch profiles reach the program that an agent runs; archived agents are found, and come back with what they said.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Site } from '../harness/site.mjs'

describe('launch profiles', () => {
  let site, route
  before(async () => {
    site = await Site.open()
    route = `/api/workspaces/${site.workspace.id}/profiles`
  })
  after(() => site.close())

  test('an agent runs with the environment and arguments of its profile, also after the profile is gone', async () => {
    const profile = await site.want(201, 'POST', route, {
      name: 'Shell', adapter: 'terminal', command: ['sh', '-c', 'echo "$SECRET" >seen; env >names'], environment: ['SECRET=a=b c', 'HOME=/elsewhere'],
    })
    const worktree = await site.worktree()
    const agent = await site.want(201, 'POST', '/api/agents', { worktreeId: worktree.id, profileId: profile.id })
    assert.deepEqual([agent.adapter, agent.profileId, 'environment' in agent], ['terminal', profile.id, false])
    await site.want(204, 'DELETE', `${route}/${profile.id}`)
    const followed = await site.follow(agent.id, worktree)
    await followed.start()
    await followed.atRest()
    assert.equal(await readFile(path.join(worktree.path, 'seen'), 'utf8'), 'a=b c\n')
    const names = (await readFile(path.join(worktree.path, 'names'), 'utf8')).split('\n')
    assert.deepEqual(names.filter((line) => line.startsWith('HOME=')), ['HOME=/elsewhere'])
    await site.drop(followed.follower)
    await site.want(204, 'DELETE', `/api/agents/${agent.id}`)
  })

  test('the CLI gets the effort, and one without such a choice is refused', async () => {
    const { id } = await site.want(201, 'POST', route, { name: 'Deep', effort: 'high', model: 'opus' })
    const worktree = await site.worktree()
    const agent = await site.want(201, 'POST', '/api/agents', { worktreeId: worktree.id, profileId: id })
    assert.deepEqual([agent.effort, agent.model], ['high', 'opus'])
    const followed = await site.follow(agent.id, worktree)
    await followed.start('Begin. @@full')
    await followed.follower.waitFor('ask', ({ tool }) => tool === 'Write')
    const { pid } = await site.want(200, 'GET', `/api/agents/${agent.id}/status`)
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
    assert.ok(argv.includes('--effort=high') && argv.includes('--model=opus'), argv.join(' '))
    await followed.leave()
    const refused = await site.call('POST', '/api/agents', { worktreeId: worktree.id, adapter: 'terminal', command: ['ls'], effort: 'low' })
    assert.deepEqual([refused.status, Object.keys(refused.body.error.details)], [400, ['effort']])
    await site.want(204, 'DELETE', `/api/agents/${agent.id}`)
  })

  test('an archived agent is found by its name and comes back with what it said', async () => {
    const agent = await site.agent({ name: 'Archived one' })
    await agent.start('Begin. @@full')
    await agent.allow()
    await agent.leave()
    const before = await site.want(200, 'GET', `${agent.route}/messages`)
    const other = await site.want(201, 'POST', '/api/agents', { worktreeId: agent.worktree.id, name: 'Another' })
    for (const { id } of [agent, other]) await site.want(204, 'DELETE', `/api/agents/${id}`)
    const list = (query) => site.want(200, 'GET', `/api/agents/archived?${query}`)
    const first = await list(`worktreeId=${agent.worktree.id}&limit=1`)
    assert.deepEqual([first.agents[0].id, first.hasMore], [other.id, true])
    const second = await list(`worktreeId=${agent.worktree.id}&limit=1&after=${first.nextCursor}`)
    assert.deepEqual([second.agents[0].id, second.hasMore, second.nextCursor], [agent.id, false, undefined])
    assert.deepEqual((await list('q=archived%20ONE')).agents.map(({ id }) => id), [agent.id])
    assert.deepEqual((await list(`workspaceId=ws_${'0'.repeat(26)}`)).agents, [])
    const back = await site.want(200, 'POST', `${agent.route}/restore`)
    assert.equal(back.deletedAt, undefined)
    assert.deepEqual((await list(`worktreeId=${agent.worktree.id}`)).agents.map(({ id }) => id), [other.id])
    assert.deepEqual(await site.want(200, 'GET', `${agent.route}/messages`), before)
    const living = await site.want(200, 'GET', `/api/agents?worktreeId=${agent.worktree.id}`)
    assert.deepEqual(living.agents.map(({ id }) => id), [agent.id])
    assert.equal((await site.call('POST', `${agent.route}/restore`)).status, 409)
  })
})
