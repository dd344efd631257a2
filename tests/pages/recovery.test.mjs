// Recovery: what was set aside, what restoring it would replace, and what is deleted for good.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, phone, useStage } from '../../web/mock/harness.mjs'
import { setAsideSome } from '../../web/mock/ops_recovery.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()
const toastUndo = (page) => page.getByRole('status').getByRole('button', { name: 'Undo' })

function worldWithAll() {
  const world = seedWorld()
  setAsideSome(world)
  return world
}

const row = (page, name) => page.getByRole('list', { name: 'Set aside' }).getByRole('button', { name })

test('a salvage says what restoring it would replace, is restored, and that is undone', async (t) => {
  const { page, world } = await openPage(t, { world: worldWithAll(), path: '/recovery' })
  await row(page, 'Discard in fix-login').click()
  const files = page.getByRole('list', { name: 'Files that restoring would change' })
  await files.getByText('cursor.ts').waitFor()
  assert.equal(await files.getByRole('listitem').count(), 6)
  await page.getByText('3 changed files now').waitFor()
  await page.getByText('1 of them, src/auth/login.ts, would be replaced.').waitFor()
  await page.keyboard.press('c')
  await files.getByText('old.ts').waitFor()
  const before = world.salvages.length
  await page.keyboard.press('r')
  await page.getByText('Restored fix-login').waitFor()
  assert.equal(world.salvages.length, before + 1)
  await toastUndo(page).click()
  await row(page, 'Restore in fix-login').nth(1).waitFor()
})

test('the same act is named as a command', async (t) => {
  const { page, world } = await openPage(t, { world: worldWithAll(), path: '/recovery?kind=trash' })
  const [entry] = world.trash.values()
  await page.getByRole('list', { name: 'Set aside' }).getByRole('button').first().click()
  await page.getByText(`muster --home '/home/me/my data' trash restore ${entry.id}`).waitFor()
})

test('a worktree comes back from the trash', async (t) => {
  const { page, world } = await openPage(t, { world: worldWithAll(), path: '/recovery?kind=trash' })
  await page.getByRole('list', { name: 'Set aside' }).getByRole('button').first().click()
  await page.getByRole('button', { name: 'Restore', exact: true }).click()
  await page.getByText('Nothing is set aside.').waitFor()
  named(world.worktrees, 'spike/lmdb')
})

