// Worktrees and the agents in them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { named, paths, useStage, wide } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()

async function openHarbor(t, options) {
  const world = seedWorld()
  const opened = await openPage(t, { world, path: paths.workspace(world), ...options })
  await opened.page.getByRole('region', { name: 'Worktree fix-login' }).waitFor()
  return opened
}
const worktree = (page, name) => page.getByRole('region', { name: `Worktree ${name}`, exact: true })

test('a worktree shows its branch, the commits ahead and behind, and uncommitted changes', async (t) => {
  const { page } = await openHarbor(t)
  const login = worktree(page, 'fix-login')
  for (const text of ['↑2', '1 staged', '1 modified', '1 untracked']) await login.getByText(text).waitFor()
  await worktree(page, 'search').getByText('↓3').waitFor()
  await worktree(page, 'docs').getByText('clean').waitFor()
})

test('git changes show without a click', async (t) => {
  const { page, world } = await openHarbor(t)
  await worktree(page, 'docs').getByText('clean').waitFor()
  world.setFiles(named(world.worktrees, 'docs'), [], { isClean: false, modified: ['a.md', 'b.md'] })
  await worktree(page, 'docs').getByText('2 modified').waitFor()
  const counts = { modified: 3000 }
  world.setFiles(named(world.worktrees, 'docs'), [], { isClean: false, modified: ['a.md', 'b.md'], counts, truncated: true })
  await worktree(page, 'docs').getByText('3000 modified').waitFor()
})

test('a worktree that is added appears, whatever other events arrive at the same moment', async (t) => {
  const { page, world } = await openHarbor(t)
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  await worktree(page, 'docs').getByText('clean').waitFor()
  world.addWorktree(named(world.workspaces, 'harbor'), { name: 'shiny', branch: 'shiny', path: '/home/me/harbor-shiny' })
  world.setFiles(named(world.worktrees, 'docs'), [], { isClean: false, modified: ['a.md'] })
  await worktree(page, 'shiny').getByText('clean').waitFor()
})

test('an agent’s status is a word, a reason and since when, and it is live', async (t) => {
  const { page, mock, world } = await openHarbor(t)
  const card = page.getByRole('main').getByRole('listitem').filter({ hasText: 'login doctor' })
  await card.getByText('Waiting').waitFor()
  await card.getByText('permission for Bash').waitFor()
  await card.getByText(/^\d+ s$|^1 m/).waitFor()
  mock.calls.length = 0
  world.setStatus(named(world.agents, 'login doctor'), 'error', 'api', '401 invalid key')
  world.setContext(named(world.agents, 'login doctor'), 180_000, 200_000)
  await card.getByText('API failed: 401 invalid key').waitFor()
  await card.getByText('90 %').waitFor()
  assert.deepEqual(mock.calls, [], 'the event says it all')
})

test('an agent whose context is nearly full is marked from the level in the settings', async (t) => {
  const { page, world } = await openHarbor(t)
  const meter = page.getByRole('main').getByRole('listitem').filter({ hasText: 'login doctor' }).getByRole('meter', { name: 'Context in use' })
  const says = (text) => meter.and(page.locator(`[aria-valuetext="${text}"]`)).waitFor()
  world.setContext(named(world.agents, 'login doctor'), 98_000, 200_000, true)
  await says('49 %, the size of the context is assumed')
  await meter.getByText('≈ 49 %').waitFor()
  world.setContext(named(world.agents, 'login doctor'), 98_000, 200_000)
  await says('49 %')
  world.settings.max_context_warning = '40'
  world.streams.emit('app', 'setting_changed', { name: 'max_context_warning' })
  await says('49 %, nearly full')
})

test('a worktree with a new branch is created with the keyboard alone', async (t) => {
  const { page } = await openHarbor(t)
  await page.getByRole('button', { name: 'New worktree' }).focus()
  await page.keyboard.press('Enter')
  await page.keyboard.type('shiny')
  await page.keyboard.press('Enter')
  await worktree(page, 'shiny').getByText('shiny').first().waitFor()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const back = await page.evaluate(() => document.activeElement?.textContent)
  assert.match(back, /New worktree/)
})

