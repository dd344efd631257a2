// Every address in both themes, wide and on a phone: accessible, inside the window, and usable by keys.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, paths, phone, useStage, wide } from '../../web/mock/harness.mjs'
import { addEyes } from '../../web/mock/ops_eyes.mjs'
import { setAsideSome } from '../../web/mock/ops_recovery.mjs'
import { claude, emptyWorld, seedWorld } from '../../web/mock/seed.mjs'
import { builtPatterns } from '../harness/routes.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()

const withoutClaude = { claude: { ...claude, found: false, login: 'logged_out' } }
const narrowPx = 320

function archivedWorld() {
  const world = seedWorld()
  named(world.agents, 'tester').deletedAt = world.now()
  return world
}

function recoveryWorld() {
  const world = seedWorld()
  setAsideSome(world)
  return world
}

function eyesWorld() {
  const world = seedWorld()
  addEyes(world)
  return world
}

/** The eye that runs: the newest. */
const ofEye = (rest = '') => (world) => `/eyes/${[...world.eyes.keys()].at(-1)}${rest}`
const at = (pattern, rest = '') => (world) => {
  const { id, workspaceId } = named(world.worktrees, 'fix-login')
  return `${pattern.replace('$workspaceId', workspaceId).replace('$worktreeId', id)}${rest}`
}
const clickFirst = (name) => (page) => page.getByRole('button', { name }).first().click()
const chooseFirst = (subject, item) => async (page) => {
  await page.getByRole('button', { name: new RegExp(`^More about ${subject}`) }).click()
  await page.getByRole('menuitem', { name: item }).click()
}
const workspace = '/w/$workspaceId'
const agent = `${workspace}/a/$agentId`
const pages = [
  { name: 'home', pattern: '/', ready: 'login doctor' },
  { name: 'first start', pattern: '/', world: () => emptyWorld(withoutClaude), ready: 'No repository yet' },
  { name: 'board', pattern: '/board', ready: '1 untracked' },
  { name: 'table', pattern: '/board', path: () => '/board?view=table', ready: 'feature/search-index' },
  { name: 'landing', pattern: '/landing', ready: 'fix-login' },
  { name: 'inbox', pattern: '/inbox', ready: 'npm test -- --run src/auth' },
  { name: 'rules', pattern: '/inbox', path: () => '/inbox?tab=rules', ready: 'No rules yet' },
  { name: 'recovery', pattern: '/recovery', world: recoveryWorld, ready: 'spike/lmdb' },
  { name: 'no eyes', pattern: '/eyes', ready: 'No eye has been started yet' },
  { name: 'eyes', pattern: '/eyes', world: eyesWorld, ready: 'it was killed' },
  { name: 'starting an eye', pattern: '/eyes', world: eyesWorld, ready: 'it was killed', act: clickFirst(/^Start an eye/) },
  { name: 'eye', pattern: '/eyes/$eyeId', world: eyesWorld, path: ofEye(), ready: 'Who gets frames' },
  { name: 'setup of an eye', pattern: '/eyes/$eyeId', world: eyesWorld, path: ofEye('?pane=setup&view=exact'), ready: 'How it runs' },
  { name: 'recordings of an eye', pattern: '/eyes/$eyeId', world: eyesWorld, path: (world) => `/eyes/${[...world.eyes.keys()][0]}?pane=recordings`, ready: 'Every frame was the same' },
  { name: 'no such eye', pattern: '/eyes/$eyeId', path: () => `/eyes/eye_${'0'.repeat(26)}`, ready: 'There is no such eye' },
  { name: 'usage', pattern: '/usage', ready: 'By model' },
  { name: 'doctor', pattern: '/doctor', ready: 'muster-hold' },
  { name: 'welcome', pattern: '/welcome', ready: 'Claude Code' },
  { name: 'settings', pattern: '/settings/$section', path: () => '/settings/general', ready: 'This page', hasOwnWords: true },
  { name: 'workspace', pattern: workspace, path: (world) => paths.workspace(world), ready: '1 untracked' },
  { name: 'demo', pattern: workspace, world: () => seedWorld({ isDemo: true }), path: (world) => paths.workspace(world), ready: 'A scripted model' },
  { name: 'new worktree', pattern: workspace, path: (world) => paths.workspace(world), ready: '1 untracked', act: clickFirst(/^New worktree/) },
  { name: 'removing a worktree', pattern: workspace, path: (world) => paths.workspace(world), ready: '1 untracked', act: chooseFirst('fix-login', /^Remove/) },
  { name: 'new agent', pattern: workspace, path: (world) => paths.workspace(world), ready: '1 untracked', act: clickFirst(/^New agent/) },
  { name: 'no such workspace', pattern: workspace, path: () => `/w/ws_${'0'.repeat(26)}`, ready: 'There is no such workspace' },
  { name: 'a cut address', pattern: workspace, path: () => '/w/ws_none', ready: 'There is no page at this address' },
  { name: 'workspace settings', pattern: `${workspace}/settings`, path: at(`${workspace}/settings`), ready: 'Base branch' },
  { name: 'review', pattern: `${workspace}/review/$worktreeId`, path: (world) => paths.diff(world, 'fix-login'), ready: 'await burnTime(password)' },
  { name: 'terminals', pattern: `${workspace}/terminals/$worktreeId`, path: at(`${workspace}/terminals/$worktreeId`), ready: 'Terminals' },
  { name: 'agent', pattern: agent, path: (world) => paths.agent(world, 'login doctor'), ready: 'Next I would run the tests.' },
  { name: 'agent in a terminal', pattern: agent, path: (world) => paths.agent(world, 'watcher'), ready: 'watcher' },
  { name: 'archived agent', pattern: agent, world: archivedWorld, path: (world) => paths.agent(world, 'tester'), ready: /archived/ },
  { name: 'no token', pattern: '/signin', path: () => '/', ready: 'This browser is not signed in', hasCode: false },
]

