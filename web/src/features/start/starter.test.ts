import { expect, test } from 'vitest'
import type { Agent, Worktree } from '~/api/generated'
import { isThere } from '~/features/start/choices'
import { Starter, type Calls, type Plan } from '~/features/start/starter'

const worktree = (name: string): Worktree => ({
  id: `wt_${name}`, workspaceId: 'ws_1', name, branch: name, path: `/src/${name}`, sortMode: 'free', displayOrder: 0, isMain: false, isDetached: false, createdAt: '', updatedAt: '',
})
const agent = (worktreeId: string): Agent => ({
  id: `ag_${worktreeId}`, worktreeId, workspaceId: 'ws_1', name: 'a', status: 'finished', statusReason: 'not_started', statusSource: 'user', contextLevel: 0,
  mode: 'regular', permissions: [], displayOrder: 0, adapter: 'claude', isResumable: false, createdAt: '', updatedAt: '',
})

function setUp(failOnce: string[] = []) {
  const log: { step: string; key: string }[] = []
  function step(name: string, key: string) {
    log.push({ step: name, key })
    const at = failOnce.indexOf(name)
    if (at < 0) return
    failOnce.splice(at, 1)
    throw new Error(`${name} failed`)
  }
  const calls: Calls = {
    async createWorktree({ name }, key) {
      step(`worktree ${name}`, key)
      return worktree(name)
    },
    async createAgent({ worktreeId, model }, key) {
      step(`agent ${worktreeId}${model ? ` ${model}` : ''}`, key)
      return agent(model ? `${worktreeId}_${model}` : worktreeId)
    },
    async startAgent(agentId, key) {
      step(`start ${agentId}`, key)
      return agent(agentId)
    },
    async archiveAgent(agentId, key) {
      step(`archive ${agentId}`, key)
      return { agentId }
    },
  }
  return { starter: new Starter(calls), log, steps: () => log.map((one) => one.step) }
}

const two: Plan = { target: { workspaceId: 'ws_1', worktrees: ['fix-1', 'fix-2'].map((name) => ({ name, branch: name, createBranch: true })) }, agent: { initialPrompt: 'go' } }

test('each attempt gets a worktree of its own, and its agent starts', async () => {
  const { starter, steps } = setUp()
  await starter.run(two)
  expect(steps()).toEqual(['worktree fix-1', 'worktree fix-2', 'agent wt_fix-1', 'start ag_wt_fix-1', 'agent wt_fix-2', 'start ag_wt_fix-2'])
})

test('an agent without a prompt is created and waits', async () => {
  const { starter, steps } = setUp()
  await starter.run({ target: { worktreeId: 'wt_1' }, agent: {} })
  expect(steps()).toEqual(['agent wt_1'])
})

test('after a failure it goes on where it stopped, under the same key', async () => {
  const { starter, log, steps } = setUp(['agent wt_fix-2'])
  await expect(starter.run(two)).rejects.toThrow('agent wt_fix-2 failed')
  expect(starter.leftBehind().map(({ name }) => name)).toEqual(['fix-1', 'fix-2'])
  await starter.run(two)
  expect(steps()).toEqual(['worktree fix-1', 'worktree fix-2', 'agent wt_fix-1', 'start ag_wt_fix-1', 'agent wt_fix-2', 'agent wt_fix-2', 'start ag_wt_fix-2'])
  const keys = log.filter(({ step }) => step === 'agent wt_fix-2').map(({ key }) => key)
  expect(keys[0]).toBe(keys[1])
})

test('what is changed after a failure is for the agents that are not at work yet', async () => {
  const { starter, steps } = setUp(['start ag_wt_fix-2'])
  await expect(starter.run(two)).rejects.toThrow('start ag_wt_fix-2 failed')
  const agents = await starter.run({ ...two, agent: { ...two.agent, model: 'opus' } })
  expect(agents.map(({ id }) => id)).toEqual(['ag_ag_wt_fix-1', 'ag_ag_wt_fix-2_opus'])
  expect(steps().slice(5)).toEqual(['start ag_wt_fix-2', 'agent wt_fix-2 opus', 'archive ag_wt_fix-2', 'start ag_wt_fix-2_opus'])
})

const plan = (model?: string): Plan => ({ target: { worktreeId: 'wt_1' }, agent: { initialPrompt: 'go', ...(model && { model }) } })

test('what is changed and changed back makes another agent, not the archived one', async () => {
  const { starter, steps, log } = setUp(['start ag_wt_1', 'start ag_wt_1_opus'])
  await expect(starter.run(plan())).rejects.toThrow('failed')
  await expect(starter.run(plan('opus'))).rejects.toThrow('failed')
  await starter.run(plan())
  expect(steps().filter((step) => step === 'agent wt_1')).toHaveLength(2)
  expect(new Set(log.flatMap(({ step, key }) => (step === 'agent wt_1' ? [key] : []))).size).toBe(2)
})

test('the same plan again, once it is done, is another one', async () => {
  const { starter, log } = setUp()
  await starter.run(two)
  await starter.run(two)
  expect(new Set(log.map(({ key }) => key)).size).toBe(12)
})

test('a CLI is there if it is installed, and in the demo if the demo brings it along', () => {
  expect([isThere({ found: true }, false), isThere({ found: false, demoFound: true }, true)]).toEqual([true, true])
  expect([isThere({ found: false, demoFound: true }, false), isThere({ found: false }, true)]).toEqual([false, false])
})
