// What every page keeps to, over a real home: it costs nothing while nothing happens, little while much happens, and can be
// used by whoever needs other colours, larger text, a narrow window or a keyboard.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { checkForcedColours, checkWidth } from '../../web/mock/checks.mjs'
import { launchBrowser } from '../harness/browser.mjs'
import { Home } from '../harness/home.mjs'
import { commitsPerSecond, countCommits, countNodes, smallTargets, tabOrder, workDuring } from '../harness/measure.mjs'
import { builtVisits, settle } from '../harness/routes.mjs'
import { DEADLINE_MS, until } from '../harness/wait.mjs'

const COMMITS_PER_SECOND = 12
const NODES = 3000
const TARGET_PX = 24
const TOUCH_PX = 44
const NARROW = { width: 320, height: 700 }
/** What a browser has until a person changes it. */
const TEXT_PX = 16
const WIDE = { width: 1440, height: 900 }
const STILL_SECONDS = 10
/** Ages step by the minute; those of one home do so within half of it. */
const STILL_TRIES = 4
const FIRST_MINUTE_MS = 61_000

// One visit for each page, and each pane of an agent.
const SKIPPED = /^agent (backoff|seed|pages|plan|partitions|failed|later|checksums|stopped)$|^no such|^components$/
const visits = builtVisits().visits.filter(({ name }) => !SKIPPED.test(name))

describe('in a home where nothing runs', () => {
  let home
  let browser
  let page
  let quietSince
  before(async () => {
    home = await Home.make({ isQuiet: true })
    quietSince = Date.now()
    browser = await launchBrowser()
    page = await openPage({ viewport: WIDE })
  })
  after(async () => {
    await browser?.close()
    await home?.close()
  })

  async function openPage(options, within = browser) {
    const context = await within.newContext({ reducedMotion: 'reduce', ...options })
    await context.addInitScript(countCommits)
    const opened = await context.newPage()
    opened.setDefaultTimeout(DEADLINE_MS)
    await opened.goto(await home.url())
    await opened.getByRole('main').waitFor()
    return opened
  }

  async function show(where, { place, heading }) {
    await where.goto(home.daemon.origin + place(home))
    await settle(where, heading)
  }

  for (const visit of visits)
    describe(visit.name, () => {
      before(() => show(page, visit))

      test('is accessible in forced colours', () => checkForcedColours(page))

      test(`has no target smaller than ${TARGET_PX} px`, async () => {
        assert.deepEqual(await smallTargets(page, TARGET_PX), [])
      })

      test('leads the focus round without a trap, and shows where it is, in forced colours too', async () => {
        await page.emulateMedia({ forcedColors: 'active' })
        const { met, unseen, isRound } = await tabOrder(page)
        await page.emulateMedia({ forcedColors: 'none' })
        assert.ok(isRound, `the focus stays behind ${met.slice(-3).join(', ')}`)
        assert.ok(met.length >= 3, met.join(', '))
        assert.deepEqual(unseen, [])
      })

      test('fits a window of 320 px', async () => {
        await page.setViewportSize(NARROW)
        await checkWidth(page)
        await page.setViewportSize(WIDE)
      })
    })

  describe('with text of twice the size', () => {
    let large
    let inLarge
    before(async () => {
      large = await launchBrowser({ args: [`--blink-settings=defaultFontSize=${2 * TEXT_PX}`] })
      inLarge = await openPage({ viewport: WIDE }, large)
    })
    after(() => large?.close())
    test('text follows what a person chose', async () => {
      const [usual, chosen] = await Promise.all([page, inLarge].map((one) => one.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize))))
      assert.equal(chosen, 2 * usual)
    })
    for (const visit of visits)
      test(`${visit.name} fits its window`, async () => {
        await show(inLarge, visit)
        await checkWidth(inLarge)
      })
  })

  describe('by touch', () => {
    let phone
    before(async () => {
      phone = await openPage({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    })
    for (const visit of visits)
      test(`${visit.name} has no target smaller than ${TOUCH_PX} px`, async () => {
        await show(phone, visit)
        assert.deepEqual(await smallTargets(phone, TOUCH_PX), [])
      })
  })

  test('every page is still: no animation, and no style, layout or paint in ten seconds', async () => {
    await until(() => Date.now() - quietSince > FIRST_MINUTE_MS, 'no age ticks by the second any more', 2 * FIRST_MINUTE_MS)
    await page.close()
    const contexts = []
    try {
      // One after another: as many at once ask more of a small machine than a person does.
      const pages = []
      for (const visit of visits) {
        const opened = await openPage({ viewport: WIDE })
        contexts.push(opened.context())
        await show(opened, visit)
        pages.push(opened)
      }
      await new Promise((resolve) => setTimeout(resolve, 2000)) // no event: two seconds after it nothing may move
      const moving = await Promise.all(pages.map((one) => one.evaluate(() => document.getAnimations().length)))
      assert.deepEqual(Object.fromEntries(moving.flatMap((n, at) => (n > 0 ? [[visits[at].name, n]] : []))), {})
      let found
      for (let n = 0; n < STILL_TRIES && !found?.isStill; n++) {
        const { work, paints } = await workDuring(browser, pages, STILL_SECONDS)
        const busy = work.flatMap((counts, at) => (Object.values(counts).some((value) => value > 0) ? [[visits[at].name, counts]] : []))
        found = { isStill: busy.length === 0 && paints === 0, paints, ...Object.fromEntries(busy) }
      }
      assert.deepEqual(found, { isStill: true, paints: 0 })
    } finally {
      await Promise.all(contexts.map((one) => one.close()))
    }
  })

  test(`while four agents write as fast as they can, React commits at most ${COMMITS_PER_SECOND} times a second, into at most ${NODES} nodes`, async () => {
    const writers = ['keys', 'limits', 'survey', 'checksums'].map((key) => home.agents[key])
    await home.agents.checksums.start()
    for (const writer of writers) await writer.send('Tell me everything. @@busy')
    await Promise.all(writers.map((writer) => writer.next('text_delta', ({ text }) => text.length > 0)))
    const shown = visits.filter(({ name }) => /^(home|board|agent keys)$/.test(name))
    const found = {}
    for (const visit of shown) {
      const busy = await openPage({ viewport: WIDE })
      await busy.goto(home.daemon.origin + visit.place(home))
      await busy.getByRole('heading', { level: 1 }).first().waitFor()
      await busy.waitForTimeout(2000)
      const commits = await commitsPerSecond(busy, 5)
      const nodes = await countNodes(busy)
      if (commits > COMMITS_PER_SECOND || nodes > NODES) found[visit.name] = { commits, nodes }
      await busy.context().close()
    }
    assert.deepEqual(found, {})
    for (const writer of writers) await home.daemon.api('POST', `${writer.route}/interrupt`) // one may have ended
  })
})
