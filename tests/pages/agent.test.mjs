// One agent: what it says, what it asks, and how one steers it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkWidth, named, paths, useStage } from '../../web/mock/harness.mjs'
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

/** It asks, and what it asks has not changed for long enough to be answered. */
async function openAsking(t, prompt = '@@ask') {
  const opened = await openIdle(t)
  await say(opened.box, prompt)
  const ask = opened.page.getByRole('region', { name: /^Ask: / })
  await settle(ask)
  return { ...opened, ask }
}

async function settle(ask) {
  await ask.getByRole('heading').waitFor()
  await ask.page().evaluate(() => new Promise((resolve) => setTimeout(resolve, 450)))
}

test('the time line has its place before its turns are here, so that the words stay where they are', async (t) => {
  const world = seedWorld()
  world.slownessMs.list_turns = 1_500
  const { page } = await openPage(t, { world, path: paths.agent(world, 'login doctor') })
  const box = page.getByRole('textbox', { name: 'Message to login doctor' })
  await box.waitFor()
  const slider = page.getByRole('slider', { name: 'Moment' })
  assert.equal(await slider.count(), 0)
  const before = await box.boundingBox()
  await slider.waitFor()
  assert.deepEqual(await box.boundingBox(), before)
})

test('a message is answered, in a stream, as text with lists and code', async (t) => {
  const { page, box, log } = await openIdle(t)
  await say(box, 'Hello')
  await log.getByText('Hello', { exact: true }).waitFor()
  await log.getByRole('listitem').filter({ hasText: 'Its tests pass' }).last().waitFor()
  await log.getByRole('img', { name: 'Turn done' }).waitFor()
  await page.getByRole('main').getByText('Finished').waitFor()
  assert.equal(await box.inputValue(), '')
})

test('no request is made over HTTP while an agent streams', async (t) => {
  const { page, mock, box, log } = await openIdle(t)
  await page.getByText('Live').first().waitFor()
  await log.or(page.getByText('Nothing has been said yet')).first().waitFor()
  await page.waitForLoadState('networkidle')
  const before = mock.requests.length
  await say(box, '@@edit')
  await log.getByRole('img', { name: 'Turn done' }).waitFor()
  assert.deepEqual(mock.requests.slice(before).filter((line) => line.includes('/api/')), [])
})

test('an edit shows its lines, and the change also in words', async (t) => {
  const { box, log } = await openIdle(t)
  await say(box, '@@edit')
  const changes = log.getByRole('region', { name: 'Changes to src/login.ts' })
  const row = log.getByRole('button', { name: 'Edited src/login.ts' })
  await row.click()
  await changes.getByText('if (user === null) {').waitFor()
  await changes.getByText('if (user = null) {').waitFor()
  await row.click()
  await changes.waitFor({ state: 'detached' })
})

test('the key A allows an ask, once; the tool’s output opens on demand', async (t) => {
  const { page, world, agent, ask, log } = await openAsking(t)
  await ask.getByText('npm test -- --run login').waitFor()
  await ask.focus()
  await page.keyboard.press('a')
  await ask.waitFor({ state: 'detached' })
  await log.getByRole('button', { name: /^Ran npm test/ }).click()
  await log.getByRole('region', { name: 'Output of Bash' }).getByText('12 passed').waitFor()
  assert.deepEqual([...world.asks.values()].filter((one) => one.subjectId === agent.id).map((one) => one.decision), ['allow'])
})

test('letters are text while the user types, and in the transcript neither they nor Enter allow anything', async (t) => {
  const { page, world, agent, box } = await openAsking(t)
  await box.pressSequentially('add a dash')
  await page.getByRole('log').focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('a')
  const [ask] = [...world.asks.values()].filter((one) => one.subjectId === agent.id)
  assert.equal(ask.state, 'open')
  assert.equal(await box.inputValue(), 'add a dash')
})

test('an ask is denied with a message to the agent', async (t) => {
  const { ask, log } = await openAsking(t)
  await ask.getByRole('button', { name: 'Deny' }).click()
  await ask.getByRole('textbox', { name: /What should it do instead/ }).fill('Use the fast tests.')
  await ask.getByRole('button', { name: /^Deny(?! and)/ }).click()
  await log.getByText('I will not run it. Use the fast tests.').waitFor()
  await log.getByText('“Use the fast tests.”').waitFor()
  await log.getByText('Did not run').waitFor()
})

