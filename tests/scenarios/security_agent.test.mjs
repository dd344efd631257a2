// What a process below a hold may do over the daemon's Unix socket: an agent reads what is its own, and nothing else,
// however it hides; a terminal that a person started has that person's role.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { access, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { Daemon, muster } from '../harness/daemon.mjs'
import { untilFolder } from '../harness/files.mjs'
import { calls, contextOf } from '../harness/operations.mjs'
import { checkout } from '../harness/program.mjs'
import { makeRepository } from '../harness/repository.mjs'
import { within } from '../harness/wait.mjs'

const INSIDE = path.join(checkout, 'tests/harness/inside.mjs')
const DEEP = 100 // more than any honest chain of shells
const TOO_DEEP = 400 // core/auth.c looks at fewer

describe('over the Unix socket', () => {
  let daemon, live, socket, workspace, agent, other

  /** Does something from inside an agent. */
  async function inside({ worktree }, act, what = {}) {
    const to = net.connect(path.join(worktree.path, 'inside'))
    to.write(JSON.stringify({ act, ...what }) + '\n')
    const [line] = await within(once(createInterface(to), 'line'), `${act} inside`)
    return JSON.parse(line)
  }
  const cli = (who, ...words) => inside(who, 'run', { argv: [muster, ...words], env: { MUSTER_HOME: daemon.home } })
  const worktree = (name) =>
    daemon.want(201, 'POST', `/api/workspaces/${workspace.id}/worktrees`, { name, branch: name, createBranch: true })

  async function startAgent(name, input) {
    const where = await worktree(name)
    const row = await daemon.want(201, 'POST', '/api/agents', { worktreeId: where.id, name, ...input })
    const topic = await live.subscribe(`agent/${row.id}`)
    await daemon.want(200, 'POST', `/api/agents/${row.id}/start`, input.adapter ? {} : { initialPrompt: 'Go' })
    return { ...row, worktree: where, topic }
  }

  before(async () => {
    daemon = await Daemon.start()
    socket = path.join(daemon.home, 'sock')
    await daemon.stop()
    await daemon.restart({ env: { CLAUDE_INSIDE_FIRST: `${socket} /api/agents` } })
    live = await daemon.connect()
    for (const [name, value] of [['workspace.roots', os.tmpdir()], ['agent.claude_path', INSIDE]]) {
      await daemon.want(200, 'PUT', `/api/settings/${name}`, { value })
    }
    workspace = await daemon.want(201, 'POST', '/api/workspaces', { path: await makeRepository() })
    for (const one of [(agent = await startAgent('one', {})), (other = await startAgent('two', {}))]) {
      one.askId = (await one.topic.waitFor('ask')).payload.askId
    }
  })
  after(async () => {
    for (const { id } of (await daemon.want(200, 'GET', '/api/agents')).agents) await daemon.want(200, 'POST', `/api/agents/${id}/stop?force=true`)
    live.ws.terminate()
    await daemon.remove()
  })

  test('an agent has the role agent from its first instant', async () => {
    assert.deepEqual(await inside(agent, 'first'), { status: 403 })
  })

  test('an agent can read itself', async () => {
    for (const words of [['agent', 'get', agent.id], ['agent', 'status', agent.id], ['message', 'list', agent.id], ['health']]) {
      const { code, out, err } = await cli(agent, ...words)
      assert.equal(code, 0, `${words.join(' ')}: ${err}`)
      assert.doesNotThrow(() => JSON.parse(out))
    }
  })

  test('an agent sees itself alone in the overview', async () => {
    const { code, out, err } = await cli(agent, 'overview')
    assert.equal(code, 0, err)
    const { agents, worktrees, workspaces } = JSON.parse(out)
    assert.deepEqual([agents, worktrees, workspaces].map((rows) => rows.map((row) => row.id ?? row.workspaceId)),
      [[agent.id], [agent.worktree.id], [workspace.id]])
  })

  test('an agent cannot read others, answer asks, or start or change anything', async () => {
    const refused = [
      ['agent', 'get', other.id], ['agent', 'status', other.id], ['message', 'list', other.id], ['agent', 'list'], ['agent', 'archived'],
      ['profile', 'list', workspace.id], ['script', 'list', workspace.id], ['check', 'list', workspace.id, agent.worktree.id],
      ['ask', 'list'], ['ask', 'get', agent.askId], ['ask', 'answer', agent.askId, 'allow'], ['ask', 'answer', other.askId, 'allow'],
      ['agent', 'create', agent.worktree.id], ['agent', 'start', other.id], ['agent', 'resume', agent.id], ['agent', 'stop', other.id],
      ['agent', 'interrupt', other.id], ['agent', 'delete', other.id], ['agent', 'update', agent.id, '--mode', 'auto'],
      ['message', 'send', agent.id, 'Do more'], ['worktree', 'create', workspace.id, 'three', 'three', '--create-branch'],
      ['worktree', 'remove', workspace.id, other.worktree.id, '--force'], ['workspace', 'close', workspace.id],
      ['setting', 'set', 'agent.processes', '0'], ['setting', 'list'], ['browse'], ['code'], ['open'], ['system'], ['trash', 'list'],
    ]
    for (const words of refused) {
      const { code, out, err } = await cli(agent, ...words)
      assert.equal(code, 1, `${words.join(' ')}: ${code} ${out}${err}`)
      assert.match(err, /may not call|only its own data/, words.join(' '))
      assert.equal(out, '', words.join(' '))
    }
    for (const { askId } of [agent, other]) assert.equal((await daemon.want(200, 'GET', `/api/asks/${askId}`)).state, 'open')
    assert.equal((await daemon.want(200, 'GET', '/api/agents')).agents.length, 2)
  })

  test('an agent may call no operation but those that answer what is its own, or what anybody may ask', async () => {
    const all = await calls(contextOf({ workspaceId: workspace.id, worktreeId: other.worktree.id, agentId: other.id, askId: other.askId, repository: workspace.path }))
    const messages = all.map(({ op, input }) => ({ type: 'call', id: op.name, op: op.name, input }))
    const { answers } = await inside(agent, 'talk', { socket, protocols: ['muster.v1'], messages })
    const got = new Map(answers.map(({ id, status }) => [id, status]))
    const passes = all.filter(({ op }) => got.get(op.name) !== 403).map(({ op }) => op.name)
    const open = all.filter(({ op }) => op.public || op.name === 'get_overview').map(({ op }) => op.name) // the latter shows it itself, alone
    assert.deepEqual(passes, open, 'each of the others is refused: the rows are of another agent')
    const own = ['get_agent', 'get_agent_status', 'list_agent_sessions', 'get_agent_messages', 'get_message', 'find_in_messages', 'list_turns', 'get_overview']
    assert.deepEqual(all.filter(({ op }) => op.agentMay).map(({ op }) => op.name), own, 'whoever adds one decides here that an agent may call it')
  })

  test('nor may it call any other that names its own rows, its worktree or its ask', async () => {
    const [{ id: messageId }] = (await daemon.want(200, 'GET', `/api/agents/${agent.id}/messages`)).messages
    const ids = { workspaceId: workspace.id, worktreeId: agent.worktree.id, agentId: agent.id, askId: agent.askId, messageId, repository: workspace.path }
    const all = await calls(contextOf(ids))
    const messages = all.map(({ op, input }) => ({ type: 'call', id: op.name, op: op.name, input }))
    const { answers } = await inside(agent, 'talk', { socket, protocols: ['muster.v1'], messages })
    const got = new Map(answers.map(({ id, status }) => [id, status]))
    for (const { op } of all.filter(({ op }) => !op.public)) assert.equal(got.get(op.name), op.agentMay ? 200 : 403, op.name)
  })

  test('the calls of an agent\'s programs are limited together, and no one else\'s', async () => {
    const route = `/api/agents/${agent.id}`
    const status = async (who) => (await inside(who, 'request', { socket, route: `/api/agents/${who.id}` })).status
    await daemon.want(200, 'PUT', '/api/settings/rate.agent_requests', { value: '2' })
    assert.deepEqual([await status(agent), await status(agent), await status(agent)], [200, 200, 429])
    const { code, err } = await cli(agent, 'agent', 'get', agent.id)
    assert.deepEqual([code, /rate\.agent_requests/.test(err)], [1, true], err)
    assert.equal(await status(other), 200)
    for (let i = 0; i < 3; i++) await daemon.want(200, 'GET', route)
    await daemon.want(200, 'PUT', '/api/settings/rate.agent_requests', { value: '0' })
    assert.equal(await status(agent), 200)
  })

  test('an agent can follow only its own stream over /ws', async () => {
    const topics = ['app', 'inbox', 'usage', `workspace/${workspace.id}`, `agent/${other.id}`, `terminal/${other.id}`, `x/agent/${agent.id}`]
    const messages = [
      { type: 'subscribe', id: 'own', topic: `agent/${agent.id}`, after: 0 },
      ...topics.map((topic) => ({ type: 'subscribe', id: topic, topic, after: 0 })),
      { type: 'call', id: 'answer', op: 'answer_ask', input: { askId: agent.askId, decision: 'allow' } },
      { type: 'call', id: 'list', op: 'list_agents', input: {} },
    ]
    const { answers } = await inside(agent, 'talk', { socket, protocols: ['muster.v1'], messages })
    assert.equal(answers[0].type, 'subscribed')
    for (const answer of answers.slice(1, 1 + topics.length)) assert.equal(answer.error?.code, 'FORBIDDEN', JSON.stringify(answer))
    for (const answer of answers.slice(1 + topics.length)) assert.equal(answer.status, 403, JSON.stringify(answer))
    const { refused } = await inside(agent, 'talk', { socket, protocols: [], messages: [{ type: 'ping', id: 'p' }] })
    assert.equal(refused, 403)
  })

  test('a new session, an empty environment, an orphan and a deep chain do not hide an agent', async () => {
    const env = { MUSTER_HOME: daemon.home }
    const answer = `${muster} --home ${daemon.home} ask answer ${agent.askId} allow`
    const chain = path.join(agent.worktree.path, 'chain')
    await writeFile(chain, `if [ "$1" -gt 0 ]; then sh "$0" $(($1 - 1)); exit $?; fi; ${answer}\n`)
    const orphan = `parent=$$; setsid sh -c "while kill -0 $parent; do :; done; ${answer}; echo \\$? >orphan" >/dev/null 2>&1 & exit 1`
    const ways = {
      'a new session': ['setsid', '--wait', 'sh', '-c', answer],
      'an empty environment': ['env', '-i', '/bin/sh', '-c', answer],
      'an orphan': ['sh', '-c', orphan],
      'a deep chain': ['sh', chain, `${DEEP}`],
      'a chain without end': ['sh', chain, `${TOO_DEEP}`],
    }
    for (const [way, argv] of Object.entries(ways)) assert.equal((await inside(agent, 'run', { argv, env })).code, 1, way)
    const late = await inside(agent, 'run', { argv: ['sh', '-c', 'while [ ! -s orphan ]; do :; done; cat orphan'] })
    assert.equal(late.out.trim(), '1')
    assert.equal((await daemon.want(200, 'GET', `/api/asks/${agent.askId}`)).state, 'open')
  })

  test('an agent keeps its role while the daemon restarts', async () => {
    await inside(agent, 'hammer', { name: 'list', socket, route: '/api/agents' })
    await inside(other, 'hammer', { name: 'answer', socket, method: 'POST', route: `/api/asks/${other.askId}/answer`, body: { decision: 'allow' } })
    await daemon.kill()
    await daemon.restart()
    live = await daemon.connect()
    const { status } = await daemon.api('GET', `/api/agents/${agent.id}/status`)
    assert.equal(status, 200)
    await untilKnown(agent)
    const seen = [...(await inside(agent, 'unhammer', { name: 'list' })).seen, ...(await inside(other, 'unhammer', { name: 'answer' })).seen]
    // 503: whose process it is was not yet known, so it was refused.
    for (const one of seen) assert.ok(one.error || [403, 503].includes(one.status), JSON.stringify(one))
    assert.ok(seen.some((one) => one.status === 403))
    assert.equal((await daemon.want(200, 'GET', `/api/asks/${other.askId}`)).state, 'open')
  })

  async function untilKnown(who) {
    for (;;) if ((await inside(who, 'request', { socket, route: '/api/agents' })).status === 403) return
  }

  test('a terminal that a person started has the role of that person', async () => {
    const terminal = await startAgent('three', { adapter: 'terminal', command: [process.execPath, INSIDE] })
    const place = path.join(terminal.worktree.path, 'inside')
    await untilFolder(terminal.worktree.path, () => access(place).then(() => true, () => false))
    const { code, out, err } = await cli(terminal, 'agent', 'list')
    assert.equal(code, 0, err)
    assert.equal(JSON.parse(out).agents.length, 3)
  })
})
