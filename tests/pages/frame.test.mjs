// The frame around every page: the side bar, its form on a phone, the status bar, the title of the tab, and keys that work everywhere.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkWidth, named, paths, phone, useStage } from '../../web/mock/harness.mjs'
import { putUiState } from '../../web/mock/ops_person.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()
const bar = (page) => page.getByRole('navigation', { name: 'Main' })
const heading = (page, name) => page.getByRole('heading', { level: 1, name })

async function openHome(t, options = {}) {
  const world = options.world ?? seedWorld()
  const opened = await openPage(t, { ...options, world })
  await opened.page.getByRole('main').getByText('login doctor').first().waitFor()
  return { ...opened, world }
}

test('the side bar groups agents by what they need, says why, and is live', async (t) => {
  const { page, world } = await openHome(t)
  const group = (name) => bar(page).getByRole('region', { name })
  assert.deepEqual(await group('Needs you').getByRole('link').evaluateAll((links) => links.map(({ title }) => title)), ['reviewer: Failed, 529 Overloaded', 'login doctor: Needs you, permission for Bash'])
  await group('Working').getByRole('link', { name: /indexer/ }).waitFor()
  await group('Finished, not seen').getByRole('link', { name: /tester/ }).waitFor()
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  world.setStatus(named(world.agents, 'indexer'), 'finished', 'turn_done')
  await group('Finished, not seen').getByRole('link', { name: /indexer/ }).click()
  await heading(page, 'indexer').waitFor()
  // A row does not go from under the pointer.
  await page.getByRole('main').hover()
  await group('Finished, not seen').getByRole('link', { name: /indexer/ }).waitFor({ state: 'detached' })
})

test('the tab says how many need me, and its icon how bad it is', async (t) => {
  const { page, world } = await openHome(t)
  const icon = () => page.evaluate(() => document.querySelector('link[rel=icon]').href)
  await page.waitForFunction(() => /^\(2\) Failed: .+ · Home · Muster$/.test(document.title))
  const failed = await icon()
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  world.setStatus(named(world.agents, 'reviewer'), 'finished', 'turn_done')
  await page.waitForFunction(() => document.title === '(1) Home · Muster')
  const waiting = await icon()
  world.closeAsks(named(world.agents, 'login doctor'))
  world.setStatus(named(world.agents, 'login doctor'), 'finished', 'turn_done')
  await page.waitForFunction(() => document.title === 'Home · Muster')
  assert.equal(new Set([failed, waiting, await icon()]).size, 3)
})

test('the status bar says who needs me and which keys work where the focus is', async (t) => {
  const { page } = await openHome(t)
  const status = page.getByRole('contentinfo')
  await status.getByText('2 need you · 2 working').waitFor()
  await status.getByText('next that needs you').waitFor()
  await page.goto(page.url().replace(/\/$/, '/board'))
  await page.getByRole('main').getByRole('link', { name: 'login doctor' }).focus()
  for (const label of [/left$/, /select$/, /agent here$/]) await status.getByText(label).first().waitFor()
})

test('. leads to the next that needs me, around the end; in a field it is a character', async (t) => {
  const { page } = await openHome(t)
  await page.keyboard.press('.')
  await heading(page, 'reviewer').waitFor()
  await page.evaluate(() => document.activeElement?.blur())
  await page.keyboard.press('.')
  await heading(page, 'login doctor').waitFor()
  // What it opens has the focus on the ask.
  await page.waitForFunction(() => document.activeElement !== document.body)
  const field = page.getByRole('textbox', { name: /^Message/ })
  await field.focus()
  await page.keyboard.type('a.')
  assert.equal(await field.inputValue(), 'a.')
  await page.keyboard.press('Alt+.')
  await heading(page, 'reviewer').waitFor()
})

test('Alt with an arrow walks the agents of the side bar', async (t) => {
  const { page, world } = await openHome(t)
  await page.goto(`${new URL(page.url()).origin}${paths.agent(world, 'login doctor')}`)
  await heading(page, 'login doctor').waitFor()
  await page.keyboard.press('Alt+ArrowDown')
  await heading(page, /watcher|indexer/).waitFor()
  await page.keyboard.press('Alt+ArrowUp')
  await heading(page, 'login doctor').waitFor()
})

