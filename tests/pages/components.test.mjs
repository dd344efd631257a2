// The page of components: all of them with their states, accessible in both themes, within a narrow window; and what opens.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkForcedColours, checkStill, checkWidth, phone, useStage, wide } from '../../web/mock/harness.mjs'

const openPage = useStage()

const narrowPx = 320
const longestWaitMs = 4_000

/** With what comes later: skeletons, and the sentence below them. */
async function show(t, options = {}) {
  const { page } = await openPage(t, { path: '/_components', ...options })
  await page.getByText('Waiting for a sample takes longer than usual.').waitFor({ timeout: longestWaitMs * 5 })
  return page
}

test('every component is accessible in both themes and in forced colours, and nothing moves', async (t) => {
  const page = await show(t, { device: wide })
  await checkWidth(page)
  await checkStill(page)
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkForcedColours(page)
})

test('every component fits a phone and a window of 320', async (t) => {
  const page = await show(t, { device: phone, theme: 'dark' })
  await checkWidth(page, phone.viewport.width)
  await checkAccess(page)
  await checkWidth(page, narrowPx)
})

test('every component shows what would be hidden', async (t) => {
  const page = await show(t, { device: wide })
  const hidden = await page.evaluate(() => {
    const shown = [document.body.innerText]
    for (const node of document.querySelectorAll('*')) for (const name of ['title', 'aria-label']) shown.push(node.getAttribute(name) ?? '')
    return shown.join('\n').split('\n').filter((line) => /[\u202e\u200b]/.test(line))
  })
  assert.deepEqual(hidden, [])
})

const overlays = [
  ['Acts of a sample', 'menu', 'light'],
  ['Order of a sample', 'menu', 'dark'],
  ['Dialog: form', 'dialog', 'light'],
  ['Dialog: busy', 'dialog', 'dark'],
  ['Dialog: danger', 'dialog', 'light'],
  ['Dialog: long', 'dialog', 'dark'],
  ['Palette', 'dialog', 'light'],
  ['Keyboard shortcuts', 'dialog', 'dark'],
]

test('every overlay opens, is accessible, and gives the focus back', async (t) => {
  const page = await show(t, { device: wide })
  for (const [name, role, theme] of overlays) {
    await page.emulateMedia({ colorScheme: theme })
    const opener = page.getByRole('main').getByRole('button', { name, exact: true })
    await opener.click()
    const overlay = page.getByRole(role)
    await overlay.waitFor()
    await checkAccess(page)
    await page.keyboard.press('Escape')
    await overlay.waitFor({ state: 'detached' })
    assert.ok(await opener.evaluate((node) => node === document.activeElement), `${name} has the focus again`)
  }
})

test('toasts say, report and offer Undo, which waits while the pointer is on it', async (t) => {
  const page = await show(t, { device: wide })
  const press = (name) => page.getByRole('main').getByRole('button', { name }).click()
  await press('Say something')
  await page.getByText('Settings saved.').waitFor()
  await press('Report a failure')
  await page.getByText('The disk is full: invoice').waitFor()
  await press('Offer Undo')
  await page.getByText('Removed retry-backoff.').hover()
  await checkAccess(page)
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
  await page.getByText('It is back.').waitFor()
  // What failed stays until it is dismissed.
  await page.clock.install()
  await page.clock.runFor(60_000)
  const failed = page.getByRole('status').filter({ hasText: 'The disk is full: invoice' })
  await failed.getByRole('button', { name: 'Copy details' }).waitFor()
  await failed.getByRole('button', { name: 'Dismiss' }).last().click()
})