test('the branch follows the name, made valid, until it is edited by hand', async (t) => {
  const { page } = await openHarbor(t)
  await page.getByRole('button', { name: 'New worktree' }).click()
  const name = page.getByRole('textbox', { name: 'Name', exact: true })
  const branch = page.getByRole('textbox', { name: 'Name of the branch' })
  await name.fill('feat one')
  assert.equal(await branch.inputValue(), 'feat-one')
  await branch.fill('topic/one')
  await name.fill('feat two')
  assert.equal(await branch.inputValue(), 'topic/one')
  await page.getByRole('button', { name: 'Create worktree' }).click()
  await worktree(page, 'feat two').getByText('topic/one').waitFor()
})

test('a name that is taken is refused and the dialog stays open', async (t) => {
  const { page } = await openHarbor(t)
  await page.getByRole('button', { name: 'New worktree' }).click()
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('taken')
  await page.getByRole('button', { name: 'Create worktree' }).click()
  await page.getByRole('alert').getByText('already exists there').waitFor()
})

test('an existing branch is chosen from the list', async (t) => {
  const { page } = await openHarbor(t)
  await page.getByRole('button', { name: 'New worktree' }).click()
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('old')
  await page.getByText('Existing branch').click()
  await page.getByLabel('Branch to check out').selectOption('release/2.1')
  await page.getByRole('button', { name: 'Create worktree' }).click()
  await worktree(page, 'old').getByText('release/2.1').waitFor()
})

test('removing says what is moved, and Undo restores it', async (t) => {
  const { page } = await openHarbor(t)
  await worktree(page, 'fix-login').getByRole('button', { name: 'Remove' }).click()
  await page.getByText('3 files with uncommitted changes').waitFor()
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Cancel')
  await page.getByRole('button', { name: 'Move to trash' }).click()
  await worktree(page, 'fix-login').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await worktree(page, 'fix-login').waitFor()
})

test('without confirm_delete a clean worktree is removed at once; one with changes still asks', async (t) => {
  const { page, world } = await openHarbor(t)
  Object.assign(world.settings, { confirm_delete: 'false', theme: 'dark' })
  world.streams.emit('app', 'setting_changed', { name: 'confirm_delete' })
  await page.getByRole('button', { name: /^Theme: dark/ }).waitFor()
  await worktree(page, 'docs').getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Moved docs to the trash').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await worktree(page, 'docs').waitFor()
  await worktree(page, 'fix-login').getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByText('3 files with uncommitted changes').waitFor()
})

test('the mode of a new agent is the default of the settings until another one is chosen', async (t) => {
  const { page, world } = await openHarbor(t)
  Object.assign(world.settings, { default_mode: 'plan', theme: 'dark' })
  world.streams.emit('app', 'setting_changed', { name: 'default_mode' })
  await page.getByRole('button', { name: /^Theme: dark/ }).waitFor()
  await worktree(page, 'docs').getByRole('button', { name: 'Agent', exact: true }).click()
  assert.equal(await page.getByRole('dialog').getByRole('radio', { name: /^Plan/ }).isChecked(), true)
})

test('Undo stays for 8 s, and longer while the pointer is over it or other toasts are shown', async (t) => {
  const { page } = await openHarbor(t, { device: { ...wide } })
  await page.clock.install()
  const undo = page.getByRole('button', { name: 'Undo' })
  for (const name of ['fix-login', 'search', 'docs']) {
    await worktree(page, name).getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('button', { name: 'Move to trash' }).click()
    await worktree(page, name).waitFor({ state: 'detached' })
  }
  const about = (name) => page.getByText(`Moved ${name} to the trash`)
  await about('docs').waitFor()
  assert.equal(await undo.count(), 3)
  await page.clock.runFor(7000)
  assert.equal(await about('docs').count(), 1)
  await about('docs').hover()
  await page.clock.runFor(30_000)
  assert.deepEqual([await about('docs').count(), await undo.count()], [1, 1])
  await undo.focus()
  await page.mouse.move(5, 5)
  await page.clock.runFor(30_000)
  assert.equal(await undo.count(), 1)
  await undo.evaluate((node) => node.blur())
  await page.clock.runFor(7000)
  assert.equal(await undo.count(), 1)
  await page.clock.runFor(2000)
  await undo.waitFor({ state: 'detached' })
})

