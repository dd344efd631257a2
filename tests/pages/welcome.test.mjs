// The way to the first agent: checks, a CLI or the demo, a repository, a prompt.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, phone, useStage } from '../../web/mock/harness.mjs'
import { claude, emptyWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()
const path = '/welcome'

test('from nothing to the first agent', async (t) => {
  const { page, world } = await openPage(t, { world: emptyWorld(), path })
  await page.getByText('Has what Muster needs').waitFor()
  await page.getByText('Claude Code 2.1.329').waitFor()
  await page.getByRole('textbox', { name: 'Path of the repository' }).fill('/home/me/harbor')
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: 'What should it do?' }).fill('Find the slow test')
  await page.keyboard.press('Control+Enter')
  await page.waitForURL(/\/a\/ag_/)
  const [agent] = world.agents.values()
  assert.equal(agent.pid !== undefined, true)
})

test('the first agent is of a CLI that is there, and asks before it changes anything', async (t) => {
  const world = emptyWorld()
  world.system.claude = { ...claude, login: 'logged_out' }
  world.opencode = { login: 'logged_in' }
  const { page } = await openPage(t, { world, path })
  await page.getByRole('button', { name: 'Open atlas' }).click()
  await page.getByText(/^opencode works in .*, your own checkout, and asks before it changes anything\./).waitFor()
  await page.getByText(/each in a worktree of its own or in your checkout/).waitFor()
  // It is there until it is what was chosen.
  await page.getByRole('button', { name: 'Try the demo' }).waitFor()
  await page.getByRole('textbox', { name: 'What should it do?' }).fill('Find the slow test')
  await page.keyboard.press('Control+Enter')
  await page.waitForURL(/\/a\/ag_/)
  const [{ adapter, mode, permissions }] = world.agents.values()
  assert.deepEqual([adapter, mode, permissions], ['opencode', 'regular', ['read']])
})

test('a first agent that does not start leaves the words in their field, and the same words start it again', async (t) => {
  const { page, world } = await openPage(t, { world: emptyWorld(), path })
  await page.getByRole('button', { name: 'Open atlas' }).click()
  const prompt = page.getByRole('textbox', { name: 'What should it do?' })
  await prompt.fill('Find the slow test')
  world.failing.add('start_agent')
  await page.keyboard.press('Control+Enter')
  await page.getByText('The agent did not start').waitFor()
  await page.getByText(/was created and keeps this prompt/).waitFor()
  assert.equal(await prompt.inputValue(), 'Find the slow test')
  world.failing.delete('start_agent')
  await page.getByRole('button', { name: 'Start again' }).click()
  await page.waitForURL(/\/a\/ag_/)
  assert.equal(world.agents.size, 1)
})

test('a path that is not a repository is refused at the field', async (t) => {
  const { page } = await openPage(t, { world: emptyWorld(), path })
  const field = page.getByRole('textbox', { name: 'Path of the repository' })
  await field.fill('/home/me/plain')
  await field.press('Enter')
  await page.getByText('not a git repository').waitFor()
  assert.equal(await field.getAttribute('aria-invalid'), 'true')
})

test('an address that was typed survives a reload', async (t) => {
  const { page } = await openPage(t, { world: emptyWorld(), path })
  const field = page.getByRole('textbox', { name: 'Path of the repository' })
  const folder = page.getByRole('textbox', { name: 'Folder that it is cloned into' })
  await field.fill('https://example.org/owner/harbor')
  await folder.fill('/home/me/elsewhere')
  await page.waitForLoadState('networkidle')
  await page.reload()
  await folder.waitFor()
  assert.equal(await field.inputValue(), 'https://example.org/owner/harbor')
  assert.equal(await folder.inputValue(), '/home/me/elsewhere')
})

test('an address is cloned into the folder that is shown, and goes on as opening does', async (t) => {
  const { page, world } = await openPage(t, { world: emptyWorld(), path })
  const field = page.getByRole('textbox', { name: 'Path of the repository' })
  await field.fill('http://example.org/harbor')
  const folder = page.getByRole('textbox', { name: 'Folder that it is cloned into' })
  await field.press('Enter')
  await page.getByText('The address is one of a transport that is not encrypted').waitFor()
  assert.equal(await field.getAttribute('aria-invalid'), 'true')
  await field.fill('git clone git@example.org:owner/harbor.git')
  await page.getByRole('button', { name: 'notes' }).click()
  assert.equal(await folder.inputValue(), '/home/me/notes/harbor')
  await folder.fill('/home/me/src/port')
  await checkAccess(page)
  await folder.press('Enter')
  await page.getByRole('textbox', { name: 'What should it do?' }).waitFor()
  assert.deepEqual([...world.workspaces.values()].map((row) => row.path), ['/home/me/src/port'])
})