test('g and a letter lead to the places', async (t) => {
  const { page } = await openHome(t)
  for (const [key, name] of [['i', /Inbox/], ['b', 'Board'], ['l', /\bland\b|Nothing/i], ['u', /Usage/], ['r', /Recovery/], ['s', /Settings|General/], ['h', /need/]]) {
    await page.evaluate(() => document.activeElement?.blur())
    await page.keyboard.press('g')
    await page.keyboard.press(key)
    await heading(page, name).first().waitFor()
  }
})

test('u takes back the last act, and the list of acts the others', async (t) => {
  const { page } = await openPage(t, { path: '/board' })
  const cell = (name) => page.locator('[data-agent]').filter({ hasText: name })
  for (const name of ['tester', 'indexer']) {
    await page.getByRole('button', { name: `More about ${name}` }).click()
    await page.getByRole('menuitem', { name: 'Archive' }).click()
    await cell(name).waitFor({ state: 'detached' })
  }
  await page.keyboard.press('u')
  await cell('indexer').waitFor()
  await page.getByRole('contentinfo').getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('menuitem', { name: /Archived tester/ }).click()
  await cell('tester').waitFor()
})

test('where the window is narrow the bar is a column of glyphs that keep their names', async (t) => {
  const { page } = await openHome(t, { device: { viewport: { width: 900, height: 700 } } })
  await bar(page).getByRole('link', { name: /^Inbox/ }).click()
  await heading(page, /Inbox/).waitFor()
  await checkAccess(page)
  await checkWidth(page)
})

test('on a phone the places are at the bottom, within reach of the thumb', async (t) => {
  const { page } = await openHome(t, { device: phone })
  const inbox = bar(page).getByRole('link', { name: /^Inbox/ })
  assert.ok((await inbox.boundingBox()).height >= 44)
  await inbox.click()
  await heading(page, /Inbox/).waitFor()
  await bar(page).getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Recovery' }).click()
  await heading(page, /Recovery/).waitFor()
  await bar(page).getByRole('button', { name: 'Search' }).click()
  await page.getByRole('combobox', { name: 'Find or run' }).waitFor()
})

test('on a phone back closes what lies over the page, and only then leaves it', async (t) => {
  const { page } = await openHome(t, { device: phone })
  await bar(page).getByRole('link', { name: 'Board' }).tap()
  await heading(page, 'Board').waitFor()
  const sheet = page.getByRole('combobox', { name: 'Find or run' })
  await bar(page).getByRole('button', { name: 'Search' }).tap()
  await sheet.waitFor()
  await page.goBack()
  await sheet.waitFor({ state: 'detached' })
  await heading(page, 'Board').waitFor()
  // Closed in another way: back leaves the page at once.
  await bar(page).getByRole('button', { name: 'Search' }).tap()
  await sheet.waitFor()
  await page.keyboard.press('Escape')
  await sheet.waitFor({ state: 'detached' })
  await page.waitForFunction(() => !Reflect.has(Object(history.state), 'muster.over'))
  await page.goBack()
  await heading(page, /need/).waitFor()
  // What leads to another page from there stays where it led.
  await bar(page).getByRole('button', { name: 'More' }).tap()
  const recovery = page.getByRole('menuitem', { name: 'Recovery' })
  await recovery.waitFor()
  await page.goBack()
  await recovery.waitFor({ state: 'detached' })
  await heading(page, /need/).waitFor()
  await bar(page).getByRole('button', { name: 'More' }).tap()
  await recovery.tap()
  await heading(page, /Recovery/).waitFor()
  await page.goBack()
  await heading(page, /need/).waitFor()
  await page.waitForFunction(() => !Reflect.has(Object(history.state), 'muster.over'))
})

/** The part of the page that a keyboard leaves, as a browser says it whose keyboard lies over the page. */
function seenPart() {
  const seen = Object.assign(new EventTarget(), { height: innerHeight, offsetTop: 0, scale: 1 })
  Object.defineProperty(window, 'visualViewport', { value: seen })
  window.showKeyboard = (height, offsetTop = 0) => {
    Object.assign(seen, { height: innerHeight - height, offsetTop })
    seen.dispatchEvent(new Event('resize'))
  }
}

