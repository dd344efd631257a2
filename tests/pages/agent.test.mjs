// One agent: what it says, what it asks, and how one steers it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { named, paths, useStage } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()

/** An idle agent whose program lives, so that a message begins a turn. */
async function openIdle(t) {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  agent.pid = 99
  const opened = await openPage(t, { world, path: paths.agent(world, 'tester') })
  const box = opened.page.getByRole('textbox', { name: 'Message to tester' })
  await box.waitFor()
  return { ...opened, agent, box, log: opened.page.getByRole('log', { name: 'Transcript' }) }
}

async function say(box, text) {
  await box.fill(text)
  await box.press('Enter')
}

test('a message is answered, in a stream, as text with lists and code', async (t) => {
  const { page, box, log } = await openIdle(t)
  await say(box, 'Hello')
  await log.getByText('Hello', { exact: true }).waitFor()
  await log.getByRole('listitem').filter({ hasText: 'Its tests pass' }).last().waitFor()
  await log.getByText('Turn done').waitFor()
  await page.getByRole('main').getByText('Finished').waitFor()
  assert.equal(await box.inputValue(), '')
})

test('no request is made over HTTP while an agent streams', async (t) => {
  const { page, mock, box, log } = await openIdle(t)
  await page.getByText('Live').first().waitFor()
  const before = mock.requests.length
  await say(box, '@@edit')
  await log.getByText('Turn done').waitFor()
  assert.deepEqual(mock.requests.slice(before), [])
})

test('an edit shows its lines, and what changed is told in words as well', async (t) => {
  const { box, log } = await openIdle(t)
  await say(box, '@@edit')
  const changes = log.getByRole('region', { name: 'Changes to src/login.ts' })
  await changes.getByText('if (user === null) {').waitFor()
  await changes.getByText('if (user = null) {').waitFor()
  await log.getByRole('button', { name: /^Edit src\/login.ts/ }).click()
  await changes.waitFor({ state: 'detached' })
})

test('the key A allows an ask, once; the tool’s output opens on demand', async (t) => {
  const { page, world, agent, box, log } = await openIdle(t)
  await say(box, '@@ask')
  const ask = page.getByRole('region', { name: /^Permission: npm test/ })
  await ask.getByText('npm test -- --run login').waitFor()
  await ask.getByRole('heading').click()
  await page.keyboard.press('a')
  await ask.waitFor({ state: 'detached' })
  await log.getByText('Allowed:').waitFor()
  await log.getByRole('button', { name: /^Bash npm test/ }).click()
  await log.getByRole('region', { name: 'Output of Bash' }).getByText('12 passed').waitFor()
  assert.deepEqual([...world.asks.values()].filter((one) => one.agentId === agent.id).map((one) => one.decision), ['allow'])
})

test('letters are text while somebody types, and Enter allows nothing', async (t) => {
  const { page, world, agent, box } = await openIdle(t)
  await say(box, '@@ask')
  await page.getByRole('region', { name: /^Permission/ }).waitFor()
  await box.pressSequentially('add a dash')
  await page.getByRole('log').focus()
  await page.keyboard.press('Enter')
  const [ask] = [...world.asks.values()].filter((one) => one.agentId === agent.id)
  assert.equal(ask.state, 'open')
  assert.equal(await box.inputValue(), 'add a dash')
})

test('an ask is denied with a message to the agent', async (t) => {
  const { page, box, log } = await openIdle(t)
  await say(box, '@@ask')
  await page.getByRole('button', { name: /^Deny/ }).click()
  await page.getByRole('textbox', { name: /What should it do instead/ }).fill('Use the fast tests.')
  await page.getByRole('button', { name: 'Deny', exact: true }).click()
  await log.getByText('I will not run it. Use the fast tests.').waitFor()
  await log.getByText('Denied:').waitFor()
})

test('an ask is allowed always, as the agent offers it', async (t) => {
  const { page, box, log } = await openIdle(t)
  await say(box, '@@ask')
  await page.getByRole('button', { name: 'Always allow' }).click()
  await log.getByText('Always allowed:').waitFor()
})

test('what is asked can be edited before it is allowed', async (t) => {
  const { page, box, log } = await openIdle(t)
  await say(box, '@@ask')
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.getByRole('textbox', { name: 'Command' }).fill('npm test -- --fast')
  const preview = page.getByRole('region', { name: /^Permission/ }).getByRole('region', { name: 'Command' })
  await preview.getByText('npm test -- --fast').waitFor()
  await page.getByRole('button', { name: 'Back' }).click()
  await preview.getByText('npm test -- --run login').waitFor()
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.getByRole('textbox', { name: 'Command' }).fill('npm test -- --fast')
  await page.getByRole('button', { name: 'Allow edited' }).click()
  await log.getByRole('button', { name: /^Bash npm test -- --fast edited by you/ }).click()
  await log.getByRole('region', { name: 'Command' }).getByText('npm test -- --fast').waitFor()
  await log.getByText('permission for Bash, edited by you').waitFor()
})

test('arguments that are being edited show what would run, as often as they are whole', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  world.openAsk(agent, 'permission', 'Write', 'notes.md', { file_path: 'notes.md', content: 'as it was' })
  const { page } = await openPage(t, { world, path: paths.agent(world, 'tester') })
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const box = page.getByRole('textbox', { name: 'Arguments' })
  await box.fill('{"file_path":"notes.md","content":"as it will be"}')
  const preview = page.getByRole('region', { name: 'Changes to notes.md' })
  await preview.getByText('as it will be').waitFor()
  await box.fill('{"file_path":"notes.md",')
  await preview.getByText('as it will be').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Allow edited' }).isDisabled(), true)
})