test('a clone that fails says why and keeps what was typed; a reload finds it, and so does Home', async (t) => {
  const { page } = await openPage(t, { world: emptyWorld(), path })
  const field = page.getByRole('textbox', { name: 'Path of the repository' })
  const folder = page.getByRole('textbox', { name: 'Folder that it is cloned into' })
  await field.fill('git@refuses.example.org:harbor')
  assert.equal(await folder.inputValue(), '/home/me/src/harbor')
  await folder.fill('/home/me/port')
  await field.press('Enter')
  const failed = page.getByRole('region', { name: 'Cloning harbor' })
  await failed.getByText('add one to your ssh agent').waitFor()
  await failed.getByLabel('What git said last').getByText('Permission denied').waitFor()
  assert.equal(await page.getByRole('alert').count(), 0)
  await checkAccess(page)
  await checkWidth(page, 320)
  await page.reload()
  await failed.waitFor()
  assert.deepEqual([await field.inputValue(), await folder.inputValue()], ['git@refuses.example.org:harbor', '/home/me/port'])
  await page.getByRole('link', { name: 'Home' }).first().click()
  await failed.getByRole('button', { name: 'Dismiss' }).click()
  await failed.waitFor({ state: 'detached' })
})

test('a clone that runs shows what it does, also after a reload, and can be cancelled', async (t) => {
  const { page, world } = await openPage(t, { world: emptyWorld(), path })
  world.slownessMs.clone_repository = 3000
  await page.getByRole('textbox', { name: 'Path of the repository' }).fill('https://slow.example.org/harbor')
  await page.getByRole('button', { name: 'Clone', exact: true }).click()
  const running = page.getByRole('region', { name: 'Cloning harbor' })
  await running.getByText('receives objects, 50 %, 210 of 420').waitFor()
  await page.getByRole('button', { name: 'Cloning', exact: true }).waitFor()
  await checkAccess(page)
  await page.reload()
  await running.getByRole('button', { name: 'Cancel' }).click()
  await running.waitFor({ state: 'detached' })
})

test('folders can be browsed to a repository; a forbidden one says so', async (t) => {
  const { page } = await openPage(t, { world: emptyWorld(), path })
  await page.getByRole('button', { name: 'notes' }).click()
  await page.getByText('There are no folders here.').waitFor()
  await page.getByRole('button', { name: 'Up' }).click()
  await page.getByRole('button', { name: 'denied' }).click()
  await page.getByText('outside of what Muster may show').waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Open atlas' }).click()
  await page.getByRole('textbox', { name: 'What should it do?' }).waitFor()
})

test('without a CLI the commands and the demo are there, and the demo has its first task', async (t) => {
  const { page } = await openPage(t, { world: emptyWorld({ claude: { ...claude, login: 'logged_out' } }), path })
  const clis = page.getByRole('list', { name: 'Agent CLIs' })
  await clis.getByText('claude /login').waitFor()
  await clis.getByText('npm install -g gemini').waitFor()
  await checkAccess(page)
  await page.getByRole('button', { name: 'Try the demo' }).click()
  const prompt = page.getByRole('textbox', { name: 'What should it do?' })
  await prompt.waitFor()
  assert.equal(await prompt.inputValue(), 'Teach greet.sh a second language')
  assert.equal(await page.getByRole('button', { name: 'Try the demo' }).count(), 0)
  await page.getByRole('button', { name: 'Start the agent' }).click()
  await page.waitForURL(/\/a\/ag_/)
})

test('what keeps agents from working is listed with what to do', async (t) => {
  const world = emptyWorld()
  world.checks = [['git', 'error', 'git was not found on PATH', 'Install git 2.38 or newer.']]
  const { page } = await openPage(t, { world, path })
  const missing = page.getByRole('list', { name: 'What is missing' })
  await missing.getByText('Install git 2.38 or newer.').waitFor()
})

test('it can be read in both colours, on a phone, and at 320', async (t) => {
  const { page } = await openPage(t, { world: emptyWorld(), path, device: phone })
  await page.getByText('Has what Muster needs').waitFor()
  await page.getByRole('button', { name: 'Open atlas' }).waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
  await checkStill(page)
})
