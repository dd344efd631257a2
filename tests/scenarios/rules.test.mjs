// Rules answer what a person has decided before: in the real daemon, for real CLIs.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachAgent, forEachClaude, Studio } from '../harness/agents.mjs'
import { changes } from '../harness/repository.mjs'
import { until } from '../harness/wait.mjs'

/** A studio whose rules are empty at the beginning of each scenario. */
class RuleStudio {
  static async open(cli, options) {
    const self = new RuleStudio()
    self.studio = await Studio.open(cli, options)
    return self
  }

  rules() {
    return this.studio.want(200, 'GET', '/api/rules').then(({ rules }) => rules)
  }

  rule(values) {
    return this.studio.want(201, 'POST', '/api/rules', values)
  }

  async clear() {
    for (const { id } of await this.rules()) await this.studio.want(204, 'DELETE', `/api/rules/${id}`)
  }

  asks(agent) {
    return this.studio.want(200, 'GET', `/api/asks?subjectId=${agent.id}`).then(({ asks }) => asks)
  }
}

/** The states that its person saw. */
const reasons = (agent) => agent.topic.events.filter(({ type }) => type === 'status').map(({ payload }) => payload.reason)
const answers = (agent) => agent.topic.events.filter(({ type }) => type === 'ask_answered').map(({ payload }) => payload)

