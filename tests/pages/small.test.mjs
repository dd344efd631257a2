// An agent's page in a small window and under zoom: nothing lies over anything else, and an ask can be answered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkOverlap, checkWidth } from '../../web/mock/checks.mjs'
import { named, paths, phone, useStage } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()

/** 1440 × 900 at 200 %, the narrowest that reflows, and a phone. */
const devices = {
  '720 × 450': { viewport: { width: 720, height: 450 } },
  '320 × 640': { viewport: { width: 320, height: 640 } },
  '390 × 844': phone,
}

const plan = Array.from({ length: 30 }, (_, at) => `${at + 1}. Do step ${at + 1} of it, and look at what came of it`).join('\n')
const questions = [{ question: 'Which way?', header: 'Way', options: [{ label: 'Left', description: 'the shorter one' }, { label: 'Right', description: 'the safer one' }] }]

const asks = {
  'a command': ['permission', 'Bash', { command: 'rm -rf build && make all' }],
  'a long command': ['permission', 'Bash', { command: Array.from({ length: 104 }, (_, at) => `echo line ${at + 1}`).join('\n') }],
  'an edit': ['permission', 'Edit', { file_path: '/home/me/harbor-fix-login/greet.sh', old_string: 'echo hello', new_string: 'echo there\necho again', replace_all: false }],
  'a question': ['question', 'AskUserQuestion', { questions }],
  'a plan': ['plan', 'ExitPlanMode', { plan }],
}

/** Each as its agent's page shows it. */
const states = {
  'one that was never started': ['finished', 'not_started'],
  'one that waits for a prompt': ['finished', 'turn_done'],
  'one that works': ['running', 'working'],
  'one that tries again': ['running', 'retrying', '529 Overloaded, attempt 2 of 10', undefined, new Date(Date.now() + 3_600_000).toISOString()],
  'one that failed': ['error', 'api', 'The API was overloaded for a long time, and the agent gave up after ten tries'],
  'one that was stopped': ['finished', 'stopped'],
}

async function openAgent(t, device, { ask, status, name = 'tester', isLong = false }) {
  const world = seedWorld()
  const agent = named(world.agents, name)
  agent.pid = 99
  world.turns.set(agent.id, 'msg_of_the_turn')
  world.emit(agent, 'message', { messageId: 'msg_of_the_turn', state: 'sent', text: 'Go on with what was planned yesterday.' })
  if (status) world.setStatus(agent, ...status)
  if (ask) world.openAsk(agent, ask[0], ask[1], ask[1], ask[2], ask[0] === 'plan' ? { plan } : undefined)
  const { page } = await openPage(t, { world, path: `${paths.agent(world, name)}?pane=none`, device })
  await page.getByRole('textbox', { name: new RegExp(name) }).waitFor()
  if (isLong) await page.getByRole('textbox', { name: new RegExp(name) }).fill('A long draft.\n'.repeat(80))
  if (ask) await page.getByRole('region', { name: /^Ask: / }).waitFor()
  return page
}

/** It is in the window, whole, and nothing lies over its middle. */
async function checkReachable(part) {
  const what = await part.evaluate((node) => {
    const { left, top, right, bottom } = node.getBoundingClientRect()
    const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    return { isWithin: left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight, isOver: over === node || node.contains(over) }
  })
  assert.deepEqual(what, { isWithin: true, isOver: true }, await part.textContent())
}

for (const [size, device] of Object.entries(devices)) {
  for (const [name, ask] of Object.entries(asks))
    for (const isLong of [false, true])
      test(`${size}: ${name} can be answered${isLong ? ', whatever is being written' : ''}`, async (t) => {
        const page = await openAgent(t, device, { ask, isLong })
        const card = page.getByRole('region', { name: /^Ask: / })
        for (const label of [/^(Allow once|Answer|Approve)/, /^(Deny|Skip|Send back)…/]) await checkReachable(card.getByRole('button', { name: label }))
        await checkOverlap(page)
        await checkWidth(page)
        await card.getByRole('button', { name: /^(Deny|Skip|Send back)…/ }).click()
        await checkReachable(card.getByRole('button', { name: 'Back', exact: true }))
        await checkOverlap(page)
      })
  for (const [name, status] of Object.entries(states))
    test(`${size}: ${name}`, async (t) => {
      const page = await openAgent(t, device, { status })
      await checkOverlap(page)
      await checkWidth(page)
    })
  for (const name of ['login doctor', 'indexer'])
    test(`${size}: a long transcript, ${name}`, async (t) => {
      const page = await openAgent(t, device, { name })
      await checkOverlap(page)
      await checkWidth(page)
    })
}
