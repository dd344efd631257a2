// How soon the page answers a person: each act again and again, and a time for each.
import { countNodes } from '../../tests/harness/measure.mjs'
import { held, pause, Visitor } from './browser.mjs'

const [KEYS, TIMES, OPENINGS, WARM_UPS, VISITS, LOOKS] = [60, 30, 20, 5, 50, 7]

const textarea = '<!doctype html><textarea rows="10"></textarea>'

/** For each key, from its event to the paint of the frame that comes next. */
export async function keysToPaint(page, field, most = KEYS) {
  await field.click()
  await page.evaluate(() => {
    window.keyTimes = []
    const paint = ({ timeStamp }) => window.seen(() => true).then((at) => window.keyTimes.push(at - timeStamp))
    document.addEventListener('keydown', paint, { capture: true })
  })
  for (let n = 1; n <= most; n++) {
    await page.keyboard.press('abcdefgh '[n % 9])
    await page.waitForFunction((all) => window.keyTimes.length >= all, n)
  }
  if ((await field.inputValue()).length !== most) throw new Error('not every key was shown')
  await field.fill('')
  return page.evaluate(() => window.keyTimes)
}

/** From one page to the next, until its heading is painted; the first round, which loads the code, does not count. */
async function routes(page, places) {
  const times = []
  for (let n = 0; n <= TIMES / places.length; n++)
    for (const place of places) {
      const took = await page.evaluate((path) => {
        const [old, before, begun] = [document.querySelector('h1'), document.querySelector('h1')?.textContent, performance.now()]
        window.visit(path)
        const isThere = (now = document.querySelector('h1')) => now && (now !== old || now.textContent !== before)
        return window.seen(() => isThere()).then((at) => at - begun)
      }, place)
      if (n > 0) times.push(took)
      await page.waitForLoadState('networkidle')
    }
  return times
}

async function palette(page) {
  const times = []
  for (let n = 0; n < TIMES; n++) {
    const painted = page.evaluate(() => window.seen(() => document.querySelector('dialog[open] [role=combobox]')).then((at) => at - window.keyAt))
    await page.keyboard.press('Control+k')
    times.push(await painted)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }
  return times.slice(1) // the first loads its code
}

/** From the board to an agent, after a load, until its newest message is painted. */
async function firstMessages(page, origin, { place, last }) {
  const times = []
  for (let n = 0; n < OPENINGS; n++) {
    await page.goto(`${origin}/board`)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    await page.waitForLoadState('networkidle')
    const took = await page.evaluate(
      ([path, text]) => {
        const begun = performance.now()
        window.visit(path)
        return window.seen(() => document.querySelector('[role=log]')?.textContent.includes(text)).then((at) => at - begun)
      },
      [place, last],
    )
    times.push(took)
  }
  return times
}

/** From Enter in the field for a time of day until a row of that time is painted. */
async function jumps(page) {
  const times = []
  await page.getByRole('log').focus()
  await page.keyboard.press('Control+f')
  const field = page.getByLabel('Go to a time')
  for (let n = 0; n < TIMES; n++) {
    // Far apart, and each another one.
    await field.fill(`${String((n * 7) % 24).padStart(2, '0')}:${String((n * 13) % 60).padStart(2, '0')}`)
    await field.focus()
    const painted = page.evaluate(() => {
      const before = document.querySelector('li[aria-current]')?.textContent
      const isThere = () => (document.querySelector('li[aria-current]')?.textContent ?? before) !== before
      return window.seen(isThere).then((at) => at - window.keyAt)
    })
    await page.keyboard.press('Enter')
    times.push(await painted)
    await page.waitForLoadState('networkidle')
  }
  return times
}

/** {place, last}: an agent with a long transcript, and words of its newest message. */
export async function acts({ place, last, ...daemon }) {
  const visitor = await Visitor.open(daemon)
  try {
    const { page } = await visitor.show('/board')
    const first = await firstMessages(page, daemon.origin, { place, last })
    const jump = await jumps(page)
    await page.goto(daemon.origin + place)
    await page.getByRole('log').getByText(last).waitFor()
    await page.waitForLoadState('networkidle')
    const keys = await keysToPaint(page, page.getByLabel('Composer').getByRole('textbox'))
    const plain = await visitor.showPeer(textarea)
    const plainKeys = await keysToPaint(plain.page, plain.page.getByRole('textbox'))
    const open = await palette(page)
    return { first, jump, keys, plainKeys, palette: open, route: await routes(page, ['/', '/board', '/inbox', '/usage', place]) }
  } finally {
    await visitor.close()
  }
}

/** V8 goes on making machine code of what is called often, about a megabyte in these visits: it is no thing that the page keeps. */
const UNCOMPILED = ['--js-flags=--no-opt --no-maglev --no-sparkplug']

/** What is held after each of some more visits, in the median: what had the focus last, a dozen nodes more or less, may still be. */
async function usuallyHeld(shown, visit) {
  const all = []
  for (let n = 0; n < LOOKS; n++) {
    await visit()
    await pause(1000)
    all.push(await held(shown))
  }
  return Object.fromEntries(Object.keys(all[0]).map((name) => [name, all.map((one) => one[name]).toSorted((a, b) => a - b)[LOOKS >> 1]]))
}

/** What many visits to an agent's page leave behind, beyond what the first few did. */
export async function visits({ place, last, ...daemon }) {
  const visitor = await Visitor.open(daemon, UNCOMPILED)
  try {
    const shown = await visitor.show('/board')
    const visit = async () => {
      await shown.page.evaluate((path) => window.visit(path), place)
      await shown.page.getByRole('log').getByText(last).waitFor()
      await shown.page.evaluate(() => window.visit('/board'))
      await shown.page.getByRole('log').waitFor({ state: 'detached' })
    }
    for (let n = 0; n < WARM_UPS; n++) await visit()
    const before = await usuallyHeld(shown, visit)
    for (let n = LOOKS; n < VISITS; n++) await visit()
    const after = await usuallyHeld(shown, visit)
    return Object.fromEntries(Object.keys(after).map((name) => [name, after[name] - before[name]]))
  } finally {
    await visitor.close()
  }
}

/** {place, files}: a large diff, opened in the page and again, and its files of special kinds. */
export async function diff({ place, files, ...daemon }) {
  const visitor = await Visitor.open(daemon)
  try {
    const { page } = await visitor.show('/board')
    const first = []
    let nodes = 0
    for (let n = 0; n < OPENINGS; n++) {
      await page.waitForLoadState('networkidle')
      const took = await page.evaluate((path) => {
        const begun = performance.now()
        window.visit(path)
        return window.seen(() => document.querySelector('[aria-label=Changes] h3')).then((at) => at - begun)
      }, place)
      first.push(took)
      nodes = Math.max(nodes, await countNodes(page))
      if (n < OPENINGS - 1) await page.evaluate(() => window.visit('/board'))
    }
    await page.waitForLoadState('networkidle')
    await page.evaluate(() => (window.counts.longest = 0))
    for (const { name, words } of files) {
      await page.evaluate((path) => window.visit(path), `${place}&file=${encodeURIComponent(name)}`)
      await page.getByRole('region', { name: 'Changes' }).getByText(words).first().waitFor()
      nodes = Math.max(nodes, await countNodes(page))
    }
    return { first, nodes, longest: await page.evaluate(() => window.counts.longest) }
  } finally {
    await visitor.close()
  }
}
