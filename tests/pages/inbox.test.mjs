// The inbox of all agents.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { named, useStage } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()

test('the inbox holds every open ask and empties as they are answered', async (t) => {
  const world = seedWorld()
  const { page } = await openPage(t, { world, path: '/inbox' })
  await page.getByRole('region', { name: /^Permission: npm test/ }).getByText('harbor / fix-login').waitFor()
  world.openAsk(named(world.agents, 'indexer'), 'permission', 'Write', 'notes.md', { file_path: 'notes.md', content: 'a' })
  await page.getByRole('region', { name: 'Permission: notes.md' }).waitFor()
  await page.getByText('2 asks from your agents').waitFor()
  await page.getByRole('region', { name: 'Permission: notes.md' }).getByRole('button', { name: /^Allow/ }).click()
  await page.getByText('1 ask from your agents').waitFor()
  await page.getByText('A', { exact: true }).locator('visible=true').waitFor()
  await page.keyboard.press('a')
  await page.getByText('Nothing needs your attention.').waitFor()
})

test('long arguments are read whole before they can be edited', async (t) => {
  const world = seedWorld()
  const content = [...Array.from({ length: 400 }, (_, n) => `line ${n}`), 'the end'].join('\n')
  world.openAsk(named(world.agents, 'indexer'), 'permission', 'Write', 'long.md', { file_path: 'long.md', content })
  const { page } = await openPage(t, { world, path: '/inbox' })
  const card = page.getByRole('region', { name: 'Permission: long.md' })
  await card.getByRole('button', { name: 'To its end' }).click()
  await card.getByText('the end', { exact: true }).waitFor()
  await card.getByRole('button', { name: 'Edit' }).click()
  assert.equal(JSON.parse(await card.getByLabel('Arguments').inputValue()).content, content)
})

test('an ask that was answered elsewhere leaves the inbox', async (t) => {
  const world = seedWorld()
  const { page } = await openPage(t, { world, path: '/inbox' })
  await page.getByRole('region', { name: /^Permission: npm test/ }).waitFor()
  world.closeAsks(named(world.agents, 'login doctor'))
  await page.getByText('Nothing needs your attention.').waitFor()
})

test('the inbox shows the names of agents, and new names after a rename', async (t) => {
  const world = seedWorld()
  const { page } = await openPage(t, { world, path: '/inbox' })
  await page.getByRole('main').getByRole('link', { name: 'login doctor' }).waitFor()
  const agent = named(world.agents, 'login doctor')
  agent.name = 'gatekeeper'
  world.emitAgentChange(agent, 'agent_updated')
  await page.getByRole('main').getByRole('link', { name: 'gatekeeper' }).waitFor()
})
