// Prompts to the real CLI: queued while a turn runs or none lives, withdrawn, read in pages; and what they cost.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'

const SONNET = 'claude-sonnet-4-5-20250929'
const SONNET_WINDOW = 200_000 // what both pinned versions report as contextWindow of this model

forEachClaude((cli) => {
  let studio
  before(async () => {
    studio = await Studio.open(cli)
  })
  after(() => studio.close())

  const stateOf = async (agent, id) => (await agent.messages()).messages.find((message) => message.id === id)?.state

  test('a prompt sent while a turn runs is queued, shown as queued, and sent when the agent is idle', async () => {
    const agent = await studio.begin('Tick. @@steady')
    await agent.next('text_delta')
    const sent = await agent.send('Then greet me. @@hello')
    assert.deepEqual([sent.status, sent.running], ['queued', true])
    assert.equal(await stateOf(agent, sent.messageId), 'queued')
    const isIt = (state) => (message) => message.messageId === sent.messageId && message.state === state
    assert.equal((await agent.next('message', isIt('queued'))).text, 'Then greet me. @@hello')
    assert.equal((await agent.next('turn_end')).outcome, 'ok')
    await agent.next('message', isIt('sent'))
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.equal(await stateOf(agent, sent.messageId), 'sent')
    assert.deepEqual(await agent.asked(), ['steady:0', 'hello:0'])
  })

  test('prompts wait in the order of their arrival, one per turn', async () => {
    const agent = await studio.begin('Make a file. @@write')
    const ask = await agent.ask()
    for (const scenario of ['hello', 'think', 'nonce#7'])
      assert.equal((await agent.send(`Next. @@${scenario}`)).status, 'queued')
    await agent.answer(ask, { decision: 'deny' })
    for (let turn = 0; turn < 4; turn++) assert.equal((await agent.next('turn_end')).outcome, 'ok')
    assert.deepEqual(await agent.asked(), ['write:0', 'write:1', 'hello:0', 'think:0', 'nonce:0'])
    assert.equal(agent.texts().at(-1), 'Got 7.')
  })

  test('a prompt to an agent that is not running is sent at its next start', async () => {
    const agent = await studio.agent({ initialPrompt: 'Greet me. @@hello' })
    const sent = await agent.send('Think. @@think')
    assert.deepEqual([sent.status, sent.running], ['queued', false])
    assert.equal(await stateOf(agent, sent.messageId), 'queued')
    await agent.start()
    await agent.next('turn_end')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.equal(await stateOf(agent, sent.messageId), 'sent')
    assert.deepEqual(await agent.asked(), ['hello:0', 'think:0'])
    await agent.stop()
    const later = await agent.send('Again. @@hello')
    assert.equal(later.status, 'queued')
    await agent.start()
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await agent.asked(), ['hello:0', 'think:0', 'hello:0'])
  })

  test('a queued prompt can be withdrawn and never reaches the model; a sent one cannot', async () => {
    const agent = await studio.begin('Count. @@slow')
    await agent.next('text_delta')
    const { messageId } = await agent.send('Think better of it. @@think')
    const { messages } = await agent.messages()
    const withdraw = (id) => studio.daemon.api('DELETE', `${agent.route}/messages/${id}`)
    assert.equal((await withdraw(messageId)).status, 204)
    await agent.next('message', (message) => message.messageId === messageId && message.state === 'withdrawn')
    assert.equal((await withdraw(messageId)).status, 404)
    assert.equal((await withdraw(messages[0].id)).status, 409)
    assert.equal(await stateOf(agent, messageId), undefined)
    await agent.interrupt()
    await agent.turnEnd()
    await agent.send('Greet me. @@hello')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await agent.asked(), ['slow:0', 'hello:0'])
  })

  test('messages are read from the newest page to the oldest, each page in order', async () => {
    const agent = await studio.begin('First. @@hello')
    await agent.turnEnd()
    await agent.send('Second. @@write')
    await agent.answer(await agent.ask(), { decision: 'allow' })
    await agent.turnEnd()
    const all = await agent.messages()
    assert.equal(all.hasMore, false)
    assert.equal('nextCursor' in all, false)
    const kinds = all.messages.map(({ role, content, toolName }) => [role, toolName ?? content])
    assert.deepEqual(kinds, [
      ['user', 'First. @@hello'],
      ['assistant', 'Hello from the scripted model.'],
      ['user', 'Second. @@write'],
      ['assistant', 'I will create a file.'],
      ['tool', 'Write'],
      ['assistant', 'Created hello.txt.'],
    ])
    const tool = all.messages[4]
    assert.equal(tool.isComplete, true)
    assert.equal(tool.toolInput.content, 'hello\nworld\n')
    assert.match(tool.toolOutput, /hello\.txt/)

    const pages = []
    for (let cursor = ''; ; ) {
      const page = await agent.messages(`?limit=4${cursor}`)
      pages.unshift(...page.messages)
      assert.equal(page.nextCursor, page.hasMore ? page.messages[0].id : undefined)
      if (!page.hasMore) break
      assert.equal(page.messages.length, 4)
      cursor = `&before=${page.nextCursor}`
    }
    assert.deepEqual(pages, all.messages)
    assert.deepEqual([all.total, all.firstIndex, all.hasNewer, 'previousCursor' in all], [6, 0, false, false])
    const onwards = []
    for (let cursor = 'before=1'; ; ) {
      const page = await agent.messages(`?limit=2&${cursor}`)
      assert.equal(page.firstIndex, page.messages[0].index)
      assert.equal(page.previousCursor, page.hasNewer ? page.messages.at(-1).id : undefined)
      onwards.push(...page.messages)
      if (!page.hasNewer) break
      cursor = `after=${page.previousCursor}`
    }
    assert.deepEqual(onwards, all.messages)
    const middle = await agent.messages(`?limit=3&around=${all.messages[2].id}`)
    assert.deepEqual(middle.messages, all.messages.slice(1, 4))
    const since = encodeURIComponent(all.messages[3].createdAt)
    assert.deepEqual((await agent.messages(`?after=${since}`)).messages, all.messages.slice(4))

    const other = await studio.begin('Elsewhere. @@hello')
    await other.turnEnd()
    const foreign = await studio.daemon.api('GET', `${agent.route}/messages?around=${(await other.messages()).messages[0].id}`)
    assert.deepEqual([foreign.status, foreign.body.error.code], [404, 'NOT_FOUND'])
    for (const query of ['before=1&after=2', 'around=soon', 'after=2026-13-01T00:00:00Z']) {
      const { status, body } = await studio.daemon.api('GET', `${agent.route}/messages?${query}`)
      assert.equal(status, 400, query)
      assert.ok(Object.keys(body.error.details).every((field) => query.includes(`${field}=`)), JSON.stringify(body))
    }
    assert.equal((await studio.daemon.api('GET', `${agent.route}/messages?limit=0`)).status, 400)
    assert.equal((await studio.daemon.api('GET', `${agent.route}/messages?limit=1001`)).status, 400)
    assert.equal((await studio.daemon.api('GET', `${agent.route}/messages?before=msg_${'0'.repeat(26)}`)).status, 404)
  })

  test('each turn is listed with what it did, and one that was killed or stopped says so', async () => {
    const turns = (query = '') => studio.want(200, 'GET', `${agent.route}/turns${query}`)
    const agent = await studio.begin('Make a file.\nNow. @@write', { permissions: ['write'] })
    await agent.turnEnd()
    const { turns: [wrote], total, hasMore, hasNewer } = await turns()
    assert.deepEqual([total, hasMore, hasNewer], [1, false, false])
    const { messages } = await agent.messages()
    assert.deepEqual([wrote.index, wrote.messageId, wrote.firstLine, wrote.outcome], [0, messages[0].id, 'Make a file.', 'ok'])
    assert.deepEqual([wrote.toolCalls, wrote.filesChanged], [1, 1])
    const { durationMs } = agent.topic.events.find(({ type }) => type === 'turn_end').payload
    assert.equal(wrote.durationMs, durationMs)
    const used = agent.topic.events.filter(({ type }) => type === 'usage').map(({ payload }) => payload)
    const sum = (...names) => used.flatMap((usage) => names.map((name) => usage[name])).reduce((a, b) => a + b, 0)
    assert.equal(wrote.tokens, sum('input', 'output', 'cacheRead', 'cacheCreation'))
    assert.equal(wrote.costMicros, sum('costMicros'))

    const { messageId } = await agent.send('Take your time. @@slow')
    await agent.topic.waitFor('message', (message) => message.messageId === messageId && message.state === 'sent')
    const { turns: [running] } = await turns('?after=0')
    assert.deepEqual([running.outcome, running.firstLine, 'durationMs' in running], ['running', 'Take your time. @@slow', false])
    process.kill(await agent.pid(), 'SIGKILL')
    await agent.topic.waitFor('exit')
    assert.equal((await turns('?limit=1')).turns[0].outcome, 'error')
    await agent.start('Once more. @@slow')
    await agent.topic.waitFor('status', ({ reason }) => reason === 'working', { after: (await agent.topic.waitFor('exit')).seq })
    await agent.stop()
    const newest = await turns('?limit=1')
    assert.deepEqual([newest.turns[0].outcome, newest.nextCursor, newest.total], ['interrupted', '2', 3])
    assert.deepEqual((await turns(`?before=${newest.nextCursor}`)).turns.map(({ index }) => index), [0, 1])
  })

  test('the context level is the part of the model\'s window that the last request filled', async () => {
    const agent = await studio.begin('Fill it. @@near', { model: SONNET })
    await agent.turnEnd()
    const { used, window, level } = agent.topic.events.filter(({ type }) => type === 'context').at(-1).payload
    // tests/model/scenarios.json, "near": 10 input, 1,000 written to the cache, 189,000 read from it.
    assert.deepEqual([used, window, level], [190_010, SONNET_WINDOW, 95])
    assert.equal((await agent.get()).contextLevel, 95)
    assert.equal((await studio.want(200, 'GET', `${agent.route}/status`)).contextLevel, 95)
  })

  test('the day\'s usage grows by what the model reported, in each bucket', async () => {
    const before = await studio.want(200, 'GET', '/api/usage')
    const agent = await studio.begin('Make a file. @@write', { model: SONNET, permissions: ['write'] })
    await agent.turnEnd()
    const after = await studio.want(200, 'GET', '/api/usage')
    const grown = (of) => of(after) - of(before)
    // tests/model/scenarios.json, "write": input 3 + 5, written to caches 20,000 + 150, read from them 20,000, output 21 + 14.
    const input = 8 + 20_150 + 20_000
    const output = 35
    for (const span of ['today', 'thisWeek', 'thisMonth']) {
      assert.equal(grown((usage) => usage[span].inputTokens), input, span)
      assert.equal(grown((usage) => usage[span].outputTokens), output, span)
      assert.equal(grown((usage) => usage[span].tokensUsed), input + output, span)
      assert.equal(grown((usage) => usage[span].requestCount), 2, span)
    }
    for (const span of ['daily', 'weekly', 'sonnetOnly']) assert.equal(grown((usage) => usage[span].used), input + output, span)
    assert.equal(grown((usage) => usage.today.modelUsage[SONNET] ?? 0), input + output)
    assert.deepEqual(await studio.want(200, 'GET', '/api/usage/today'), after.today)
  })

  test('usage is not counted again when a session continues after a stop', async () => {
    const agent = await studio.begin('Greet me. @@hello', { model: SONNET })
    await agent.turnEnd()
    await agent.stop()
    const before = await studio.want(200, 'GET', '/api/usage/today')
    await agent.start('Greet me again. @@hello')
    await agent.turnEnd()
    const after = await studio.want(200, 'GET', '/api/usage/today')
    assert.equal(after.requestCount - before.requestCount, 1)
    assert.equal(after.inputTokens - before.inputTokens, 1_200) // the script's default
  })
})
