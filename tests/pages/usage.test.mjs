// Usage: figures in words, bars with the same figures as a table, limits with their reset, a file for other programs.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, phone, useStage } from '../../web/mock/harness.mjs'
import { usedDays } from '../../web/mock/ops_usage.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()

function usedWorld() {
  const world = seedWorld()
  world.usedDays = usedDays()
  world.usageLimits = { dailyTokenLimit: 1_000_000, dailyRequestLimit: 30 }
  for (const [n, agent] of [...world.agents.values()].entries()) Object.assign(agent, { tokens: (n + 1) * 1000, costMicros: (n + 1) * 1_000_000 })
  return world
}

test('bars and table show the same figures, and a bar is read out by key', async (t) => {
  const { page } = await openPage(t, { world: usedWorld(), path: '/usage' })
  const bars = page.getByRole('slider', { name: 'Cost of the period' })
  await bars.waitFor()
  assert.match(await bars.getAttribute('aria-valuetext'), /: \$12\.40, 40 requests$/)
  await bars.focus()
  await page.keyboard.press('ArrowLeft')
  assert.match(await bars.getAttribute('aria-valuetext'), /: \$23\.87, 77 requests$/)
  const table = page.getByRole('table', { name: 'Usage by period' })
  await table.getByRole('cell', { name: '$23.87' }).waitFor()
  assert.equal(await table.getByRole('row').count(), 8)
  await page.getByRole('button', { name: 'Show 17 more' }).click()
  assert.equal(await table.getByRole('row').count(), 25)
  await page.getByRole('radio', { name: 'Tokens' }).click()
  await page.getByRole('slider', { name: 'Tokens of the period' }).waitFor()
})

test('limits say what is left and when they begin again', async (t) => {
  const { page } = await openPage(t, { world: usedWorld(), path: '/usage' })
  await page.getByText('840 k of 1 M').waitFor()
  await page.getByText('40 of 30, over it').waitFor()
  await page.getByText('resets in 2 h 5 m').first().waitFor()
})

test('models, workspaces and agents are tables', async (t) => {
  const { page } = await openPage(t, { world: usedWorld(), path: '/usage' })
  await page.getByRole('table', { name: 'Tokens by model' }).getByText('claude-opus-5-5').waitFor()
  await page.getByRole('table', { name: 'Usage by workspace' }).getByRole('cell', { name: '$15.00' }).waitFor()
  await page.getByRole('radio', { name: 'Agents' }).click()
  await page.getByRole('table', { name: 'Usage by agent' }).getByRole('link', { name: 'watcher' }).waitFor()
  await checkAccess(page)
})

test('the history is exported for other programs', async (t) => {
  const { page } = await openPage(t, { world: usedWorld(), path: '/usage' })
  await page.getByRole('table', { name: 'Usage by period' }).waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export CSV' }).click()])
  assert.equal(download.suggestedFilename(), 'muster-usage-daily.csv')
  const [head, first] = (await readFile(await download.path(), 'utf8')).split('\r\n')
  assert.equal(head, 'date,requests,failed,input_tokens,output_tokens,tokens,cost_usd,models')
  assert.match(first, /,40,0,789600,50400,840000,12\.400000,/)
})

test('nothing used says when figures appear', async (t) => {
  const { page } = await openPage(t, { path: '/usage' })
  await page.getByText('Nothing has been used yet.').waitFor()
  await page.getByText('hours are not recorded').waitFor()
})

test('it can be read in both colours, on a phone, and at 320', async (t) => {
  const { page } = await openPage(t, { world: usedWorld(), path: '/usage', device: phone })
  await page.getByRole('table', { name: 'Usage by workspace' }).waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
  await checkStill(page)
})

test('on a phone the chosen segment fits in its track', async (t) => {
  const { page } = await openPage(t, { world: usedWorld(), path: '/usage', device: phone })
  const track = await page.getByRole('radiogroup', { name: 'Period' }).boundingBox()
  const chosen = await page.getByRole('radio', { name: 'Days' }).boundingBox()
  assert.ok(chosen.height >= 44 && chosen.y >= track.y && chosen.y + chosen.height <= track.y + track.height)
})
