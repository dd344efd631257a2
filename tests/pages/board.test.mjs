// The board: worktrees, the agents in them, and what can be done to both.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, paths, phone, useStage, wide } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()

async function openHarbor(t, { world = seedWorld(), search = '', ...options } = {}) {
  const opened = await openPage(t, { world, path: `${paths.workspace(world)}${search}`, ...options })
  await worktree(opened.page, 'fix-login').waitFor()
  return opened
}
const worktree = (page, name) => page.getByRole('region', { name: `Worktree ${name}`, exact: true })
const cell = (page, name) => page.locator('[data-agent]').filter({ hasText: name })
const agents = (page) => page.locator('[data-agent] a').allInnerTexts()
const focused = (page) => page.evaluate(() => document.activeElement?.textContent)
const undo = (page) => page.getByRole('status').getByRole('button', { name: /^Undo/ })

async function choose(page, subject, item) {
  await page.getByRole('button', { name: `More about ${subject}`, exact: true }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

test('a worktree shows its branch, the commits ahead and behind, lines, and what is not committed', async (t) => {
  const { page } = await openHarbor(t)
  const login = worktree(page, 'fix-login')
  for (const text of ['↑2', '3 files', '1 staged, 1 changed, 1 untracked']) await login.getByText(text).waitFor()
  await worktree(page, 'search').getByText('↓3').waitFor()
  await worktree(page, 'search').getByText('feature/search-index').waitFor()
  await worktree(page, 'docs').getByText('clean').waitFor()
})

test('git changes show without a click, those that only a filter could compare as well', async (t) => {
  const { page, mock, world } = await openHarbor(t)
  const docs = named(world.worktrees, 'docs')
  await worktree(page, 'docs').getByText('clean').waitFor()
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  mock.calls.length = 0
  world.setFiles(docs, [], { isClean: false, modified: ['a.md', 'b.md'] })
  await worktree(page, 'docs').getByText('2 changed').waitFor()
  world.setFiles(docs, [], { isClean: false, modified: ['a.md', 'b.md'], counts: { modified: 3000 }, truncated: true })
  await worktree(page, 'docs').getByText('3000 changed').waitFor()
  world.setFiles(docs, [], { isClean: false, modified: [], unverified: ['large.bin'] })
  await worktree(page, 'docs').getByText('1 not verified').waitFor()
  assert.deepEqual(mock.calls.filter((op) => op === 'get_overview'), [], 'the event says it all')
})

test('a state that could not be read says why, and is read with the next event', async (t) => {
  const world = seedWorld()
  named(world.worktrees, 'docs').error = 'git took too long'
  const { page } = await openHarbor(t, { world })
  await worktree(page, 'docs').getByText('git took too long').waitFor()
  world.setFiles(named(world.worktrees, 'docs'), [], { isClean: false, modified: ['a.md'] })
  await worktree(page, 'docs').getByText('1 changed').waitFor()
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
  const doctor = cell(page, 'login doctor')
  await doctor.getByText(/^Needs you/).waitFor()
  await doctor.getByText('npm test -- --run src/auth').waitFor()
  await doctor.getByText(/\d+ s|1 m/).first().waitFor()
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  mock.calls.length = 0
  world.closeAsks(named(world.agents, 'login doctor'))
  world.setStatus(named(world.agents, 'login doctor'), 'error', 'api', '401 invalid key')
  world.setContext(named(world.agents, 'login doctor'), 180_000, 200_000)
  await doctor.getByText(/401 invalid key/).waitFor()
  await doctor.getByText('90 % full soon').waitFor()
  assert.deepEqual(mock.calls.filter((op) => op === 'get_overview'), [], 'the event says it all')
})

test('a worktree that has landed says so, and not what its branch would add', async (t) => {
  const { page, world } = await openHarbor(t)
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  const tree = named(world.worktrees, 'fix-login')
  await worktree(page, 'fix-login').getByText(/^↑/).waitFor()
  tree.landed = { message: 'Fix the login', ahead: 2 }
  world.setFiles(tree, tree.files, { ahead: 2, behind: 1 })
  await worktree(page, 'fix-login').getByText('landed', { exact: true }).waitFor()
  assert.equal(await worktree(page, 'fix-login').getByText(/↑|↓/).count(), 0)
})

test('one that tries again counts down to it, wherever its status stands', async (t) => {
  const { page, world } = await openHarbor(t)
  const doctor = named(world.agents, 'login doctor')
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  world.closeAsks(doctor)
  const retryAt = new Date(Date.now() + 50_000).toISOString()
  world.setStatus(doctor, 'running', 'retrying', '529 overloaded, attempt 2 of 5', new Date(), retryAt)
  const counts = async (part) => {
    const shown = part.getByText(/\bin [1-4]\d s$/)
    await shown.first().waitFor()
    const seconds = async () => Number(/(\d+) s$/.exec(await shown.first().textContent())[1])
    const before = await seconds()
    await until(async () => (await seconds()) < before, 'it counts down')
  }
  await counts(cell(page, 'login doctor').getByRole('button', { name: /^Retrying in/ }))
  await counts(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /login doctor/ }))
  await page.goto(`${page.url().split('?')[0]}?view=table`)
  await counts(page.getByRole('row').filter({ hasText: 'login doctor' }))
  await page.goto(new URL('/', page.url()).href)
  await counts(page.getByRole('region', { name: /^At work/ }).getByRole('listitem').filter({ hasText: 'login doctor' }))
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /login doctor/ }).click()
  const word = page.getByRole('main').getByRole('button', { name: /^Retrying 529 overloaded, attempt 2 of 5/ })
  await counts(word)
  await word.click()
  await counts(page.getByRole('dialog', { name: 'Status of login doctor' }))
  await page.keyboard.press('Escape')
  world.setStatus(doctor, 'running', 'working')
  await page.getByRole('main').getByRole('button', { name: /^Running/ }).waitFor()
  await page.getByRole('main').getByText(/\bin \d+ s$/).waitFor({ state: 'detached' })
})

