// What lies over every page: the palette with its forms, the sheet of shortcuts, the start dialog. By keyboard alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, paths, useStage } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()

async function openAgent(t, name = 'tester', more = {}) {
  const world = seedWorld()
  const { page, mock } = await openPage(t, { world, path: paths.agent(world, name), ...more })
  await page.getByRole('main').waitFor()
  return { page, mock, world, agent: named(world.agents, name) }
}

/** A letter is a key of the page only where it is not text. */
async function pressOnPage(page, key) {
  await page.evaluate(() => document.activeElement?.blur())
  await page.keyboard.press(key)
}

const finder = (page) => page.getByRole('combobox', { name: 'Find or run' })
const chosen = (page) => page.getByRole('option', { selected: true })

async function find(page, text) {
  await page.keyboard.press('Control+k')
  await finder(page).fill(text)
}

/** The form of an operation, opened from the palette. */
async function openForm(page, title) {
  await find(page, title)
  await page.keyboard.press('Control+.')
  await page.getByRole('option', { name: title }).first().waitFor()
  await page.keyboard.press('Enter')
  const form = page.getByRole('dialog', { name: title })
  await form.waitFor()
  return form
}

test('the palette opens from a field, finds an agent, and Escape returns to the field', async (t) => {
  const { page } = await openAgent(t)
  const box = page.getByRole('textbox', { name: /Message/ })
  await box.fill('a draft')
  await find(page, 'index')
  await page.getByRole('option', { name: /indexer/ }).waitFor()
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA')
  assert.equal(await box.inputValue(), 'a draft')
  await find(page, 'index')
  await page.getByRole('option', { name: /indexer/, selected: true }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: /indexer/ }).first().waitFor()
})

test('files and what was said are found for the agent on screen', async (t) => {
  const { page } = await openAgent(t, 'login doctor')
  await find(page, 'login')
  await page.getByRole('option', { name: /src\/auth\/login.test.ts/ }).waitFor()
  await page.getByRole('option', { name: /Logins fail/ }).waitFor()
  await page.getByText('muster logs ag_').waitFor()
})

test('Tab narrows, Ctrl . shows all actions, and each row says its command', async (t) => {
  const { page } = await openAgent(t)
  await find(page, 'worktree')
  await page.keyboard.press('Control+.')
  await page.getByRole('option', { name: /^Create worktree Creates/ }).waitFor()
  assert.equal(await page.getByRole('group').count(), 1)
  await finder(page).fill('create worktree')
  await page.getByText('muster worktree create').waitFor()
  await page.keyboard.press('Control+.')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await finder(page).fill('fix')
  await page.getByRole('option', { name: /fix-login/ }).first().waitFor()
  assert.equal(await page.getByRole('option', { name: /New agent/ }).count(), 0)
})

test('a setting is found by its name, and Enter leads to it', async (t) => {
  const { page } = await openAgent(t)
  await find(page, 'theme')
  await page.getByRole('group', { name: 'Settings' }).getByRole('option', { name: /^Theme/ }).waitFor()
  await page.keyboard.press('Enter')
  await page.waitForURL(/settings\/general\?find=Theme/)
  await page.getByRole('radiogroup', { name: 'Theme' }).waitFor()
})

test('no answer to an ask is run from the palette', async (t) => {
  const { page } = await openAgent(t, 'login doctor')
  await page.getByRole('button', { name: /^Allow/ }).first().waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('option').first().waitFor()
  assert.equal(await page.getByRole('option', { name: /^(Allow|Deny)/ }).count(), 0)
})

test('the palette is accessible, still, and as narrow as 320 px', async (t) => {
  const { page } = await openAgent(t)
  await find(page, 'log')
  await chosen(page).waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
  await checkStill(page)
})

test('a form is made from the shape: marks, limits, the command, and errors before anything is sent', async (t) => {
  const { page } = await openAgent(t)
  const form = await openForm(page, 'Create worktree')
  assert.equal(await form.getByRole('combobox', { name: 'Workspace' }).locator('option:checked').innerText(), 'harbor')
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill('x'.repeat(256))
  await form.getByRole('button', { name: 'Create worktree' }).press('Enter')
  await form.getByText('At most 255 bytes; this has 256.').waitFor()
  await form.getByText('This is needed.').waitFor()
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill('fix it')
  await form.getByRole('textbox', { name: 'Branch' }).fill('fix')
  await form.getByRole('checkbox', { name: 'Create branch' }).press('Space')
  await form.getByText(/muster worktree create ws_\w+ 'fix it' fix --create-branch/).waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
})

