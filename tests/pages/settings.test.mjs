// The settings: drawn from the daemon's table, stored at once, undone, found, and refused at their field.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, phone, useStage } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()
const toastUndo = (page) => page.getByRole('status').getByRole('button', { name: 'Undo' })

test('Undo restores what was there before, also when the answer comes after the news', async (t) => {
  const { page, world } = await openPage(t, { path: '/settings/limits' })
  world.slownessMs.update_setting = 700
  const memory = page.getByRole('textbox', { name: 'Memory', exact: true })
  await memory.fill('4')
  await memory.press('Enter')
  await page.getByText('default 8 GiB').waitFor()
  await page.getByRole('main').getByRole('button', { name: 'Undo' }).click()
  await page.getByText('default 8 GiB').waitFor({ state: 'detached' })
  assert.equal(await memory.inputValue(), '8')
})

test('a theme that is refused does not replace the one that was chosen after it', async (t) => {
  const { page, world } = await openPage(t, { path: '/board' })
  const shown = () => page.evaluate(() => document.documentElement.dataset.theme)
  world.slownessMs.update_setting = 700
  world.failing.add('update_setting')
  await page.getByRole('button', { name: 'Theme: system. Change to light' }).click()
  await page.getByRole('button', { name: 'Theme: light. Change to dark' }).waitFor()
  await until(() => world.failed.length === 1, 'it is refused')
  world.failing.clear()
  await page.getByRole('button', { name: 'Theme: light. Change to dark' }).click()
  await page.getByText('The store could not be read.').waitFor()
  await until(() => world.settings.theme === 'dark', 'it is stored')
  assert.equal(await shown(), 'dark')
})

test('a number is stored at once, marked as changed, reset and undone', async (t) => {
  const { page, world } = await openPage(t, { path: '/settings/limits' })
  const memory = page.getByRole('textbox', { name: 'Memory', exact: true })
  await memory.fill('4')
  await memory.press('Enter')
  await page.getByText('default 8 GiB').waitFor()
  assert.equal(world.settings['agent.memory_mib'], '4096')
  await page.getByRole('link', { name: /Limits.*changed/ }).waitFor()
  await page.getByRole('main').getByRole('button', { name: 'Undo' }).click()
  await page.getByText('default 8 GiB').waitFor({ state: 'detached' })
  assert.equal(world.settings['agent.memory_mib'], '8192')
  await memory.fill('512 MiB')
  await memory.press('Tab')
  await page.getByRole('button', { name: 'Reset Memory', exact: true }).click()
  await page.getByText('default 8 GiB').waitFor({ state: 'detached' })
  assert.equal(await memory.inputValue(), '8')
  assert.equal(world.settings['agent.memory_mib'], undefined)
})

test('a number out of range is refused at its field and nothing is stored', async (t) => {
  const { page, world } = await openPage(t, { path: '/settings/agents' })
  const warning = page.getByRole('textbox', { name: 'Context warning' })
  await warning.fill('101')
  await warning.press('Enter')
  await page.getByText('Context warning is at most 100 %.').waitFor()
  assert.equal(await warning.getAttribute('aria-invalid'), 'true')
  assert.deepEqual(world.settings, {})
  await warning.fill('70')
  await warning.press('Enter')
  await page.getByText('default 80 %').waitFor()
  assert.equal(await warning.getAttribute('aria-invalid'), null)
})

test('what the daemon refuses is shown at the field', async (t) => {
  const { page } = await openPage(t, { path: '/settings/agents' })
  const path = page.getByRole('textbox', { name: 'Codex program' })
  await path.fill('refused')
  await path.press('Enter')
  await page.getByRole('alert').getByText('A path starts with / or ~').waitFor()
  assert.equal(await path.inputValue(), 'refused')
  // Leaving it keeps what was typed, mended or not, until it is dropped.
  await path.blur()
  assert.equal(await path.inputValue(), 'refused')
  await path.press('Escape')
  assert.equal(await path.inputValue(), '')
  await page.getByRole('alert').waitFor({ state: 'detached' })
})

test('a choice of words and a switch are stored', async (t) => {
  const { page, world } = await openPage(t, { path: '/settings/agents' })
  await page.getByRole('radio', { name: 'Plans first' }).click()
  await page.getByText('default Asks first').waitFor()
  assert.equal(world.settings.default_mode, 'plan')
  await page.getByRole('link', { name: 'General' }).click()
  await page.getByRole('switch', { name: 'Confirm delete' }).click()
  await page.getByText('default on').waitFor()
  assert.equal(world.settings.confirm_delete, 'false')
})