test('an ask is allowed for the session, as the agent offers it', async (t) => {
  const { ask, log } = await openAsking(t)
  await ask.getByRole('button', { name: 'For this session' }).click()
  await log.getByRole('button', { name: /^Ran npm test/ }).waitFor()
})

test('the arguments can be edited before they are allowed', async (t) => {
  const { ask, log } = await openAsking(t)
  const edit = async () => {
    await ask.getByRole('button', { name: 'Edit' }).click()
    await ask.getByRole('textbox', { name: 'Command' }).fill('npm test -- --fast')
    await ask.getByText('All 18 bytes shown').waitFor()
  }
  await edit()
  await ask.getByRole('button', { name: 'Back' }).click()
  await ask.getByText('npm test -- --run login').waitFor()
  await edit()
  await settle(ask)
  await ask.getByRole('button', { name: 'Allow edited' }).click()
  await log.getByRole('button', { name: /^Ran npm test -- --fast edited by you/ }).click()
  await log.getByRole('region', { name: 'Command' }).getByText('npm test -- --fast').waitFor()
})

test('arguments that are being edited show what would run whenever they are valid', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  world.openAsk(agent, 'permission', 'Write', 'notes.md', { file_path: 'notes.md', content: 'as it was' })
  const { page } = await openPage(t, { world, path: paths.agent(world, 'tester') })
  const ask = page.getByRole('region', { name: 'Ask: Write a file' })
  await ask.getByRole('button', { name: 'Edit' }).click()
  const box = ask.getByRole('textbox', { name: 'Arguments' })
  const shown = ask.getByText('as it will be', { exact: true })
  await box.fill('{"file_path":"notes.md","content":"as it will be"}')
  await shown.waitFor()
  await box.fill('{"file_path":"notes.md",')
  await shown.waitFor()
  assert.equal(await ask.getByRole('button', { name: 'Allow edited' }).isDisabled(), true)
})

test('a tool whose permission is open waits for its user and does not run', async (t) => {
  const { page, ask, log } = await openAsking(t)
  const tool = log.getByRole('listitem').filter({ has: page.getByRole('button', { name: /^Wants to run npm test/ }) })
  await tool.getByText('waits for you').waitFor()
  assert.equal(await tool.getByText(/\d s$/).count(), 0)
  await ask.getByRole('button', { name: /^Allow once/ }).click()
  await tool.waitFor({ state: 'detached' })
  await log.getByRole('img', { name: 'Turn done' }).waitFor()
})

test('a question is answered from its options or as free text', async (t) => {
  const { box, ask, log } = await openAsking(t, '@@question')
  const answer = ask.getByRole('button', { name: /^Answer/ })
  await ask.getByRole('radio', { name: /PostgreSQL/ }).click()
  await answer.click()
  await log.getByText('I will use PostgreSQL.').waitFor()
  await log.getByText('“PostgreSQL”', { exact: true }).waitFor()
  await log.getByRole('img', { name: 'Turn done' }).waitFor()
  await say(box, '@@question')
  await settle(ask)
  await ask.getByRole('textbox', { name: 'Another answer' }).fill('DuckDB')
  await answer.click()
  await log.getByText('I will use DuckDB.').waitFor()
})

test('a plan is read and approved, and its progress is shown beside the transcript', async (t) => {
  const { page, ask, log } = await openAsking(t, '@@plan')
  await ask.getByText('Fix the comparison').waitFor()
  await page.getByRole('tab', { name: 'Plan 0 of 2' }).click()
  await page.getByRole('list', { name: 'Plan', exact: true }).getByText('Write a failing test').waitFor()
  await ask.getByRole('button', { name: /^Approve/ }).click()
  await log.getByText('I start with the test.').waitFor()
  await page.getByRole('tab', { name: 'Plan 2 of 2' }).waitFor()
})

