// A person at the keyboard of a page: keys at human speed, never a click, and a look after each of them at where the focus is.
import assert from 'node:assert/strict'
import { until } from './wait.mjs'

/** Between two keys of a quick typist. */
const DELAY_MS = 50
/** So many presses of Tab lead from any place to any other. */
const MOST_TABS = 80

/** What has the focus: its name, and what is wrong with it for somebody who looks; '' while nothing is. */
function readFocus() {
  const node = document.activeElement
  if (!node || node === document.body) return { name: 'nothing', fault: 'it is lost' }
  const name = `${node.localName} ${node.getAttribute('aria-label') ?? node.labels?.[0]?.textContent ?? node.textContent}`.slice(0, 80)
  const box = node.getBoundingClientRect()
  const isInside = box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight
  if (!isInside) return { name, fault: 'it is out of sight' }
  const isMarked = (one) =>
    [undefined, '::after'].some((part) => {
      const { content, outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one, part)
      return (part === undefined || content !== 'none') && ((outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none')
    })
  // A field has its caret, an entry of a menu its ground, a page its title, a list the row that keys act on, what scrolls an outline above it.
  const isText = node.matches('input, textarea, [contenteditable], [data-highlighted]')
  const around = [node, node.querySelector('h1'), node.closest('section, label, div, li'), node.parentElement, node.querySelector('[class*=edge-accent]')]
  return { name, fault: isText || around.filter(Boolean).some(isMarked) ? '' : 'nothing marks it' }
}

export class Hands {
  constructor(page) {
    this.page = page
  }

  /** One key or chord; afterwards the focus is somewhere, and in sight. */
  async press(key, times = 1) {
    for (let n = 0; n < times; n++) {
      await this.page.keyboard.press(key, { delay: DELAY_MS })
      await this.#look(key)
    }
  }

  async type(text) {
    await this.page.keyboard.type(text, { delay: DELAY_MS })
    await this.#look(`the words "${text}"`)
  }

  /** The focus comes there by itself. */
  async isAt(part, why = String(part)) {
    await part.and(this.page.locator(':focus')).waitFor().catch(async (error) => {
      throw new Error(`the focus is at ${(await this.page.evaluate(readFocus)).name}, not at ${why}`, { cause: error })
    })
  }

  /** By Tab, or back by Shift Tab; each stop on the way is in sight. */
  async tabTo(part, key = 'Tab') {
    const stops = []
    for (let n = 0; n < MOST_TABS; n++) {
      if ((await part.and(this.page.locator(':focus')).count()) > 0) return
      await this.page.keyboard.press(key, { delay: DELAY_MS })
      const { name, fault } = await this.page.evaluate(readFocus)
      stops.push(name)
      // Behind the last part of a page the browser has its own.
      if (name !== 'nothing') assert.equal(fault, '', `${key} leads to ${name}: ${fault}`)
    }
    assert.fail(`${key} does not lead to ${part}: ${stops.join(' › ')}`)
  }

  async #look(after) {
    let found
    await until(async () => (found = await this.page.evaluate(readFocus)).fault === '', 'the focus is in sight', 2_000).catch(() => {})
    assert.equal(found.fault, '', `after ${after} the focus is at ${found.name}: ${found.fault}`)
  }
}