test('a setting is found in all sections, from the key / on', async (t) => {
  const { page } = await openPage(t, { path: '/settings/general' })
  await page.getByRole('heading', { name: 'General' }).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('trash')
  await page.getByRole('heading', { name: 'Settings with “trash”' }).waitFor()
  await page.getByRole('textbox', { name: 'Size of the trash' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('heading', { name: 'General' }).waitFor()
})

test('rules are turned off, moved and deleted with undo', async (t) => {
  const world = seedWorld()
  const rule = { position: 0, decision: 'allow', createdBy: 'you', matched: 3, createdAt: world.now(), updatedAt: world.now() }
  world.rules = [
    { ...rule, id: 'rul_00000000000000000000000001', tool: 'Bash', command: 'npm test **' },
    { ...rule, id: 'rul_00000000000000000000000002', decision: 'deny', tool: 'Bash', command: 'git push **', note: 'a person pushes' },
  ]
  const { page } = await openPage(t, { world, path: '/settings/approvals' })
  await page.getByText('Bash(npm test **)').waitFor()
  await checkAccess(page)
  const choose = async (rule, act) => {
    await page.getByRole('button', { name: rule }).click()
    await page.getByRole('menuitem', { name: act }).click()
  }
  await choose('Rule 1', 'Turn off')
  await page.getByText('Off. For all agents').waitFor()
  await choose('Rule 2', 'Move up')
  const first = page.getByRole('list', { name: 'Rules' }).getByRole('listitem').first()
  await first.getByText('git push').waitFor()
  await page.getByRole('status').getByText('Moved to place 1 of').waitFor()
  await toastUndo(page).click()
  await first.getByText('git push').waitFor({ state: 'detached' })
  await choose('Rule 2', 'Move up')
  await first.getByText('git push').waitFor()
  await choose('Rule 1', 'Delete')
  await page.getByRole('list', { name: 'Rules' }).getByText('Bash(git push **)').waitFor({ state: 'detached' })
  await toastUndo(page).last().click()
  await page.getByText('Bash(git push **)').waitFor()
})

test('every section can be read in both colours and at any width', async (t) => {
  const { page, mock } = await openPage(t, { path: '/settings/general', device: phone })
  for (const section of ['general', 'agents', 'approvals', 'notifications', 'storage', 'shortcuts', 'about']) {
    await page.goto(`${mock.url}/settings/${section}`)
    await page.getByRole('main').getByRole('heading', { level: 2 }).first().waitFor()
    await checkAccess(page)
  }
  await page.goto(`${mock.url}/settings/limits`)
  await page.getByRole('textbox', { name: 'Memory', exact: true }).waitFor()
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
  await checkStill(page)
})

test('settings that cannot be read say so', async (t) => {
  const world = seedWorld()
  world.failing.add('list_settings')
  const { page } = await openPage(t, { world, path: '/settings/general' })
  await page.getByText('The settings could not be read').waitFor()
  world.failing.clear()
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('switch', { name: 'Auto save' }).waitFor()
})

test('every key of every page is listed, and those of one letter can be off', async (t) => {
  const { page, world } = await openPage(t, { path: '/settings/shortcuts' })
  const keys = page.getByRole('region', { name: 'All keys' })
  for (const part of ['Everywhere', 'Board', 'Diff', 'Terminal']) await keys.getByRole('region', { name: part, exact: true }).waitFor()
  await keys.getByRole('region', { name: 'Diff' }).getByText('next unviewed').waitFor()
  const message = keys.getByRole('region', { name: 'Message', exact: true })
  for (const act of ['send, unless it breaks the line', 'interrupt and send', 'interrupt']) await message.getByText(act, { exact: true }).waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('b')
  await page.getByRole('heading', { level: 1, name: 'Board' }).waitFor()
  await page.goBack()
  await page.getByRole('switch', { name: 'Keys of one letter' }).click()
  await page.getByText('Letters and signs are off').waitFor()
  assert.equal(world.settings['letter_keys'], 'false')
  await page.evaluate(() => document.activeElement?.blur())
  await page.keyboard.press('n')
  await page.keyboard.press('?')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find or run' }).waitFor()
  assert.equal(await page.getByRole('dialog').count(), 1)
  await page.keyboard.press('Escape')
  await page.reload()
  await page.getByText('Letters and signs are off').waitFor()
  await page.keyboard.press('n')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find or run' }).waitFor()
})

test('what Enter does and whether cursors blink can be set', async (t) => {
  const { page, world } = await openPage(t, { path: '/settings/shortcuts' })
  const enter = page.getByRole('radiogroup', { name: 'Enter in a message' })
  assert.equal(await enter.getByRole('radio', { name: 'Sends' }).isChecked(), true)
  await enter.getByRole('radio', { name: 'Breaks the line' }).click()
  const sections = page.getByRole('navigation', { name: 'Settings' })
  await sections.getByRole('link', { name: 'Appearance' }).click()
  await page.getByRole('switch', { name: 'Blinking cursor' }).click()
  await page.getByRole('link', { name: /Appearance.*changed/ }).waitFor()
  assert.equal(world.settings['cursor_blink'], 'true')
  await sections.getByRole('link', { name: 'Shortcuts' }).click()
  assert.equal(await enter.getByRole('radio', { name: 'Breaks the line' }).isChecked(), true)
})
