// The queue of prompts, the commands of a CLI and its options, with the real Claude Code.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'

forEachClaude((cli) => {
  let studio
  before(async () => {
    studio = await Studio.open(cli)
  })
  after(() => studio.close())

  const waiting = async (agent) => (await agent.messages()).messages.filter(({ state }) => state === 'queued')
  const call = (agent, method, route, body) => studio.daemon.api(method, `${agent.route}/messages/${route}`, body)
  const update = (agent, input) => studio.want(200, 'PUT', agent.route, input)
  const isSent = (id) => (message) => message.messageId === id && message.state === 'sent'

  /** An agent in a turn that lasts, and prompts that wait for its end. */
  async function busy(...prompts) {
    const agent = await studio.begin('Count. @@slow')
    await agent.next('text_delta')
    const ids = []
    for (const prompt of prompts) ids.push((await agent.send(prompt)).messageId)
    return { agent, ids }
  }

  test('a queued prompt says what it waits for, and can be changed until it is sent', async () => {
    const { agent, ids: [first, second] } = await busy('Greet me. @@hello', 'Think. @@think')
    assert.deepEqual((await waiting(agent)).map(({ id, waitsFor }) => [id, waitsFor]), [[first, 'turn'], [second, 'order']])
    const edited = await call(agent, 'PUT', first, { content: 'Say it. @@nonce#8' })
    assert.deepEqual([edited.status, edited.body.content, edited.body.waitsFor], [200, 'Say it. @@nonce#8', 'turn'])
    const event = await agent.next('message', ({ isEdited }) => isEdited)
    assert.deepEqual([event.messageId, event.state, event.text], [first, 'queued', 'Say it. @@nonce#8'])
    assert.equal((await call(agent, 'PUT', first, { content: '  ' })).status, 400)
    assert.equal((await call(agent, 'PUT', `msg_${'0'.repeat(26)}`, { content: 'x' })).status, 404)
    await agent.interrupt()
    await agent.next('message', isSent(second))
    await agent.turnEnd()
    const late = await call(agent, 'PUT', first, { content: 'Too late' })
    assert.deepEqual([late.status, late.body.error.message], [409, 'this message is not queued'])
    assert.deepEqual(await agent.asked(), ['slow:0', 'nonce:0', 'think:0'])
    assert.equal('waitsFor' in (await agent.messages()).messages[0], false)
  })

  test('the order of the queue is that of its prompts, and exactly all of them must be named', async () => {
    const { agent, ids: [first, second, third] } = await busy('Greet me. @@hello', 'Think. @@think', 'Say it. @@nonce#9')
    const order = (messageIds) => call(agent, 'PUT', 'reorder', { messageIds })
    assert.equal((await order([first, second])).status, 409)
    assert.equal((await order([first, second, third, `msg_${'0'.repeat(26)}`])).status, 404)
    assert.match((await order([third, first])).body.error.message, new RegExp(second))
    assert.equal((await order([first, first, second, third])).status, 400)
    assert.equal((await order([third, first, second])).status, 200)
    assert.deepEqual((await agent.next('queue')).ids, [third, first, second])
    assert.deepEqual((await waiting(agent)).map(({ id }) => id), [third, first, second])
    const last = (await agent.send('Greet me again. @@hello')).messageId
    assert.deepEqual((await waiting(agent)).map(({ id }) => id), [third, first, second, last])
    assert.deepEqual((await agent.messages('?limit=2')).messages.map(({ id }) => id), [second, last])
    const page = await agent.messages(`?limit=2&before=${second}`)
    assert.deepEqual(page.messages.map(({ id }) => id), [third, first])
    assert.equal((await call(agent, 'DELETE', first)).status, 204)
    await agent.interrupt()
    await agent.next('message', isSent(last))
    await agent.turnEnd()
    assert.deepEqual(await agent.asked(), ['slow:0', 'nonce:0', 'think:0', 'hello:0'])
  })

  test('the order outlives the daemon', async () => {
    const { agent, ids: [first, second] } = await busy('Greet me. @@hello', 'Think. @@think')
    assert.equal((await call(agent, 'PUT', 'reorder', { messageIds: [second, first] })).status, 200)
    await agent.stop()
    assert.deepEqual((await waiting(agent)).map(({ id, waitsFor }) => [id, waitsFor]), [[second, 'start'], [first, 'order']])
    await agent.start()
    await agent.next('message', isSent(first))
    await agent.turnEnd()
    assert.deepEqual(await agent.asked(), ['slow:0', 'think:0', 'hello:0'])
  })

  test('a prompt that is sent now reaches the CLI in the middle of its turn', async () => {
    const agent = await studio.begin('Tick. @@steady')
    await agent.next('text_delta')
    const first = (await agent.send('Greet me. @@hello')).messageId
    const second = (await agent.send('Think. @@think')).messageId
    const key = { key: 'now-once' }
    const now = await studio.daemon.api('POST', `${agent.route}/messages/${second}/send`, {}, key)
    assert.deepEqual([now.status, now.body.status, 'waitsFor' in now.body], [202, 'sent', false])
    assert.deepEqual((await studio.daemon.api('POST', `${agent.route}/messages/${second}/send`, {}, key)).body, now.body)
    await agent.next('message', isSent(second))
    assert.equal((await call(agent, 'POST', `${second}/send`, {})).status, 409)
    assert.deepEqual((await waiting(agent)).map(({ id, waitsFor }) => [id, waitsFor]), [[first, 'turn']])
    await agent.next('message', isSent(first))
    await agent.turnEnd()
    assert.deepEqual(await agent.asked(), ['steady:0', 'think:0', 'hello:0'])
    const { turns } = await studio.want(200, 'GET', `${agent.route}/turns`)
    assert.deepEqual(turns.map(({ messageId }) => messageId).slice(1), [second, first])
  })

  test('with an interrupt, the running turn ends first', async () => {
    const { agent, ids: [first, second] } = await busy('Greet me. @@hello', 'Think. @@think')
    const { body } = await call(agent, 'POST', `${second}/send`, { interrupt: true })
    assert.deepEqual([body.status, body.isInterrupted], ['queued', true])
    assert.equal((await agent.next('turn_end')).outcome, 'interrupted')
    await agent.next('message', isSent(first))
    await agent.turnEnd()
    assert.deepEqual(await agent.asked(), ['slow:0', 'think:0', 'hello:0'])
  })

  test('a steered prompt whose turn is interrupted is answered in a turn of its own', async () => {
    const { agent, ids: [first] } = await busy('Greet me. @@hello')
    assert.equal((await call(agent, 'POST', `${first}/send`, {})).body.status, 'sent')
    await agent.next('message', isSent(first))
    await agent.interrupt()
    assert.equal((await agent.next('turn_end')).outcome, 'interrupted')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await agent.asked(), ['slow:0', 'hello:0'])
    assert.equal((await agent.messages()).messages.find(({ id }) => id === first).state, 'sent')
  })

  test('the commands of the CLI are listed with what they do, and a prompt runs one', async () => {
    const agent = await studio.agent()
    const none = await studio.want(200, 'GET', `${agent.route}/commands`)
    assert.deepEqual(none, { commands: [], reason: 'the CLI lists its commands when it has started' })
    await agent.start('Greet me. @@hello')
    const { commands: told } = await agent.next('commands')
    await agent.turnEnd()
    const { commands, reason } = await studio.want(200, 'GET', `${agent.route}/commands`)
    assert.deepEqual([commands, reason], [told, undefined])
    const compact = commands.find(({ name }) => name === 'compact')
    assert.match(compact.text, /\w+/)
    assert.match(compact.hint, /optional/)
    await agent.send('/context')
    await agent.turnEnd()
    assert.match(agent.texts().at(-1), /Context Usage/)
    await agent.stop()
    await agent.start('Greet me. @@hello')
    await agent.turnEnd()
    assert.equal(agent.topic.events.filter(({ type }) => type === 'commands').length, 1)
  })

  test('model and effort of a running agent change at once, also during a turn', async () => {
    const agent = await studio.begin('Tick. @@steady')
    await agent.next('text_delta')
    const one = await update(agent, { model: 'claude-opus-4-5', effort: 'high' })
    assert.deepEqual(one.changed, [{ option: 'model', applied: 'now' }, { option: 'effort', applied: 'now' }])
    const two = await update(agent, { model: 'claude-haiku-4-5', name: 'another name' })
    assert.deepEqual([two.changed, two.model, two.effort], [[{ option: 'model', applied: 'now' }], 'claude-haiku-4-5', 'high'])
    const answered = [await agent.next('option'), await agent.next('option'), await agent.next('option')]
    assert.deepEqual(answered.map(({ option }) => option).sort(), ['effort', 'model', 'model']) // in the order of the CLI
    assert.ok(answered.every(({ isRefused }) => !isRefused))
    await agent.turnEnd()
    await agent.send('Greet me. @@hello')
    await agent.turnEnd()
    const last = (await studio.model.requests()).filter(({ scenario }) => scenario === 'hello').at(-1)
    assert.equal(last.model, 'claude-haiku-4-5')
    assert.deepEqual((await update(agent, { model: 'claude-haiku-4-5' })).changed, [])
    await agent.stop()
    const later = await update(agent, { model: 'claude-opus-4-5', permissions: ['read'] })
    assert.deepEqual(later.changed, [{ option: 'model', applied: 'next_start' }])
  })

  test('a permission is given and taken back while the agent runs', async () => {
    const agent = await studio.begin('Greet me. @@hello', { permissions: ['read', 'write'] })
    await agent.turnEnd()
    assert.deepEqual((await update(agent, { permissions: ['read'] })).changed, [{ option: 'permissions', applied: 'now' }])
    await agent.next('option')
    await agent.send('Make a file. @@write')
    await agent.answer(await agent.ask(), { decision: 'deny' })
    await agent.turnEnd()
    await update(agent, { permissions: ['write'] })
    await agent.next('option')
    await agent.send('Make a file. @@write')
    await agent.turnEnd()
    assert.equal(await readFile(path.join(agent.worktree.path, 'hello.txt'), 'utf8'), 'hello\nworld\n')
  })

  test('what the CLI refuses is reported, and the agent keeps what it has', async () => {
    const agent = await studio.begin('Greet me. @@hello', { model: 'claude-sonnet-4-5-20250929' })
    await agent.turnEnd()
    const { changed } = await update(agent, { model: 'no such model, with spaces and more' })
    assert.deepEqual(changed, [{ option: 'model', applied: 'now' }])
    const answered = await agent.next('option')
    const row = await agent.get()
    assert.equal(row.model, answered.isRefused ? 'claude-sonnet-4-5-20250929' : 'no such model, with spaces and more')
  })

  test('a plan is sent back with comments on its lines', async () => {
    const agent = await studio.begin('Plan it. @@plan', { mode: 'plan' })
    const ask = await agent.ask()
    const lines = ask.plan.split('\n')
    const answer = (body) => studio.daemon.api('POST', `/api/asks/${ask.id}/answer`, body)
    const comments = [{ line: lines.length, text: 'Last.' }, { line: 1, text: 'Not like this.\nAt all.' }]
    const wrong = [
      { decision: 'deny', comments: [{ line: lines.length + 1, text: 'Where?' }] },
      { decision: 'deny', comments: [{ line: 0, text: 'Where?' }] },
      { decision: 'allow', comments },
    ]
    for (const body of wrong) assert.equal((await answer(body)).status, 400, JSON.stringify(body))
    const { status, body } = await answer({ decision: 'deny', message: 'Nearly.', comments })
    assert.equal(status, 200)
    const said = `Nearly.\n\nComments on the plan:\n\nLine 1:\n> ${lines[0]}\n    Not like this.\n    At all.\n\nLine ${lines.length}:\n> ${lines.at(-1)}\n    Last.`
    assert.equal(body.message, said)
    const end = await agent.next('tool_end')
    assert.ok(end.output.includes(said), end.output)
    assert.equal((await agent.get()).mode, 'plan')
  })
})