test('every address of the page is looked at', () => {
  const lookedAtElsewhere = ['/settings', '/_components']
  const seen = new Set([...lookedAtElsewhere, ...pages.map(({ pattern }) => pattern)])
  assert.deepEqual(builtPatterns().filter((pattern) => !seen.has(pattern)), [])
})

for (const { name, pattern, world: make = seedWorld, path = () => pattern, ready, act, hasCode, hasOwnWords = false } of pages) {
  async function show(t, device, spoils = {}) {
    const world = Object.assign(make(), spoils)
    const { page } = await openPage(t, { world, path: path(world), device, hasCode })
    await page.getByText(ready).locator('visible=true').first().waitFor()
    await act?.(page)
    return page
  }

  test(`${name}, wide, in both themes`, async (t) => {
    const page = await show(t, wide)
    await checkWidth(page)
    await checkStill(page)
    await checkAccess(page)
    await checkColours(page, 'dark')
  })

  test(`${name}, on a phone and on a narrow phone`, async (t) => {
    const page = await show(t, phone)
    await checkWidth(page, phone.viewport.width)
    await checkAccess(page)
    await checkWidth(page, narrowPx)
  })

  // The settings have names that the daemon gives, which the mock would spoil.
  if (hasOwnWords) continue

  test(`${name}, where every name and text reverses its direction or hides something`, async (t) => {
    const page = await show(t, wide, { spoiled: '\u202e\u200b' })
    const text = await page.evaluate(readable)
    const lines = text.split('\n').filter((line) => /[\u202e\u200b]/.test(line))
    assert.deepEqual(lines, [])
  })

  test(`${name}, where every name and path has a newline and a tab`, async (t) => {
    const page = await show(t, wide, { spoiledNames: '\n\tq' })
    const texts = await page.evaluate(sources)
    assert.deepEqual(texts.filter((text) => text.includes('\n\tq')), [])
  })
}

/** The texts of the document before white space is folded, its own fields left out. */
function sources() {
  const texts = [document.title]
  for (const node of document.querySelectorAll('body *:not(textarea)')) {
    for (const child of node.childNodes) if (child.nodeType === Node.TEXT_NODE) texts.push(child.data)
    for (const name of ['title', 'aria-label', 'placeholder', 'alt']) texts.push(node.getAttribute(name) ?? '')
  }
  return texts
}

/** Whatever of the document a person gets to read or to hear, its own fields left out. */
function readable() {
  const texts = [document.title, document.body.innerText]
  for (const node of document.querySelectorAll('*'))
    for (const name of ['title', 'aria-label', 'placeholder', 'alt']) texts.push(node.getAttribute(name) ?? '')
  for (const node of document.querySelectorAll('option')) texts.push(node.textContent)
  return texts.join('\n')
}

test('a long list of workspaces scrolls and squeezes nothing', async (t) => {
  const world = seedWorld()
  for (let n = 0; n < 40; n++) world.addWorkspace(`more-${n}`, `/home/me/more-${n}`)
  const { page } = await openPage(t, { world, device: wide })
  const main = page.getByRole('navigation', { name: 'Main' })
  await main.getByRole('button', { name: /more, quiet$/ }).click()
  await main.getByRole('link', { name: 'more-39' }).waitFor()
  const heightOf = async (name) => (await main.getByRole('link', { name, exact: true }).boundingBox()).height
  assert.equal(await heightOf('Home'), await heightOf('more-39'))
})

test('the theme follows the system until one is chosen, and the choice stays', async (t) => {
  const { page, world } = await openPage(t, { theme: 'dark' })
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  await page.getByText('login doctor').first().waitFor()
  const dark = await background()
  await page.getByRole('button', { name: /^Theme: system/ }).click()
  assert.notEqual(await background(), dark)
  await page.reload()
  await page.getByRole('button', { name: /^Theme: light/ }).click()
  assert.equal(await background(), dark)
  await until(() => world.settings.theme === 'dark', 'the choice is a setting')
})

test('the theme is a setting: every page shows it, one that cannot be stored is taken back, and an older choice moves there', async (t) => {
  const { page, world } = await openPage(t, { theme: 'dark' })
  const now = (name) => page.getByRole('button', { name: new RegExp(`^Theme: ${name}`) })
  await now('system').waitFor()
  world.settings.theme = 'light'
  world.streams.emit('app', 'setting_changed', { name: 'theme' })
  await now('light').waitFor()
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light')
  world.failing.add('update_setting')
  await now('light').click()
  await page.getByText('The store could not be read.').first().waitFor()
  await now('light').waitFor()
  world.failing.clear()
  delete world.settings.theme
  await page.evaluate(() => {
    localStorage.removeItem('muster.theme.shown')
    localStorage.setItem('muster.theme', 'light')
  })
  await page.reload()
  await until(() => world.settings.theme === 'light', 'the older choice is a setting')
  await now('light').waitFor()
})

test('the first key leads past the navigation', async (t) => {
  const { page } = await openPage(t)
  await page.getByText('login doctor').first().waitFor()
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'content')
})