test('a message to a working agent waits in view and is sent after the turn', async (t) => {
  const { page, box, ask, log } = await openAsking(t)
  await say(box, 'And then say hello')
  const queue = page.getByRole('list', { name: 'Queued messages' })
  await queue.getByText('And then say hello').waitFor()
  await ask.getByRole('button', { name: /^Allow once/ }).click()
  await log.getByText('this is a small repository').waitFor()
  await queue.waitFor({ state: 'detached' })
})

test('Escape, twice, interrupts the turn on screen', async (t) => {
  const { page, world, agent, box, log } = await openIdle(t)
  await say(box, '@@long')
  await log.getByText('Part 2').waitFor()
  // The turn is known by its prompt once it was read.
  await page.waitForLoadState('networkidle')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await log.getByRole('img', { name: 'Turn interrupted' }).waitFor()
  await page.getByRole('main').getByText('Interrupted', { exact: true }).waitFor()
  assert.deepEqual(world.interrupted, [world.turns.get(agent.id)])
})

test('an API error is shown in the transcript and in the status', async (t) => {
  const { page, box, log } = await openIdle(t)
  await say(box, '@@error')
  await log.getByText('529 Overloaded').waitFor()
  await page.getByRole('main').getByText('Failed', { exact: true }).waitFor()
})

test('a stopped agent starts again with the message that is sent to it', async (t) => {
  const { page, box, log } = await openIdle(t)
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await page.getByText('by you', { exact: true }).waitFor()
  await say(box, 'Hello again')
  await log.getByText('this is a small repository').waitFor()
})