test('the word of a status opens what it is based on: in a cell, in the table, and on the page of the review', async (t) => {
  const { page, world } = await openHarbor(t)
  const evidence = page.getByRole('dialog', { name: 'Status of login doctor' })
  async function opens(part) {
    await part.getByRole('button', { name: /^Needs you/ }).click()
    await evidence.getByText('Because', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await evidence.waitFor({ state: 'detached' })
  }
  await opens(cell(page, 'login doctor'))
  await page.goto(`${page.url().split('?')[0]}?view=table`)
  await opens(page.getByRole('row').filter({ hasText: 'login doctor' }))
  const { workspaceId, id } = named(world.worktrees, 'fix-login')
  await page.goto(new URL(`/w/${workspaceId}/review/${id}`, page.url()).href)
  await opens(page.getByRole('main'))
})

test('the terminals of a worktree without an agent are reached from its menu, the palette and its review', async (t) => {
  const world = seedWorld()
  const bare = world.addWorktree(named(world.workspaces, 'harbor'), { name: 'bare', branch: 'bare', path: '/home/me/harbor-bare' })
  const { page } = await openHarbor(t, { world })
  const terminals = page.getByRole('heading', { name: 'Terminals', level: 1 })
  await choose(page, 'bare', 'Terminals')
  await terminals.waitFor()
  await page.getByRole('main').getByRole('button', { name: 'New shell' }).last().click()
  await page.locator('.xterm-rows').getByText('$').first().waitFor()
  await page.goto(new URL(`/w/${bare.workspaceId}/review/${bare.id}`, page.url()).href)
  await page.getByRole('main').getByRole('link', { name: 'Terminals' }).click()
  await terminals.waitFor()
  await page.goto(new URL('/', page.url()).href)
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find or run' }).fill('terminals bare')
  await page.getByRole('option', { name: /^Terminals of bare/ }).click()
  await terminals.waitFor()
})

test('an agent whose context is nearly full is marked from the level in the settings', async (t) => {
  const { page, world } = await openHarbor(t)
  const says = (text) => cell(page, 'login doctor').getByText(text).waitFor()
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  world.setContext(named(world.agents, 'login doctor'), 98_000, 200_000, true)
  await says(/^≈ 49 % of the context window/)
  world.setContext(named(world.agents, 'login doctor'), 98_000, 200_000)
  await says(/^49 % of the context window/)
  world.settings.max_context_warning = '40'
  world.streams.emit('app', 'setting_changed', { name: 'max_context_warning' })
  await says(/^49 % full soon/)
})

test('H J K L and the arrows move over the agents, and Enter opens the chosen one', async (t) => {
  const { page } = await openHarbor(t)
  assert.deepEqual(await agents(page), ['login doctor', 'watcher', 'tester', 'reviewer', 'indexer'])
  const steps = [['l', 'login doctor'], ['l', 'watcher'], ['j', 'indexer'], ['h', 'reviewer'], ['k', 'login doctor'], ['ArrowRight', 'watcher'], ['ArrowDown', 'indexer'], ['ArrowUp', 'watcher'], ['ArrowLeft', 'login doctor']]
  const seen = []
  await cell(page, 'login doctor').getByRole('link').focus()
  for (const [key] of steps.slice(1)) {
    await page.keyboard.press(key)
    seen.push(await focused(page))
  }
  assert.deepEqual(seen, steps.slice(1).map(([, name]) => name))
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'login doctor', level: 1 }).waitFor()
})

