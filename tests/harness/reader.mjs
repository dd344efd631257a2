// What a reader of an agent's page has: the words on screen, where they are, and what was begun.
import { DEADLINE_MS } from './wait.mjs'

/** The whole transcript, top to bottom, as a reader sees it; the place is as before afterwards. */
export function wholeText(page) {
  return page.getByRole('log', { name: 'Transcript' }).evaluate(async (node) => {
    const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    const before = node.scrollTop
    const rows = new Map()
    function take() {
      for (const row of node.querySelectorAll('[data-index]')) rows.set(Number(row.dataset.index), row.innerText)
    }
    for (let top = 0; ; top += node.clientHeight / 2) {
      node.scrollTo(0, top)
      await drawn()
      take()
      if (top >= node.scrollHeight - node.clientHeight) break
    }
    node.scrollTo(0, before)
    await drawn()
    // Where it begins depends on who has looked when, and an age on the time of day.
    const isOfReader = /^(New since you looked|Waiting for the first word)/
    return [...rows].sort(([a], [b]) => a - b).map(([, text]) => text.trim()).filter((text) => text !== '' && !isOfReader.test(text))
  })
}

/** What must not change by itself: the row under the eyes, what is selected, written and open, and the focus. */
export function holdings(page) {
  return page.evaluate(() => {
    const log = document.querySelector('[role=log]')
    const top = log.getBoundingClientRect().top
    const row = [...log.querySelectorAll('[data-index]')].find((one) => one.getBoundingClientRect().bottom > top + 1)
    const field = document.querySelector('[aria-label=Composer] textarea')
    const focus = document.activeElement
    return {
      row: row && { text: row.innerText.slice(0, 60), at: Math.round(row.getBoundingClientRect().top - top) },
      selection: String(window.getSelection()),
      draft: [field.value, field.selectionStart, field.selectionEnd],
      menus: [...document.querySelectorAll('[role=menu]')].map((menu) => menu.innerText),
      focus: [focus.localName, focus.getAttribute('role'), focus.getAttribute('aria-label') ?? focus.innerText.slice(0, 40)],
    }
  })
}

export const isAtEnd = (page) =>
  page.getByRole('log', { name: 'Transcript' }).evaluate((node) => node.scrollHeight - node.scrollTop - node.clientHeight <= 48)

/** Selects the first of these words on screen, as a mouse does. */
export async function selectWords(page, words) {
  const place = page.getByRole('log', { name: 'Transcript' }).getByText(words).first()
  await place.waitFor({ timeout: DEADLINE_MS })
  await place.evaluate((node, wanted) => {
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const from = walker.currentNode.data.indexOf(wanted)
      if (from < 0) continue
      window.getSelection().setBaseAndExtent(walker.currentNode, from, walker.currentNode, from + wanted.length)
      return
    }
    throw new Error(`${wanted} cannot be selected`)
  }, words)
}
