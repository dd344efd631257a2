// The first minutes: a token, a repository, the demo, and what is said when something is missing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, paths, useStage } from '../../web/mock/harness.mjs'
import { claude, emptyWorld, seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()

test('a page without a token names the command that provides one', async (t) => {
  const { page } = await openPage(t, { hasCode: false })
  await page.getByRole('heading', { name: 'This browser is not signed in' }).waitFor()
  await page.getByText("muster --home '/home/me/my data' open", { exact: true }).waitFor()
})

const signedIn = (page) => page.getByText('Live', { exact: true }).first()
const paste = (page, code) => page.evaluate((hash) => (window.location.hash = hash), `#code=${code}`)

test('a start link leads to the home page', async (t) => {
  const { page } = await openPage(t, { path: '/signin' })
  await signedIn(page).waitFor()
  assert.equal(new URL(page.url()).pathname, '/')
})

test('a new link that is pasted into the open page signs it in', async (t) => {
  const { page } = await openPage(t, { path: '/signin', hasCode: false })
  await page.getByRole('heading', { name: 'This browser is not signed in' }).waitFor()
  await paste(page, 'mock-code')
  await signedIn(page).waitFor()
  assert.equal(new URL(page.url()).hash, '')
})

test('a page that the daemon refuses accepts a new link, too', async (t) => {
  const { page, mock } = await openPage(t)
  await signedIn(page).waitFor()
  mock.changeToken()
  await page.getByRole('heading', { name: 'The daemon refused this page' }).waitFor()
  mock.addCode('fresh')
  await paste(page, 'fresh')
  await signedIn(page).waitFor()
  await page.getByRole('contentinfo').getByText('Live').waitFor()
})

test('a used link is reported as used, with the command that creates a new one', async (t) => {
  const { page } = await openPage(t, { hasCode: false })
  await paste(page, 'used-before')
  await page.getByRole('heading', { name: 'This start link no longer works' }).waitFor()
  await page.getByText("muster --home '/home/me/my data' open", { exact: true }).waitFor()
  await checkAccess(page)
})

test('a page that is signed in reports the result of another link', async (t) => {
  const { page, mock } = await openPage(t)
  await signedIn(page).waitFor()
  await paste(page, 'mock-code')
  await page.getByText('This start link has already been used or is too old.').waitFor()
  mock.addCode('fresh')
  await paste(page, 'fresh')
  await page.getByText('This page is signed in.', { exact: true }).waitFor()
  await page.goto(`${mock.url}/signin#code=mock-code`)
  await page.getByText('This start link has already been used or is too old.').waitFor()
  await signedIn(page).waitFor()
})

test('the start code is removed from the address, is valid once, and the token survives a reload', async (t) => {
  const { page, mock } = await openPage(t)
  await signedIn(page).waitFor()
  assert.equal(new URL(page.url()).hash, '')
  await page.reload()
  await signedIn(page).waitFor()
  assert.equal(mock.requests.filter((line) => line === 'POST /api/auth/code').length, 1)
})

test('a token that the daemon refuses leads back to the terminal', async (t) => {
  const { page } = await openPage(t, { hasCode: false })
  await page.evaluate(() => localStorage.setItem('muster.token', 'of-another-home'))
  await page.reload()
  await page.getByRole('heading', { name: 'The daemon refused this page' }).waitFor()
})

test('a missing CLI shows the command that installs it, and no demo, which could not start', async (t) => {
  const world = emptyWorld({ claude: { ...claude, found: false, login: 'logged_out', demoFound: false } })
  const { page } = await openPage(t, { world, path: '/welcome' })
  await page.getByText(claude.installCommand).waitFor()
  await page.getByText('The demo needs Claude Code, too, but nobody has to sign in for it.').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Try the demo' }).count(), 0)
  world.findClaude({ ...claude, login: 'logged_out' })
  await page.getByRole('button', { name: 'Try the demo' }).waitFor()
})

test('the demo says what to try first, and one click starts it', async (t) => {
  const world = emptyWorld({ isDemo: true })
  world.addWorkspace('sample', `${world.system.home}/demo/sample`)
  const { page } = await openPage(t, { world })
  const guide = page.getByRole('region', { name: 'Try this first' })
  await guide.getByText('Answer what it asks.').waitFor()
  await checkAccess(page)
  await guide.getByRole('button', { name: 'Start: “Teach greet.sh a second language”' }).click()
  await page.getByRole('dialog', { name: 'New agent' }).getByRole('textbox', { name: 'What should it do?' }).press('Enter')
  await page.getByRole('log').getByText('Teach greet.sh a second language').first().waitFor()
  await page.getByRole('link', { name: 'Home' }).first().click()
  await page.getByRole('heading', { name: /needs? you/, level: 1 }).waitFor()
  assert.equal(await guide.count(), 0)
})

/** Notes whether the demo is marked in what is painted first. */
function noteFirstPaint() {
  new MutationObserver((_, observer) => {
    if (!document.querySelector('nav')) return
    observer.disconnect()
    window.firstPaint = document.body.innerText
  }).observe(document, { childList: true, subtree: true })
}

test('a demo is marked from the first paint', async (t) => {
  const world = seedWorld({ isDemo: true })
  const { page } = await openPage(t, { world })
  await page.addInitScript(noteFirstPaint)
  await page.reload()
  await page.getByRole('contentinfo').getByText('scripted model, no charge').waitFor()
  assert.match(await page.evaluate(() => window.firstPaint), /A scripted model answers here/)
})

test('everything in a demo is marked', async (t) => {
  const world = seedWorld({ isDemo: true })
  const { page } = await openPage(t, { world, path: paths.workspace(world) })
  await page.getByText('A scripted model answers here').waitFor()
  await page.getByRole('contentinfo').getByText('scripted model, no charge').waitFor()
})

test('a demo beside other work is marked wherever it is shown, and has no price', async (t) => {
  const world = seedWorld()
  const sample = world.addWorkspace('sample', `${world.system.home}/demo/sample`)
  const guide = world.addAgent(world.worktreesOf(sample.id)[0], { name: 'guide' })
  guide.pid = 5000
  const { page } = await openPage(t, { world, path: paths.workspace(world, 'sample') })
  const main = page.getByRole('main')
  const mark = (part) => part.getByText('Demo', { exact: true })
  await mark(page.getByRole('navigation', { name: 'Main' }).first()).waitFor()
  await mark(main.locator('[data-agent]').filter({ hasText: 'guide' })).waitFor()
  assert.equal(await page.getByText('A scripted model answers here').count(), 0)

  await main.getByRole('link', { name: 'guide' }).click()
  await mark(main.locator('header')).waitFor()
  world.emit(guide, 'message', { messageId: 'msg_0000000000000000000000000g', state: 'sent', text: 'Go on.' })
  world.addUsage(guide, 1200, 340, 18_000, 12_300)
  world.emit(guide, 'turn_end', { outcome: 'ok', durationMs: 2000, steps: 2 })
  await page.getByRole('log').getByText(/scripted model, no charge/).waitFor()
})

test('a store that cannot be read is reported with a way to retry', async (t) => {
  const world = emptyWorld()
  world.failing.add('get_overview')
  const { page } = await openPage(t, { world })
  await page.getByText('The store could not be read.').waitFor()
  world.failing.delete('get_overview')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { name: 'No repository yet' }).waitFor()
})

test('a command that the page shows works in this data folder', async (t) => {
  const { page } = await openPage(t, { world: emptyWorld() })
  const command = page.getByText("muster --home '/home/me/my data' workspace open ~/src/project", { exact: true })
  await command.waitFor()
  await page.getByRole('link', { name: /^Board/ }).first().click()
  await page.getByRole('heading', { name: 'No worktree yet' }).waitFor()
  await command.waitFor()
  await page.getByRole('link', { name: /^Inbox/ }).first().click()
  await page.getByText("muster --home '/home/me/my data' ask list", { exact: true }).waitFor()
})