test('X and Shift with an arrow select, and each result is named', async (t) => {
  const { page, world } = await openHarbor(t)
  for (const name of ['reviewer', 'indexer']) named(world.agents, name).pid = 7
  await cell(page, 'reviewer').getByRole('link').focus()
  await page.keyboard.press('x')
  await page.keyboard.press('Shift+ArrowRight')
  const bar = page.getByRole('toolbar', { name: 'Selected agents' })
  await bar.getByText('2 agents selected').waitFor()
  await cell(page, 'indexer').getByText('selected').waitFor()
  await checkAccess(page)
  await bar.getByRole('button', { name: 'Send a prompt…' }).click()
  const dialog = page.getByRole('dialog')
  const prompt = dialog.getByRole('textbox', { name: 'Prompt' })
  await prompt.fill('Pause here')
  world.failing.add('send_message_to_agent')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await dialog.getByText('The store could not be read.').nth(1).waitFor()
  assert.equal(await prompt.inputValue(), 'Pause here')
  world.failing.delete('send_message_to_agent')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await bar.getByRole('button', { name: 'Send a prompt…' }).click()
  assert.equal(await prompt.inputValue(), 'Pause here')
  await dialog.getByRole('button', { name: 'Send' }).click()
  const sent = page.getByRole('dialog', { name: 'Prompt: all 2' })
  await sent.getByRole('listitem').filter({ hasText: 'indexer' }).getByText('queued until its turn ends').waitFor()
  assert.deepEqual(named(world.agents, 'reviewer').queue.map(({ text }) => text), ['Pause here'])
  await page.keyboard.press('Escape')
  await bar.getByRole('button', { name: 'Archive' }).click()
  await page.getByRole('status').getByText('Archived 2 agents').waitFor()
  for (const name of ['reviewer', 'indexer']) assert.ok(named(world.agents, name).deletedAt)
  await bar.waitFor({ state: 'detached' })
  await page.keyboard.press('u')
  await until(() => ['reviewer', 'indexer'].every((name) => named(world.agents, name).deletedAt === undefined), 'both are restored')
})

test('what fails for one of several says so with its reason', async (t) => {
  const { page, world } = await openHarbor(t)
  await cell(page, 'reviewer').getByRole('link').focus()
  await page.keyboard.press('x')
  await page.keyboard.press('Shift+ArrowRight')
  world.failing.add('stop_agent')
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  const results = page.getByRole('dialog', { name: 'Stopped: 2 of 2 failed' })
  await results.waitFor()
  assert.equal(await results.getByText('The store could not be read.').count(), 2)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.getByRole('toolbar', { name: 'Selected agents' }).waitFor({ state: 'detached' })
})

/** Two agents are selected, of which one takes its time to stop. */
async function stopSlowly(t, world = seedWorld()) {
  const opened = await openHarbor(t, { world })
  const { page } = opened
  world.slownessMs.stop_agent = ({ agentId }) => (agentId === named(world.agents, 'reviewer').id ? 4_000 : 0)
  await cell(page, 'reviewer').getByRole('link').focus()
  await page.keyboard.press('x')
  await page.keyboard.press('Shift+ArrowRight')
  const bar = page.getByRole('toolbar', { name: 'Selected agents' })
  await bar.getByRole('button', { name: 'Stop', exact: true }).click()
  return { ...opened, bar }
}

test('one that takes long to stop delays no other, and how far it is is said', async (t) => {
  const { page, bar } = await stopSlowly(t)
  await bar.getByText('Stopping 1 of 2').waitFor()
  assert.equal(await bar.getByRole('button', { name: 'Archive' }).isDisabled(), true)
  await bar.getByRole('button', { name: 'Clear' }).click()
  await bar.getByText('Stopping 1 of 2').waitFor()
  await page.getByRole('dialog', { name: 'Stopped: all 2' }).waitFor()
})

test('the result of what was done to several is said also on another page', async (t) => {
  const world = seedWorld()
  world.failing.add('stop_agent')
  const { page, bar } = await stopSlowly(t, world)
  await bar.getByText('Stopping 1 of 2').waitFor()
  await page.getByRole('link', { name: 'Recovery' }).click()
  await page.getByRole('alert').or(page.getByRole('status')).getByText(/Stopped: 2 of 2 failed\. .*reviewer: The store could not be read\./).waitFor()
})

