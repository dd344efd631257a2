// The daemon is killed after the k-th event of a turn that has every kind of event and an ask in it, for every k. The agent
// goes on meanwhile; its stream, followed over the deaths, has each event once and in order.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { forEachClaude } from '../harness/agents.mjs'
import { Daemon } from '../harness/daemon.mjs'
import { Model } from '../harness/model.mjs'
import { sameAsDerivedAgain } from '../harness/recovery.mjs'
import { Site } from '../harness/site.mjs'
import { until } from '../harness/wait.mjs'

/** What a stream can show, but for `gap`: nothing is missing from a whole log. */
const KINDS = [
  'ask', 'ask_answered', 'ask_cancel', 'context', 'exit', 'message', 'notice', 'plan', 'session', 'status', 'text', 'text_delta',
  'thought', 'tool_end', 'tool_progress', 'tool_start', 'turn_end', 'unknown', 'usage',
]

/** Stopped at the end of its n-th launch: the log is whole, and the store has exactly what it gives. */
async function launchEndsWhole(site, agent, n = 1) {
  await agent.stop()
  await agent.follower.waitFor('exit', undefined, n)
  const row = await agent.get()
  assert.deepEqual([row.status, row.statusReason], ['finished', 'stopped'])
  const events = await sameAsDerivedAgain(site.home, row.launchId)
  assert.equal(events.filter(({ kind }) => kind === 'exit').length, 1)
  return events
}

async function endsWhole(site, agent) {
  await launchEndsWhole(site, agent)
  await site.drop(agent.follower)
}

describe('killed after the k-th event', () => {
  let site
  let length // of the first turn
  before(async () => {
    site = await Site.open()
  })
  after(() => site.close())

  test('a whole turn has every kind of event', async () => {
    const agent = await site.agent()
    await agent.start('Begin. @@full')
    await agent.allow()
    await agent.atRest()
    length = agent.events.length
    await endsWhole(site, agent)
    assert.deepEqual([...new Set(agent.events.map(({ type }) => type))].sort(), KINDS)
  })

  test('a later launch of the session compares too: its derivation starts with the state of the first', async () => {
    const agent = await site.agent()
    await agent.start('Begin. @@full')
    await agent.allow()
    await agent.atRest()
    await launchEndsWhole(site, agent)
    await agent.start('Once more. @@full#again')
    await agent.allow(2)
    await agent.follower.waitFor('turn_end', undefined, 2)
    const events = await launchEndsWhole(site, agent, 2)
    assert.ok(events.some(({ kind }) => kind === 'usage'))
    await site.drop(agent.follower)
  })

  test('for every k nothing is lost or doubled, the ask is answered, and a prompt accepted just before arrives once', async (t) => {
    for (let k = 1; k <= length; k++) {
      await t.test(`k = ${k} of ${length}`, async () => {
        const agent = await site.agent()
        const prompts = [`Begin. @@full#k${k}`, `Just before. @@short#k${k}`]
        await agent.start(prompts[0])
        const asked = agent.allow()
        // Deltas that arrive together are one event: there may be fewer than the first time.
        await Promise.race([agent.follower.waitCount(k), agent.follower.waitFor('turn_end')])
        await agent.send(prompts[1])
        await site.crash()
        await asked
        await agent.follower.waitFor('turn_end', undefined, 2)
        await endsWhole(site, agent)
        assert.deepEqual((await site.reached()).filter((text) => text.endsWith(`#k${k}`)), prompts)
      })
    }
  })
})

/** How long the daemon takes to be there, on this machine at this time. */
async function startMs() {
  const began = performance.now()
  const daemon = await Daemon.start()
  const ms = performance.now() - began
  await daemon.remove()
  return ms
}

forEachClaude((cli) => {
  /** Each text has 20 pieces, a daemon's start apart: it can be killed in the middle of one again and again. */
  const scriptAt = (pace) => ({
    scenarios: {
      story: [
        {
          content: [
            { thinking: 'What would be good?' },
            { text: 'once ', repeat: 20, chunk: 5, pace },
            { tool: 'Write', input: { file_path: '${cwd}/hello.txt', content: 'hello\n' } },
          ],
        },
        { content: [{ text: 'upon ', repeat: 20, chunk: 5, pace }] },
      ],
      nonce: [{ content: [{ text: 'Got ${nonce}.' }] }],
    },
  })
  let model
  let site
  before(async () => {
    model = await Model.start(scriptAt(Math.max(100, Math.ceil(await startMs()))))
    site = await Site.open({ claude: cli.file, model })
  })
  after(async () => {
    await site.close()
    await model.stop()
  })

  test('across repeated kills while it streams and while it asks, the same program continues to its end', async () => {
    const agent = await site.agent()
    const { follower } = agent
    await agent.start('Tell. @@story')
    await follower.waitFor('session')
    const { pid } = await agent.status()
    let asked
    let seen = agent.events.length
    const deaths = []
    while (follower.count('turn_end') === 0) {
      await follower.waitCount(seen + 1)
      seen = agent.events.length
      deaths.push(agent.events.at(-1).type)
      if (follower.count('ask') && !asked) {
        await site.crash()
        asked = await agent.allow()
        await agent.send('And this. @@nonce#accepted')
      }
      await site.crash()
    }
    // Which events it dies at is the machine's; that each kind is survived, the walk over every event above shows.
    assert.ok(deaths.length >= 4 && deaths.includes('text_delta'), `killed after ${deaths.join(', ')}`)
    // Its hold says it once the new daemon has found it.
    await until(async () => (await agent.status()).pid !== undefined, 'the program is found again')
    assert.equal((await agent.status()).pid, pid)
    await follower.waitFor('turn_end', undefined, 2)
    const { sessionId } = await agent.get()
    await endsWhole(site, agent)
    const requests = (await model.requests()).filter(({ session, scenario }) => session === sessionId && scenario)
    assert.deepEqual(
      requests.map(({ scenario, step, nonce }) => [scenario, step, nonce]),
      [['story', 0, ''], ['story', 1, ''], ['nonce', 0, 'accepted']],
    )
  })
})
