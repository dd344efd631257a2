// Notifications: asked for by a click, chosen by kind, together, never about what is on screen, and a click lands on the ask.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { named, paths, useStage } from '../../web/mock/harness.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()

/** In place of the desktop: what was shown, what is there now, and a click on it. The answer to the question outlives a reload. */
function desktop() {
  const kept = () => sessionStorage.getItem('answer') ?? 'default'
  window.reported = []
  window.Notification = class extends EventTarget {
    static get permission() {
      return kept()
    }
    static requestPermission() {
      sessionStorage.setItem('answer', navigator.userActivation.isActive ? 'granted' : 'denied')
      return Promise.resolve(kept())
    }
    constructor(title, options) {
      super()
      Object.assign(this, { title, ...options, isOpen: true })
      for (const before of window.reported) if (before.tag === options.tag) before.isOpen = false
      window.reported.push(this)
    }
    close() {
      this.isOpen = false
    }
  }
}

const open = (page) => page.evaluate(() => window.reported.filter(({ isOpen }) => isOpen).map(({ title, body, silent }) => ({ title, body, silent })))
const shown = (page, isShown) =>
  page.evaluate((now) => {
    for (const [owner, name, value] of [[document, 'hidden', !now], [document, 'hasFocus', () => now]]) Object.defineProperty(owner, name, { value, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, isShown)
const live = (page) => page.getByRole('contentinfo').getByText('Live').waitFor()
const ask = (world, name, command) => world.openAsk(named(world.agents, name), 'permission', 'Bash', command, { command })

/** The page of an agent, allowed to report. */
async function openAllowed(t, { path, settings = {} } = {}) {
  const opened = await openPage(t, { path: '/settings/notifications' })
  const { page, mock, world } = opened
  Object.assign(world.settings, settings)
  await page.getByRole('region', { name: 'This browser' }).waitFor()
  await page.evaluate(desktop)
  await page.evaluate(() => sessionStorage.setItem('answer', 'granted'))
  await page.context().addInitScript(desktop)
  await page.goto(`${mock.url}${path ?? paths.agent(world, 'indexer')}`)
  await live(page)
  await page.waitForFunction(async () => (await navigator.locks.query()).held.some(({ name }) => name === 'muster.reports'))
  // What was so when it began is not reported: it has begun once all was read.
  await page.waitForLoadState('networkidle')
  return opened
}

test('the browser is asked only after a click, and an example can be seen', async (t) => {
  const { page } = await openPage(t, { path: '/settings/notifications' })
  await page.evaluate(() => sessionStorage.removeItem('answer'))
  await page.context().addInitScript(desktop)
  await page.reload()
  await page.getByText('It has not been asked yet.').waitFor()
  assert.equal(await page.getByRole('switch', { name: 'Sound' }).getAttribute('aria-checked'), 'false')
  await page.getByRole('button', { name: 'Ask the browser' }).click()
  await page.getByText('It allows them.').waitFor()
  await page.getByRole('button', { name: 'Show an example' }).click()
  assert.deepEqual(await open(page), [{ title: 'A notification of Muster', body: 'A click on one leads to what it is about.', silent: true }])
})

test('asks of a hidden page are one notification, what is answered leaves it, and a click lands on the ask', async (t) => {
  const { page, world } = await openAllowed(t)
  await shown(page, false)
  ask(world, 'login doctor', 'make one')
  await until(async () => (await open(page)).length === 1, 'the ask is reported')
  assert.deepEqual(await open(page), [{ title: 'login doctor needs you', body: 'make one', silent: true }])
  ask(world, 'indexer', 'make two')
  await until(async () => (await open(page))[0]?.title === '2 asks wait for you', 'both are one')
  assert.deepEqual((await open(page)).map(({ body }) => body), ['login doctor: make one\nindexer: make two'])
  world.closeAsks(named(world.agents, 'login doctor'))
  await until(async () => (await open(page))[0]?.title === 'indexer needs you', 'one is over')
  await page.evaluate(() => window.reported.find(({ isOpen }) => isOpen).dispatchEvent(new Event('click')))
  await page.waitForURL((url) => url.pathname === paths.agent(world, 'indexer') && url.hash === '#ask')
  assert.deepEqual(await open(page), [])
})

test('an ask that comes before the settings are read is reported once they are, and what was so before is not', async (t) => {
  const { page, world } = await openAllowed(t, { path: '/inbox' })
  ask(world, 'reviewer', 'make old')
  world.slownessMs.list_settings = 3_000
  await page.reload()
  await page.getByRole('main').getByText('make old').first().waitFor()
  await page.waitForFunction(async () => (await navigator.locks.query()).held.some(({ name }) => name === 'muster.reports'))
  await shown(page, false)
  ask(world, 'login doctor', 'make one')
  assert.deepEqual(await open(page), [])
  await until(async () => (await open(page)).length === 1, 'the ask is reported')
  assert.deepEqual(await open(page), [{ title: 'login doctor needs you', body: 'make one', silent: true }])
})

test('looking at the page clears what it reported', async (t) => {
  const { page, world } = await openAllowed(t)
  await shown(page, false)
  ask(world, 'login doctor', 'make one')
  await until(async () => (await open(page)).length === 1, 'the ask is reported')
  await shown(page, true)
  await until(async () => (await open(page)).length === 0, 'it is cleared')
})

test('an agent on screen is not reported, in whichever tab it is', async (t) => {
  const { page, mock, world } = await openAllowed(t)
  const other = await page.context().newPage()
  t.after(() => other.close())
  await other.goto(mock.url)
  await other.evaluate(() => sessionStorage.setItem('answer', 'granted'))
  await other.goto(`${mock.url}${paths.agent(world, 'login doctor')}`)
  await live(other)
  await shown(page, false)
  await other.waitForFunction(async (id) => (await navigator.locks.query()).held.some(({ name }) => name === `muster.sees ${id}`), named(world.agents, 'login doctor').id)
  ask(world, 'login doctor', 'seen elsewhere')
  ask(world, 'reviewer', 'seen nowhere')
  await until(async () => (await open(page)).length === 1, 'one is reported')
  assert.deepEqual((await open(page)).map(({ title }) => title), ['reviewer needs you'])
  assert.deepEqual(await open(other), [])
})

test('each kind is reported as its setting says, and all stop together', async (t) => {
  const { page, world } = await openAllowed(t, { settings: { 'notify.finished': 'true', 'notify.asks': 'false', 'notify.sound': 'true' } })
  await shown(page, false)
  ask(world, 'login doctor', 'not wanted')
  world.setStatus(named(world.agents, 'indexer'), 'error', 'api', 'overloaded')
  await until(async () => (await open(page)).length === 1, 'the failure is reported')
  assert.deepEqual(await open(page), [{ title: 'indexer failed', body: 'overloaded', silent: false }])
  world.setStatus(named(world.agents, 'indexer'), 'running', 'working')
  await until(async () => (await open(page)).length === 0, 'it is over')
  world.setStatus(named(world.agents, 'indexer'), 'finished', 'turn_done')
  await until(async () => (await open(page))[0]?.title === 'indexer has finished its turn', 'the end is reported')
  const set = async (notifications, theme) => {
    Object.assign(world.settings, { notifications, theme })
    world.streams.emit('app', 'setting_changed', { name: 'notifications' })
    await page.waitForFunction((now) => document.documentElement.dataset.theme === now, theme)
  }
  await set('false', 'dark')
  world.setStatus(named(world.agents, 'login doctor'), 'error', 'api', 'overloaded')
  await page.getByRole('navigation', { name: 'Main' }).getByRole('region', { name: 'Needs you' }).getByRole('img', { name: 'Failed' }).nth(1).waitFor()
  await set('true', 'light')
  world.setStatus(named(world.agents, 'tester'), 'error', 'api', 'overloaded')
  await until(async () => (await open(page)).some(({ title }) => title.endsWith('failed')), 'what comes after it is reported')
  assert.deepEqual((await open(page)).map(({ title }) => title), ['indexer has finished its turn', 'tester failed'])
})
