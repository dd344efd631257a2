// Every page in both themes, wide and on a phone: accessible, inside the window, and usable by keys.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { checkLooks, launchBrowser, openPage, paths, phone } from '../../web/mock/harness.mjs'
import { claude, emptyWorld, seedWorld } from '../../web/mock/seed.mjs'

let browser
before(async () => {
  browser = await launchBrowser()
})
after(() => browser.close())

const narrow = { ...phone, viewport: { width: 360, height: 740 } }
const devices = { wide: undefined, phone, narrow }
const stranger = () => emptyWorld({ isDemo: true, claude: { ...claude, found: false, loginFound: false } })

const clickFirst = (name) => (page) => page.getByRole('button', { name, exact: true }).first().click()
const pages = [
  { name: 'home', path: () => '/', ready: 'login doctor' },
  { name: 'first start', world: () => emptyWorld({ claude: { ...claude, found: false, loginFound: false } }), path: () => '/', ready: 'Try the demo' },
  { name: 'demo', world: stranger, path: () => '/', ready: 'A scripted model' },
  { name: 'open repository', path: () => '/', ready: 'login doctor', act: clickFirst('Open repository') },
  { name: 'workspace', path: (world) => paths.workspace(world), ready: '1 untracked' },
  { name: 'new worktree', path: (world) => paths.workspace(world), ready: '1 untracked', act: clickFirst('New worktree') },
  { name: 'new agent', path: (world) => paths.workspace(world), ready: '1 untracked', act: clickFirst('Agent') },
  { name: 'agent', path: (world) => paths.agent(world, 'login doctor'), ready: 'Next I would run the tests.' },
  { name: 'agent, denying', path: (world) => paths.agent(world, 'login doctor'), ready: 'Next I would', act: (page) => page.getByRole('button', { name: /^Deny/ }).click() },
  { name: 'inbox', path: () => '/inbox', ready: 'Run the authentication tests' },
  { name: 'diff', path: (world) => paths.diff(world, 'fix-login'), ready: 'await burnTime(password)' },
  { name: 'no such workspace', path: () => '/w/ws_none', ready: 'There is no such workspace.' },
  { name: 'no such page', path: () => '/nowhere', ready: 'There is no page at this address.' },
  { name: 'no token', path: () => '/', ready: 'muster open', hasCode: false },
]

for (const { name, world: make = seedWorld, path, ready, act, hasCode = true } of pages)
  for (const [size, device] of Object.entries(devices))
    for (const theme of size === 'narrow' ? ['light'] : ['light', 'dark'])
      test(`${name}, ${size}, ${theme}`, async (t) => {
        const world = make()
        const { page } = await openPage(t, browser, { world, path: path(world), theme, hasCode, ...(device && { device }) })
        await page.getByText(ready).locator('visible=true').first().waitFor()
        await act?.(page)
        await checkLooks(page)
      })

test('the theme follows the system until one is chosen, and the choice stays', async (t) => {
  const { page } = await openPage(t, browser, { theme: 'dark' })
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  await page.getByText('login doctor').first().waitFor()
  const dark = await background()
  await page.getByRole('button', { name: /^Theme: system/ }).click()
  assert.notEqual(await background(), dark)
  await page.reload()
  await page.getByRole('button', { name: /^Theme: light/ }).click()
  assert.equal(await background(), dark)
})

test('the first key leads past the navigation', async (t) => {
  const { page } = await openPage(t, browser)
  await page.getByText('login doctor').first().waitFor()
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'content')
})

test('nothing moves for ever', async (t) => {
  const world = seedWorld()
  const { page } = await openPage(t, browser, { world, path: paths.agent(world, 'login doctor') })
  await page.getByText('Next I would run the tests.').waitFor()
  const endless = await page.evaluate(() => document.getAnimations().filter((one) => one.effect?.getTiming().iterations === Infinity).length)
  assert.equal(endless, 0)
})