test('the keyboard of a phone never covers what is typed into', async (t) => {
  const { page, mock, world } = await openHome(t, { device: phone })
  await page.addInitScript(seenPart)
  await page.goto(`${mock.url}${paths.agent(world, 'indexer')}`)
  const field = page.getByRole('textbox', { name: /^Message/ })
  await field.tap()
  const bottom = () => field.evaluate((node) => node.getBoundingClientRect().bottom)
  const before = await bottom()
  for (const [height, offset] of [[336, 0], [336, 120]]) {
    await page.evaluate(([keyboard, top]) => window.showKeyboard(keyboard, top), [height, offset])
    assert.ok((await bottom()) <= 844 - height + offset)
    assert.ok((await field.evaluate((node) => node.getBoundingClientRect().top)) >= offset)
  }
  await page.evaluate(() => window.showKeyboard(0))
  assert.equal(await bottom(), before)
})

test('what is pinned on one device is pinned on the others, also what was pinned on both at once', async (t) => {
  const { page, world } = await openHome(t)
  const pinned = bar(page).getByRole('region', { name: 'Pinned' })
  const of = (name) => named(world.agents, name).id
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  await bar(page).getByRole('link', { name: /tester/ }).focus()
  await page.keyboard.press('p')
  await pinned.getByRole('link', { name: /tester/ }).waitFor()
  await until(() => world.uiStates.get('page/pins')?.value[of('tester')] > 0, 'the daemon has it')
  putUiState(world, 'page/pins', { [of('indexer')]: Date.now() })
  await pinned.getByRole('link', { name: /indexer/ }).waitFor()
  await pinned.getByRole('link', { name: /tester/ }).waitFor()
  putUiState(world, 'page/pins', { [of('tester')]: -Date.now() - 60_000, [of('indexer')]: Date.now() })
  await pinned.getByRole('link', { name: /tester/ }).waitFor({ state: 'detached' })
  // Another browser.
  await page.evaluate(() => localStorage.removeItem('muster.ui.page/pins'))
  await page.reload()
  await pinned.getByRole('link', { name: /indexer/ }).waitFor()
})

test('the side bar pins, folds and filters, and nothing in it moves under the pointer', async (t) => {
  const { page, world } = await openHome(t)
  const group = (name) => bar(page).getByRole('region', { name })
  const titles = () => bar(page).getByRole('region').evaluateAll((parts) => parts.map((part) => part.getAttribute('aria-label')))
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  await group('Working').getByRole('link', { name: /indexer/ }).focus()
  await page.keyboard.press('p')
  await group('Pinned').getByRole('link', { name: /indexer/ }).waitFor()
  await group('Finished').getByRole('link', { name: /tester/ }).hover()
  await group('Finished').getByRole('button', { name: 'Pin tester' }).click()
  await group('Pinned').getByRole('link', { name: /tester/ }).waitFor()
  // What happens while the pointer is there waits until it leaves; the glyph says at once what it is.
  const before = await group('Needs you').boundingBox()
  const pinned = await group('Pinned').boundingBox()
  await group('Pinned').getByRole('link', { name: /indexer/ }).hover()
  world.openAsk(named(world.agents, 'indexer'), 'permission', 'Bash', 'make one', { command: 'make one' })
  await group('Pinned').getByRole('link', { name: /indexer/ }).getByRole('img', { name: 'Needs you' }).waitFor()
  await bar(page).getByText('1 moved').waitFor()
  assert.deepEqual([await group('Needs you').boundingBox(), await group('Pinned').boundingBox()], [before, pinned])
  await page.getByRole('main').hover()
  await group('Needs you').getByRole('link', { name: /indexer/ }).waitFor()
  await group('Needs you').getByRole('button', { name: /^Needs you/ }).click()
  assert.equal(await group('Needs you').getByRole('link').count(), 0)
  await page.reload()
  await group('Pinned').getByRole('link', { name: /tester/ }).waitFor()
  assert.equal(await group('Needs you').getByRole('link').count(), 0)
  await page.evaluate(() => document.activeElement?.blur())
  await page.keyboard.press('g')
  await page.keyboard.press('f')
  const filter = bar(page).getByRole('searchbox', { name: 'Filter the side bar' })
  await filter.pressSequentially('test', { delay: 30 })
  await page.waitForFunction(() => document.querySelectorAll('nav[aria-label=Main] a[href*="/a/"]').length === 1)
  assert.deepEqual(await titles(), ['Pinned', 'Workspaces'])
  await checkAccess(page)
  await filter.press('Enter')
  await heading(page, 'tester').waitFor()
  await filter.waitFor({ state: 'detached' })
})

