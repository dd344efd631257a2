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
