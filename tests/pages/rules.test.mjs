// Rules: what is answered without a person, in their order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkWidth, named, useStage } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()
const id = (n) => `rul_${String(n).padStart(26, '0')}`
const row = (n, values) => ({ id: id(n), enabled: true, createdBy: 'usr_00000000000000000000000000', matched: n, createdAt: '2026-11-20T10:00:00Z', updatedAt: '2026-11-20T10:00:00Z', ...values })

async function openRules(t, options = {}) {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  for (const [command, decision] of [['make a', 'allow'], ['make b', 'allow'], ['make c', 'deny']]) {
    const ask = world.openAsk(agent, 'permission', 'Bash', command, { command })
    world.settleAsk(ask, { decision, decidedBy: 'person', answeredBy: 'usr_00000000000000000000000000' })
  }
  if (!options.isEmpty)
    world.rules = [row(1, { decision: 'deny', tool: 'Bash', command: 'git push --force **', note: 'Never force' }), row(2, { decision: 'allow', tool: 'Bash', command: 'make **', lastMatchedAt: new Date(Date.now() - 3_600_000).toISOString() }), row(3, { decision: 'ask', tool: 'Write', path: 'src/**' })]
  const opened = await openPage(t, { world, path: '/inbox?tab=rules' })
  const list = opened.page.getByRole('list', { name: 'Rules, in their order' })
  return { ...opened, list, rows: () => list.locator('[data-rule]').evaluateAll((nodes) => nodes.map((node) => node.dataset.rule)) }
}

test('rules are listed with what they decide, where, how often and when they last did', async (t) => {
  const { page, list } = await openRules(t)
  await list.getByText('Bash(make **)').waitFor()
  await list.getByText('everywhere, Never force').waitFor()
  await list.getByText('2 asks').waitFor()
  await list.getByText(/last 1 h ago/).waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
})

test('a move that the daemon refuses is not called done and offers no Undo', async (t) => {
  const { page, world, list } = await openRules(t)
  world.failing.add('reorder_rules')
  await list.getByText('Bash(make **)').click()
  await page.keyboard.press('Alt+ArrowUp')
  const status = page.getByRole('status')
  await status.getByText('The store could not be read.').waitFor()
  assert.equal(await status.getByText('Moved to place 1').count(), 0)
  assert.equal(await status.getByRole('button', { name: /^Undo/ }).count(), 0)
})

test('a rule is moved by keys and by its menu, and back by Undo', async (t) => {
  const { page, world, list, rows } = await openRules(t)
  const order = () => world.rules.map((rule) => rule.id)
  await list.getByText('Bash(make **)').click()
  await page.keyboard.press('Alt+ArrowUp')
  await page.waitForFunction((first) => document.querySelector('[data-rule]')?.dataset.rule === first, id(2))
  assert.deepEqual([await rows(), order()], [[id(2), id(1), id(3)], [id(2), id(1), id(3)]])
  await page.getByRole('status').getByRole('button', { name: /^Undo/ }).click()
  await page.waitForFunction((first) => document.querySelector('[data-rule]')?.dataset.rule === first, id(1))
  await page.getByRole('button', { name: 'Actions on rule 1' }).click()
  await page.getByRole('menuitem', { name: /Move to the bottom/ }).click()
  await page.waitForFunction((first) => document.querySelector('[data-rule]')?.dataset.rule === first, id(2))
  assert.deepEqual(order(), [id(2), id(3), id(1)])
})

test('a rule is deleted with Undo, which brings it back to its place', async (t) => {
  const { page, world, list } = await openRules(t)
  await list.getByText('Bash(make **)').click()
  await page.keyboard.press('Delete')
  await list.getByText('Bash(make **)').waitFor({ state: 'detached' })
  await page.getByRole('status').getByRole('button', { name: /^Undo/ }).click()
  await list.getByText('Bash(make **)').waitFor()
  assert.deepEqual(world.rules.map(({ command, path }) => command ?? path), ['git push --force **', 'make **', 'src/**'])
})

test('a new rule is tried over past asks before it is added', async (t) => {
  const { page, world } = await openRules(t, { isEmpty: true })
  await page.getByText('No rules yet').waitFor()
  await page.getByRole('button', { name: /^New rule/ }).first().click()
  const form = page.getByRole('group', { name: 'New rule' })
  await form.getByRole('textbox', { name: 'Command' }).fill('make **')
  await form.getByText(/Matches 3 of 3 past asks: people allowed 2 and denied 1 of them/).waitFor()
  await form.getByText(/would have decided 1 otherwise/).waitFor()
  await form.getByRole('textbox', { name: 'Command' }).fill('make | x')
  await form.getByText(/a rule cannot allow this/i).waitFor()
  await form.getByRole('textbox', { name: 'Command' }).fill('make b')
  await form.getByRole('textbox', { name: 'Note' }).fill('b is safe')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Bash(make b)').waitFor()
  const [{ decision, tool, command, note }] = world.rules
  assert.deepEqual([decision, tool, command, note], ['allow', 'Bash', 'make b', 'b is safe'])
})

test('a rule that is added after its page was left leaves no draft', async (t) => {
  const { page, world } = await openRules(t, { isEmpty: true })
  await page.getByRole('button', { name: /^New rule/ }).first().click()
  const command = page.getByRole('group', { name: 'New rule' }).getByRole('textbox', { name: 'Command' })
  await command.fill('make b')
  world.slownessMs.create_rule = 500
  await page.keyboard.press('Control+Enter')
  await page.getByRole('link', { name: 'Home' }).first().click()
  await page.getByText('Rule added').waitFor()
  assert.equal(world.rules.length, 1)
  await page.goBack()
  await page.getByRole('button', { name: /^New rule/ }).first().click()
  assert.equal(await command.inputValue(), '')
})

test('a rule is edited and switched off', async (t) => {
  const { page, world, list } = await openRules(t)
  await list.getByText('Bash(make **)').click()
  await page.keyboard.press('e')
  const form = page.getByRole('group', { name: 'Edit rule' })
  await form.getByText('Deny', { exact: true }).click()
  await form.getByRole('button', { name: /^Save rule/ }).click()
  await form.waitFor({ state: 'detached' })
  assert.equal(world.rules[1].decision, 'deny')
  await page.getByRole('button', { name: 'Actions on rule 2' }).click()
  await page.getByRole('menuitem', { name: 'Switch off' }).click()
  await list.getByText('Deny, switched off').waitFor()
  assert.deepEqual([world.rules[1].enabled, world.rules[1].command], [false, 'make **'])
})

test('what was answered names who or which rule', async (t) => {
  const { page } = await openRules(t)
  await page.getByRole('radio', { name: /^Answered/ }).click()
  const list = page.getByRole('list', { name: 'Answered asks' })
  await list.getByText('make c').click()
  await list.getByText(/^you denied/).waitFor()
  await page.getByText(/Already answered by you: denied/).waitFor()
})
