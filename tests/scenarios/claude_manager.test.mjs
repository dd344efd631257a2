// The face of the first source: its REST shapes field by field, and its framing on /ws without a subprotocol.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'
import {
  text, count, flag, texts, list, time, id, oneOf, WORKSPACE, WORKTREE, AGENT, MESSAGE, STATUS, GIT_STATUS, BRANCHES, WINDOW, STATS, fits,
} from '../harness/manager.mjs'

/** Which of the source's optional fields are there. */
const present = (agent) => Object.keys(AGENT.optional).filter((name) => name in agent)

forEachClaude((cli) => {
  let studio
  before(async () => {
    studio = await Studio.open(cli)
  })
  after(() => studio.close())

  describe('over REST', () => {
    const route = () => `/api/workspaces/${studio.workspace.id}`

    test('workspaces and worktrees have the fields of Claude Manager', async () => {
      fits(studio.workspace, WORKSPACE, 'opened')
      const { workspaces } = await studio.want(200, 'GET', '/api/workspaces')
      assert.equal(workspaces.length, 1)
      fits(workspaces[0], WORKSPACE, 'workspaces[0]')
      const again = await studio.daemon.api('POST', '/api/workspaces', { path: studio.repository })
      assert.deepEqual([again.status, again.body.error.code], [409, 'CONFLICT'])

      const made = await studio.worktree('contract')
      fits(made, WORKTREE, 'created')
      assert.deepEqual([made.name, made.branch, made.path, made.isMain], ['contract', 'contract', `${studio.repository}-contract`, false])
      const { worktrees } = await studio.want(200, 'GET', `${route()}/worktrees`)
      for (const worktree of worktrees) fits(worktree, WORKTREE, worktree.name)
      assert.deepEqual(worktrees.map(({ isMain }) => isMain), [true, false])

      const detail = await studio.want(200, 'GET', route())
      fits(detail, WORKSPACE, 'detail')
      assert.equal(detail.worktreeCount, 2)
      const shape = { fields: { ...WORKTREE.fields, agents: list, previousAgents: list } }
      for (const worktree of detail.worktrees) fits(worktree, shape, worktree.name)
      fits(await studio.want(200, 'GET', `${route()}/worktrees/${made.id}`), shape, 'worktree')
      fits(await studio.want(200, 'POST', `${route()}/refresh`), { fields: { ...WORKSPACE.fields, worktrees: list } }, 'refreshed')
      fits(await studio.want(200, 'GET', `${route()}/worktrees/${made.id}/status`), GIT_STATUS, 'status')
      fits(await studio.want(200, 'GET', `${route()}/worktrees/${made.id}/branches`), BRANCHES, 'branches')
      const updated = await studio.want(200, 'PUT', `${route()}/worktrees/${made.id}`, { name: 'renamed', sortMode: 'name', order: 5 })
      fits(updated, WORKTREE, 'updated')
      assert.deepEqual([updated.name, updated.sortMode, updated.displayOrder], ['renamed', 'name', 5])
      const named = []
      for (const name of ['b', 'C', 'a']) named.push(await studio.want(201, 'POST', '/api/agents', { worktreeId: made.id, name }))
      const inOrder = async () => {
        const { agents } = await studio.want(200, 'GET', `/api/agents?worktreeId=${made.id}`)
        const shown = await studio.want(200, 'GET', `${route()}/worktrees/${made.id}`)
        assert.deepEqual(shown.agents.map(({ name }) => name), agents.map(({ name }) => name))
        return agents.map(({ name }) => name)
      }
      assert.deepEqual(await inOrder(), ['a', 'b', 'C'])
      await studio.want(200, 'PUT', `${route()}/worktrees/${made.id}`, { sortMode: 'free' })
      assert.deepEqual(await inOrder(), ['b', 'C', 'a'])
      const refused = await studio.daemon.api('PUT', `${route()}/worktrees/${made.id}`, { sortMode: 'age' })
      assert.deepEqual([refused.status, Object.keys(refused.body.error.details)], [400, ['sortMode']])
      for (const one of named) await studio.want(204, 'DELETE', `/api/agents/${one.id}`)
      const moved = await studio.want(200, 'POST', `${route()}/worktrees/${made.id}/checkout`, { branch: 'other', createBranch: true })
      fits(moved, WORKTREE, 'checked out')
      assert.equal(moved.branch, 'other')
      const ids = worktrees.map((worktree) => worktree.id).reverse()
      const ordered = await studio.want(200, 'PUT', `${route()}/worktrees/reorder`, { worktreeIds: ids })
      assert.deepEqual(ordered, { worktrees: ids.map((worktreeId, order) => ({ id: worktreeId, order })) })
      assert.equal(await studio.want(204, 'DELETE', `${route()}/worktrees/${made.id}`), '')
    })

    test('an agent has the fields of Claude Manager and leaves out exactly the empty ones', async () => {
      const agent = await studio.agent()
      const fresh = await agent.get()
      fits(fresh, AGENT, 'created')
      assert.deepEqual(present(fresh), [])
      assert.deepEqual([fresh.status, fresh.mode, fresh.permissions, fresh.contextLevel], ['finished', 'regular', ['read'], 0])
      assert.match(fresh.name, /^Agent( \d+)?$/)

      const answer = await agent.start('Greet me. @@hello')
      assert.ok(answer.updatedAt >= answer.statusSince, `${answer.updatedAt} is before ${answer.statusSince}`)
      await agent.turnEnd()
      const running = await agent.get()
      fits(running, AGENT, 'running')
      assert.deepEqual(present(running), ['pid', 'sessionId', 'startedAt'])
      fits(await studio.want(200, 'GET', `${agent.route}/status`), { fields: { ...STATUS.fields, pid: count } }, 'status')
      const stopped = await agent.stop()
      assert.deepEqual(present(stopped), ['sessionId', 'startedAt', 'stoppedAt'])
      const status = await studio.want(200, 'GET', `${agent.route}/status`)
      fits(status, STATUS, 'status')
      assert.equal(status.isRunning, false)

      const renamed = await studio.want(200, 'PUT', agent.route, { name: 'Renamed', mode: 'plan', permissions: ['read', 'write'] })
      fits(renamed, AGENT, 'updated')
      assert.deepEqual([renamed.name, renamed.mode, renamed.permissions], ['Renamed', 'plan', ['read', 'write']])
      const { agents } = await studio.want(200, 'GET', `/api/agents?worktreeId=${agent.worktree.id}&status=finished`)
      assert.deepEqual(agents.map((row) => row.id), [agent.id])
      fits(agents[0], AGENT, 'listed')
      const order = await studio.want(200, 'PUT', '/api/agents/reorder', { worktreeId: agent.worktree.id, agentIds: [agent.id] })
      assert.deepEqual(order, { agents: [{ id: agent.id, order: 0 }] })
      assert.equal(await studio.want(204, 'DELETE', agent.route), '')
      assert.deepEqual(present(await agent.get()), ['sessionId', 'startedAt', 'stoppedAt', 'deletedAt'])
    })

    test('messages have the fields of Claude Manager', async () => {
      const agent = await studio.begin('Make a file. @@write', { permissions: ['write'] })
      await agent.turnEnd()
      const page = await agent.messages()
      fits(page, { fields: { messages: list, hasMore: flag }, optional: { nextCursor: id('msg') } }, 'page')
      assert.deepEqual([page.hasMore, 'nextCursor' in page], [false, false])
      const newest = await agent.messages('?limit=2')
      assert.deepEqual(newest.messages, page.messages.slice(-2), 'the newest page, in order of time')
      assert.equal(newest.nextCursor, newest.messages[0].id)
      assert.deepEqual((await agent.messages(`?before=${newest.nextCursor}`)).messages, page.messages.slice(0, -2))
      for (const message of page.messages) fits(message, MESSAGE, message.role)
      const tool = page.messages.find(({ role }) => role === 'tool')
      fits(tool, { fields: { ...MESSAGE.fields, toolName: text, toolInput: (value) => typeof value === 'object', toolOutput: text } }, 'tool')
      const sent = await agent.send('Greet me. @@hello')
      fits(sent, { fields: { messageId: id('msg'), status: oneOf('sent', 'queued'), running: flag } }, 'sent')
      assert.deepEqual([sent.status, sent.running], ['sent', true])
      await agent.turnEnd()
    })

    test('usage has the fields of Claude Manager', async () => {
      const usage = await studio.want(200, 'GET', '/api/usage')
      for (const span of ['daily', 'weekly', 'sonnetOnly']) {
        fits(usage[span], WINDOW, span)
        assert.equal(usage[span].limit, 0, 'no limit is set')
        assert.ok(Date.parse(usage[span].resetTime) > Date.now())
      }
      for (const span of ['today', 'thisWeek', 'thisMonth']) fits(usage[span], STATS, span)
      fits(await studio.want(200, 'GET', '/api/usage/today'), STATS, 'today')
      const { history } = await studio.want(200, 'GET', '/api/usage/history?period=daily')
      assert.ok(history.length > 0)
      for (const day of history) fits(day, { fields: { ...STATS.fields, date: (value) => /^\d{4}-\d\d-\d\d$/.test(value) } }, day.date)
      const limits = { daily: count, weekly: count, dailyTokenLimit: count, weeklyTokenLimit: count, monthlyTokenLimit: count, dailyRequestLimit: count }
      fits(await studio.want(200, 'GET', '/api/usage/limits'), { fields: limits }, 'limits')
    })

    test('every failure has the envelope of Claude Manager', async () => {
      const nobody = `ag_${'0'.repeat(26)}`
      const cases = [
        [404, 'NOT_FOUND', 'GET', `/api/agents/${nobody}`],
        [404, 'NOT_FOUND', 'GET', `/api/workspaces/ws_${'0'.repeat(26)}`],
        [404, 'NOT_FOUND', 'POST', `/api/agents/${nobody}/start`, {}],
        [400, 'VALIDATION_ERROR', 'POST', '/api/agents', { worktreeId: studio.workspace.id }, 'worktreeId'],
        [400, 'VALIDATION_ERROR', 'POST', '/api/workspaces', {}, 'path'],
        [400, 'VALIDATION_ERROR', 'POST', `/api/agents/${nobody}/message`, { content: '' }, 'content'],
      ]
      for (const [status, code, method, path, body, field] of cases) {
        const answer = await studio.daemon.api(method, path, body)
        assert.deepEqual([answer.status, answer.body.error.code], [status, code], `${method} ${path}`)
        assert.ok(text(answer.body.error.message))
        if (field) assert.ok(texts(answer.body.error.details[field]), JSON.stringify(answer.body))
      }
    })
  })

  describe('over /ws without a subprotocol', () => {
    const sockets = []
    async function open() {
      sockets.push(await studio.daemon.connect({ protocols: [], headers: { authorization: `Bearer ${studio.daemon.token}` } }))
      return sockets.at(-1)
    }

    /** Every frame has type, payload and timestamp, and the payload's fields inline too. */
    function assertFramed(frame) {
      assert.ok(time(frame.timestamp), JSON.stringify(frame))
      const { type, payload, timestamp: _, ...inline } = frame
      if (type === 'subscribed' || type === 'unsubscribed') assert.deepEqual(inline, {})
      else assert.deepEqual(inline, payload)
    }

    const seen = (socket, type, predicate = () => true, from = 0) =>
      socket.frames.waitFor((frame) => frame.type === type && predicate(frame), { what: `${type} ${predicate}`, from })

    async function subscribe(socket, noun, payload) {
      socket.send({ type: `subscribe:${noun}`, payload })
      const { payload: confirmed } = await seen(socket, 'subscribed', (frame) => Object.values(payload).includes(frame.payload.id))
      assert.deepEqual(confirmed, { type: noun, id: Object.values(payload)[0] })
    }

    test('a ping is answered, and what is not understood is reported with the codes of Claude Manager', async () => {
      const socket = await open()
      socket.send({ type: 'ping' })
      assertFramed(await seen(socket, 'pong'))
      socket.ws.send('not json')
      assert.equal((await seen(socket, 'error')).code, 'INVALID_JSON')
      const cases = [
        [{ payload: {} }, 'INVALID_MESSAGE'],
        [{ type: 'dance' }, 'UNKNOWN_MESSAGE_TYPE'],
        [{ type: 'subscribe:agent', payload: {} }, 'SUBSCRIPTION_FAILED'],
        [{ type: 'unsubscribe:agent', payload: { agentId: '' } }, 'UNSUBSCRIPTION_FAILED'],
        [{ type: 'subscribe:agent', payload: { agentId: 'x'.repeat(300) } }, 'SUBSCRIPTION_FAILED'],
      ]
      for (const [message, code] of cases) {
        const from = socket.frames.items.length
        socket.send(message)
        const frame = await seen(socket, 'error', () => true, from)
        assert.equal(frame.payload.code, code)
        assert.ok(text(frame.payload.message))
        assertFramed(frame)
      }
      for (const agentId of [`ag_${'0'.repeat(26)}`, 'agent-1', '../*"\\'])
        for (const noun of ['subscribe', 'unsubscribe']) {
          socket.send({ type: `${noun}:agent`, payload: { agentId } })
          const frame = await seen(socket, `${noun}d`, (frame) => frame.payload.id === agentId)
          assert.deepEqual(frame.payload, { type: 'agent', id: agentId })
        }
      await socket.close()
    })

    test('without a token or from another origin the socket is refused', async () => {
      await assert.rejects(studio.daemon.connect({ protocols: [], headers: {} }), /401|403/)
      const headers = { authorization: `Bearer ${studio.daemon.token}`, origin: 'http://127.0.0.1:1' }
      await assert.rejects(studio.daemon.connect({ protocols: [], headers }), /403/)
    })

    test('a subscriber of an agent follows its turn and its end; nobody else does', async () => {
      const agent = await studio.agent()
      const [follower, other] = [await open(), await open()]
      await subscribe(follower, 'agent', { agentId: agent.id })
      await agent.start('Greet me. @@hello')
      const last = await seen(follower, 'agent:output', (frame) => frame.isStreaming === false)
      assert.deepEqual([last.payload.content, last.payload.role, last.payload.agentId], ['', 'assistant', agent.id])
      const outputs = follower.frames.items.filter(({ type }) => type === 'agent:output')
      assert.equal(outputs.map(({ content }) => content).join(''), 'Hello from the scripted model.')
      assert.ok(outputs.slice(0, -1).every(({ isStreaming }) => isStreaming === true))

      const context = await seen(follower, 'agent:context')
      assert.ok(count(context.contextLevel) && count(context.tokensUsed) && count(context.tokensLimit))
      const done = await seen(follower, 'agent:status', ({ status }) => status === 'finished')
      assert.equal(done.reason, 'completed')
      const statuses = follower.frames.items.filter(({ type }) => type === 'agent:status')
      for (const [i, frame] of statuses.entries()) {
        assert.ok(AGENT.fields.status(frame.status))
        assert.equal(frame.previousStatus, i > 0 ? statuses[i - 1].status : 'finished')
        assert.notEqual(frame.status, frame.previousStatus)
      }

      process.kill(await agent.pid(), 'SIGKILL')
      const end = await seen(follower, 'agent:terminated')
      assert.deepEqual(end.payload, { agentId: agent.id, exitCode: null, signal: 'SIGKILL', reason: 'error' })
      assert.equal((await seen(follower, 'agent:status', ({ status }) => status === 'error')).reason, 'process_error')
      follower.frames.items.forEach(assertFramed)
      // One round trip after everything that was sent: what has not arrived by now was not sent.
      other.send({ type: 'ping' })
      await seen(other, 'pong')
      assert.deepEqual(other.frames.items.filter(({ type }) => type.startsWith('agent:')), [])
      await Promise.all([follower.close(), other.close()])
    })

    test('a requested stop is reported as such', async () => {
      const agent = await studio.begin('Greet me. @@hello')
      await agent.turnEnd()
      const socket = await open()
      await subscribe(socket, 'agent', { agentId: agent.id })
      await agent.stop()
      const { exitCode, signal, reason } = await seen(socket, 'agent:terminated')
      assert.equal(signal, null)
      assert.equal(reason, exitCode === 0 ? 'completed' : 'user_stopped')
      await socket.close()
    })

    test('a permission is reported as waiting for input, and an API error as an error', async () => {
      const asks = await studio.agent()
      const fails = await studio.agent()
      const socket = await open()
      await subscribe(socket, 'agent', { agentId: asks.id })
      await subscribe(socket, 'agent', { agentId: fails.id })
      await Promise.all([asks.start('Make a file. @@write'), fails.start('Try. @@e403')])
      const waiting = await seen(socket, 'agent:status', ({ agentId, status }) => agentId === asks.id && status === 'waiting')
      assert.equal(waiting.reason, 'awaiting_input')
      const error = await seen(socket, 'agent:error')
      assert.equal(error.agentId, fails.id)
      assert.ok(text(error.error.code))
      assert.match(error.error.message, /Your account does not have access/)
      socket.frames.items.forEach(assertFramed)

      socket.send({ type: 'unsubscribe:agent', payload: { agentId: asks.id } })
      assert.deepEqual((await seen(socket, 'unsubscribed')).payload, { type: 'agent', id: asks.id })
      const from = socket.frames.items.length
      await asks.answer(await asks.ask(), { decision: 'deny' })
      await asks.turnEnd()
      socket.send({ type: 'ping' })
      await seen(socket, 'pong', () => true, from)
      assert.deepEqual(socket.frames.items.slice(from).filter(({ agentId }) => agentId === asks.id), [])
      await socket.close()
    })

    test('a subscriber of a workspace gets events of its worktrees and agents; everyone gets usage', async () => {
      const [follower, other] = [await open(), await open()]
      const workspaceId = studio.workspace.id
      await subscribe(follower, 'workspace', { workspaceId })
      const changed = (change) => seen(follower, 'workspace:updated', (frame) => frame.change === change)
      const worktree = await studio.worktree()
      const added = await changed('worktree_added')
      assert.deepEqual([added.workspaceId, added.data.id], [workspaceId, worktree.id])
      const agent = await studio.agent({ worktree })
      assert.equal((await changed('agent_added')).data.id, agent.id)
      await studio.want(200, 'PUT', agent.route, { name: 'Renamed' })
      assert.equal((await changed('agent_updated')).data.name, 'Renamed')
      await agent.start('Greet me. @@hello')
      await agent.turnEnd()
      for (const socket of [follower, other]) {
        const { payload } = await seen(socket, 'usage:updated')
        assert.ok(count(payload.daily.used) && count(payload.daily.limit) && count(payload.weekly.used))
      }
      await studio.want(204, 'DELETE', `${agent.route}?archive=false`)
      assert.equal((await changed('agent_removed')).data.id, agent.id)
      await studio.want(204, 'DELETE', `/api/workspaces/${workspaceId}/worktrees/${worktree.id}`)
      assert.equal((await changed('worktree_removed')).data.id, worktree.id)
      follower.frames.items.forEach(assertFramed)
      await Promise.all([follower.close(), other.close()])
    })

    /** Every row of the source's table of frames, and the fields that it always has. */
    const FRAMES = {
      subscribed: ['type', 'id'], unsubscribed: ['type', 'id'], pong: [], error: ['code', 'message'],
      'agent:output': ['agentId', 'content', 'role', 'isStreaming'], 'agent:status': ['agentId', 'previousStatus', 'status'],
      'agent:context': ['agentId', 'contextLevel'], 'agent:error': ['agentId', 'error'],
      'agent:terminated': ['agentId', 'exitCode', 'signal', 'reason'], 'workspace:updated': ['workspaceId', 'change', 'data'],
      'usage:updated': ['daily'],
    }
    test('every frame that the source lists was seen with its fields, and no other', () => {
      const frames = sockets.flatMap(({ frames: { items } }) => items)
      assert.deepEqual([...new Set(frames.map(({ type }) => type))].sort(), Object.keys(FRAMES).sort())
      for (const { type, payload } of frames)
        for (const field of FRAMES[type]) assert.ok(field in (payload ?? {}), `${type} without ${field}: ${JSON.stringify(payload)}`)
    })
  })
})
