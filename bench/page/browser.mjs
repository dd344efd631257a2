// A page in Chromium over a daemon, and what the browser counts of it.
import { launchBrowser } from '../../tests/harness/browser.mjs'
import { countCommits } from '../../tests/harness/measure.mjs'
import { count, time } from './counts.mjs'

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** A page that this test answers itself may speak with the daemon all the same. */
const LOCAL = '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,LocalNetworkAccessForWebSockets'
const VIEW = { width: 1440, height: 900 }
const MOST_MS = 60_000

/** A browser that is signed in to one daemon. */
export class Visitor {
  static async open({ origin, token }, flags = []) {
    const visitor = new Visitor()
    Object.assign(visitor, { origin, token })
    visitor.browser = await launchBrowser({ args: [LOCAL, ...flags] })
    return visitor
  }

  /** A page at that address, in a renderer of its own. */
  async show(path) {
    const context = await this.browser.newContext({ viewport: VIEW, reducedMotion: 'reduce' })
    const page = await context.newPage()
    page.setDefaultTimeout(MOST_MS)
    await page.goto(`${this.origin}/theme.js`)
    await page.evaluate((token) => localStorage.setItem('muster.token', token), this.token)
    await context.addInitScript(countCommits)
    await context.addInitScript(count)
    await context.addInitScript(time)
    await page.goto(this.origin + path)
    await page.getByRole('main').waitFor()
    const session = await context.newCDPSession(page)
    await session.send('Performance.enable', { timeDomain: 'threadTicks' })
    return { page, session }
  }

  /** A page that somebody else could have written, at the same origin, so that it may read the same daemon. */
  async showPeer(html) {
    const context = await this.browser.newContext({ viewport: VIEW, reducedMotion: 'reduce' })
    await context.addInitScript(count)
    await context.addInitScript(time)
    const page = await context.newPage()
    await page.route('**/peer', (route) => route.fulfill({ body: html, contentType: 'text/html; charset=utf-8' }))
    await page.goto(`${this.origin}/peer`)
    const session = await context.newCDPSession(page)
    await session.send('Performance.enable', { timeDomain: 'threadTicks' })
    return { page, session }
  }

  close() {
    return this.browser.close()
  }
}

/** Seconds of processor that the page's main thread took since it was opened. */
export async function busySeconds(session) {
  return (await metrics(session)).TaskDuration
}

export async function metrics(session) {
  const found = await session.send('Performance.getMetrics')
  return Object.fromEntries(found.metrics.map(({ name, value }) => [name, value]))
}

/** What the page holds after everything that can go has gone. */
export async function held({ page, session }) {
  for (let n = 0; n < 3; n++) {
    await session.send('HeapProfiler.collectGarbage')
    await pause(100)
  }
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const { Nodes: nodes, JSEventListeners: listeners } = await metrics(session)
  const { sockets, timers } = await page.evaluate(() => window.counts.open())
  return { heap: usedSize, nodes, listeners, sockets, timers }
}
