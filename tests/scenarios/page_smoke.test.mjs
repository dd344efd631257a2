// Every page over a home in the middle of its work, in both themes, wide and on a phone: nothing is broken, nothing is wider
// than the window, and it is accessible.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { checkAccess, checkColours, checkItself, checkWidth } from '../../web/mock/checks.mjs'
import { launchBrowser } from '../harness/browser.mjs'
import { Home } from '../harness/home.mjs'
import { builtVisits, settle, sizes, themes } from '../harness/routes.mjs'
import { DEADLINE_MS } from '../harness/wait.mjs'

const { visits, unvisited } = builtVisits()
const [firstTheme, otherTheme] = themes

/** What the network reports on the console is the daemon's answer, not a fault of the page. */
const isNetworkNote = (text) => text.startsWith('Failed to load resource') || text.startsWith('WebSocket connection to')

/** In the page: reports what its policy refused. */
function reportViolations() {
  document.addEventListener('securitypolicyviolation', (event) => console.error('policy broken:', event.violatedDirective, event.blockedURI, event.sample))
}

test('every address of the page is visited', () => {
  assert.deepEqual(unvisited, [])
})

describe('with agents in every state', () => {
  let home
  let browser
  before(async () => {
    home = await Home.make()
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await home?.close()
  })

  for (const [size, device] of Object.entries(sizes))
    describe(size, () => {
      let page
      const faults = []
      before(async () => {
        const context = await browser.newContext({ ...device, reducedMotion: 'reduce', colorScheme: firstTheme })
        await context.addInitScript(reportViolations)
        await context.addInitScript(checkItself)
        page = await context.newPage()
        page.setDefaultTimeout(DEADLINE_MS)
        page.on('pageerror', (error) => faults.push(`page error: ${error.message}`))
        page.on('console', (message) => {
          if (message.type() === 'error' && !isNetworkNote(message.text())) faults.push(`console: ${message.text()}`)
        })
        await page.goto(await home.url())
        await page.getByRole('main').waitFor()
      })
      after(() => page.context().close())

      for (const { name, place, heading } of visits)
        test(`${name}, in both themes`, async () => {
          faults.length = 0
          await page.emulateMedia({ colorScheme: firstTheme })
          await page.goto(home.daemon.origin + place(home))
          await settle(page, heading)
          await checkWidth(page)
          await checkAccess(page)
          await checkColours(page, otherTheme)
          assert.deepEqual(faults, [])
        })
    })
})