test('a status opens its evidence from the side bar, Home and the inbox, and the focus returns to where it was opened', async (t) => {
  const { page } = await openHome(t)
  const main = page.getByRole('main')
  const evidence = (name) => page.getByRole('dialog', { name: `Status of ${name}` })
  async function opens(part, name) {
    await part.click()
    await evidence(name).getByText('Because', { exact: true }).waitFor()
    await checkAccess(page)
    await page.keyboard.press('Escape')
    await evidence(name).waitFor({ state: 'detached' })
    assert.ok(await part.evaluate((node) => node === document.activeElement), 'the focus is where it was')
  }
  await opens(main.getByRole('listitem').filter({ hasText: 'login doctor' }).getByRole('button', { name: 'Needs you' }), 'login doctor')
  await opens(main.getByRole('listitem').filter({ hasText: 'reviewer' }).getByRole('button', { name: 'Failed' }), 'reviewer')
  await opens(main.getByRole('region', { name: /^At work/ }).getByRole('listitem').filter({ hasText: 'indexer' }).getByRole('button', { name: 'Running' }), 'indexer')
  await opens(bar(page).getByRole('button', { name: 'Status of indexer' }), 'indexer')
  assert.equal(new URL(page.url()).pathname, '/', 'nothing of it is a way to the agent')
  const link = bar(page).getByRole('link', { name: /indexer/ })
  await link.focus()
  await page.keyboard.press('i')
  await evidence('indexer').waitFor()
  await page.keyboard.press('Escape')
  assert.ok(await link.evaluate((node) => node === document.activeElement))
  await bar(page).getByRole('link', { name: /^Inbox/ }).click()
  await page.getByRole('list', { name: 'Open asks' }).getByRole('button', { name: /^login doctor/ }).click()
  await opens(page.getByRole('region', { name: /^Ask \d of/ }).getByRole('button', { name: 'Needs you' }), 'login doctor')
  await page.getByRole('list', { name: 'Open asks' }).getByRole('button', { name: /^reviewer/ }).click()
  await opens(page.getByRole('region', { name: /^Ask \d of/ }).getByRole('button', { name: 'Failed' }), 'reviewer')
})

test('the evidence closes by a press elsewhere and by a second one of what opened it, stays beside it, and goes with it', async (t) => {
  const { page, world } = await openHome(t)
  const word = page.getByRole('main').getByRole('listitem').filter({ hasText: 'login doctor' }).getByRole('button', { name: 'Needs you' })
  const evidence = page.getByRole('dialog', { name: 'Status of login doctor' })
  const closes = async (act) => {
    await word.click()
    await evidence.getByText('Because', { exact: true }).waitFor()
    await act()
    await evidence.waitFor({ state: 'detached' })
  }
  await closes(() => word.click())
  await closes(() => page.getByRole('heading', { level: 1 }).click())
  await closes(async () => {
    const distance = async () => (await evidence.boundingBox()).y - (await word.boundingBox()).y
    const before = await distance()
    await page.setViewportSize({ width: 1280, height: 420 })
    await page.getByRole('main').evaluate((node) => node.scrollBy(0, 60))
    await until(async () => Math.abs((await distance()) - before) < 1 || (await distance()) < 0, 'it follows')
    const { y, height } = await evidence.boundingBox()
    assert.ok(y >= 0 && y + height <= 420, `it is in the window: ${y}, ${height}`)
    world.closeAsks(named(world.agents, 'login doctor'))
    world.setStatus(named(world.agents, 'login doctor'), 'finished', 'turn_done')
  })
})

test('on a phone the evidence is a dialog', async (t) => {
  const { page } = await openHome(t, { device: phone })
  await page.getByRole('main').getByRole('listitem').filter({ hasText: 'login doctor' }).getByRole('button', { name: 'Needs you' }).tap()
  const evidence = page.getByRole('dialog', { name: 'Status of login doctor' })
  await evidence.getByText('Because', { exact: true }).waitFor()
  await checkWidth(page, 320)
  await evidence.getByRole('button', { name: 'Close' }).tap()
  await evidence.waitFor({ state: 'detached' })
})
