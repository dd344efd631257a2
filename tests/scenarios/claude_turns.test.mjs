// What a turn of the real CLI does: text, files, an interruption, an error of the model's API.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'
import { changes } from '../harness/repository.mjs'

/** What each makes of a stream that breaks after some text: how its turn ends, its texts, and what it asks the model for. */
const DROPS = {
  '2.1.112': { outcome: 'error', reason: 'api', texts: ['partial answer then', 'API Error: terminated'], asked: ['middrop:0'] },
  '2.1.329': { outcome: 'ok', reason: 'turn_done', texts: ['partial answer then', 'ok'], asked: ['middrop:0', 'middrop:1'] },
}

forEachClaude((cli) => {
  let studio
  before(async () => {
    studio = await Studio.open(cli)
  })
  after(() => studio.close())

  test('a prompt is answered once, in the session that the agent reports', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    const end = await agent.turnEnd()
    assert.equal(end.outcome, 'ok')
    assert.deepEqual([end.status.status, end.status.reason], ['finished', 'turn_done'])
    assert.deepEqual(agent.texts(), ['Hello from the scripted model.'])
    assert.equal(agent.texts('text_delta').join(''), 'Hello from the scripted model.')
    assert.deepEqual(await agent.asked(), ['hello:0'])
    assert.deepEqual(await changes(agent.worktree.path), [])
    const { messages } = await agent.messages()
    assert.deepEqual(
      messages.map(({ role, content, state }) => [role, content, state]),
      [['user', 'Greet me. @@hello', 'sent'], ['assistant', 'Hello from the scripted model.', undefined]],
    )
  })

  test('Write and Edit change their file and nothing else', async () => {
    const agent = await studio.begin('Make a file. @@write', { permissions: ['read', 'write'] })
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    const file = path.join(agent.worktree.path, 'hello.txt')
    assert.equal(await readFile(file, 'utf8'), 'hello\nworld\n')
    assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'])

    await agent.send('Change it. @@edit')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.equal(await readFile(file, 'utf8'), 'hello\nworktree\n')
    assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'])
    assert.deepEqual(await changes(studio.repository), [])
    assert.deepEqual(await agent.asked(), ['write:0', 'write:1', 'edit:0', 'edit:1', 'edit:2'])
  })

  test('an interrupt ends the turn; the agent stays and takes the next prompt', async () => {
    const agent = await studio.begin('Count. @@slow')
    await agent.next('text_delta')
    const [{ id }] = (await agent.messages()).messages
    await agent.interrupt({ messageId: id })
    const end = await agent.turnEnd()
    assert.equal(end.outcome, 'interrupted')
    assert.equal((await studio.daemon.api('POST', `${agent.route}/interrupt`)).status, 409)
    assert.deepEqual([end.status.status, end.status.reason], ['finished', 'interrupted'])
    await agent.send('Go on. @@hello')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await agent.asked(), ['slow:0', 'hello:0'])
  })

  test('an error of the API becomes the status error, with its text', async () => {
    const agent = await studio.begin('Try. @@e403')
    const end = await agent.turnEnd()
    assert.equal(end.outcome, 'error')
    assert.equal(end.httpStatus, 403)
    assert.deepEqual([end.status.status, end.status.reason], ['error', 'api'])
    assert.match(end.status.detail, /Your account does not have access/)
    const row = await agent.get()
    assert.deepEqual([row.status, row.statusReason], ['error', 'api'])
    assert.match(row.statusDetail, /Your account does not have access/)
    assert.deepEqual(await agent.asked(), ['e403:0'])

    await agent.send('Once more. @@hello')
    assert.equal((await agent.turnEnd()).status.reason, 'turn_done')
    assert.equal((await agent.get()).status, 'finished')
  })

  test('a 429 is tried again, and the turn gets its answer', async () => {
    const agent = await studio.begin('Greet me. @@e429once')
    const { since, retryAt } = await agent.next('status', ({ reason }) => reason === 'retrying')
    assert.ok(Date.parse(retryAt) > Date.parse(since), `it says when it tries again: ${since}, ${retryAt}`)
    assert.ok(Date.parse(retryAt) < Date.parse(since) + 60_000)
    const { retryAt: none } = await agent.next('status', ({ reason }) => reason === 'working')
    assert.equal(none, undefined)
    const end = await agent.turnEnd()
    assert.deepEqual([end.outcome, end.status.reason], ['ok', 'turn_done'])
    assert.deepEqual(agent.texts(), ['Recovered after the limit.'])
    assert.deepEqual(await agent.asked(), ['e429once:0', 'e429once:0'])
  })

  test('what was said before the connection dropped stays, and the next prompt is answered', async () => {
    const { outcome, reason, ...want } = DROPS[cli.version]
    const agent = await studio.begin('Tell me. @@middrop')
    const end = await agent.turnEnd()
    assert.deepEqual([end.outcome, end.status.reason], [outcome, reason])
    assert.deepEqual({ texts: agent.texts(), asked: await agent.asked() }, want)
    await agent.send('Greet me. @@hello')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await agent.asked(), [...want.asked, 'hello:0'])
  })

  test('a background command does not keep the turn open, and the next prompt is delivered while it runs', async () => {
    const agent = await studio.begin('Wait. @@background', { permissions: ['read', 'execute'] })
    const { status } = await agent.turnEnd()
    assert.deepEqual([status.status, status.reason, status.backgroundCommands], ['finished', 'turn_done', 1])
    const row = await agent.get()
    assert.deepEqual([row.status, row.statusReason, row.backgroundCommands], ['finished', 'turn_done', 1])

    assert.equal((await agent.send('Greet me. @@hello')).status, 'sent')
    const end = await agent.turnEnd()
    assert.deepEqual([end.outcome, end.status.reason, end.status.backgroundCommands], ['ok', 'turn_done', 1])
    assert.equal(agent.texts().at(-1), 'Hello from the scripted model.')
    assert.equal('backgroundCommands' in (await agent.stop()), false)
  })
})