test('what was not begun yet can be cancelled', async (t) => {
  const world = seedWorld()
  for (let n = 0; n < 8; n++) world.addAgent(named(world.worktrees, 'docs'), { name: `writer ${n}` })
  world.slownessMs.stop_agent = 2_000
  const { page } = await openHarbor(t, { world })
  const boxes = page.locator('[data-agent]').getByRole('checkbox')
  await boxes.nth(12).waitFor({ state: 'attached' })
  for (const box of await boxes.all()) await box.click()
  const bar = page.getByRole('toolbar', { name: 'Selected agents' })
  await bar.getByText('13 agents selected').waitFor()
  await bar.getByRole('button', { name: 'Stop', exact: true }).click()
  await bar.getByRole('button', { name: 'Cancel' }).click()
  const results = page.getByRole('dialog', { name: 'Stopped: 5 of 13 failed' })
  await results.waitFor()
  assert.equal(await results.getByText('Not done: you cancelled it.').count(), 5)
})

test('what cannot be restored says so, and can be tried again', async (t) => {
  const { page, world } = await openHarbor(t)
  await cell(page, 'reviewer').getByRole('link').focus()
  await page.keyboard.press('x')
  world.failing.add('restore_agent')
  await page.getByRole('toolbar', { name: 'Selected agents' }).getByRole('button', { name: 'Archive' }).click()
  await undo(page).click()
  await page.getByRole('dialog', { name: 'Restored: 1 of 1 failed' }).waitFor()
  await page.keyboard.press('Escape')
  world.failing.clear()
  await undo(page).click()
  await cell(page, 'reviewer').waitFor()
})

test('order, view and filter are in the address and survive a reload', async (t) => {
  const { page } = await openHarbor(t)
  await page.getByRole('button', { name: 'Order' }).click()
  await page.getByRole('menuitem', { name: 'By name' }).click()
  await page.waitForURL(/sort=name/)
  assert.deepEqual(await agents(page), ['login doctor', 'tester', 'watcher', 'indexer', 'reviewer'])
  await page.evaluate(() => document.activeElement?.blur())
  await page.keyboard.press('/')
  await page.keyboard.type('index')
  await page.waitForURL(/filter=index/)
  await worktree(page, 'fix-login').waitFor({ state: 'detached' })
  await page.getByRole('radio', { name: 'Table' }).or(page.getByRole('tab', { name: 'Table' })).click({ force: true })
  await page.waitForURL(/view=table/)
  await page.reload()
  await page.getByRole('table').getByRole('link', { name: 'indexer' }).waitFor()
  assert.equal(await page.getByRole('table').getByRole('link', { name: 'tester' }).count(), 0)
  await page.getByRole('searchbox').fill('no such thing')
  await page.getByText('No worktree matches “no such thing”').waitFor()
  await page.getByRole('button', { name: /^Clear filter/ }).click()
  await page.getByRole('table').getByRole('link', { name: 'tester' }).waitFor()
  assert.equal(new URL(page.url()).searchParams.has('filter'), false)
})

test('each row of the table is one line high', async (t) => {
  const { page } = await openPage(t, { path: '/board?view=table' })
  const row = page.getByRole('table').getByRole('row').filter({ hasText: 'indexer' })
  await row.getByText('83 %').waitFor()
  const middles = await row.getByRole('cell').evaluateAll((cells) =>
    cells.flatMap((cell) => {
      const text = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT).nextNode()
      if (!text) return []
      const range = document.createRange()
      range.selectNodeContents(text)
      const { top, height } = range.getBoundingClientRect()
      return height > 0 ? [top + height / 2] : []
    }),
  )
  assert.ok(middles.length > 5)
  assert.ok(Math.max(...middles) - Math.min(...middles) <= 1, middles.join(', '))
})

test('the table is walked by keys as well', async (t) => {
  const { page } = await openPage(t, { path: '/board?view=table' })
  await page.getByRole('table').getByRole('link', { name: 'login doctor' }).focus()
  await page.keyboard.press('j')
  assert.equal(await focused(page), 'watcher')
  await page.keyboard.press('x')
  await page.getByRole('row', { name: /watcher/ }).getByText('selected').waitFor()
  await checkAccess(page)
})

test('a free order is changed by menu, by key and by dragging, and Undo puts it back', async (t) => {
  const { page, world } = await openHarbor(t, { search: '?sort=free' })
  const row = async () => (await agents(page)).slice(0, 3)
  const becomes = (names) => until(async () => (await row()).join() === names, names)
  await becomes('login doctor,tester,watcher')
  await choose(page, 'login doctor', /^Move right/)
  await becomes('tester,login doctor,watcher')
  await page.getByText('Moved the agent').waitFor()
  await undo(page).click()
  await becomes('login doctor,tester,watcher')
  await cell(page, 'watcher').getByRole('link').focus()
  await page.keyboard.press('Alt+ArrowLeft')
  await becomes('login doctor,watcher,tester')
  assert.equal(await focused(page), 'watcher')
  await page.keyboard.press('u')
  await becomes('login doctor,tester,watcher')
  await cell(page, 'tester').dragTo(cell(page, 'login doctor'))
  await becomes('tester,login doctor,watcher')
  assert.equal(named(world.agents, 'tester').displayOrder, 0)
  await undo(page).last().click()
  await becomes('login doctor,tester,watcher')
  const rows = () => page.getByRole('region', { name: /^Worktree / }).evaluateAll((nodes) => nodes.map((node) => node.ariaLabel.slice(9)).join())
  assert.equal(await rows(), 'harbor,fix-login,search,docs')
  await choose(page, 'search', /^Move up/)
  await until(async () => (await rows()) === 'harbor,search,fix-login,docs', 'the row has moved')
  await undo(page).last().click()
  await until(async () => (await rows()) === 'harbor,fix-login,search,docs', 'the row is back')
})