test('a tool whose permission is open waits for its user and does not run', async (t) => {
  const { page, box, log } = await openIdle(t)
  await say(box, '@@ask')
  const tool = log.getByRole('button', { name: /^Bash npm test/ })
  await tool.getByText('waiting for you').waitFor()
  assert.equal(await tool.getByText(/\d s$/).count(), 0)
  await page.getByRole('button', { name: /^Allow/ }).first().click()
  await tool.getByText('waiting for you').waitFor({ state: 'detached' })
  await log.getByText('Turn done').waitFor()
})

test('what would turn the direction of reading in a command stands as its number', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  const command = 'cat \u202etxt.rtl'
  world.openAsk(agent, 'permission', 'Bash', command, { command })
  const { page } = await openPage(t, { world, path: paths.agent(world, 'tester') })
  const ask = page.getByRole('region', { name: 'Permission: cat ⟨U+202E⟩txt.rtl' })
  await ask.getByRole('region', { name: 'Command' }).getByText('cat ⟨U+202E⟩txt.rtl').waitFor()
})

test('a question is answered from its options, or in own words', async (t) => {
  const { page, box, log } = await openIdle(t)
  await say(box, '@@question')
  const answer = page.getByRole('button', { name: 'Answer' })
  await page.getByRole('radio', { name: /PostgreSQL/ }).check()
  await answer.click()
  await log.getByText('I will use PostgreSQL.').waitFor()
  await log.getByText('Turn done').waitFor()
  await say(box, '@@question')
  await page.getByRole('textbox', { name: 'Another answer' }).fill('DuckDB')
  await answer.click()
  await log.getByText('I will use DuckDB.').waitFor()
})

test('a plan is read and approved', async (t) => {
  const { page, box, log } = await openIdle(t)
  await say(box, '@@plan')
  await page.getByRole('region', { name: 'Plan', exact: true }).getByText('Fix the comparison').waitFor()
  await page.getByText('Plan 0 of 2').waitFor()
  await page.getByRole('button', { name: /^Approve plan/ }).click()
  await log.getByText('I start with the test.').waitFor()
})

test('a message to a working agent waits in sight and is sent after the turn', async (t) => {
  const { page, box, log } = await openIdle(t)
  await say(box, '@@ask')
  await page.getByRole('region', { name: /^Permission/ }).waitFor()
  await say(box, 'And then say hello')
  const queue = page.getByRole('list', { name: 'Queued messages' })
  await queue.getByText('And then say hello').waitFor()
  await page.getByRole('button', { name: /^Allow/ }).first().click()
  await log.getByText('this is a small repository').waitFor()
  await queue.waitFor({ state: 'detached' })
})

test('Escape interrupts the turn on screen', async (t) => {
  const { page, world, agent, box, log } = await openIdle(t)
  await say(box, '@@long')
  await log.getByText('Part 2').waitFor()
  await page.keyboard.press('Escape')
  await log.getByText('Interrupted').waitFor()
  await page.getByRole('main').getByText('interrupted', { exact: true }).waitFor()
  assert.deepEqual(world.interrupted, [world.turns.get(agent.id)])
})

test('an API error is told in the transcript and in the status', async (t) => {
  const { page, box, log } = await openIdle(t)
  await say(box, '@@error')
  await log.getByText('529 Overloaded').waitFor()
  await page.getByRole('main').getByText('Error', { exact: true }).waitFor()
})

test('a stopped agent starts again with the message that is sent to it', async (t) => {
  const { page, box, log } = await openIdle(t)
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await page.getByText('stopped', { exact: true }).waitFor()
  await say(box, 'Hello again')
  await log.getByText('this is a small repository').waitFor()
})

test('the transcript follows its end, and never moves under a reader who is elsewhere', async (t) => {
  const { page, box, log } = await openIdle(t)
  await say(box, '@@long')
  await log.getByText('Part 9', { exact: true }).waitFor()
  const gap = await log.evaluate((node) => node.scrollHeight - node.scrollTop - node.clientHeight)
  assert.ok(gap <= 48, `${gap} px behind the end`)
  await log.hover()
  await page.mouse.wheel(0, -600)
  await page.getByRole('button', { name: /new$|To the end/ }).waitFor()
  const where = await log.evaluate((node) => node.scrollTop)
  await page.getByRole('button', { name: /[3-9] new$/ }).waitFor()
  assert.equal(await log.evaluate((node) => node.scrollTop), where)
  await page.getByRole('button', { name: /new$/ }).click()
  await page.getByRole('button', { name: /new$/ }).waitFor({ state: 'detached' })
})

test('a long transcript keeps few rows in the page', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  for (let n = 1; n <= 5000; n++) world.tell(agent, 'text', { block: `b${n}`, text: `Line ${n} of a long history.` })
  const { page } = await openPage(t, { world, path: paths.agent(world, 'tester') })
  await page.getByText('Line 5000 of a long history.').waitFor()
  assert.ok((await page.getByRole('log').getByRole('listitem').count()) < 80)
})

test('a draft survives a reload', async (t) => {
  const { page, box } = await openIdle(t)
  await box.fill('half a thought')
  await page.reload()
  await box.waitFor()
  assert.equal(await box.inputValue(), 'half a thought')
})

test('a program in a terminal has no transcript, and its page says so', async (t) => {
  const world = seedWorld()
  const { page } = await openPage(t, { world, path: paths.agent(world, 'watcher') })
  await page.getByText('Output of a terminal agent is shown in a later version; its status is live.').waitFor()
  await page.getByText('npm run dev', { exact: true }).waitFor()
  await page.getByRole('main').getByText('Running', { exact: true }).waitFor()
})
