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
    async createAgent({ worktreeId }, key) {
      step(`agent ${worktreeId}`, key)
      return agent(worktreeId)
    },
    async startAgent(agentId, key) {
      step(`start ${agentId}`, key)
      return agent(agentId)
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
