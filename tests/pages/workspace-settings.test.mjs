// The settings of a workspace: its name, base branch, scripts, copied files, ports, profiles and host.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, paths, phone, useStage } from '../../web/mock/harness.mjs'
import { proposed } from '../../web/mock/ops_workspace.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()
const toastUndo = (page) => page.getByRole('status').getByRole('button', { name: 'Undo' })

async function openSettings(t, { world = seedWorld(), ...options } = {}) {
  return openPage(t, { world, path: `${paths.workspace(world)}/settings`, ...options })
}

test('a workspace is renamed and that is undone', async (t) => {
  const { page, world } = await openSettings(t)
  const name = page.getByRole('textbox', { name: 'Name' })
  await name.fill('port')
  await name.press('Enter')
  await page.getByText('Renamed harbor').waitFor()
  named(world.workspaces, 'port')
  await toastUndo(page).click()
  await page.getByRole('main').getByRole('link', { name: 'harbor', exact: true }).waitFor()
})

test('the base branch is chosen and left to the default again', async (t) => {
  const { page, world } = await openSettings(t)
  const base = page.getByRole('combobox', { name: 'Base branch' })
  await base.selectOption('release/2.1')
  await page.getByText('Changed the base branch').waitFor()
  assert.deepEqual(world.base, { branch: 'release/2.1', isDefault: false })
  await toastUndo(page).click()
  await page.getByRole('option', { name: 'default: main' }).waitFor({ state: 'attached' })
})

test('proposed scripts are shown in full and accepted by their digest', async (t) => {
  const world = seedWorld()
  world.proposal = proposed
  const { page } = await openSettings(t, { world })
  await page.getByText('The repository proposes 2 scripts').waitFor()
  await page.getByText('npm run generate').waitFor()
  await checkAccess(page)
  world.proposal = { ...proposed, digest: proposed.digest.replace('3f', '4e'), scripts: [{ ...proposed.scripts[0], command: 'curl evil' }] }
  await page.getByRole('button', { name: 'Accept these 2 scripts' }).click()
  await page.getByText('The file has changed since it was shown').waitFor()
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('curl evil').waitFor()
  await page.getByRole('button', { name: 'Accept this script' }).click()
  await page.getByText('The repository’s script is accepted').waitFor()
  await page.getByRole('list', { name: 'Setup' }).getByText('from the repository').waitFor()
})

