// A repository, or the folder of a worktree, that is moved away while the page is open: every page says so with its path and what can
// be done, shows no figure of before, and goes on when it is back, without a reload.
import assert from 'node:assert/strict'
import { rename, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { launchBrowser } from '../harness/browser.mjs'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { makeRepository } from '../harness/repository.mjs'
import { visit } from '../harness/visit.mjs'

let daemon, browser, repository, workspace, linked
const want = (...call) => daemon.want(...call)

before(async () => {
  daemon = await Daemon.start({ env: { HOME: await makeFolder('user') } })
  await want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
  repository = await makeRepository({ 'README.md': '# Here\n' }, 'tidepool')
  workspace = await want(201, 'POST', '/api/workspaces', { path: repository })
  linked = await want(201, 'POST', `/api/workspaces/${workspace.id}/worktrees`, { name: 'beside', branch: 'beside', createBranch: true })
  await writeFile(path.join(repository, 'README.md'), '# Here\nmore\n')
  browser = await launchBrowser()
})
after(async () => {
  await browser?.close()
  await daemon?.remove()
})

const row = (page, name) => page.getByRole('region', { name: `Worktree ${name}` })
const note = (page) => page.getByRole('region', { name: 'The repository of tidepool is gone' })
const starts = (page) => page.getByRole('button', { name: 'Start an agent here' })
/** Within the page, so that nothing is loaded again. */
const go = (page, name) => page.getByRole('navigation').getByRole('link', { name }).first().click()

test('a repository that is moved away is gone on every page, and back when it is back', async (t) => {
  const { page, faults, close } = await visit(browser, want, '/board')
  t.after(close)
  await row(page, 'main').getByText('1 changed').waitFor()
  assert.equal(await starts(page).count(), 2)
  const away = `${repository}-away`
  await rename(repository, away)
  await note(page).getByText(repository).waitFor()
  await row(page, 'main').getByText('Its repository is gone').waitFor()
  await row(page, 'beside').getByText('Its repository is gone').waitFor()
  assert.equal(await starts(page).count(), 0)
  assert.equal(await row(page, 'main').getByText(/1 changed|1 file|lines added/).count(), 0)
  await row(page, 'main').getByRole('link', { name: 'main' }).click()
  await note(page).getByRole('button', { name: 'Close the workspace' }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0)
  await go(page, 'Home')
  await note(page).getByRole('button', { name: 'It moved to…' }).waitFor()
  await rename(away, repository)
  await note(page).waitFor({ state: 'detached' })
  await go(page, 'Board')
  await row(page, 'main').getByText('1 changed').waitFor()
  await row(page, 'beside').getByText('clean').waitFor()
  assert.equal(await starts(page).count(), 2)
  assert.deepEqual(faults, [])
})

test('a repository that has moved for good is followed, with its worktrees', async (t) => {
  const { page, faults, close } = await visit(browser, want, `/w/${workspace.id}`)
  t.after(close)
  const now = `${repository}-now`
  await row(page, 'main').getByText('1 changed').waitFor()
  await rename(repository, now)
  await note(page).getByRole('button', { name: 'It moved to…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Where is tidepool now?' })
  await dialog.getByRole('textbox').fill(`${now}-not`)
  await dialog.getByRole('button', { name: 'It is there' }).click()
  await dialog.getByText(/is not a folder/).waitFor()
  await dialog.getByRole('textbox').fill(now)
  await dialog.getByRole('button', { name: 'It is there' }).click()
  await note(page).waitFor({ state: 'detached' })
  await row(page, 'main').getByText('1 changed').waitFor()
  await row(page, 'beside').getByText('clean').waitFor()
  await page.getByText(now).first().waitFor()
  const { worktrees } = await want(200, 'GET', `/api/workspaces/${workspace.id}`)
  assert.deepEqual(worktrees.map(({ path: at, isMissing }) => [at, isMissing]), [[now, false], [linked.path, false]])
  repository = now
  assert.deepEqual(faults, [])
})

test('a worktree whose folder is deleted says so before its path, and is removed from the lists', async (t) => {
  const { page, faults, close } = await visit(browser, want, '/board')
  t.after(close)
  await row(page, 'beside').getByText('clean').waitFor()
  await rm(linked.path, { recursive: true })
  await row(page, 'beside').getByText(/^Its folder is gone: /).waitFor()
  assert.equal(await starts(page).count(), 1)
  await row(page, 'beside').getByRole('link', { name: 'beside' }).click()
  const gone = page.getByRole('region', { name: 'The folder of beside is gone' })
  await gone.getByText(linked.path).waitFor()
  await gone.getByRole('button', { name: 'Remove the worktree…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click()
  await page.waitForURL(/\/w\/ws_/)
  await row(page, 'beside').waitFor({ state: 'detached' })
  await row(page, 'main').waitFor()
  assert.deepEqual(faults, [])
})

test('a workspace whose repository is gone can be closed', async (t) => {
  const { page, faults, close } = await visit(browser, want, `/w/${workspace.id}`)
  t.after(close)
  await rename(repository, `${repository}-lost`)
  await note(page).getByRole('button', { name: 'Close the workspace' }).click()
  await page.getByText('No repository yet').waitFor()
  assert.deepEqual((await want(200, 'GET', '/api/workspaces')).workspaces, [])
  assert.deepEqual(faults, [])
})