test('the trash is emptied after its size is typed, and what was changed in it is kept', async (t) => {
  const world = worldWithAll()
  for (const entry of world.trash.values()) entry.isChanged = true
  const { page } = await openPage(t, { world, path: '/recovery?kind=trash' })
  await page.getByRole('button', { name: 'Empty trash' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete 1 worktree for good' })
  const act = dialog.getByRole('button', { name: 'Delete 2.1 GiB' })
  assert.equal(await act.isDisabled(), true)
  await page.keyboard.type('2.1 GiB')
  await act.click()
  await dialog.getByText('spike/lmdb was changed in the trash').waitFor()
  await dialog.getByRole('checkbox').check()
  await act.click()
  await page.getByText('Nothing is set aside.').waitFor()
  assert.equal(world.trash.size, 0)
})

test('an archived agent and a checkpoint are restored', async (t) => {
  const { page, world } = await openPage(t, { world: worldWithAll(), path: '/recovery?kind=checkpoints' })
  await row(page, 'login doctor, before turn 2').click()
  await page.getByRole('button', { name: 'Restore 8 files' }).click()
  await page.getByText(/Restored the files of/).waitFor()
  await page.getByRole('radio', { name: /Agents/ }).click()
  await row(page, 'Agent first try').click()
  await page.getByRole('button', { name: 'Restore', exact: true }).click()
  await page.waitForURL(/\/a\/ag_/)
  assert.equal(named(world.agents, 'first try').deletedAt, undefined)
})

test('the checkpoints of a worktree stay in the list when its agents are archived', async (t) => {
  const world = worldWithAll()
  for (const agent of world.agents.values()) if (agent.worktreeId === named(world.worktrees, 'fix-login').id) agent.deletedAt = world.now()
  const { page } = await openPage(t, { world, path: '/recovery?kind=checkpoints' })
  await row(page, /before turn 2/).first().waitFor()
})

test('what is not listed is said in place of nothing', async (t) => {
  const world = seedWorld()
  const harbor = named(world.workspaces, 'harbor')
  for (let n = 0; n < 12; n++) world.addWorktree(harbor, { name: `more-${n}`, branch: `more-${n}`, path: `/home/me/harbor-more-${n}` })
  const { page } = await openPage(t, { world, path: '/recovery' })
  await page.getByText(/^The checkpoints of \d+ worktrees are not listed: choose Checkpoints\.$/).waitFor()
  assert.equal(await page.getByText('Nothing is set aside.').count(), 0)
  await page.getByRole('radio', { name: 'Checkpoints' }).click()
  await page.getByText(/not listed/).waitFor({ state: 'detached' })
})

test('a lock that git names is removed', async (t) => {
  const world = worldWithAll()
  named(world.worktrees, 'docs').error = "fatal: Unable to create '/home/me/harbor/.git/worktrees/docs/index.lock': File exists."
  const { page } = await openPage(t, { world, path: '/recovery' })
  await row(page, 'Lock left in docs').click()
  await page.getByRole('button', { name: 'Remove the lock' }).click()
  await row(page, 'Lock removed in docs').waitFor()
  assert.equal(await row(page, 'Lock left in docs').count(), 0)
})

test('rows are chosen by key, and the address keeps the choice', async (t) => {
  const { page } = await openPage(t, { world: worldWithAll(), path: '/recovery' })
  await row(page, 'login doctor, before turn 2').waitFor()
  await row(page, 'Discard in fix-login').waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.getByRole('heading', { name: 'Discard in fix-login' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.reload()
  await page.getByRole('heading', { name: 'login doctor, before turn 2' }).waitFor()
})

test('nothing is chosen that was not asked for, and no key restores it', async (t) => {
  const { page, world } = await openPage(t, { world: worldWithAll(), path: '/recovery' })
  await row(page, 'Discard in fix-login').waitFor()
  await page.getByText('Choose what to look at').waitFor()
  const before = world.salvages.length
  await page.keyboard.press('r')
  await page.keyboard.press('j')
  await page.getByRole('complementary', { name: 'What is chosen' }).getByRole('heading').waitFor()
  assert.equal(world.salvages.length, before)
})

test('a link leads to a checkpoint that is not among the newest, or says that it is gone', async (t) => {
  const world = worldWithAll()
  const login = named(world.worktrees, 'fix-login')
  const [old] = login.checkpoints
  world.olderCheckpoint = old.id
  const link = (at) => `/recovery?kind=checkpoints&at=${at}&w=${login.workspaceId}&wt=${login.id}`
  const { page } = await openPage(t, { world, path: link(old.id) })
  await page.getByRole('heading', { name: /login doctor/ }).waitFor()
  assert.equal(await page.getByRole('list', { name: 'Set aside' }).locator('[aria-current]').count(), 1)
  await page.evaluate((to) => window.history.pushState({}, '', to), link(`ckp_${'0'.repeat(26)}`))
  await page.reload()
  await page.getByText('This checkpoint is no longer kept.').waitFor()
  assert.equal(await page.getByRole('button', { name: /^Restore/ }).count(), 0)
})

test('what restoring would change follows the worktree', async (t) => {
  const world = worldWithAll()
  const { page } = await openPage(t, { world, path: '/recovery?kind=checkpoints' })
  await row(page, 'login doctor, before turn 2').click()
  await page.getByRole('button', { name: 'Restore 8 files' }).waitFor()
  world.restoreDiff = { files: [], totalFiles: 0, totalAdded: 0, totalRemoved: 0, isTotalLeast: false, truncated: false }
  world.setFiles(named(world.worktrees, 'fix-login'), named(world.worktrees, 'fix-login').files, {})
  await page.getByText('nothing would change').waitFor()
  assert.ok(await page.getByRole('button', { name: /^Restore/ }).isDisabled())
})

test('it can be read in both colours, on a phone, and at 320', async (t) => {
  const { page } = await openPage(t, { world: worldWithAll(), path: '/recovery', device: phone })
  await checkAccess(page)
  await row(page, 'Discard in fix-login').click()
  await page.getByRole('heading', { name: 'Discard in fix-login' }).waitFor()
  await page.getByRole('list', { name: 'Files that restoring would change' }).waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
  await page.getByRole('button', { name: 'All', exact: true }).click()
  await row(page, 'Discard in fix-login').waitFor()
  await checkWidth(page, 320)
  await checkStill(page)
})

test('nothing set aside says when something would be', async (t) => {
  const { page } = await openPage(t, { path: '/recovery' })
  await page.getByText('Nothing is set aside.').waitFor()
  await page.getByText("muster --home '/home/me/my data' trash list", { exact: true }).waitFor()
})

test('salvages stay until old ones are deleted by a person, and the page says so', async (t) => {
  const world = worldWithAll()
  const [old] = world.salvages
  old.madeAt = new Date(Date.now() - 100 * 86_400_000).toISOString()
  const before = world.salvages.length
  const { page } = await openPage(t, { world, path: '/recovery?kind=salvages' })
  await page.getByText('Salvages stay until you delete them; checkpoints go after 30 days').waitFor()
  await page.getByRole('button', { name: 'Delete old salvages…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete old salvages for good' })
  await checkAccess(page)
  await dialog.getByRole('radio', { name: '90 days' }).waitFor()
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByText('Deleted 1 salvage for good').waitFor()
  await dialog.waitFor({ state: 'detached' })
  assert.equal(world.salvages.length, before - 1)
  assert.ok(!world.salvages.includes(old))
})

test('a deletion of salvages says how far it is, and what failed also when its dialog is closed', async (t) => {
  const world = worldWithAll()
  const { page } = await openPage(t, { world, path: '/recovery?kind=salvages' })
  world.slownessMs.delete_salvages = 2_000
  await page.getByRole('button', { name: 'Delete old salvages…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete old salvages for good' })
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  await dialog.getByText(/^0 salvages deleted, 0 of \d workspaces? done$/).waitFor()
  await dialog.getByRole('button', { name: 'Stop' }).waitFor()
  await dialog.waitFor({ state: 'detached' })
  world.failing.add('delete_salvages')
  await page.getByRole('button', { name: 'Delete old salvages…' }).click()
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.keyboard.press('Escape')
  await page.getByText(/^Not every old salvage was deleted: The store could not be read/).waitFor()
})

test('salvages that could not be deleted are not called too young', async (t) => {
  const world = worldWithAll()
  const { page } = await openPage(t, { world, path: '/recovery?kind=salvages' })
  await page.getByRole('button', { name: 'Delete old salvages…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete old salvages for good' })
  world.failing.add('delete_salvages')
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  await dialog.getByText('Not everything was deleted').waitFor()
  assert.equal(await page.getByText('No salvage is that old').count(), 0)
})

test('moments with the same files are one row, and a link to any of them finds it', async (t) => {
  const world = worldWithAll()
  const [last] = named(world.worktrees, 'fix-login').checkpoints.map((one) => ({ ...one })).slice(-1)
  const login = named(world.worktrees, 'fix-login')
  login.checkpoints = login.checkpoints.map((one) => ({ ...one, tree: 'a'.repeat(40) }))
  const { page } = await openPage(t, { world, path: `/recovery?kind=checkpoints&at=${last.id}` })
  const rows = page.getByRole('list', { name: 'Set aside' }).getByRole('button')
  await rows.filter({ hasText: 'the same files at 2 more moments' }).waitFor()
  assert.equal(await rows.count(), 1)
  assert.equal(await rows.getAttribute('aria-current'), 'true')
  await page.getByRole('heading', { name: 'login doctor, before turn 4' }).waitFor()
})