test('a script is added, edited, deleted, and the deletion is undone', async (t) => {
  const { page, world } = await openSettings(t)
  await page.getByRole('button', { name: 'Add a script' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add a script' })
  await dialog.getByRole('radio', { name: 'Check' }).check({ force: true })
  await dialog.getByRole('textbox', { name: 'Name' }).fill('test')
  await dialog.getByRole('textbox', { name: 'Command' }).fill('npm test')
  await dialog.getByRole('button', { name: 'Add' }).click()
  const checks = page.getByRole('list', { name: 'Checks' })
  await checks.getByText('npm test').waitFor()
  await page.getByRole('button', { name: 'Edit test' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: 'Time limit in seconds' }).fill('90')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await checks.getByText('at most 1 m 30 s').waitFor()
  await page.getByRole('button', { name: 'More for test' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await checks.waitFor({ state: 'detached' })
  await toastUndo(page).click()
  await checks.getByText('npm test').waitFor()
  assert.equal([...world.scripts.values()].find(({ name }) => name === 'test').timeoutSeconds, 90)
})

test('copied files and ports', async (t) => {
  const { page, world } = await openSettings(t)
  await page.getByRole('textbox', { name: 'Ignored files that a new worktree gets' }).fill('.env\n\n config/*.local ')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Changed the copied files').waitFor()
  assert.deepEqual([...world.copied.values()].find((patterns) => patterns.length > 0), ['.env', 'config/*.local'])
  await page.getByRole('button', { name: 'Reserve and show the ports of fix-login' }).click()
  await page.getByRole('list', { name: 'Ports of fix-login' }).getByText('in use by node, process 4713').waitFor()
})

test('a launch profile is added with limits and edited', async (t) => {
  const { page, world } = await openSettings(t)
  await page.getByRole('button', { name: 'Add a profile' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('careful')
  await dialog.getByRole('combobox', { name: 'CLI' }).selectOption('claude')
  await dialog.getByRole('radio', { name: 'Plans first' }).check({ force: true })
  await dialog.getByRole('checkbox', { name: 'Read and search files' }).check()
  await dialog.getByRole('textbox', { name: 'Memory, MiB' }).fill('4096')
  await checkAccess(page)
  await dialog.getByRole('button', { name: 'Add' }).click()
  await page.getByText('claude, plans first, may read, own limits').waitFor()
  const [profile] = [...world.profiles.values()].flat()
  assert.deepEqual(profile.limits, { memoryMib: 4096 })
})

const forms = [
  { name: 'a script', field: 'Command', text: 'npm ci\nnpm test', open: (page) => page.getByRole('button', { name: 'Add a script' }).click() },
  { name: 'a launch profile', field: 'Environment', text: 'CI=1', open: (page) => page.getByRole('button', { name: 'Add a profile' }).click() },
  { name: 'a limit of a launch profile', field: 'Memory, MiB', text: '4096', open: (page) => page.getByRole('button', { name: 'Add a profile' }).click() },
  { name: 'copied files', field: 'Ignored files that a new worktree gets', text: '.env\n*.local', isPart: true, open: (page) => page.getByRole('heading', { name: 'Copied files' }).waitFor() },
  { name: 'a new worktree', field: 'Name', text: 'fix it', place: paths.workspace, open: (page) => page.getByRole('button', { name: 'New worktree' }).click() },
  { name: 'a form of an operation', field: 'Branch', text: 'release/3', open: openGenerated },
]

async function openGenerated(page) {
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find or run' }).fill('Create worktree')
  await page.keyboard.press('Control+.')
  await page.getByRole('option', { name: /^Create worktree/ }).first().waitFor()
  await page.keyboard.press('Enter')
}

for (const { name, field, text, isPart = false, place = (world) => `${paths.workspace(world)}/settings`, open } of forms)
  test(`${name}: what was typed survives a reload, and goes when its form is cancelled`, async (t) => {
    const world = seedWorld()
    const { page } = await openPage(t, { world, path: place(world) })
    const box = (isPart ? page : page.getByRole('dialog')).getByRole('textbox', { name: field, exact: true })
    const cancel = () => (isPart ? page.getByRole('button', { name: 'Discard' }).click() : page.keyboard.press('Escape'))
    await page.getByRole('contentinfo').getByText('Live').waitFor()
    await open(page)
    const before = await box.inputValue()
    await box.fill(text)
    await page.reload()
    await page.getByRole('contentinfo').getByText('Live').waitFor()
    await open(page)
    assert.equal(await box.inputValue(), text)
    await cancel()
    await open(page)
    assert.equal(await box.inputValue(), before)
  })

test('a workspace is closed, and opened again by undo', async (t) => {
  const { page, world } = await openSettings(t)
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  await page.getByText('Closed harbor').waitFor()
  assert.equal([...world.workspaces.values()].some(({ name }) => name === 'harbor'), false)
  await toastUndo(page).click()
  await page.getByRole('link', { name: 'harbor' }).first().waitFor()
})

test('a part of it is reached by its link, and only the page scrolls', async (t) => {
  const { page } = await openSettings(t)
  await page.getByRole('link', { name: 'Launch profiles' }).click()
  await page.getByText('No profile yet.').waitFor()
  await page.waitForFunction(() => document.getElementById('profiles').getBoundingClientRect().top < 500)
  assert.equal(await page.evaluate(() => document.documentElement.scrollTop), 0)
  assert.equal(await page.getByRole('link', { name: 'Launch profiles' }).getAttribute('aria-current'), 'page')
})

test('it can be read in both colours, on a phone, and at 320', async (t) => {
  const { page } = await openSettings(t, { device: phone })
  await page.getByText('Pull requests and issues can be read').waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
  await checkStill(page)
})