test('an order that is not free, or not whole, offers no move', async (t) => {
  const { page } = await openHarbor(t)
  await page.getByRole('button', { name: 'More about login doctor' }).click()
  await page.getByRole('menuitem', { name: 'Fork' }).waitFor()
  assert.equal(await page.getByRole('menuitem', { name: /^Move/ }).count(), 0)
})

test('an agent is followed from the list only while its menu is wanted', async (t) => {
  const { page, world } = await openHarbor(t)
  const topic = `agent/${named(world.agents, 'tester').id}`
  const sent = []
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(JSON.parse(payload))))
  await page.reload()
  const isFollowed = () => sent.findLast((one) => one.topic === topic)?.type === 'subscribe'
  const more = page.getByRole('button', { name: 'More about tester', exact: true })
  await more.waitFor()
  assert.equal(isFollowed(), false)
  await more.hover()
  await until(isFollowed, 'the pointer is on it')
  await page.mouse.move(0, 0)
  await until(() => !isFollowed(), 'the pointer has left')
  await more.click()
  await page.getByRole('menuitem', { name: 'Plans first' }).waitFor()
  await until(isFollowed, 'the menu is open')
  await page.keyboard.press('Escape')
  await page.mouse.move(0, 0)
  await until(() => !isFollowed(), 'the menu is closed')
})

test('mode and permissions are in the agent’s menu', async (t) => {
  const { page, world } = await openHarbor(t)
  const tester = named(world.agents, 'tester')
  await choose(page, 'tester', 'Plans first')
  await cell(page, 'tester').getByText('Plans first', { exact: true }).waitFor()
  assert.equal(tester.mode, 'plan')
  await choose(page, 'tester', 'Run commands')
  await until(() => tester.permissions.includes('execute'), 'the permission is granted')
  assert.deepEqual(tester.permissions, ['read', 'execute'])
})

test('an agent is stopped, archived, restored by Undo and from the menu of its worktree', async (t) => {
  const { page, world } = await openHarbor(t)
  const indexer = named(world.agents, 'indexer')
  await choose(page, 'indexer', 'Stop')
  await cell(page, 'indexer').getByText(/^Stopped/).waitFor()
  await choose(page, 'indexer', 'Archive')
  await cell(page, 'indexer').waitFor({ state: 'detached' })
  await undo(page).click()
  await cell(page, 'indexer').waitFor()
  await choose(page, 'indexer', 'Archive')
  await cell(page, 'indexer').waitFor({ state: 'detached' })
  assert.ok(indexer.deletedAt)
  await choose(page, 'search', /indexer/)
  await page.getByText('Restored indexer').waitFor()
  await cell(page, 'indexer').waitFor()
})