test('a worktree whose folder is gone is forgotten, with nothing to restore', async (t) => {
  const { page, world } = await openHarbor(t)
  await worktree(page, 'docs').getByText('clean').waitFor()
  world.loseFolder(named(world.worktrees, 'docs'))
  await worktree(page, 'docs').getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Muster and git forget this worktree').waitFor()
  await page.getByRole('button', { name: 'Forget' }).click()
  await worktree(page, 'docs').waitFor({ state: 'detached' })
  await page.getByText('Forgot docs').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Undo' }).count(), 0)
})

test('what was removed is listed with a button to restore it, as long as it is in the trash', async (t) => {
  const { page, world } = await openHarbor(t)
  const removed = page.getByRole('list', { name: 'Removed worktrees' })
  const summary = page.getByText(/^Removed worktrees \(/)
  assert.equal(await summary.count(), 0)
  world.remove(named(world.worktrees, 'fix-login'))
  world.remove(named(world.worktrees, 'search'))
  await page.getByText('Removed worktrees (2)').click()
  const entry = removed.getByRole('listitem').filter({ hasText: 'fix-login' })
  await entry.getByText(/^Removed .*\d.* · 4 KiB$/).waitFor()
  await removed.getByText('feature/search-index', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Restore fix-login' }).focus()
  await page.keyboard.press('Enter')
  await worktree(page, 'fix-login').waitFor()
  await page.getByText('Removed worktrees (1)').waitFor()
  await page.getByRole('button', { name: 'Restore search' }).click()
  await summary.waitFor({ state: 'detached' })
})

test('an entry of the trash disappears from the page when its folder is deleted', async (t) => {
  const { page, world } = await openHarbor(t)
  world.remove(named(world.worktrees, 'search'))
  await page.getByText('Removed worktrees (1)').waitFor()
  world.loseTrash([...world.trash.keys()][0])
  await page.getByText(/^Removed worktrees \(/).waitFor({ state: 'detached' })
})

test('more data than the settings allow is listed by kind, largest first', async (t) => {
  const world = seedWorld()
  const { page } = await openPage(t, { world, path: '/' })
  const note = page.getByRole('region', { name: 'Storage' })
  await page.getByText('login doctor').first().waitFor()
  assert.equal(await note.count(), 0)
  const shares = [{ kind: 'messages', bytes: 7 * 2 ** 30, setting: 'retention.message_days' }, { kind: 'events', bytes: 2 ** 30 }]
  world.storage = { ...world.storage, isOverCap: true, shares }
  await page.reload()
  await note.getByRole('listitem').first().getByText('messages: 7 GiB').waitFor()
  await note.getByText('retention.message_days').waitFor()
})

test('the trash of another workspace is not shown', async (t) => {
  const { page, world } = await openHarbor(t)
  world.remove(named(world.worktrees, 'search'))
  await page.getByText('Removed worktrees (1)').waitFor()
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'atlas' }).click()
  await page.getByRole('heading', { name: 'atlas', level: 1 }).waitFor()
  await page.getByText('Removed worktrees (1)').waitFor({ state: 'detached' })
})

test('closing a workspace asks, and says that everything stays', async (t) => {
  const { page } = await openHarbor(t)
  const button = page.getByRole('button', { name: 'Close workspace' })
  const dialog = page.getByRole('dialog', { name: 'Close harbor' })
  await button.click()
  await dialog.getByText('brings everything back').waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await button.click()
  await dialog.getByRole('button', { name: 'Close workspace' }).click()
  await page.getByRole('heading', { name: 'Workspaces', level: 1 }).waitFor()
})

test('a missing workspace offers no actions', async (t) => {
  const { page } = await openPage(t, { path: `/w/ws_${'0'.repeat(26)}` })
  await page.getByText('There is no such workspace.').waitFor()
  for (const name of ['Close workspace', 'Refresh', 'New worktree']) assert.equal(await page.getByRole('button', { name }).count(), 0)
})

test('the main worktree cannot be removed', async (t) => {
  const { page } = await openHarbor(t)
  assert.equal(await worktree(page, 'harbor').getByRole('button', { name: 'Remove' }).count(), 0)
})

test('a checkout that would lose changes is refused with their list', async (t) => {
  const { page } = await openHarbor(t)
  await worktree(page, 'fix-login').getByRole('button', { name: 'Checkout' }).click()
  await page.getByLabel('Branch to check out').selectOption('main')
  await page.getByRole('button', { name: 'Check out' }).click()
  await page.getByRole('alert').getByText('src/auth/login.ts').waitFor()
})

test('a new agent is created, started and shown', async (t) => {
  const { page } = await openHarbor(t)
  await worktree(page, 'docs').getByRole('button', { name: 'Agent', exact: true }).click()
  await page.getByRole('textbox', { name: 'First prompt' }).fill('Look around')
  await page.getByRole('textbox', { name: 'Name' }).fill('scout')
  await page.getByText('Plan', { exact: true }).click()
  await page.getByRole('button', { name: 'Create and start' }).click()
  await page.getByRole('heading', { name: 'scout', level: 1 }).waitFor()
  await page.getByText('this is a small repository').waitFor()
})

test('an empty worktree starts an agent from one line', async (t) => {
  const { page } = await openHarbor(t)
  await page.getByRole('textbox', { name: 'Prompt for a new agent in docs' }).fill('Write the introduction')
  await worktree(page, 'docs').getByRole('button', { name: 'Start' }).click()
  await page.getByRole('heading', { name: 'Write the introduction', level: 1 }).waitFor()
  await page.getByRole('log', { name: 'Transcript' }).getByText('this is a small repository').waitFor()
})

test('a missing CLI is reported where the agent should have started', async (t) => {
  const { page, world } = await openHarbor(t)
  world.system.claude = { ...world.system.claude, found: false }
  await page.getByRole('textbox', { name: 'Prompt for a new agent in docs' }).fill('Write')
  await worktree(page, 'docs').getByRole('button', { name: 'Start' }).click()
  await page.getByText('npm install -g @anthropic-ai/claude-code').first().waitFor()
})

test('an agent is stopped, archived and restored', async (t) => {
  const { page } = await openHarbor(t)
  await page.getByRole('button', { name: 'Stop indexer' }).click()
  await page.getByRole('button', { name: 'Archive indexer' }).click()
  await page.getByText('1 archived agent').click()
  await page.getByRole('button', { name: 'Restore indexer' }).click()
  await page.getByRole('button', { name: 'Start indexer' }).waitFor()
})

test('an undo that fails says why', async (t) => {
  const { page, world } = await openHarbor(t)
  await worktree(page, 'fix-login').getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('button', { name: 'Move to trash' }).click()
  await page.getByRole('button', { name: 'Undo' }).waitFor()
  world.failing.add('restore_worktree')
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('status').getByText('The store could not be read.').waitFor()
})

test('a failure after its dialog was closed is still reported', async (t) => {
  const { page, world } = await openHarbor(t)
  world.slownessMs.create_worktree = 400
  await page.getByRole('button', { name: 'New worktree' }).click()
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('taken')
  await page.getByRole('button', { name: 'Create worktree' }).click()
  await page.keyboard.press('Escape')
  await page.getByRole('status').getByText('already exists there').waitFor()
})

test('a prompt outlives the dialog and the page in which it was written', async (t) => {
  const { page } = await openHarbor(t)
  const open = () => worktree(page, 'docs').getByRole('button', { name: 'Agent', exact: true }).click()
  const prompt = page.getByRole('textbox', { name: 'First prompt' })
  await open()
  await prompt.fill('A long thought')
  await page.keyboard.press('Escape')
  const quick = page.getByRole('textbox', { name: 'Prompt for a new agent in docs' })
  await quick.fill('Another one')
  await page.getByRole('link', { name: 'Inbox' }).click()
  await page.getByRole('heading', { name: 'Inbox', level: 1 }).waitFor()
  await page.goBack()
  assert.equal(await quick.inputValue(), 'Another one')
  await open()
  assert.equal(await prompt.inputValue(), 'A long thought')
  await page.getByRole('button', { name: 'Create and start' }).click()
  await page.getByRole('heading', { name: 'A long thought', level: 1 }).waitFor()
  await page.goBack()
  await open()
  assert.equal(await prompt.inputValue(), '')
})

test('a branch that was chosen is not taken for the name of a new one', async (t) => {
  const { page } = await openHarbor(t)
  await worktree(page, 'docs').getByRole('button', { name: 'Checkout' }).click()
  await page.getByLabel('Branch to check out').selectOption('main')
  await page.getByRole('checkbox', { name: 'Create a new branch' }).check()
  assert.equal(await page.getByRole('textbox', { name: 'Name of the new branch' }).inputValue(), '')
  assert.equal(await page.getByRole('button', { name: 'Check out' }).isDisabled(), true)
})

test('a failure to read the branches is reported once, with a way to retry', async (t) => {
  const { page, world } = await openHarbor(t)
  world.failing.add('list_branches')
  await worktree(page, 'docs').getByRole('button', { name: 'Checkout' }).click()
  await page.getByRole('alert').getByText('The branches could not be read').waitFor()
  assert.equal(await page.getByText('Reading the branches').count(), 0)
  world.failing.delete('list_branches')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByLabel('Branch to check out').selectOption('main')
})

test('files that only a filter could compare are counted as well', async (t) => {
  const { page, world } = await openHarbor(t)
  world.setFiles(named(world.worktrees, 'docs'), [], { isClean: false, unverified: ['large.bin'] })
  await worktree(page, 'docs').getByText('1 not verified').waitFor()
})

test('a status that could not be read at first is read with the next git event', async (t) => {
  const world = seedWorld()
  world.failing.add('get_git_status')
  const { page } = await openPage(t, { world, path: paths.workspace(world) })
  await worktree(page, 'docs').getByText('The store could not be read.').waitFor()
  world.failing.delete('get_git_status')
  world.setFiles(named(world.worktrees, 'docs'), [], { isClean: false, modified: ['a.md'] })
  await worktree(page, 'docs').getByText('1 modified').waitFor()
})

test('a workspace that cannot be read is not shown as one without agents', async (t) => {
  const world = seedWorld()
  world.addWorkspace('broken', '/home/me/broken')
  const { page } = await openPage(t, { world })
  const card = page.getByRole('list', { name: 'Workspaces' }).getByRole('listitem').filter({ hasText: 'broken' })
  await card.getByText('Git could not read this repository.').waitFor()
  assert.equal(await card.getByText('No agents').count(), 0)
})

test('the output of a hook for a new worktree is shown', async (t) => {
  const { page } = await openHarbor(t)
  await page.getByRole('button', { name: 'New worktree' }).click()
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('hooked')
  await page.getByRole('button', { name: 'Create worktree' }).click()
  await page.getByRole('status').getByText('post-checkout: dependencies are missing').waitFor()
})

test('background commands are shown beside the agent’s status, and messages do not wait for them', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'indexer')
  const { page } = await openPage(t, { world, path: paths.agent(world, 'indexer') })
  const status = { status: 'finished', reason: 'turn_done', source: 'protocol', since: world.now() }
  const header = page.getByRole('main').locator('header')
  await header.getByText('working').waitFor()
  world.emit(agent, 'status', { ...status, backgroundCommands: 2 })
  await header.getByText('turn done, 2 commands in the background').waitFor()
  await page.getByRole('button', { name: 'Send' }).waitFor()
  assert.equal(await page.getByText(/is queued until this turn ends/).count(), 0)
  world.emit(agent, 'status', status)
  await header.getByText('turn done', { exact: true }).waitFor()
})
