// What every page test stands on: a mock daemon, Debian's Chromium with a fresh profile, and gates that hold in all.
import assert from 'node:assert/strict'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium } from 'playwright-core'
import { pace } from './scenarios.mjs'
import { seedWorld } from './seed.mjs'
import { startMock } from './serve.mjs'

pace.ms = 4

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  // Chromium's own sandbox refuses to run as root.
  ...(process.getuid() === 0 ? ['--no-sandbox'] : []),
]

const wide = { viewport: { width: 1280, height: 800 } }
export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

/** One browser for a file of tests. */
export async function launchBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags })
}

/** What the network tells on the console is the daemon's answer, not a fault of the page. */
const isNetworkNote = (text) => text.startsWith('Failed to load resource') || text.startsWith('WebSocket connection to')

function watch(page, origin, problems) {
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !isNetworkNote(message.text())) problems.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url())
    if (protocol !== 'data:' && protocol !== 'blob:' && asked !== origin) problems.push(`foreign request: ${request.url()}`)
  })
}

/**
 * A page of a fresh profile on a mock of its own. When the test ends, the gates are read: no error, no broken policy,
 * no foreign request.
 */
export async function openPage(t, browser, { world = seedWorld(), path = '/', device = wide, theme = 'light', hasCode = true } = {}) {
  const mock = await startMock({ world })
  const context = await browser.newContext({ ...device, colorScheme: theme, reducedMotion: 'reduce' })
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error('policy broken:', event.violatedDirective, event.blockedURI, event.sample),
    ),
  )
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const problems = []
  watch(page, mock.url, problems)
  t.after(async () => {
    await context.close()
    await mock.close()
    assert.deepEqual(problems, [])
  })
  await page.goto(`${mock.url}${path}${hasCode ? '#code=mock-code' : ''}`)
  return { page, mock, world }
}

export function named(map, name) {
  const found = [...map.values()].find((row) => row.name === name)
  assert.ok(found, `nothing is named ${name}`)
  return found
}

export const paths = {
  workspace: (world, name = 'harbor') => `/w/${named(world.workspaces, name).id}`,
  agent(world, name) {
    const agent = named(world.agents, name)
    return `/w/${agent.workspaceId}/a/${agent.id}`
  },
  diff(world, name) {
    const worktree = named(world.worktrees, name)
    return `/w/${worktree.workspaceId}/diff/${worktree.id}`
  },
}

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** No violation of the accessibility rules, and nothing wider than the window. */
export async function checkLooks(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze()
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
  assert.deepEqual(told, [])
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  assert.ok(overflow <= 0, `the page is ${overflow} px wider than the window`)
}
