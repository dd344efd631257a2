// `./dev shots`: photographs of every page in both themes, wide and on a phone, in build/shots/. Somebody must look at them.
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { launchBrowser } from './browser.mjs'
import { Daemon } from './daemon.mjs'
import { Home } from './home.mjs'
import { build, checkout } from './program.mjs'
import { builtVisits, settle, sizes, themes } from './routes.mjs'

const folder = path.join(checkout, 'build/shots')
const SHEET = path.join(checkout, 'docs/pages.jpg')
const patienceMs = 15_000
/** What a page may still be waiting for when its picture is taken; a slow page says so after four seconds. */
const slowMs = 4_500

const USAGE = `usage: ./dev shots [--sheet] [NAME...]

Photographs every page of a prepared home into build/shots/<state>/<name>-<size>-<theme>.png; the states are full, empty,
loading and error. NAME selects pages: those whose name begins with it. --sheet only makes docs/pages.jpg of the
pictures that are there.`

/** The daemon accepts every call and answers none. */
function beSilent(socket) {
  socket.onMessage((text) => {
    const { type, id } = JSON.parse(text)
    if (type === 'ping') socket.send(JSON.stringify({ type: 'pong', id }))
  })
}

const failure = { error: { code: 'INTERNAL_ERROR', message: 'the store could not be read: disk I/O error' } }

/** The daemon answers every call with the same failure. */
function beBroken(socket) {
  const send = (message) => socket.send(JSON.stringify(message))
  const handlers = {
    ping: ({ id }) => send({ type: 'pong', id }),
    call: ({ id }) => send({ type: 'reply', id, status: 500, body: failure, cursors: [] }),
    subscribe({ id, topic }) {
      send({ type: 'subscribed', id, topic, generation: 1, seq: 0 })
      send({ type: 'live', id, topic, generation: 1, seq: 0 })
    },
  }
  socket.onMessage((text) => {
    const message = JSON.parse(text)
    handlers[message.type]?.(message)
  })
}

/** What stands between the page and its daemon in each state, and what is awaited before its picture. */
const states = {
  full: {
    async wait(page, { heading }) {
      await settle(page, heading)
      for (const awaited of [page.getByRole('status', { name: /^(Reading|Comparing|Running|Measuring) / }), page.getByText('Reading…')]) await awaited.first().waitFor({ state: 'hidden' })
    },
  },
  empty: { isEmpty: true, wait: (page) => settle(page) },
  loading: {
    prepare: async (page) => {
      await page.route('**/api/**', () => {})
      await page.routeWebSocket('**/ws', beSilent)
    },
    wait: (page) => page.waitForTimeout(slowMs),
  },
  error: {
    prepare: async (page) => {
      await page.route('**/api/**', (route) => route.fulfill({ status: 500, json: failure }))
      await page.routeWebSocket('**/ws', beBroken)
    },
    wait: (page) => page.waitForLoadState('networkidle'),
  },
}

/** A page that is signed in, in a context of its own. */
async function openPage(browser, device, colorScheme, url, prepare) {
  const context = await browser.newContext({ ...device, colorScheme, reducedMotion: 'reduce', deviceScaleFactor: device.isMobile ? 2 : 1 })
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  page.on('pageerror', (error) => console.error(`${page.url()}: ${error.message}`))
  await page.goto(url)
  await page.getByRole('main').waitFor()
  await prepare?.(page)
  return page
}

/** All pictures of one state on one device in one theme. */
async function photograph({ browser, home, state, visits, size, theme }) {
  const { isEmpty, prepare, wait } = states[state]
  const page = await openPage(browser, sizes[size], theme, await home.url(), prepare)
  for (const visit of visits) {
    if (isEmpty && visit.place.length > 0) continue // its address needs what an empty home lacks
    await page.goto(home.daemon.origin + visit.place(home))
    await wait(page, visit).catch((error) => console.error(`${state} ${visit.name}, ${size}, ${theme}: ${error.message.split('\n')[0]}`))
    await page.screenshot({ path: path.join(folder, state, `${visit.name.replaceAll(' ', '-')}-${size}-${theme}.png`), animations: 'disabled' })
  }
  await page.context().close()
}