test('a form sends what it holds, and a refusal is shown at its field', async (t) => {
  const { page, world } = await openAgent(t)
  const form = await openForm(page, 'Create workspace')
  const path = form.getByRole('textbox', { name: 'Path' })
  await path.fill('/home/me/plain')
  await path.press('Enter')
  await form.getByText('not a git repository').waitFor()
  assert.equal(await path.getAttribute('aria-invalid'), 'true')
  await path.fill('/home/me/quarry')
  await path.press('Enter')
  await page.getByText('Create workspace: done').waitFor()
  assert.ok(named(world.workspaces, 'quarry'))
})

test('what removes is confirmed by its name', async (t) => {
  const { page, world } = await openAgent(t)
  const form = await openForm(page, 'Delete worktree')
  await form.getByRole('combobox', { name: 'Worktree' }).selectOption({ label: 'docs' })
  const name = form.getByRole('textbox', { name: 'Type “docs” to confirm' })
  await name.press('Enter')
  await form.getByText('Type the name exactly.').waitFor()
  assert.ok(named(world.worktrees, 'docs'))
  await name.fill('docs')
  await name.press('Enter')
  await page.getByText('Delete worktree: done').waitFor()
  assert.equal([...world.worktrees.values()].filter((one) => one.name === 'docs').length, 0)
})

test('a reading operation shows its answer', async (t) => {
  const { page } = await openAgent(t)
  const form = await openForm(page, 'List CLIs')
  await form.getByRole('button', { name: 'Read' }).press('Enter')
  await form.getByRole('region', { name: 'Answer' }).getByText('"Claude Code"').waitFor()
})

test('the sheet lists the keys of the page, and no other key works below it', async (t) => {
  const { page } = await openAgent(t)
  await pressOnPage(page, '?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await sheet.getByText('Find or run').waitFor()
  await page.keyboard.type('inbox')
  await sheet.getByText('Find or run').waitFor({ state: 'detached' })
  await sheet.getByText('G I').waitFor()
  await checkAccess(page)
  await checkWidth(page, 320)
  await page.keyboard.press('Control+k')
  assert.equal(await finder(page).count(), 0)
  await page.keyboard.press('Escape')
  await sheet.waitFor({ state: 'detached' })
})

test('letters are text while a character is being composed', async (t) => {
  const { page } = await openAgent(t)
  await page.evaluate(() => {
    document.activeElement?.blur()
    for (const init of [{ key: '?', isComposing: true }, { key: 'n', keyCode: 229 }])
      document.body.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }))
  })
  assert.equal(await page.getByRole('dialog').count(), 0)
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
})

const starter = (page) => page.getByRole('dialog', { name: 'New agent' })
const prompt = (page) => page.getByRole('textbox', { name: 'What should it do?' })

async function openStart(t, more) {
  const opened = await openAgent(t, 'tester', more)
  await pressOnPage(opened.page, 'n')
  await prompt(opened.page).waitFor()
  return opened
}

test('words first: Enter starts an agent in a new worktree, and its page opens', async (t) => {
  const { page, world } = await openAgent(t)
  world.copied = new Map([[named(world.workspaces, 'harbor').id, ['.env.local']]])
  await pressOnPage(page, 'n')
  await prompt(page).waitFor()
  await page.keyboard.type('Make the reconnect test deterministic')
  const dialog = starter(page)
  await dialog.getByText('/home/me/harbor-reconnect-test-deterministic').waitFor()
  await dialog.getByText('copies .env.local').waitFor()
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  const made = named(world.worktrees, 'reconnect-test-deterministic')
  assert.equal(made.branch, 'reconnect-test-deterministic')
  const agent = [...world.agents.values()].find(({ worktreeId }) => worktreeId === made.id)
  assert.equal(agent.adapter, 'claude')
  await page.waitForURL(`**/a/${agent.id}`)
})

