// The base of every page test: a mock daemon, Debian's Chromium, and checks that apply to all.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { chromium } from 'playwright-core'
import { checkItself } from './checks.mjs'
import { pace } from './scenarios.mjs'
import { seedWorld } from './seed.mjs'
import { startMock } from './serve.mjs'

export { checkAccess, checkColours, checkForcedColours, checkStill, checkWidth } from './checks.mjs'

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

export const wide = { viewport: { width: 1280, height: 800 } }
export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

/** What the network reports on the console is the daemon's answer, not a fault of the page. */
const isNetworkNote = (text) => text.startsWith('Failed to load resource') || text.startsWith('WebSocket connection to') || text.includes('dynamically imported module')

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

/** Reports what the policy of the page blocked. */
function reportViolations() {
  document.addEventListener('securitypolicyviolation', (event) =>
    console.error('policy broken:', event.violatedDirective, event.blockedURI, event.sample),
  )
}

/**
 * The base of a file of tests: one browser, one mock whose world each test replaces, and one page for each kind of
 * device. Starting them costs more than most tests do. A test gets its page as after a first start: empty storage, a
 * fresh code, the theme that it wants.
 */
class Stage {
  #pages = new Map()
  #problems = []

  async start() {
    this.mock = await startMock()
    this.browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags })
  }

  async stop() {
    await this.browser?.close()
    await this.mock?.close()
  }

  async #page(device) {
    const known = this.#pages.get(device)
    if (known) return known
    const context = await this.browser.newContext({ ...device, reducedMotion: 'reduce' })
    await context.addInitScript(reportViolations)
    await context.addInitScript(checkItself)
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    watch(page, this.mock.url, this.#problems)
    this.#pages.set(device, page)
    return page
  }

  /** Leaves the page of the test before and all that it kept. */
  async #clear(page) {
    if (page.url() === 'about:blank') return
    await page.evaluate(() => {
      localStorage.clear()
      sessionStorage.clear()
      // A page that is left stores when somebody was last here.
      Storage.prototype.setItem = () => {}
    })
    await page.goto('about:blank')
  }

  /** When the test ends, the gates are read: no error, no broken policy, no foreign request. */
  async open(t, { world = seedWorld(), path = '/', device = wide, theme = 'light', hasCode = true } = {}) {
    const { mock } = this
    const page = await this.#page(device)
    await this.#clear(page)
    this.#problems.length = 0
    t.after(() => assert.deepEqual(this.#problems, []))
    mock.show(world)
    mock.addCode('mock-code')
    await page.setViewportSize(device.viewport)
    await page.emulateMedia({ colorScheme: theme })
    await page.goto(`${mock.url}${path}${hasCode ? '#code=mock-code' : ''}`)
    return { page, mock, world }
  }
}

/** To be called once, at the top of a file: returns its `openPage(t, options)`. */
export function useStage() {
  const stage = new Stage()
  before(() => stage.start())
  after(() => stage.stop())
  return (t, options) => stage.open(t, options)
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
  /** Against HEAD, in full width. */
  diff(world, name) {
    const worktree = named(world.worktrees, name)
    return `/w/${worktree.workspaceId}/review/${worktree.id}?against=head`
  },
  files: (world, agentName) => `${paths.agent(world, agentName)}?pane=files`,
}