/** A home in which nothing was opened yet. */
async function emptyHome() {
  const daemon = await Daemon.start()
  const url = async () => (await daemon.want(200, 'POST', '/api/auth/codes')).url
  return { daemon, url, close: () => daemon.remove() }
}

async function takeAll(names) {
  const visits = builtVisits().visits.filter(({ name }) => names.length === 0 || names.some((begin) => name.startsWith(begin)))
  if (visits.length === 0) throw new Error(`no page's name begins with ${names.join(' or ')}`)
  const browser = await launchBrowser()
  const homes = []
  try {
    const [full, empty] = [await Home.make(), await emptyHome()]
    homes.push(full, empty)
    for (const [state, { isEmpty }] of Object.entries(states)) {
      if (names.length === 0) await rm(path.join(folder, state), { recursive: true, force: true })
      await mkdir(path.join(folder, state), { recursive: true })
      const all = Object.keys(sizes).flatMap((size) => themes.map((theme) => ({ size, theme })))
      await Promise.all(all.map((one) => photograph({ browser, home: isEmpty ? empty : full, state, visits, ...one })))
      console.log(`${state}: ${path.relative(checkout, path.join(folder, state))}`)
    }
  } finally {
    await browser.close()
    for (const home of homes) await home.close()
  }
}

/** What the contact sheet shows, row by row, in the order of a day. */
const ROWS = [
  ['full/home-wide-dark', 'full/home-wide-light', 'full/inbox-wide-dark'],
  ['full/agent-keys-wide-dark', 'full/agent-with-diff-wide-light', 'full/agent-with-terminal-wide-dark'],
  ['full/board-wide-dark', 'full/review-wide-light', 'full/landing-wide-dark'],
  ['full/recovery-wide-light', 'full/usage-wide-dark', 'full/settings-general-wide-light'],
  ['full/workspace-wide-light', 'full/workspace-settings-wide-dark', 'full/components-wide-light'],
  ['empty/home-wide-dark', 'loading/board-wide-light', 'error/usage-wide-dark'],
]
const PHONES = ['home-phone-dark', 'inbox-phone-light', 'agent-keys-phone-dark', 'agent-with-diff-phone-light', 'board-phone-dark', 'settings-general-phone-light']
const jpeg = { type: 'jpeg', quality: 80 }

async function makeSheet() {
  const image = (name) => `<img src="${pathToFileURL(path.join(folder, `${name}.png`))}" alt="">`
  const row = (names, width) => `<div style="--width:${width}px">${names.map(image).join('')}</div>`
  const html = `<!doctype html><style>
    body { margin: 0; padding: 24px; background: #1b1c20; width: max-content }
    div { display: flex; gap: 16px; margin-bottom: 16px } div:last-child { margin: 0 }
    img { width: var(--width); display: block; border-radius: 4px }
  </style>${ROWS.map((names) => row(names, 560)).join('')}${row(PHONES.map((name) => `full/${name}`), 272)}`
  const browser = await launchBrowser({ args: ['--allow-file-access-from-files'] })
  try {
    const page = await browser.newPage({ viewport: { width: 1760, height: 1000 } })
    await page.goto(pathToFileURL(folder).href)
    await page.setContent(html)
    const missing = await page.evaluate(() => [...document.images].filter((one) => one.naturalWidth === 0).map((one) => one.src.split('/').at(-1)))
    if (missing.length > 0) throw new Error(`no such pictures yet: ${missing.join(', ')}; run ./dev shots first`)
    await page.locator('body').screenshot({ path: SHEET, ...jpeg })
    console.log(path.relative(checkout, SHEET))
  } finally {
    await browser.close()
  }
}

// Commands that a page shows name the program as a person who installed it types it.
process.env.PATH = `${path.join(build, 'bin')}:${process.env.PATH}`
const { values, positionals } = parseArgs({ options: { sheet: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }, allowPositionals: true })
if (values.help) console.log(USAGE)
else if (values.sheet) await makeSheet()
else await takeAll(positionals)
