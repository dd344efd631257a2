// A page of the real daemon in a real browser, opened as a person opens it: by a link that signs in.
import { DEADLINE_MS } from './wait.mjs'

export const wide = { viewport: { width: 1440, height: 900 } }

/** Longer than a page refuses answers to what has just appeared. */
const LOOK_MS = 450

/** What the network reports on the console is the state of the connection, which the page shows itself. */
const isNetworkNote = (text) => text.startsWith('Failed to load resource') || text.startsWith('WebSocket connection to')

/**
 * The page at that place. `faults` are errors that must not be, `sent` the bodies of the writes to the API by their path.
 * `stored` is what local storage has from an earlier visit; `want` as Daemon.want.
 */
export async function visit(browser, want, place = '/', { stored = {}, ...device } = wide) {
  const context = await browser.newContext(device)
  await context.addInitScript((all) => {
    for (const [key, value] of Object.entries(all)) if (localStorage.getItem(key) === null) localStorage.setItem(key, JSON.stringify(value))
  }, stored)
  const page = await context.newPage()
  page.setDefaultTimeout(DEADLINE_MS)
  const [faults, sent] = [[], []]
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !isNetworkNote(message.text())) faults.push(message.text())
  })
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/api/') && request.method() !== 'GET') sent.push({ path: pathname, body: request.postDataJSON() })
  })
  const { url } = await want(200, 'POST', '/api/auth/codes')
  await page.goto(new URL(`${place}${new URL(url).hash}`, url).href)
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  return { page, faults, sent, close: () => context.close() }
}

/** A person has seen what is there: what comes before is refused. */
export const look = (page) => page.evaluate((ms) => new Promise((resolve) => setTimeout(resolve, ms)), LOOK_MS)
