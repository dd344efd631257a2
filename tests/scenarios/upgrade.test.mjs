// What an earlier release left works under this one: its holds, its logs, its home.
import assert from 'node:assert/strict'
import { readlink } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { describe, test } from 'node:test'
import { Daemon, muster } from '../harness/daemon.mjs'
import { firstHoldBeside, firstHome, firstLog } from '../harness/fixtures.mjs'
import { gone, holdsOf } from '../harness/process.mjs'
import { runToEnd } from '../harness/program.mjs'
import { sameAsDerivedAgain } from '../harness/recovery.mjs'
import { Site } from '../harness/site.mjs'

describe('the first release', () => {
  const otherMachine = process.arch === 'x64' ? false : `the hold of the first release is a program for x64, and this is ${process.arch}`

  test('its holds are adopted: nothing is lost, and prompts, answers and a stop still reach the agent', { skip: otherMachine }, async (t) => {
    const older = await firstHoldBeside()
    const site = await Site.open({ program: path.join(older, 'muster') })
    t.after(() => site.close())
    const agent = await site.agent()
    await agent.start('Begin. @@full#one')
    await agent.follower.waitFor('ask', ({ tool }) => tool === 'Write')
    const { launchId } = await agent.get()
    const holds = await holdsOf(site.home, launchId)
    assert.equal(await readlink(`/proc/${holds[0]}/exe`), path.join(older, 'muster-hold'))

    await site.daemon.stop()
    site.daemon.options.program = muster
    await site.revive()
    await agent.allow()
    await agent.follower.waitFor('turn_end')
    await agent.send('Once more. @@full#two')
    await agent.allow(2)
    await agent.follower.waitFor('turn_end', undefined, 2)
    assert.deepEqual(await holdsOf(site.home, launchId), holds)
    assert.deepEqual(await site.reached(), ['Begin. @@full#one', 'Once more. @@full#two'])

    await agent.stop()
    await agent.follower.waitFor('exit')
    await sameAsDerivedAgain(site.home, launchId)
    await gone(holds[0])
  })

  test('its logs are read', async () => {
    const { out } = await runToEnd(muster, ['derive', 'claude', firstLog])
    const events = out.split('\n').map((line) => JSON.parse(line))
    const of = (kind) => events.filter((event) => event.kind === kind).map(({ payload }) => payload)
    assert.deepEqual(of('text').map(({ text }) => text), Array(2).fill(['I will make a file.', 'The file is there.']).flat())
    assert.deepEqual(of('tool_end').map(({ output }) => output).filter((output) => /File|user/.test(output)), ['File created.', 'The user said no.'])
    assert.equal(of('turn_end').length, 2)
    assert.deepEqual([events.at(-1).kind, of('gap')], ['exit', []])
  })

  test('its home is opened: what ran when its daemon ended is reported as lost, everything else is unchanged', async (t) => {
    const { home, root } = await firstHome()
    const daemon = await Daemon.start({ home })
    t.after(() => daemon.stop())
    const { agents } = await daemon.want(200, 'GET', '/api/agents?includeDeleted=true')
    const live = await daemon.connect()
    const { id } = agents.find(({ name }) => name === 'asking')
    const topic = await live.subscribe(`agent/${id}`, { generation: 1, after: 0 })
    await topic.waitFor('status', ({ reason }) => reason === 'hold_lost')
    await live.close()
    const after = await daemon.want(200, 'GET', '/api/agents?includeDeleted=true')
    const ends = Object.fromEntries(after.agents.map(({ name, statusReason }) => [name, statusReason]))
    assert.deepEqual(ends, {
      finished: 'stopped', stopped: 'stopped', killed: 'exit', lost: 'hold_lost', terminal: 'exit', archived: 'stopped',
      'never started': 'not_started', asking: 'hold_lost',
    })
    const outcomes = []
    for (const { id: older } of agents) {
      const { turns } = await daemon.want(200, 'GET', `/api/agents/${older}/turns`)
      const { messages } = await daemon.want(200, 'GET', `/api/agents/${older}/messages`)
      assert.deepEqual(turns.map(({ messageId }) => messageId), messages.filter(({ role, state }) => role === 'user' && state !== 'queued').map((m) => m.id))
      outcomes.push(...turns.map((turn) => turn.outcome))
    }
    assert.deepEqual([...new Set(outcomes)].sort(), ['error', 'interrupted', 'ok', 'unknown'])
    const { asks } = await daemon.want(200, 'GET', '/api/asks')
    assert.deepEqual(asks.map(({ state }) => state).sort(), [...Array(8).fill('cancelled'), 'answered', 'answered', 'void', 'void'].sort())
    const { entries } = await daemon.want(200, 'GET', '/api/trash')
    await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
    const { path: restored } = await daemon.want(200, 'POST', `/api/trash/${entries[0].id}/restore`)
    assert.ok(restored.startsWith(root))
  })
})