test('the transcript follows its end, and never moves for a reader who is elsewhere', async (t) => {
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

test('a message that is sent while its sender reads elsewhere scrolls into view', async (t) => {
  const { page, world, agent, box, log } = await openIdle(t)
  for (let n = 1; n <= 80; n++) world.emit(agent, 'text', { block: `b${n}`, text: `Line ${n} of a history.` })
  await log.getByText('Line 80 of a history.').waitFor()
  await log.hover()
  await page.mouse.wheel(0, -4000)
  await page.getByRole('button', { name: /new$|To the end/ }).waitFor()
  await say(box, '@@ask Where am I?')
  await page.waitForFunction(() => {
    const log = document.querySelector('[role=log]')
    const row = [...log.querySelectorAll('li')].find(({ textContent }) => textContent.includes('Where am I?'))
    return row !== undefined && row.getBoundingClientRect().top < log.getBoundingClientRect().bottom - 10
  })
  await page.getByRole('region', { name: /^Ask: / }).waitFor()
  await log.hover()
  await page.mouse.wheel(0, -4000)
  await page.getByRole('button', { name: /new$|To the end/ }).waitFor()
  const where = await log.evaluate((node) => node.scrollTop)
  await say(box, 'For later')
  await page.getByRole('list', { name: 'Queued messages' }).getByText('For later').waitFor()
  assert.ok(Math.abs((await log.evaluate((node) => node.scrollTop)) - where) < 100, 'a message that waits moves nothing')
})

test('output has the page’s colours, and no other control sequence has an effect', async (t) => {
  const { page, world, agent, log } = await openIdle(t)
  const output = '\x1b]0;title\x07\x1b[1;31mFAIL\x1b[0m one\x1b[2K\n\x1b[32mok\x1b[39m two\u202e'
  world.emit(agent, 'tool_start', { toolId: 'b', name: 'Bash', kind: 'execute', title: 'npm test', input: { command: 'npm test' } })
  world.emit(agent, 'tool_end', { toolId: 'b', isError: true, output })
  await log.getByRole('button', { name: /^Ran npm test/ }).click()
  const shown = log.getByRole('region', { name: 'Output of Bash' })
  assert.equal(await shown.innerText(), 'FAIL one\nok two⟨U+202E⟩')
  const colourOf = (text) => shown.getByText(text, { exact: true }).evaluate((node) => getComputedStyle(node).color)
  const tokenOf = (name) =>
    page.evaluate((name) => {
      const probe = document.body.appendChild(document.createElement('i'))
      probe.style.color = `var(--${name})`
      const { color } = getComputedStyle(probe)
      probe.remove()
      return color
    }, name)
  assert.deepEqual([await colourOf('FAIL'), await colourOf('ok')], [await tokenOf('err'), await tokenOf('ok')])
})

test('a long transcript keeps few rows in the page', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  for (let n = 1; n <= 5000; n++) world.emit(agent, 'text', { block: `b${n}`, text: `Line ${n} of a long history.` })
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

test('without auto_save a draft is gone after a reload', async (t) => {
  const { page, box, world } = await openIdle(t)
  Object.assign(world.settings, { auto_save: 'false', theme: 'dark' })
  world.streams.emit('app', 'setting_changed', { name: 'auto_save' })
  await page.getByRole('button', { name: /^Theme: dark/ }).waitFor()
  await box.fill('half a thought')
  await page.reload()
  await box.waitFor()
  assert.equal(await box.inputValue(), '')
})

test('a program in a terminal has no transcript, and its page says so', async (t) => {
  const world = seedWorld()
  const { page } = await openPage(t, { world, path: paths.agent(world, 'watcher') })
  await page.getByRole('heading', { name: 'A program in a terminal' }).waitFor()
  await page.getByText('what it prints is in the Terminal pane').waitFor()
  await page.getByRole('tab', { name: 'Terminal', selected: true }).waitFor()
  await page.getByRole('main').getByText('Running', { exact: true }).waitFor()
})

test('text typed while a message is being sent stays', async (t) => {
  const { page, world, box } = await openIdle(t)
  world.slownessMs.send_message_to_agent = 2_000
  await say(box, 'Hello')
  await box.pressSequentially(' and more')
  await page.waitForFunction(() => document.querySelector('textarea').value === 'and more')
})

test('a message is sent and its agent started even if the user leaves in the meantime', async (t) => {
  const { page, world, agent, box, log } = await openIdle(t)
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await page.getByText('by you', { exact: true }).waitFor()
  world.slownessMs.send_message_to_agent = 400
  await say(box, 'Hello again')
  await page.getByRole('link', { name: 'Inbox' }).click()
  await page.getByRole('heading', { name: 'Inbox', level: 1 }).waitFor()
  await page.goBack()
  await log.getByText('this is a small repository').waitFor()
  assert.equal(await box.inputValue(), '')
  assert.ok(agent.pid)
})

test('a message that is queued while its agent cannot start is not reported as lost', async (t) => {
  const { page, world, box } = await openIdle(t)
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await page.getByText('by you', { exact: true }).waitFor()
  world.system.claude = { ...world.system.claude, found: false }
  await say(box, 'Hello again')
  await page.getByRole('alert').getByText('The message is queued; the agent did not start').waitFor()
  world.system.claude = { ...world.system.claude, found: true }
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('alert').waitFor({ state: 'detached' })
})

test('an agent whose session never began is started, not resumed', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  world.setStatus(agent, 'finished', 'stopped')
  agent.isResumable = false
  const { page } = await openPage(t, { world, path: paths.agent(world, 'tester') })
  await page.getByText('Enter starts the agent').waitFor()
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor()
  agent.isResumable = true
  await page.reload()
  await page.getByText('Enter resumes the agent').waitFor()
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor()
})

test('a long line wraps into view', async (t) => {
  const { box } = await openIdle(t)
  await box.fill('a few words and '.repeat(40))
  assert.ok(await box.evaluate((node) => node.clientHeight > 60 && node.scrollHeight <= node.clientHeight))
})

test('Escape leaves a denial and does not end the turn', async (t) => {
  const { world, ask } = await openAsking(t)
  await ask.getByRole('button', { name: 'Deny' }).click()
  await ask.getByRole('textbox', { name: /What should it do instead/ }).press('Escape')
  await ask.getByRole('button', { name: /^Allow once/ }).waitFor()
  assert.deepEqual(world.interrupted, [])
})

test('arguments that cannot be read whole are reported with a way to retry', async (t) => {
  const world = seedWorld()
  const content = [...Array.from({ length: 400 }, (_, n) => `line ${n}`), 'the end'].join('\n')
  world.openAsk(named(world.agents, 'tester'), 'permission', 'Write', 'long.md', { file_path: 'long.md', content })
  world.failing.add('get_ask')
  const { page } = await openPage(t, { world, path: paths.agent(world, 'tester') })
  const ask = page.getByRole('region', { name: 'Ask: Write a file' })
  await ask.getByRole('alert').getByText('Not all of it could be read').waitFor()
  world.failing.delete('get_ask')
  await ask.getByRole('button', { name: 'Try again' }).click()
  await ask.getByRole('button', { name: 'Show all' }).click()
  await ask.getByRole('region', { name: /notes|long|content/i }).focus()
  await page.keyboard.press('End')
  await ask.getByText('the end', { exact: true }).waitFor()
})

test('an agent that is renamed or archived elsewhere shows it, and an archived one can be restored', async (t) => {
  const { page, world, agent, box } = await openIdle(t)
  agent.name = 'examiner'
  world.emitAgentChange(agent, 'agent_updated')
  await page.getByRole('heading', { name: 'examiner', level: 1 }).waitFor()
  agent.deletedAt = world.now()
  world.emitAgentChange(agent, 'agent_removed')
  await page.getByText(/^This agent was archived/).waitFor()
  assert.equal(await page.getByRole('textbox').count(), 0)
  await page.getByRole('button', { name: 'Restore' }).click()
  await page.getByRole('textbox', { name: 'Message to examiner' }).waitFor()
  assert.equal(await box.count(), 0)
})

test('a sibling’s event on the workspace’s stream is not taken for this agent’s', async (t) => {
  const { page, world } = await openIdle(t)
  world.setStatus(named(world.agents, 'reviewer'), 'error', 'limit', 'memory')
  await page.getByRole('navigation').getByRole('link', { name: /reviewer/ }).waitFor()
  world.setContext(named(world.agents, 'reviewer'), 190_000, 200_000)
  world.setContext(named(world.agents, 'tester'), 30_000, 200_000)
  await page.getByRole('main').getByText('15 %').locator('visible=true').waitFor()
  await page.getByRole('main').getByText('turn done').waitFor()
})

test('a reader at the end stays there when an ask or a long message shrinks the view', async (t) => {
  const { page, world, agent, box, log } = await openIdle(t)
  for (let n = 1; n <= 80; n++) world.emit(agent, 'text', { block: `b${n}`, text: `Line ${n} of a history.` })
  const inSight = (text) =>
    page.waitForFunction((wanted) => {
      const log = document.querySelector('[role=log]')
      const row = [...log.querySelectorAll('li')].find(({ textContent }) => textContent.includes(wanted))
      return row !== undefined && row.getBoundingClientRect().top < log.getBoundingClientRect().bottom - 10
    }, text)
  await log.getByText('Line 80 of a history.').waitFor()
  await box.fill('one line\n'.repeat(9))
  await inSight('Line 80')
  world.openAsk(agent, 'permission', 'Write', 'notes.md', { file_path: 'notes.md', content: 'a line\n'.repeat(12) })
  await page.getByRole('region', { name: 'Ask: Write a file' }).waitFor()
  await inSight('Asks for')
  await page.getByRole('button', { name: /new$|To the end/ }).waitFor({ state: 'detached' })
})

test('a long answer shows its beginning, and all of it on demand, in few rows of the document', async (t) => {
  const { page, world, agent, log } = await openIdle(t)
  const content = Array.from({ length: 17_000 }, (_, n) => `line ${n} of a long answer`).join('\n')
  const message = { id: 'msg_long', role: 'assistant', content, createdAt: world.now(), isComplete: true }
  world.failing.add('get_message')
  world.messages.set(message.id, message)
  world.emit(agent, 'text', { block: 'long', text: content.slice(0, 50_000), truncated: true, size: content.length, messageId: message.id })
  const answer = log.getByRole('region', { name: 'Answer' })
  await answer.getByText('line 0 of a long answer').waitFor()
  await log.getByText(/^Only the beginning of \d+ KiB is shown\./).waitFor()
  await log.getByRole('button', { name: 'Show all' }).click()
  await log.getByRole('alert').getByText('Not all of it could be read').waitFor()
  world.failing.delete('get_message')
  await log.getByRole('button', { name: 'Try again' }).click()
  await log.getByText('Reading all of it…').waitFor({ state: 'detached' })
  await answer.evaluate((node) => node.scrollTo(0, node.scrollHeight))
  await answer.getByText('line 16999 of a long answer').waitFor()
  assert.ok((await answer.locator('span[data-index]').count()) < 200)
  assert.equal(await page.getByRole('button', { name: 'Show all' }).count(), 0)
})

/** A prompt that was sent and whose turn ended without a word. */
function leaveUnanswered(world, agent, text, shown = text) {
  const messageId = `msg_${text.length}${'0'.repeat(24)}`.slice(0, 30)
  agent.unanswered = [...(agent.unanswered ?? []), { messageId, text }]
  world.messages.set(messageId, { id: messageId, agentId: agent.id, role: 'user', content: text, createdAt: new Date().toISOString(), isComplete: true })
  for (const state of ['queued', 'sent', 'unanswered']) world.emit(agent, 'message', { messageId, state, ...(state === 'queued' && { text: shown, ...(shown !== text && { truncated: true, size: text.length }) }) })
}

test('an unanswered prompt can be sent again or dropped, and says why others wait', async (t) => {
  const { page, world, agent, log } = await openIdle(t)
  leaveUnanswered(world, agent, 'Try this')
  leaveUnanswered(world, agent, 'Forget this one')
  const box = page.getByRole('list', { name: 'Not answered' })
  await box.getByText('The agent ended before it answered this').first().waitFor()
  world.emit(agent, 'message', { messageId: 'msg_0000000000000000000000000q', state: 'queued', text: 'Later' })
  agent.queue = [{ messageId: 'msg_0000000000000000000000000q', text: 'Later' }]
  await box.getByText('queued messages wait until you decide').first().waitFor()
  const row = (text) => box.getByRole('listitem').filter({ hasText: text })
  await row('Forget this one').getByRole('button', { name: 'Drop' }).click()
  await row('Forget this one').waitFor({ state: 'detached' })
  await row('Try this').getByRole('button', { name: 'Send again' }).click()
  await box.waitFor({ state: 'detached' })
  await log.getByRole('img', { name: 'Turn done' }).last().waitFor()
  assert.equal(await log.getByText('Try this', { exact: true }).count(), 1)
  assert.equal(await log.getByText('Forget this one').count(), 0)
})

test('a long prompt that was not answered is sent again with all its words', async (t) => {
  const { page, world, agent, log } = await openIdle(t)
  const whole = `Begin with this. ${'And so on. '.repeat(200)}End with that.`
  leaveUnanswered(world, agent, whole, whole.slice(0, 100))
  const box = page.getByRole('list', { name: 'Not answered' })
  await box.getByRole('button', { name: 'Send again' }).click()
  await box.waitFor({ state: 'detached' })
  await log.getByRole('img', { name: 'Turn done' }).waitFor()
})

test('a tool that its user denied is not called failed', async (t) => {
  const { ask, log } = await openAsking(t)
  await ask.getByRole('button', { name: 'Deny' }).click()
  await ask.getByRole('button', { name: /^Deny(?! and)/ }).click()
  await log.getByRole('button', { name: /^Did not run npm test/ }).waitFor()
  assert.equal(await log.getByText('failed').count(), 0)
})

test('a program that could not be executed shows the reason at its end', async (t) => {
  const { page, world, agent, log } = await openIdle(t)
  const detail = 'exec: /opt/gone/claude: No such file or directory'
  world.setStatus(agent, 'error', 'exit', detail)
  world.emit(agent, 'exit', { code: 127, isClean: false })
  await log.getByText('The program ended with code 127.').waitFor()
  await log.getByText(detail).waitFor()
  // Said aloud beside the rows, which come and go as they are scrolled.
  await page.getByRole('alert').getByText('The program ended with code 127.').waitFor()
  assert.equal(await log.getByRole('alert').count(), 0)
})

test('a message that is too long is refused before it is sent, with its length and the limit, and stays', async (t) => {
  const { page, mock, box } = await openIdle(t)
  const text = 'x'.repeat(60_000)
  await box.fill(text)
  await page.getByRole('alert').getByText('The text has 60,000 characters; at most 50,000 are accepted.').waitFor()
  await box.press('Enter')
  assert.equal(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled(), true)
  assert.equal((await box.inputValue()).length, text.length)
  assert.deepEqual(mock.calls.filter((op) => op === 'send_message_to_agent'), [])
  await box.fill('short')
  await page.getByText('Enter sends').waitFor()
})

test('earlier sessions are listed with their time, and the agent goes on with one of them', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  const session = (id, day, more) => ({ id, isCurrent: false, isResumable: true, contextLevel: 41, startedAt: `2026-10-0${day}T08:00:00Z`, endedAt: `2026-10-0${day}T09:00:00Z`, ...more })
  world.sessions = new Map([[agent.id, [session('third', 3, { isCurrent: true }), session('second', 2, {}), session('first', 1, { isResumable: false })]]])
  world.setStatus(agent, 'finished', 'stopped')
  const { page } = await openPage(t, { world, path: `${paths.agent(world, 'tester')}?pane=usage` })
  const earlier = page.getByRole('region', { name: /^Earlier sessions/ })
  await earlier.getByText('2 October').first().waitFor()
  await earlier.getByText('its CLI cannot resume it').waitFor()
  assert.equal(await earlier.getByRole('listitem').count(), 2)
  await checkAccess(page)
  await earlier.getByRole('button', { name: /^Continue the session of 2 October/ }).click()
  await page.getByText('Continuing the earlier session').waitFor()
  await earlier.getByText('Stop the agent to continue one of them.').waitFor()
})

test('a moment that is dragged follows the pointer, and is read only now and then', async (t) => {
  const { page, mock, log, box } = await openIdle(t)
  for (const [n, text] of ['One', 'Two'].entries()) {
    await say(box, text)
    await log.getByRole('img', { name: 'Turn done' }).nth(n).waitFor()
  }
  const slider = page.getByRole('slider', { name: 'Moment' })
  const { x, y, width, height } = await slider.boundingBox()
  const reads = () => mock.calls.filter((op) => op === 'list_turns').length
  const before = reads()
  await page.mouse.move(x + width * 0.9, y + height / 2)
  const begun = Date.now()
  await page.mouse.down()
  await page.mouse.move(x + width * 0.108, y + height / 2, { steps: 100 })
  const followed = Number(await slider.getAttribute('aria-valuenow'))
  assert.ok(Math.abs(followed - 108) < 3, `the head is at ${followed}`)
  await page.mouse.up()
  await page.getByRole('region', { name: 'The past' }).waitFor()
  await page.waitForURL((url) => url.searchParams.has('at'))
  await page.waitForLoadState('networkidle')
  const most = Math.ceil((Date.now() - begun) / 150) + 2
  assert.ok(reads() - before <= most, `${reads() - before} reads, at most ${most}`)
  // Where it was released is where the page is.
  assert.ok(Math.abs(Number(await slider.getAttribute('aria-valuenow')) - 108) < 3)
  await page.reload()
  await slider.waitFor()
  assert.ok(Math.abs(Number(await slider.getAttribute('aria-valuenow')) - 108) < 30)
})

test('a link to an agent that was deleted says when, and one to an unknown agent leads on', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'indexer')
  world.agents.delete(agent.id)
  world.emitAgentChange(agent, 'agent_removed')
  const { page } = await openPage(t, { world, path: `/w/${agent.workspaceId}/a/${agent.id}` })
  await page.getByRole('heading', { name: /^This agent was deleted / }).waitFor()
  await checkAccess(page)
  await checkWidth(page, 320)
  // What could not be read is not what is not there.
  world.failing.add('get_workspace')
  await page.reload()
  await page.getByText('When this agent was deleted could not be read').waitFor({ timeout: 30_000 })
  world.failing.delete('get_workspace')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { name: /^This agent was deleted / }).waitFor()
  await page.goto(page.url().replace(agent.id, `ag_${'0'.repeat(26)}`))
  await page.getByRole('heading', { name: 'There is no such agent' }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0)
  await page.getByRole('main').getByRole('link', { name: 'Board' }).click()
  await page.getByRole('heading', { name: 'Board', level: 1 }).waitFor()
})