forEachClaude((cli) => {
  let s
  before(async () => {
    s = await RuleStudio.open(cli)
  })
  after(() => s.studio.close())

  test('what a rule allows is done without a person, and the ask names the rule', async (t) => {
    t.after(() => s.clear())
    const rule = await s.rule({ decision: 'allow', tool: 'Write', path: '*.txt' })
    const agent = await s.studio.begin('Make a file. @@write')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.equal(await readFile(path.join(agent.worktree.path, 'hello.txt'), 'utf8'), 'hello\nworld\n')
    const [ask] = await s.asks(agent)
    assert.deepEqual([ask.state, ask.decision, ask.decidedBy, ask.ruleId, ask.rule], ['answered', 'allow', 'rule', rule.id, 'allow Write on *.txt'])
    assert.deepEqual(answers(agent).map(({ decision, by, ruleId }) => [decision, by, ruleId]), [['allow', rule.id, rule.id]])
    assert.ok(!reasons(agent).includes('permission'), 'nobody was asked')
    const [{ matched, lastMatchedAt }] = await s.rules()
    assert.deepEqual([matched, typeof lastMatchedAt], [1, 'string'])

    await s.studio.want(200, 'PUT', `/api/rules/${rule.id}`, { decision: 'deny', tool: 'Write' })
    const [same] = await s.asks(agent)
    assert.deepEqual([same.decision, same.rule], ['allow', 'allow Write on *.txt'])
    await agent.stop()
  })

  test('what a rule denies is not done, and the model gets the note', async (t) => {
    t.after(() => s.clear())
    const rule = await s.rule({ decision: 'deny', tool: 'Write', note: 'Not in this folder.' })
    const agent = await s.studio.begin('Make a file. @@write')
    const end = await agent.next('tool_end')
    assert.equal(end.isError, true)
    assert.match(end.output, /Not in this folder\./)
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await changes(agent.worktree.path), [])
    const [ask] = await s.asks(agent)
    assert.deepEqual([ask.decision, ask.ruleId], ['deny', rule.id])
    await agent.stop()
  })

  test('a command with an operator is left to a person, whatever pattern allows its program', async (t) => {
    t.after(() => s.clear())
    await s.rule({ decision: 'allow', command: 'mkdir **' })
    const agent = await s.studio.begin('Run it. @@bash')
    const ask = await agent.ask()
    assert.deepEqual([ask.state, ask.ruleId, ask.decidedBy], ['open', undefined, undefined])
    const tried = await s.studio.want(200, 'POST', '/api/rules/try', { decision: 'allow', command: 'mkdir **', call: { tool: ask.tool, input: ask.input } })
    assert.deepEqual([tried.call.isMatched, tried.call.why], [false, 'The command has an operator.'])

    const deny = await s.rule({ decision: 'deny', command: 'mkdir', note: 'No folders.' })
    const applied = await s.studio.want(200, 'POST', `/api/rules/${deny.id}/apply`)
    assert.deepEqual([applied.examined, applied.decided, applied.askIds], [1, 1, [ask.id]])
    assert.match((await agent.next('tool_end')).output, /No folders\./)
    await agent.turnEnd()
    assert.deepEqual(await changes(agent.worktree.path), [])
    await agent.stop()
  })

  test('an answer that is remembered decides the next ask like it, for this agent', async (t) => {
    t.after(() => s.clear())
    const agent = await s.studio.begin('Make a file. @@write')
    const answered = await agent.answer(await agent.ask(), { decision: 'allow', remember: 'agent' })
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    const [rule] = await s.rules()
    assert.deepEqual([answered.rememberedId, answered.decidedBy], [rule.id, 'person'])
    assert.deepEqual([rule.decision, rule.tool, rule.path, rule.agentId, rule.workspaceId], ['allow', 'Write', 'hello.txt', agent.id, undefined])

    await agent.send('Change it. @@edit')
    const ask = await agent.ask()
    assert.equal(ask.tool, 'Edit', 'a rule for one tool is no rule for another')
    await agent.answer(ask, { decision: 'allow', remember: 'always' })
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual((await s.rules()).map(({ tool, workspaceId }) => [tool, workspaceId]), [['Write', undefined], ['Edit', s.studio.workspace.id]])
    await agent.stop()
  })

  test('a rule applies to what is open only when a person applies it', async (t) => {
    t.after(() => s.clear())
    const agent = await s.studio.begin('Make a file. @@write')
    const ask = await agent.ask()
    const rule = await s.rule({ decision: 'allow', tool: 'Write' })
    assert.equal((await s.studio.want(200, 'GET', `/api/asks/${ask.id}`)).state, 'open')
    const applied = await s.studio.want(200, 'POST', `/api/rules/${rule.id}/apply`)
    assert.deepEqual([applied.decided, applied.left, applied.askIds], [1, 0, [ask.id]])
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    const settled = await s.studio.want(200, 'GET', `/api/asks/${ask.id}`)
    assert.deepEqual([settled.decidedBy, settled.ruleId], ['rule', rule.id])
    assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'])
    assert.deepEqual((await s.studio.want(200, 'POST', `/api/rules/${rule.id}/apply`)).askIds, [])
    await agent.stop()
  })

  test('the dry run shows what past asks it would have decided, and who decided them', async (t) => {
    t.after(() => s.clear())
    const draft = { decision: 'allow', tool: 'Write', path: '*.txt' }
    const agent = await s.studio.begin('Make a file. @@write')
    const ask = await agent.ask()
    await agent.answer(ask, { decision: 'deny' })
    await agent.turnEnd()
    const tried = await s.studio.want(200, 'POST', '/api/rules/try', { ...draft, agentId: agent.id })
    assert.deepEqual([tried.matched, tried.same, tried.other, tried.asks.map(({ id }) => id)], [1, 0, 1, [ask.id]])
    await s.rule({ decision: 'ask', tool: 'Write' })
    const behind = await s.studio.want(200, 'POST', '/api/rules/try', { ...draft, agentId: agent.id })
    assert.deepEqual([behind.matched, behind.earlier], [0, 1])
    const first = await s.studio.want(200, 'POST', '/api/rules/try', { ...draft, agentId: agent.id, position: 0 })
    assert.equal(first.matched, 1)
    const { body, status } = await s.studio.daemon.api('POST', '/api/rules/try', { decision: 'allow', command: 'sudo ls' })
    assert.deepEqual([status, Object.keys(body.error.details)], [400, ['command']])
    assert.match(body.error.message, /can run another program through `sudo`/)
    await agent.stop()
  })

  test('each ask of a turn is decided by itself', async (t) => {
    t.after(() => s.clear())
    await s.rule({ decision: 'deny', tool: 'Write', path: 'two.*' })
    await s.rule({ decision: 'allow', tool: 'Write' })
    const agent = await s.studio.begin('Make two. @@multiask')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.deepEqual(await changes(agent.worktree.path), ['?? one.txt'])
    assert.deepEqual((await s.rules()).map(({ matched }) => matched), [1, 1])
    assert.deepEqual(answers(agent).map(({ decision }) => decision), ['allow', 'deny'])
    await agent.stop()
  })

  test('a daemon that dies at a decision has made it once when it is back', async (t) => {
    const own = await RuleStudio.open(cli)
    t.after(() => own.studio.close())
    const { daemon } = own.studio
    const { env } = daemon.options
    await own.rule({ decision: 'allow', tool: 'Write' })
    let n = 0
    for (const at of ['derive.before_commit:3', 'derive.after_commit:3', 'derive.before_commit:5', 'derive.after_commit:5']) {
      const worktree = await own.studio.worktree()
      const agent = await own.studio.want(201, 'POST', '/api/agents', { worktreeId: worktree.id })
      const read = () => own.studio.want(200, 'GET', `/api/agents/${agent.id}`)
      const isDone = async () => (await read()).statusReason === 'turn_done'
      await daemon.stop()
      await daemon.restart({ env: { ...env, MUSTER_CRASH: at } })
      await own.studio.want(200, 'POST', `/api/agents/${agent.id}/start`, { initialPrompt: 'Make a file. @@write' }).catch(() => {})
      await Promise.race([daemon.program.ended, until(() => isDone().catch(() => false), 'the turn ends')])
      if (daemon.program.child.exitCode === null && daemon.program.child.signalCode === null) await daemon.stop()
      await daemon.restart({ env })
      if (!(await read()).startedAt) continue
      await until(isDone, `the turn goes on after ${at}`)
      assert.equal(await readFile(path.join(worktree.path, 'hello.txt'), 'utf8'), 'hello\nworld\n')
      const asks = await own.asks(agent)
      assert.deepEqual(asks.map(({ state, decidedBy }) => [state, decidedBy]), [['answered', 'rule']], at)
      n++
      assert.deepEqual((await own.rules()).map(({ matched }) => matched), [n], at)
      assert.deepEqual(await own.studio.asked((await read()).sessionId), ['write:0', 'write:1'])
      await own.studio.want(200, 'POST', `/api/agents/${agent.id}/stop`)
    }
    assert.ok(n >= 2, 'no daemon died after the start was stored')
  })
})

forEachAgent(['opencode', 'qwen', 'gemini'], (cli) => {
  let s
  before(async () => {
    s = await RuleStudio.open(cli, { patienceMs: 120_000 })
  })
  after(() => s.studio.close())

  test('a rule allows a file and denies a command', async () => {
    const allow = await s.rule({ decision: 'allow', path: '*.txt' })
    const deny = await s.rule({ decision: 'deny', command: 'mkdir', note: 'Never shown: this agent takes no words.' })
    const agent = await s.studio.begin('Make a file. @@write')
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.equal(await readFile(path.join(agent.worktree.path, 'hello.txt'), 'utf8'), 'hello\nworld\n')
    await agent.send('Run it. @@bash')
    await agent.turnEnd()
    assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'])
    const asks = await s.asks(agent)
    assert.deepEqual(asks.map(({ decision, ruleId }) => [decision, ruleId]), [['deny', deny.id], ['allow', allow.id]])
    assert.ok(!reasons(agent).includes('permission'))
    await agent.stop()
  })
})