test('a worktree with a new branch is created with the keyboard alone', async (t) => {
  const { page } = await openHarbor(t)
  await page.getByRole('button', { name: 'New worktree' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.type('shiny')
  await page.keyboard.press('Enter')
  await worktree(page, 'shiny').getByText('shiny').first().waitFor()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.match(await focused(page), /New worktree/)
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
  await checkAccess(page)
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

test('an existing branch is chosen from the list, and the output of a hook is shown', async (t) => {
  const { page } = await openHarbor(t)
  await page.getByRole('button', { name: 'New worktree' }).click()
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('hooked')
  await page.getByText('Existing branch').click()
  await page.getByLabel('Branch to check out').selectOption('release/2.1')
  await page.getByRole('button', { name: 'Create worktree' }).click()
  await worktree(page, 'hooked').getByText('release/2.1').waitFor()
  await page.getByRole('status').getByText('post-checkout: dependencies are missing').waitFor()
})

/** The turns of their agents are done: nothing keeps these worktrees. */
function settled(...names) {
  const world = seedWorld()
  for (const agent of world.agents.values()) {
    if (!names.includes(world.worktrees.get(agent.worktreeId)?.name)) continue
    world.closeAsks(agent)
    world.setStatus(agent, 'finished', 'turn_done')
  }
  return world
}

test('removing says what is moved, and Undo restores it', async (t) => {
  const { page } = await openHarbor(t, { world: settled('fix-login') })
  await choose(page, 'fix-login', /^Remove worktree/)
  await page.getByText('3 files with uncommitted changes').waitFor()
  assert.equal(await focused(page), 'Cancel')
  await page.getByRole('button', { name: 'Move to trash' }).click()
  await worktree(page, 'fix-login').waitFor({ state: 'detached' })
  await undo(page).click()
  await worktree(page, 'fix-login').waitFor()
})

test('removing says which agents it stops, and one at work keeps the worktree until it is stopped', async (t) => {
  const { page, world } = await openHarbor(t)
  const agents = [...world.agents.values()].filter(({ worktreeId }) => world.worktrees.get(worktreeId)?.name === 'fix-login')
  assert.ok(agents.length > 0)
  for (const agent of agents) {
    world.closeAsks(agent)
    world.setStatus(agent, 'running', 'working')
  }
  await choose(page, 'fix-login', /^Remove worktree/)
  const dialog = page.getByRole('dialog')
  const rows = dialog.getByRole('list', { name: 'Agents at work' }).getByRole('listitem')
  for (const { name } of agents) {
    await rows.getByRole('link', { name }).waitFor()
    assert.equal(await dialog.getByRole('button', { name: 'Move to trash' }).count(), 0)
    await dialog.getByRole('button', { name: `Stop ${name}` }).click()
    await rows.getByRole('link', { name }).waitFor({ state: 'detached' })
  }
  for (const agent of agents) {
    agent.pid = 4000
    world.setStatus(agent, 'finished', 'turn_done')
  }
  await dialog.getByText(`${agents.length} idle agent${agents.length === 1 ? '' : 's'} will be stopped`).waitFor()
  await checkAccess(page)
  await dialog.getByRole('button', { name: 'Move to trash' }).click()
  await worktree(page, 'fix-login').waitFor({ state: 'detached' })
})

test('a dialog that a menu opened gives the focus back to the menu’s button', async (t) => {
  const { page } = await openHarbor(t)
  await page.getByRole('button', { name: 'More about docs' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: /^Check out/ }).waitFor()
  await page.keyboard.type('Ren')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Rename the worktree' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.equal(await page.evaluate(() => document.activeElement?.ariaLabel), 'More about docs')
})

test('a worktree and an agent are renamed, and Undo names them as before', async (t) => {
  const { page, world } = await openHarbor(t)
  const rename = async (subject, name) => {
    await choose(page, subject, 'Rename…')
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name)
    await page.keyboard.press('Enter')
    await page.getByText(`Renamed to ${name}`).waitFor()
  }
  await rename('docs', 'handbook')
  await worktree(page, 'handbook').waitFor()
  await undo(page).click()
  await worktree(page, 'docs').waitFor()
  await rename('tester', 'examiner')
  await cell(page, 'examiner').waitFor()
  await undo(page).last().click()
  await until(() => [...world.agents.values()].some(({ name }) => name === 'tester'), 'the agent has its name again')
})

test('without confirm_delete a clean worktree is removed at once; one with changes still asks', async (t) => {
  const world = seedWorld()
  world.settings.confirm_delete = 'false'
  const { page } = await openHarbor(t, { world })
  await choose(page, 'docs', 'Remove worktree')
  await page.getByText('Moved docs to the trash').waitFor()
  await undo(page).click()
  await worktree(page, 'docs').waitFor()
  await choose(page, 'fix-login', 'Remove worktree…')
  await page.getByRole('dialog').getByText('3 files with uncommitted changes').waitFor()
})

test('an undo that fails says why', async (t) => {
  const { page, world } = await openHarbor(t, { world: settled('fix-login') })
  await choose(page, 'fix-login', /^Remove worktree/)
  await page.getByRole('button', { name: 'Move to trash' }).click()
  await undo(page).waitFor()
  world.failing.add('restore_worktree')
  await page.keyboard.press('u')
  await page.getByRole('status').getByText('The store could not be read.').waitFor()
})

test('Undo stays for 8 s, and longer while the pointer is over it', async (t) => {
  const { page } = await openHarbor(t, { device: { ...wide }, world: settled('fix-login', 'search', 'docs') })
  await page.clock.install()
  for (const name of ['fix-login', 'search', 'docs']) {
    await choose(page, name, /^Remove worktree/)
    await page.getByRole('button', { name: 'Move to trash' }).click()
    await worktree(page, name).waitFor({ state: 'detached' })
  }
  const about = (name) => page.getByText(`Moved ${name} to the trash`)
  await about('docs').waitFor()
  assert.equal(await undo(page).count(), 3)
  await page.clock.runFor(7000)
  assert.equal(await about('docs').count(), 1)
  await about('docs').hover()
  await page.clock.runFor(30_000)
  assert.deepEqual([await about('docs').count(), await undo(page).count()], [1, 1])
  await undo(page).focus()
  await page.mouse.move(5, 5)
  await page.clock.runFor(30_000)
  assert.equal(await undo(page).count(), 1)
  await undo(page).evaluate((node) => node.blur())
  await page.clock.runFor(7000)
  assert.equal(await undo(page).count(), 1)
  await page.clock.runFor(2000)
  await undo(page).waitFor({ state: 'detached' })
})

test('a worktree whose folder is gone is forgotten, with nothing to restore', async (t) => {
  const { page, world } = await openHarbor(t)
  await worktree(page, 'docs').getByText('clean').waitFor()
  world.loseFolder(named(world.worktrees, 'docs'))
  await worktree(page, 'docs').getByText('is gone').waitFor()
  await choose(page, 'docs', /^Remove worktree/)
  await page.getByText('Muster and git forget this worktree').waitFor()
  await page.getByRole('button', { name: 'Forget' }).click()
  await worktree(page, 'docs').waitFor({ state: 'detached' })
  await page.getByText('Forgot docs').waitFor()
  assert.equal(await undo(page).count(), 0)
})

test('the main worktree cannot be removed', async (t) => {
  const { page } = await openHarbor(t)
  await page.getByRole('button', { name: 'More about harbor' }).click()
  await page.getByRole('menuitem', { name: 'New agent here' }).waitFor()
  assert.equal(await page.getByRole('menuitem', { name: /^Remove/ }).count(), 0)
})

test('a name that is being typed survives a reload, and is dropped with its dialog', async (t) => {
  const { page } = await openHarbor(t)
  const name = page.getByRole('textbox', { name: 'Name', exact: true })
  await choose(page, 'docs', 'Rename…')
  await name.fill('hand')
  await page.waitForLoadState('networkidle')
  await page.reload()
  await choose(page, 'docs', 'Rename…')
  assert.equal(await name.inputValue(), 'hand')
  await page.keyboard.press('Escape')
  await choose(page, 'docs', 'Rename…')
  assert.equal(await name.inputValue(), 'docs')
})

test('a checkout that would lose changes is refused with their list', async (t) => {
  const { page } = await openHarbor(t)
  await choose(page, 'fix-login', /^Check out a branch/)
  await page.getByLabel('Branch to check out').selectOption('main')
  await page.getByRole('button', { name: 'Check out' }).click()
  await page.getByRole('alert').getByText('src/auth/login.ts').waitFor()
})

test('a branch that was chosen is not taken for the name of a new one', async (t) => {
  const { page } = await openHarbor(t)
  await choose(page, 'docs', /^Check out a branch/)
  await page.getByLabel('Branch to check out').selectOption('main')
  await page.getByRole('checkbox', { name: 'Create a new branch' }).check()
  assert.equal(await page.getByRole('textbox', { name: 'Name of the new branch' }).inputValue(), '')
  assert.equal(await page.getByRole('button', { name: 'Check out' }).isDisabled(), true)
})

test('a failure to read the branches is reported once, with a way to retry', async (t) => {
  const { page, world } = await openHarbor(t)
  world.failing.add('list_branches')
  await choose(page, 'docs', /^Check out a branch/)
  await page.getByRole('alert').getByText('The branches could not be read').waitFor()
  assert.equal(await page.getByText('Reading the branches').count(), 0)
  world.failing.delete('list_branches')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByLabel('Branch to check out').selectOption('main')
})

test('an empty worktree offers an agent, which starts there; Shift N starts one beside the chosen', async (t) => {
  const { page } = await openHarbor(t)
  const dialog = page.getByRole('dialog', { name: 'New agent' })
  const where = () => dialog.getByRole('combobox', { name: 'Which worktree' }).locator('option:checked').innerText()
  await worktree(page, 'docs').getByRole('button', { name: 'Start an agent here' }).click()
  await dialog.waitFor()
  assert.equal(await where(), 'docs')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await cell(page, 'indexer').getByRole('link').focus()
  await page.keyboard.press('Shift+N')
  await dialog.waitFor()
  assert.equal(await where(), 'search')
})

test('a missing workspace offers no actions', async (t) => {
  const { page } = await openPage(t, { path: `/w/ws_${'0'.repeat(26)}` })
  await page.getByText('There is no such workspace').waitFor()
  for (const name of [/^New worktree/, /^Settings/]) assert.equal(await page.getByRole('main').getByRole('button', { name }).count(), 0)
})

test('the board of all: what needs me first, folded by workspace, and a board that cannot be read says so', async (t) => {
  const world = seedWorld()
  const { page } = await openPage(t, { world, path: '/board' })
  await worktree(page, 'fix-login').waitFor()
  const headings = page.getByRole('main').getByRole('heading', { level: 2 })
  assert.deepEqual(await headings.allInnerTexts(), ['harbor', 'atlas'])
  await page.getByText('5 worktrees in 2 workspaces').waitFor()
  await page.getByRole('button', { name: /^harbor/ }).click()
  await worktree(page, 'fix-login').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: /^harbor/ }).click()
  await worktree(page, 'fix-login').waitFor()
  world.failing.add('get_overview')
  await page.reload()
  await page.getByText('The board could not be read').waitFor()
  world.failing.clear()
  await page.getByRole('main').getByRole('button', { name: 'Try again' }).click()
  await worktree(page, 'fix-login').waitFor()
})

test('worktrees that are ready are one line that unfolds', async (t) => {
  const world = seedWorld()
  const harbor = named(world.workspaces, 'harbor')
  for (const name of ['one', 'two']) {
    const row = world.addWorktree(harbor, { name, branch: name, path: `/home/me/harbor-${name}`, git: { ahead: 1 } })
    world.setStatus(world.addAgent(row, { name: `maker of ${name}` }), 'finished', 'turn_done')
  }
  const { page } = await openPage(t, { world, path: '/board' })
  const line = page.getByRole('button', { name: /^2 to land/ })
  await line.waitFor()
  assert.equal(await worktree(page, 'one').count(), 0)
  await line.click()
  await worktree(page, 'one').waitFor()
})

test('the board can be read in both colours, on a phone, and at 320; nothing moves for ever', async (t) => {
  const { page } = await openPage(t, { path: '/board' })
  await worktree(page, 'fix-login').waitFor()
  await checkStill(page)
  await checkAccess(page)
  await checkColours(page, 'dark')
  const small = (await openPage(t, { path: '/board', device: phone })).page
  await worktree(small, 'fix-login').waitFor()
  await checkAccess(small)
  await checkWidth(small)
  await checkWidth(small, 320)
})

test('a worktree opens in the programs of the person; from another machine its path is copied', async (t) => {
  const { page, world } = await openHarbor(t)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const copied = () => page.evaluate(() => navigator.clipboard.readText())
  const { path, branch } = named(world.worktrees, 'fix-login')
  await choose(page, 'fix-login', 'Copy branch')
  await page.getByText('Branch copied').waitFor()
  assert.equal(await copied(), branch)
  world.isRemote = true
  await choose(page, 'fix-login', 'Open in terminal')
  await page.getByText('This browser runs on another machine: the path is copied instead.').waitFor()
  assert.equal(await copied(), path)
})

test('the glyph of a row is the box that selects it, with Shift up to there; keys do the same in the table', async (t) => {
  const { page } = await openHarbor(t)
  const bar = page.getByRole('toolbar', { name: 'Selected agents' })
  const box = (name) => page.getByRole('checkbox', { name: `Select ${name}` })
  await box('reviewer').click()
  await bar.getByText('1 agent selected').waitFor()
  await box('indexer').click({ modifiers: ['Shift'] })
  await bar.getByText('2 agents selected').waitFor()
  await page.keyboard.press('Escape')
  await bar.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Table' }).or(page.getByRole('radio', { name: 'Table' })).click()
  const rows = page.getByRole('row').filter({ has: page.getByRole('link') })
  await rows.first().getByRole('link').focus()
  await page.keyboard.press('x')
  await page.keyboard.press('Shift+ArrowDown')
  await bar.getByText('2 agents selected').waitFor()
  await checkAccess(page)
})

test('the asks of those who are selected are answered together', async (t) => {
  const world = seedWorld()
  const names = ['reviewer', 'indexer']
  const asks = names.map((name) => world.openAsk(named(world.agents, name), 'permission', 'Bash', 'npm test', { command: 'npm test' }))
  const { page } = await openHarbor(t, { world })
  for (const name of names) await page.getByRole('checkbox', { name: `Select ${name}` }).click()
  await page.getByRole('link', { name: 'Answer 2 asks…' }).click()
  const side = page.getByRole('region', { name: '2 asks together' })
  await side.getByRole('heading', { name: 'Run, 2 times' }).or(side.getByRole('heading', { name: /2 times$/ })).first().waitFor()
  const allow = side.getByRole('button', { name: /^Allow 2 once/ })
  await allow.and(page.locator(':not([aria-disabled=true])')).click()
  await until(() => asks.every(({ id }) => world.asks.get(id).state !== 'open'), 'both are answered')
})
