// The queue of prompts, commands and options with the other CLIs: what they can do while they run differs.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forEachAgent, Studio } from '../harness/agents.mjs'

forEachAgent(['gemini', 'opencode', 'qwen', 'codex'], (cli) => {
  let studio
  before(async () => {
    studio = await Studio.open(cli, { patienceMs: 120_000 })
  })
  after(() => studio.close())
  const isCodex = cli.name === 'codex'
  const update = (agent, input) => studio.want(200, 'PUT', agent.route, input)
  const isSent = (id) => (message) => message.messageId === id && message.state === 'sent'

  test('a prompt to be sent now goes first, and waits for the turn unless it is interrupted', async () => {
    const agent = await studio.begin('Count. @@slow')
    await agent.next('text_delta')
    const first = (await agent.send('Greet me. @@hello')).messageId
    const second = (await agent.send('Say it. @@nonce#7')).messageId
    const now = (body) => studio.want(202, 'POST', `${agent.route}/messages/${second}/send`, body)
    const waits = await now({})
    assert.deepEqual([waits.status, waits.waitsFor], ['queued', 'turn'])
    assert.deepEqual((await agent.next('queue')).ids, [second, first])
    assert.equal((await now({ interrupt: true })).isInterrupted, true)
    await agent.next('message', isSent(second))
    await agent.next('message', isSent(first))
    await agent.turnEnd()
    assert.equal(agent.texts().at(-2), 'Got 7.')
    assert.equal(agent.texts().at(-1), 'Hello from the scripted model.')
  })

  test('its commands are listed, or why there are none', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    if (!isCodex) await agent.topic.waitFor('commands')
    const { commands, reason } = await studio.want(200, 'GET', `${agent.route}/commands`)
    if (isCodex) assert.deepEqual([commands, reason], [[], 'this CLI does not list its commands'])
    else assert.ok(commands.length > 0 && commands.every(({ name, text }) => /^[^/\s]/.test(name) && text))
  })

  test('a permission is given while it runs, as far as the CLI lets that be', async () => {
    const agent = await studio.begin('Greet me. @@hello', { permissions: ['read'] })
    await agent.turnEnd()
    const { changed } = await update(agent, { permissions: ['read', 'write', 'execute'] })
    assert.deepEqual(changed, [{ option: 'permissions', applied: isCodex ? 'next_start' : 'now' }])
    if (isCodex) return
    const answered = await agent.next('option')
    assert.deepEqual([answered.option, answered.isRefused], ['permissions', false])
  })

  test('the mode goes with the next prompt, where the CLI takes it so', { skip: !isCodex && 'acp_sessions shows it for ACP' }, async () => {
    const agent = await studio.begin('Greet me. @@hello', { mode: 'plan' })
    await agent.turnEnd()
    const { changed } = await update(agent, { mode: 'regular' })
    assert.deepEqual(changed, [{ option: 'mode', applied: 'next_turn' }])
    await agent.send('Make a file. @@write')
    const ask = await agent.ask() // while it planned, it would not have asked
    await agent.answer(ask, { decision: 'deny' })
    await agent.turnEnd()
  })

  test('a model that it refuses is reported, and the agent keeps its own', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    const { changed } = await update(agent, { model: 'no-such-model' })
    assert.equal(changed[0].option, 'model')
    if (changed[0].applied !== 'now') return
    const answered = await agent.next('option')
    const { model } = await agent.get()
    assert.equal(model, answered.isRefused ? cli.model : 'no-such-model')
    if (answered.isRefused) await agent.topic.waitFor('notice', ({ code }) => code === 'model')
  })
})
