// The pull request of a worktree's branch: how it stands, its checks and what reviewers wrote, each to be sent to the agent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, paths, phone, useStage } from '../../web/mock/harness.mjs'
import { addPull, reviewComment } from '../../web/mock/ops_pull.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()
const at = '2026-11-20T10:00:00.000000Z'

const checkRows = [
  { name: 'unit', group: 'CI', state: 'passed', url: 'https://github.com/me/harbor/runs/1', startedAt: at, endedAt: '2026-11-20T10:01:40.000000Z' },
  { name: 'integration', group: 'CI', state: 'failed', detail: '2 of 140 failed', url: 'https://github.com/me/harbor/runs/2' },
  { name: 'preview', state: 'running' },
]
const comments = [
  reviewComment('c1', 't1', 'src/login.ts', 5, 'Keys must expire.'),
  reviewComment('c2', 't1', 'src/login.ts', 5, 'After a day?', { author: 'alice' }),
  reviewComment('c3', 't2', 'README.md', 2, 'Why \u202e100?'),
  reviewComment('c4', 't3', 'README.md', 9, 'A typo.', { isResolved: true, author: '' }),
]

async function openReview(t, { pull, change = () => {}, ...more } = {}) {
  const world = seedWorld()
  const worktree = named(world.worktrees, 'fix-login')
  if (pull) addPull(world, { head: worktree.branch, ...pull })
  change(world, worktree)
  const { page } = await openPage(t, { world, path: `/w/${worktree.workspaceId}/review/${worktree.id}`, ...more })
  const part = page.getByRole('region', { name: 'Pull request' })
  return { page, world, worktree, part }
}

const agentsOf = (world, { id }) => world.agentsOf(id).filter(({ deletedAt, adapter }) => !deletedAt && adapter !== 'terminal')

test('it is beside the way onto base: state, checks, review; what is resolved is folded', async (t) => {
  const { part } = await openReview(t, { pull: { review: 'changes_requested', mergeable: 'conflicting', checks: 'failed', checkRows, comments } })
  await part.getByRole('link', { name: /^#1 Work on/ }).waitFor()
  await part.getByText('open, changes requested, conflicts with main, by alice').waitFor()
  const checks = part.getByRole('list', { name: 'Checks of the pull request' }).getByRole('listitem')
  assert.equal(await checks.count(), 3)
  await checks.nth(0).getByText('1 m 40 s').waitFor()
  const threads = part.getByRole('list', { name: 'Review comments' }).getByRole('listitem')
  await until(async () => (await threads.count()) === 2, 'two threads are open')
  await part.getByRole('button', { name: '1 resolved' }).click()
  await threads.filter({ hasText: 'A deleted account' }).getByText('resolved').waitFor()
})

test('a thread, all threads, and a check that failed are sent to the agent', async (t) => {
  const { page, world, worktree, part } = await openReview(t, { pull: { checkRows, comments } })
  const [first, ...others] = agentsOf(world, worktree)
  const send = async (name) => {
    await part.getByRole('button', { name }).click()
    if (others.length > 0) await page.getByRole('menuitem', { name: first.name }).click()
  }
  await send('Send to agent: src/login.ts:5')
  await page.getByText('2 comments sent to the agent').waitFor()
  await send('Send all to agent')
  await page.getByText('3 comments sent to the agent').waitFor()
  assert.deepEqual(world.sentReview, [{ agentId: first.id, commentIds: ['c1', 'c2'] }, { agentId: first.id, commentIds: ['c1', 'c2', 'c3'] }])
  await send('Send to agent: integration')
  await page.getByText(/^(Sent to|Queued:)/).first().waitFor()
  await page.goto(new URL(paths.agent(world, first.name), page.url()).href)
  await page.getByText('The check "CI: integration" of pull request 1 (branch fix-login) failed.').first().waitFor()
})

test('one is opened with a title and a description that survives leaving the page', async (t) => {
  const { page, world, worktree, part } = await openReview(t)
  await part.getByRole('button', { name: 'Open a pull request…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Open a pull request' })
  await dialog.getByRole('textbox', { name: 'Description' }).fill('Because of the export.')
  await dialog.getByRole('textbox', { name: 'Title' }).fill('Mend the')
  await page.keyboard.press('Escape')
  await part.getByRole('button', { name: 'Open a pull request…' }).click()
  assert.equal(await dialog.getByRole('textbox', { name: 'Description' }).inputValue(), 'Because of the export.')
  assert.equal(await dialog.getByRole('textbox', { name: 'Title' }).inputValue(), 'Mend the')
  await dialog.getByRole('textbox', { name: 'Title' }).fill('refused')
  await dialog.getByRole('button', { name: 'Open it' }).click()
  await dialog.getByText('Gh: the remote refused the branch').or(dialog.getByText('gh: the remote refused the branch')).waitFor()
  await dialog.getByRole('textbox', { name: 'Title' }).fill('Mend the login')
  await dialog.getByRole('checkbox', { name: 'As a draft' }).check()
  await dialog.getByRole('button', { name: 'Open it' }).click()
  await part.getByText('#1 Mend the login').waitFor()
  await part.getByText('draft, by alice').waitFor()
  assert.deepEqual(world.opened, { title: 'Mend the login', body: 'Because of the export.', draft: true })
  assert.equal(world.pulls[0].head, worktree.branch)
})

test('a host that cannot be read says why; without a host there is nothing', async (t) => {
  const host = (more) => (world) => {
    world.host = { kind: 'github', remote: 'origin', name: 'github.com', program: 'gh', isInstalled: true, isReady: false, ...more }
  }
  const { part } = await openReview(t, { change: host({ problem: 'gh is not logged in: run gh auth login' }) })
  await part.getByText('gh is not logged in: run gh auth login').waitFor()
  const none = await openReview(t, { change: host({ kind: 'unknown' }) })
  await none.page.getByRole('complementary', { name: 'Merge' }).getByRole('button', { name: 'Remove worktree…' }).waitFor()
  assert.equal(await none.part.count(), 0)
})

test('it can be read in both colours, on a phone, and at 320', async (t) => {
  const pull = { checkRows, comments }
  const { page, part } = await openReview(t, { pull })
  await part.getByText('Keys must expire.').waitFor()
  await checkStill(page)
  await checkAccess(page)
  await checkColours(page, 'dark')
  const small = await openReview(t, { pull, device: phone })
  await small.page.getByRole('tab', { name: 'Merge' }).click()
  await small.part.getByText('Keys must expire.').waitFor()
  await checkAccess(small.page)
  await checkWidth(small.page)
  await checkWidth(small.page, 320)
})
