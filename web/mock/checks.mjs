// Checks of an open page that apply to all, with the mock daemon and with the real one.
import assert from 'node:assert/strict'
import { AxeBuilder } from '@axe-core/playwright'

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** The ends of an open menu: they pass the focus on as soon as they get it, so nobody is ever there. */
const guards = '[data-base-ui-focus-guard]'

async function checkRules(axe) {
  const { violations } = await axe.setLegacyMode().exclude(guards).analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
  assert.deepEqual(found, [])
}

/** No violation of the accessibility rules. */
export function checkAccess(page) {
  return checkRules(new AxeBuilder({ page }).withTags(rules))
}

/** The same where a person's own colours replace the page's; axe looks at the page's, so their contrast is left out. */
export async function checkForcedColours(page) {
  await page.emulateMedia({ forcedColors: 'active' })
  await checkRules(new AxeBuilder({ page }).withTags(rules).disableRules(['color-contrast']))
  await page.emulateMedia({ forcedColors: 'none' })
}

/** The same page in the other theme: only its colours can be wrong. */
export async function checkColours(page, theme) {
  await page.emulateMedia({ colorScheme: theme })
  await checkRules(new AxeBuilder({ page }).withRules(['color-contrast']))
}

/** Nothing is wider than the window, which may be made narrower than its device first. */
export async function checkWidth(page, width) {
  if (width) await page.setViewportSize({ ...page.viewportSize(), width })
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  assert.ok(overflow <= 0, `the page is ${overflow} px wider than a window of ${page.viewportSize().width} px`)
}

/** Nothing moves for ever: it costs more than the page. */
export async function checkStill(page) {
  const endless = await page.evaluate(() => document.getAnimations().filter((one) => one.effect?.getTiming().iterations === Infinity).length)
  assert.equal(endless, 0)
}

/** In the page: what lies over what. */
function findOverlaps() {
  const look = {
    clips: (node) => /auto|scroll|hidden|clip/.test(getComputedStyle(node).overflow),
    /** What is seen of it: its box within everything that clips it. */
    boxOf(node) {
      let { left, top, right, bottom } = node.getBoundingClientRect()
      for (let up = node.parentElement; up; up = up.parentElement) {
        if (!look.clips(up)) continue
        const edge = up.getBoundingClientRect()
        left = Math.max(left, edge.left)
        top = Math.max(top, edge.top)
        right = Math.min(right, edge.right)
        bottom = Math.min(bottom, edge.bottom)
      }
      return { left, top, right: Math.min(right, window.innerWidth), bottom: Math.min(bottom, window.innerHeight) }
    },
    isHidden: (node) => !node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || node.closest('.sr-only, [inert], [role=slider], .xterm') !== null,
    hasText: (node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== ''),
    isPart: (node) => look.hasText(node) || node.matches('button, a[href], input, textarea, svg'),
    /** What stays in place while the rest scrolls below it. */
    isFixed: (node) => node.closest('.sticky') !== null,
    nameOf: (node) => `${node.localName} “${(node.getAttribute('aria-label') ?? node.textContent ?? '').trim().slice(0, 30)}”`,
  }
  const parts = [...document.querySelectorAll('body *')].filter((node) => look.isPart(node) && !look.isHidden(node) && !node.matches('option, script, style'))
  const boxes = parts.map((node) => ({ node, box: look.boxOf(node) })).filter(({ box }) => box.right - box.left > 1 && box.bottom - box.top > 1)
  const found = []
  for (const [at, one] of boxes.entries())
    for (const other of boxes.slice(at + 1)) {
      if (one.node.contains(other.node) || other.node.contains(one.node) || look.isFixed(one.node) !== look.isFixed(other.node)) continue
      const width = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left)
      const height = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top)
      if (width > 2 && height > 3) found.push(`${look.nameOf(one.node)} and ${look.nameOf(other.node)}: ${Math.round(width)} × ${Math.round(height)} px`)
    }
  return found
}

/**
 * No word, button or picture lies over another. What is clipped by something that scrolls counts only where it shows; below what stays
 * in place while the rest scrolls, the rest may pass.
 */
export async function checkOverlap(page) {
  const { width, height } = page.viewportSize()
  assert.deepEqual(await page.evaluate(findOverlaps), [], `at ${width} × ${height}`)
}

/** In the page: it checks itself. Keys that clash and answers of a wrong shape are errors on its console. */
export function checkItself() {
  if (location.protocol === 'http:') sessionStorage.setItem('muster.check', 'on')
}
