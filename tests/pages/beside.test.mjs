// Two agents side by side: each with its transcript, its asks and its composer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, named, paths, useStage } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()

async function openPair(t, more = {}) {
  const world = seedWorld()
  const { page } = await openPage(t, { world, path: `${paths.agent(world, 'login doctor')}?pane=beside`, ...more })
  return { page, world, pane: page.getByRole('region', { name: 'Pane' }) }
}

const field = (part, name) => part.getByRole('textbox', { name: `Message to ${name}` })

test('a second agent is chosen and shown; each composer writes to its own, and the first keeps the focus', async (t) => {
  const { page, world, pane } = await openPair(t)
  await pane.getByRole('list', { name: 'Agents' }).getByRole('button', { name: /^indexer/ }).click()
  await pane.getByRole('link', { name: 'indexer' }).waitFor()
  assert.match(page.url(), new RegExp(`beside=${named(world.agents, 'indexer').id}`))
  await page.reload()
  await pane.getByRole('link', { name: 'indexer' }).waitFor()
  await field(page, 'login doctor').waitFor()
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Message to login doctor')
  await field(page, 'login doctor').fill('for the one')
  await field(pane, 'indexer').fill('for the other')
  assert.equal(await field(page, 'login doctor').inputValue(), 'for the one')
  await field(pane, 'indexer').press('Enter')
  await pane.getByText('for the other').first().waitFor()
  assert.equal(await field(page, 'login doctor').inputValue(), 'for the one')
})

test('another takes its place, and one that is gone says so', async (t) => {
  const { page, world, pane } = await openPair(t)
  await pane.getByRole('button', { name: /^indexer/ }).click()
  await pane.getByRole('button', { name: 'Another' }).click()
  await pane.getByRole('heading', { name: 'Choose the agent to show beside this one' }).waitFor()
  await page.goto(new URL(`${paths.agent(world, 'login doctor')}?pane=beside&beside=ag_00000000000000000000000000`, page.url()).href)
  await pane.getByRole('heading', { name: 'That agent is no longer here. Choose another' }).waitFor()
})

test('both can be read in both colours; nothing moves for ever', async (t) => {
  const { page, pane } = await openPair(t)
  await checkAccess(page)
  await pane.getByRole('button', { name: /^indexer/ }).click()
  await pane.getByRole('link', { name: 'indexer' }).waitFor()
  await checkStill(page)
  await checkAccess(page)
  await checkColours(page, 'dark')
})
