// What a page costs, as the browser counts it.

/** In the page, before its scripts: counts React's commits, by what it reports to its developer tools. */
export function countCommits() {
  window.commits = 0
  window.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
    supportsFiber: true,
    renderers: new Map(),
    inject: () => 1,
    checkDCE() {},
    onCommitFiberRoot() {
      window.commits++
    },
    onCommitFiberUnmount() {},
    onPostCommitFiberRoot() {},
  }
}

/** After `countCommits`: also by the frame that was being made, as soon as the page draws frames. */
export function countFrames() {
  window.frames_ = []
  let before = 0
  function frame() {
    window.frames_.push(window.commits - before)
    before = window.commits
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}

/** Of each frame since the last call, how many commits it had. */
export const commitsByFrame = (page) => page.evaluate(() => window.frames_.splice(0))

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Commits a second over that time. */
export async function commitsPerSecond(page, seconds) {
  const before = await page.evaluate(() => window.commits)
  await pause(seconds * 1000)
  return ((await page.evaluate(() => window.commits)) - before) / seconds
}

/** All nodes of the document: elements, texts, comments. */
export function countNodes(page) {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL)
    let n = 0
    while (walker.nextNode()) n++
    return n
  })
}

const COUNTED = ['RecalcStyleCount', 'LayoutCount']

async function readCounts(session) {
  const { metrics } = await session.send('Performance.getMetrics')
  return Object.fromEntries(metrics.filter(({ name }) => COUNTED.includes(name)).map(({ name, value }) => [name, value]))
}

/** Per page: how often styles were calculated, things laid out and painted in that time. The browser paints nothing else meanwhile. */
export async function workDuring(browser, pages, seconds) {
  const sessions = await Promise.all(pages.map((page) => page.context().newCDPSession(page)))
  await Promise.all(sessions.map((session) => session.send('Performance.enable')))
  await browser.startTracing(undefined, { categories: ['devtools.timeline'] })
  const before = await Promise.all(sessions.map(readCounts))
  await pause(seconds * 1000)
  const after = await Promise.all(sessions.map(readCounts))
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString())
  const paints = traceEvents.filter(({ name }) => name === 'Paint').length
  await Promise.all(sessions.map((session) => session.detach()))
  const work = after.map((counts, at) => Object.fromEntries(COUNTED.map((name) => [name, counts[name] - before[at][name]])))
  return { work, paints }
}

/** Controls that are smaller than that, but for links in running text (WCAG 2.2, 2.5.8). */
export function smallTargets(page, px) {
  return page.evaluate((least) => {
    const controls = 'button, a[href], input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab], [role=menuitem], [role=option], [role=checkbox], [role=switch], [role=radio]'
    /** A row whose link spreads over all of it, by a layer behind the text. */
    const spread = (element) => {
      const isSpread = ['::before', '::after'].some((layer) => {
        const { content, position } = getComputedStyle(element, layer)
        return content !== 'none' && position === 'absolute'
      })
      return isSpread && getComputedStyle(element).position === 'static' ? element.offsetParent : undefined
    }
    const isInText = (element) => element.matches('a') && getComputedStyle(element).display === 'inline' && element.closest('p, li, td, dd')
    return [...document.querySelectorAll(controls)].flatMap((element) => {
      const { width, height, bottom, right } = element.getBoundingClientRect()
      // What is hidden until it has focus, or is the hidden half of a drawn control, is nothing to aim at.
      if (width <= 1 || height <= 1 || bottom <= 0 || right <= 0 || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || isInText(element)) return []
      const wider = (element.labels?.[0] ?? spread(element))?.getBoundingClientRect()
      const [w, h] = [Math.max(width, wider?.width ?? 0), Math.max(height, wider?.height ?? 0)]
      return w < least || h < least ? [`${element.outerHTML.slice(0, 120)}: ${w.toFixed(0)} × ${h.toFixed(0)}`] : []
    })
  }, px)
}

/** What takes Tab for itself, and the key that leaves it, which the page shows beside it. */
const LEAVING = { 'Terminal input': 'Control+Shift+E' }

/**
 * Walks with Tab until focus comes round, and returns what it met, in order; a place that keeps the focus is a trap. `unseen`
 * are those that have the focus and do not show it by an outline, their own or that of what holds them.
 */
export async function tabOrder(page, most = 500) {
  const [met, unseen] = [[], []]
  const here = () =>
    page.evaluate(() => {
      const element = document.activeElement
      if (!element || element === document.body) return undefined
      window.tabbed ??= new Map()
      if (!window.tabbed.has(element)) window.tabbed.set(element, window.tabbed.size)
      let shows = false
      for (let one = element, n = 0; one && n < 3; one = one.parentElement, n++) shows ||= ['', '::before', '::after'].some((layer) => getComputedStyle(one, layer).outlineStyle !== 'none')
      const name = `${window.tabbed.get(element)} ${element.tagName.toLowerCase()} ${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)}`
      return { name, shows }
    })
  for (let n = 0; n < most; n++) {
    await page.keyboard.press('Tab')
    const stop = await here()
    if (stop === undefined) continue // between the last and the first it leaves the page
    const { name, shows } = stop
    if (name === met[0]) return { met, unseen, isRound: true }
    const [, leave] = Object.entries(LEAVING).find(([label]) => name.endsWith(label)) ?? []
    if (leave) {
      await page.keyboard.press(leave)
      const now = await here()
      return { met: [...met, name], unseen, isRound: now?.name !== name }
    }
    if (name === met.at(-1)) return { met, unseen, isRound: false }
    met.push(name)
    if (!shows) unseen.push(name)
  }
  return { met, unseen, isRound: false }
}