test('a repository without a commit: the dialog says so before, and leads to an agent without a worktree', async (t) => {
  const world = seedWorld()
  world.isUnborn = true
  const harbor = named(world.workspaces, 'harbor')
  world.addWorkspace('harbor', '/srv/copies/harbor')
  const { page } = await openPage(t, { world, path: paths.agent(world, 'tester') })
  await page.getByRole('main').waitFor()
  await pressOnPage(page, 'n')
  await prompt(page).waitFor()
  await page.keyboard.type('Explain the login')
  const dialog = starter(page)
  const options = dialog.getByRole('combobox', { name: 'Workspace', exact: true }).getByRole('option')
  assert.deepEqual((await options.allTextContents()).filter((text) => text.startsWith('harbor')), ['harbor in me', 'harbor in copies'])
  const note = dialog.getByRole('note')
  await note.getByText('This repository has no commit yet').waitFor()
  await checkAccess(page)
  assert.equal(await dialog.getByRole('combobox', { name: 'Start from' }).count(), 0)
  await page.keyboard.press('Control+Enter')
  assert.equal([...world.agents.values()].some(({ name }) => name.startsWith('Explain')), false)
  // The first commit is made elsewhere: nobody has to open the dialog again.
  world.isUnborn = false
  await note.waitFor({ state: 'detached' })
  await dialog.getByRole('combobox', { name: 'Start from' }).waitFor()
  world.isUnborn = true
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await pressOnPage(page, 'n')
  await note.getByRole('button', { name: 'Work without a worktree' }).click()
  await dialog.getByText('the repository’s own folder').waitFor()
  await dialog.getByRole('button', { name: 'Start', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  const made = [...world.agents.values()].find(({ name }) => name.startsWith('Explain'))
  assert.equal(world.worktrees.get(made.worktreeId).workspaceId, harbor.id)
})

test('Ctrl Enter starts and stays for the next; what was chosen is remembered', async (t) => {
  const { page, world } = await openStart(t)
  const dialog = starter(page)
  await dialog.getByRole('combobox', { name: 'Worktree', exact: true }).selectOption('none')
  await dialog.getByRole('combobox', { name: 'Mode', exact: true }).selectOption('plan')
  await dialog.getByText('the repository’s own folder').waitFor()
  await prompt(page).fill('Explain the login')
  await prompt(page).press('Control+Enter')
  await page.getByText('Started Explain the login').waitFor()
  assert.equal(await prompt(page).inputValue(), '')
  const agent = named(world.agents, 'Explain the login')
  assert.equal(agent.mode, 'plan')
  assert.equal(world.worktrees.get(agent.worktreeId).isMain, true)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await pressOnPage(page, 'n')
  assert.equal(await dialog.getByRole('combobox', { name: 'Mode', exact: true }).inputValue(), 'plan')
  assert.equal(await dialog.getByRole('combobox', { name: 'Worktree', exact: true }).inputValue(), 'none')
})

test('a start that fails after the dialog was closed says so', async (t) => {
  const { page, world } = await openStart(t)
  world.failing.add('create_agent')
  world.slownessMs.create_worktree = 500
  await prompt(page).fill('Speed up the index')
  await prompt(page).press('Enter')
  await until(() => [...world.worktrees.values()].some(({ name }) => name === 'speed-up-index'), 'its worktree is being created')
  await page.keyboard.press('Escape')
  await starter(page).waitFor({ state: 'detached' })
  await page.getByText('The store could not be read.').waitFor()
})

test('attempts are agents with a worktree each', async (t) => {
  const { page, world } = await openStart(t)
  const dialog = starter(page)
  await prompt(page).fill('Speed up the index')
  await dialog.getByRole('combobox', { name: 'Attempts' }).selectOption('2')
  await dialog.getByText('Starts 2 agents, each in its own.').waitFor()
  await prompt(page).press('Enter')
  await dialog.waitFor({ state: 'detached' })
  for (const name of ['speed-up-index-1', 'speed-up-index-2']) {
    const { id } = named(world.worktrees, name)
    assert.equal([...world.agents.values()].filter(({ worktreeId }) => worktreeId === id).length, 1)
  }
})

test('Escape keeps the draft, and a refusal keeps the text', async (t) => {
  const { page } = await openStart(t)
  await page.keyboard.type('Two')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('lines')
  await page.keyboard.press('Escape')
  await starter(page).waitFor({ state: 'detached' })
  await pressOnPage(page, 'n')
  assert.equal(await prompt(page).inputValue(), 'Two\nlines')
  await starter(page).getByRole('textbox', { name: /Name of the worktree/ }).fill('taken')
  await prompt(page).press('Enter')
  await starter(page).getByText('A folder of this name already exists there.').waitFor()
  assert.equal(await prompt(page).inputValue(), 'Two\nlines')
})

test('what is typed in the form survives a reload, and goes with what was started', async (t) => {
  const { page, world } = await openStart(t)
  const dialog = starter(page)
  const name = dialog.getByRole('textbox', { name: /Name of the worktree/ })
  const agentName = dialog.getByLabel('Name of the agent')
  await prompt(page).fill('Speed up the index')
  await name.fill('faster')
  await dialog.getByText('Name, permissions and limits').click()
  await agentName.fill('sprinter')
  await dialog.getByLabel('Minutes').fill('30')
  await page.waitForLoadState('networkidle')
  await page.reload()
  await page.getByRole('textbox', { name: /^Message to/ }).waitFor()
  await pressOnPage(page, 'n')
  await until(async () => (await name.inputValue()) === 'faster', 'the name is there')
  assert.equal(await dialog.getByLabel('Minutes').inputValue(), '30')
  world.slownessMs.create_agent = 700
  await prompt(page).press('Control+Enter')
  await until(() => [...world.worktrees.values()].some((one) => one.name === 'faster'), 'its worktree is being created')
  // For the next one.
  await name.fill('next')
  await page.getByText('Started sprinter').waitFor()
  assert.equal(await name.inputValue(), 'next')
  assert.equal(await agentName.inputValue(), '')
  assert.equal(await dialog.getByLabel('Minutes').inputValue(), '30')
})

test('a launch profile fills in what it says, and the agent is started with it', async (t) => {
  const world = seedWorld()
  const { id: workspaceId } = named(world.workspaces, 'harbor')
  const profile = { id: 'lpr_00000000000000000000000001', workspaceId, name: 'Careful', model: 'claude-opus-5-5', mode: 'plan', permissions: ['read', 'write'], displayOrder: 0, createdAt: world.now(), updatedAt: world.now() }
  world.profiles = new Map([[workspaceId, [profile]]])
  const { page } = await openStart(t, { world })
  await starter(page).getByRole('combobox', { name: 'Launch profile' }).selectOption({ label: 'Careful' })
  assert.equal(await starter(page).getByRole('combobox', { name: 'Model' }).inputValue(), 'claude-opus-5-5')
  assert.equal(await starter(page).getByRole('combobox', { name: 'Mode', exact: true }).inputValue(), 'plan')
  await prompt(page).fill('Look around')
  await prompt(page).press('Enter')
  await starter(page).waitFor({ state: 'detached' })
  const made = [...world.agents.values()].find(({ profileId }) => profileId === profile.id)
  assert.deepEqual([made?.model, made?.mode, made?.permissions], ['claude-opus-5-5', 'plan', ['read', 'write']])
})

test('the start dialog is accessible in both themes, and as narrow as 320 px', async (t) => {
  const { page } = await openStart(t)
  await prompt(page).fill('Make it so')
  await starter(page).getByText('Name, permissions and limits').press('Enter')
  await starter(page).getByRole('checkbox', { name: 'Run commands' }).waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
  await checkStill(page)
})

test('while a menu is open its letters choose in it: no key of the page works, and Escape closes the menu alone', async (t) => {
  const { page } = await openAgent(t)
  await page.getByRole('button', { name: 'More about tester' }).first().click()
  const menu = page.getByRole('menu', { name: 'More about tester' })
  await menu.waitFor()
  const before = page.url()
  for (const key of ['.', '?', 'n', 'g', 'h', 'Control+k']) await page.keyboard.press(key)
  assert.equal(page.url(), before)
  assert.equal(await page.getByRole('dialog').count(), 0)
  await page.keyboard.press('Escape')
  await menu.waitFor({ state: 'detached' })
  await pressOnPage(page, '?')
  await page.getByRole('dialog').waitFor()
})
