// A page of the real daemon in a real browser, opened as a person opens it: by a link that signs in.
import { checkItself } from '../../web/mock/checks.mjs'
import { DEADLINE_MS } from './wait.mjs'

export const wide = { viewport: { width: 1440, height: 900 } }

/** Longer than a page refuses answers to what has just appeared. */
const LOOK_MS = 450

/** What the network reports on the console is the state of the connection, which the page shows itself. */
const isNetworkNote = (text) => text.startsWith('Failed to load resource') || text.startsWith('WebSocket connection to')

/**
 * The page at that place. `faults` are errors that must not be, `calls` what it called over its socket: {op, input, status}, the
 * last of them as soon as it is answered.
 * `stored` is what local storage has from an earlier visit; `aheadMs`, how much later it is for the page; `want` as Daemon.want.
 */
export async function visit(browser, want, place = '/', { stored = {}, aheadMs = 0, ...device } = wide) {
  const context = await browser.newContext(device)
  if (aheadMs > 0) await context.clock.setSystemTime(Date.now() + aheadMs)
  await context.addInitScript(checkItself)
  await context.addInitScript((all) => {
    for (const [key, value] of Object.entries(all)) if (localStorage.getItem(key) === null) localStorage.setItem(key, JSON.stringify(value))
  }, stored)
  const page = await context.newPage()
  page.setDefaultTimeout(DEADLINE_MS)
  const [faults, calls] = [[], []]
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !isNetworkNote(message.text())) faults.push(message.text())
  })
  page.on('websocket', (socket) => {
    const open = new Map()
    socket.on('framesent', ({ payload }) => {
      if (typeof payload !== 'string') return
      const { type, id, op, input } = JSON.parse(payload)
      if (type === 'call') open.set(id, calls[calls.push({ op, input }) - 1])
    })
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload !== 'string' || !payload.startsWith('{"type":"reply"')) return
      const { id, status } = JSON.parse(payload)
      if (open.has(id)) open.get(id).status = status
    })
  })
  const { url } = await want(200, 'POST', '/api/auth/codes')
  await page.goto(new URL(`${place}${new URL(url).hash}`, url).href)
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  return { page, faults, calls, close: () => context.close() }
}

/** A person has seen what is there: what comes before is refused. */
export const look = (page) => page.evaluate((ms) => new Promise((resolve) => setTimeout(resolve, ms)), LOOK_MS)
