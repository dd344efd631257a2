// What the real CLI asks its user: permissions, questions, plans; each answered once.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'
import { changes } from '../harness/repository.mjs'

const isWaiting = ({ status }) => status === 'waiting'
const isRunning = ({ status }) => status === 'running'

forEachClaude((cli) => {
  let studio
  before(async () => {
    studio = await Studio.open(cli)
  })
  after(() => studio.close())

  /** An agent whose turn waits for the permission to write hello.txt. */
  async function askToWrite() {
    const agent = await studio.begin('Make a file. @@write')
    const ask = await agent.ask()
    return { agent, ask, file: path.join(agent.worktree.path, 'hello.txt') }
  }

  test('a permission ask carries tool, arguments and place; once allowed, the file is written', async () => {
    const { agent, ask, file } = await askToWrite()
    assert.deepEqual([ask.kind, ask.tool, ask.state, ask.subjectKind, ask.subjectId, ask.worktreeId], ['permission', 'Write', 'open', 'agent', agent.id, agent.worktree.id])
    assert.deepEqual(ask.input, { file_path: file, content: 'hello\nworld\n' })
    const waiting = await agent.next('status', isWaiting)
    assert.deepEqual([waiting.reason, waiting.detail, waiting.source], ['permission', 'Write', 'protocol'])
    assert.equal((await agent.get()).status, 'waiting')
    assert.deepEqual(await changes(agent.worktree.path), [])
    const inbox = await studio.want(200, 'GET', '/api/asks?state=open')
    assert.deepEqual(inbox.asks.map(({ id }) => id), [ask.id])

    const answered = await agent.answer(ask, { decision: 'allow' })
    assert.deepEqual([answered.state, answered.decision], ['answered', 'allow'])
    assert.equal((await agent.next('status', isRunning)).reason, 'working')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.equal(await readFile(file, 'utf8'), 'hello\nworld\n')
    assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'])
    assert.deepEqual(await agent.asked(), ['write:0', 'write:1'])
    const second = await studio.daemon.api('POST', `/api/asks/${ask.id}/answer`, { decision: 'deny' })
    assert.deepEqual([second.status, second.body.error.code], [409, 'CONFLICT'])
  })

  test('if denied, nothing is written, and the model gets the reason', async () => {
    const { agent, ask } = await askToWrite()
    await agent.answer(ask, { decision: 'deny', message: 'Not in this folder.' })
    const end = await agent.next('tool_end')
    assert.equal(end.isError, true)
    assert.match(end.output, /Not in this folder\./)
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await changes(agent.worktree.path), [])
    assert.deepEqual(await agent.asked(), ['write:0', 'write:1'])
  })

  test('if denied with interrupt, the turn ends', async () => {
    const { agent, ask } = await askToWrite()
    await agent.answer(ask, { decision: 'deny', interrupt: true })
    assert.equal((await agent.turnEnd()).outcome, 'interrupted')
    assert.deepEqual(await changes(agent.worktree.path), [])
    assert.deepEqual(await agent.asked(), ['write:0'])
  })

  test('if allowed with other arguments, those are used', async () => {
    const { agent, ask, file } = await askToWrite()
    const input = { ...ask.input, content: 'as the user wants it\n' }
    await agent.answer(ask, { decision: 'allow', input })
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.equal(await readFile(file, 'utf8'), 'as the user wants it\n')
    assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'])
    const answered = agent.topic.events.find(({ type }) => type === 'ask_answered').payload
    assert.deepEqual([answered.decision, answered.isEdited, answered.input], ['allow', true, input])
    const { messages } = await studio.want(200, 'GET', `${agent.route}/messages`)
    assert.deepEqual(messages.find(({ toolName }) => toolName === 'Write').toolInput, input)
  })

  test('if always allowed, the same tool does not ask again in this session', async () => {
    const { agent, ask } = await askToWrite()
    await agent.answer(ask, { decision: 'allow_always' })
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    await agent.send('Change it. @@edit')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.equal(agent.topic.events.filter(({ type }) => type === 'ask').length, 1)
    assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'], 'no settings file is left in the worktree')
    assert.deepEqual(await agent.asked(), ['write:0', 'write:1', 'edit:0', 'edit:1', 'edit:2'])
  })

  test('several asks of one turn are answered one by one', async () => {
    const agent = await studio.begin('Make two. @@multiask')
    const first = await agent.ask()
    await agent.answer(first, { decision: 'allow' })
    const second = await agent.ask()
    assert.notEqual(second.id, first.id)
    await agent.answer(second, { decision: 'deny', message: 'One is enough.' })
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await changes(agent.worktree.path), ['?? one.txt'])
    assert.deepEqual(await agent.asked(), ['multiask:0', 'multiask:1'])
  })

  test('an answer to another question than the one shown is refused', async () => {
    const { agent, ask } = await askToWrite()
    const other = await studio.daemon.api('POST', `/api/asks/${ask.id}/answer`, { decision: 'allow', digest: '0'.repeat(64) })
    assert.equal(other.status, 409)
    const unfit = await studio.daemon.api('POST', `/api/asks/${ask.id}/answer`, { decision: 'allow', input: [1] })
    assert.deepEqual([unfit.status, Object.keys(unfit.body.error.details)], [400, ['input']])
    await agent.answer(ask, { decision: 'deny' })
    await agent.turnEnd()
    assert.deepEqual(await changes(agent.worktree.path), [])
  })

  test('an interrupt withdraws an open ask', async () => {
    const { agent, ask } = await askToWrite()
    await agent.interrupt()
    assert.equal((await agent.next('ask_cancel')).askId, ask.id)
    assert.equal((await agent.turnEnd()).outcome, 'interrupted')
    const { state } = await studio.want(200, 'GET', `/api/asks/${ask.id}`)
    assert.equal(state, 'cancelled')
    assert.deepEqual(await changes(agent.worktree.path), [])
    assert.deepEqual(await agent.asked(), ['write:0'])
  })

  test('a question gets the chosen answer', async () => {
    const agent = await studio.begin('Ask me. @@ask')
    const ask = await agent.ask()
    assert.deepEqual([ask.kind, ask.title], ['question', 'Which colour?'])
    assert.equal((await agent.next('status', isWaiting)).reason, 'question')
    const [{ question, options }] = ask.input.questions
    assert.deepEqual(options.map(({ label }) => label), ['Red', 'Blue'])
    await agent.answer(ask, { decision: 'answer', input: { [question]: 'Blue' } })
    assert.match((await agent.next('tool_end')).output, /Blue/)
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await agent.asked(), ['ask:0', 'ask:1'])
    const { out } = await studio.daemon.cli(['logs', agent.id])
    assert.ok(out.includes('? answered: answer\n  Which colour? Blue\n'), out)
  })

  test('a plan is shown for review; it is carried out if approved, and not if sent back', async () => {
    const agent = await studio.begin('Plan it. @@plan', { mode: 'plan' })
    const first = await agent.ask()
    assert.deepEqual([first.kind, first.plan], ['plan', '# Plan\n1. do it'])
    assert.equal((await agent.next('status', isWaiting)).reason, 'plan')
    await agent.answer(first, { decision: 'deny', message: 'Name the files first.' })
    assert.match((await agent.next('tool_end')).output, /Name the files first\./)
    assert.equal((await agent.turnEnd()).outcome, 'ok')

    await agent.send('Again. @@plan')
    await agent.answer(await agent.ask(), { decision: 'allow' })
    assert.equal((await agent.next('tool_end')).isError, false)
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await changes(agent.worktree.path), [])
    assert.deepEqual(await agent.asked(), ['plan:0', 'plan:1', 'plan:0', 'plan:1'])
  })

  test('the command line lists an ask and answers it', async () => {
    const { agent, ask } = await askToWrite()
    const { out } = await studio.daemon.cli(['ask', 'list', '--state', 'open'])
    assert.match(out, new RegExp(ask.id))
    await studio.daemon.cli(['ask', 'answer', ask.id, '--decision', 'allow'])
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'])
  })

  test('the live socket answers an ask', async () => {
    const { agent, ask } = await askToWrite()
    const answer = await studio.live.call('answer_ask', { askId: ask.id, decision: 'allow' })
    assert.deepEqual([answer.status, answer.body.state], [200, 'answered'])
    assert.equal((await agent.turnEnd()).outcome, 'ok')
  })
})
