// What an agent asks: all of it can be seen, and nothing is answered by accident.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkWidth, named, paths, phone, useStage, wide } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()

/** The page of an agent that asks; `ask` is what the mock keeps of it. */
async function openAsk(t, tool, input, { kind = 'permission', more, before, ...options } = {}) {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  agent.pid = 99
  before?.(world, agent)
  world.turns.set(agent.id, 'msg_of_the_turn')
  world.emit(agent, 'message', { messageId: 'msg_of_the_turn', state: 'sent', text: 'Go on.' })
  const ask = world.openAsk(agent, kind, tool, input.command?.slice(0, 60) ?? tool, input, more)
  const opened = await openPage(t, { world, path: paths.agent(world, 'tester'), ...options })
  const card = opened.page.getByRole('region', { name: /^(Permission|Question|Plan to review)/ })
  await card.waitFor()
  const box = opened.page.getByRole('textbox', { name: 'Message to tester' })
  return { ...opened, agent, ask, card, box, allow: card.getByRole('button', { name: /^(Allow|Approve plan)$/ }) }
}

const isOff = async (button) => (await button.getAttribute('aria-disabled')) === 'true'
const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.localName)
const shortcut = (card, name) => card.getByText(name, { exact: true }).locator('visible=true').first().waitFor()

/** The focus enters the part and a key is pressed there, as soon after it as keys can come. */
const focusAndPress = (part, key) =>
  part.evaluate(async (node, key) => {
    node.focus()
    await new Promise((resolve) => setTimeout(resolve))
    node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
  }, key)

const dangerous = { command: 'rm -rf build && make all' }

test('typing after opening an agent that waits writes to it and answers nothing', async (t) => {
  const { page, ask, box, allow } = await openAsk(t, 'Bash', dangerous)
  await allow.and(page.locator(':not([aria-disabled])')).waitFor()
  await page.keyboard.type('also add a dash', { delay: 30 })
  assert.equal(await box.inputValue(), 'also add a dash')
  assert.equal(ask.state, 'open')
})

test('a letter outside the ask answers nothing, with the focus in the transcript or nowhere', async (t) => {
  const { page, ask, card } = await openAsk(t, 'Bash', dangerous)
  await shortcut(card, 'Alt A')
  await page.getByRole('log').focus()
  await page.keyboard.type('ad')
  await page.evaluate(() => document.activeElement?.blur())
  await page.keyboard.type('ad')
  assert.equal(ask.state, 'open')
  assert.equal(await card.getByRole('textbox').count(), 0)
})

test('a letter in the ask answers it, but not right after it got the focus', async (t) => {
  const { page, ask, card } = await openAsk(t, 'Bash', dangerous)
  await shortcut(card, 'Alt A')
  await focusAndPress(card, 'a')
  assert.equal(ask.state, 'open')
  await shortcut(card, 'A')
  await page.keyboard.press('a')
  await card.waitFor({ state: 'detached' })
  assert.equal(ask.decision, 'allow')
  await page.waitForFunction(() => document.activeElement?.localName === 'textarea')
})

test('with Alt a letter answers from the composer, and writes nothing there', async (t) => {
  const { page, ask, card, box } = await openAsk(t, 'Bash', dangerous)
  await shortcut(card, 'Alt D')
  await box.press('Alt+d')
  await card.getByRole('textbox', { name: /What should it do instead/ }).press('Escape')
  assert.match(await focused(page), /^Permission/)
  await box.focus()
  await shortcut(card, 'Alt A')
  await box.press('Alt+a')
  await card.waitFor({ state: 'detached' })
  assert.deepEqual([ask.decision, await box.inputValue()], ['allow', ''])
})

test('no key and no click answers an ask that has just replaced another', async (t) => {
  const { page, world, agent, ask, card } = await openAsk(t, 'Bash', dangerous)
  const second = world.openAsk(agent, 'permission', 'Bash', 'make second', { command: 'make second' })
  await card.getByText('rm -rf build').first().waitFor()
  await shortcut(card, 'Alt A')
  const early = page.evaluate(
    () =>
      new Promise((done) => {
        const observer = new MutationObserver(() => {
          const next = document.querySelector('section[aria-label="Permission: make second"]')
          const allow = [...(next?.querySelectorAll('button') ?? [])].find(({ textContent }) => textContent.startsWith('Allow'))
          if (!allow) return
          observer.disconnect()
          window.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', altKey: true, bubbles: true, cancelable: true }))
          allow.click()
          done()
        })
        observer.observe(document.body, { childList: true, subtree: true })
      }),
  )
  await page.keyboard.press('Alt+a')
  await early
  assert.deepEqual([ask.state, second.state], ['answered', 'open'])
  const next = page.getByRole('region', { name: 'Permission: make second' })
  await next.getByRole('button', { name: 'Allow', exact: true }).click()
  await next.waitFor({ state: 'detached' })
  assert.equal(second.decision, 'allow')
})

test('in the inbox a letter answers the ask that has the focus, and the next one gets it', async (t) => {
  const { page, ask, world, agent } = await openAsk(t, 'Bash', dangerous)
  const second = world.openAsk(agent, 'permission', 'Bash', 'make second', { command: 'make second' })
  await page.getByRole('link', { name: /^Inbox/ }).first().click()
  const card = page.getByRole('region', { name: 'Permission: rm -rf build && make all' })
  await card.waitFor()
  await page.keyboard.type('ad')
  await card.getByRole('heading').click()
  await shortcut(card, 'A')
  await page.keyboard.press('a')
  await card.waitFor({ state: 'detached' })
  assert.deepEqual([ask.decision, second.state], ['allow', 'open'])
  await page.waitForFunction(() => document.activeElement?.localName === 'section')
})

test('Escape leaves a free-text answer step by step, and ends the turn only from the composer', async (t) => {
  const options = [{ label: 'SQLite' }, { label: 'PostgreSQL' }]
  const input = { questions: [{ question: 'Which store?', options, multiSelect: false }] }
  const { page, world, ask, card, box } = await openAsk(t, 'AskUserQuestion', input, { kind: 'question' })
  const own = card.getByRole('textbox', { name: 'Another answer' })
  await own.pressSequentially('a DuckDB')
  await own.press('Escape')
  assert.match(await focused(page), /^Question/)
  assert.equal(await own.inputValue(), 'a DuckDB')
  await page.keyboard.press('Escape')
  assert.equal(await focused(page), 'Message to tester')
  assert.deepEqual([ask.state, world.interrupted], ['open', []])
  await box.press('Escape')
  await page.waitForFunction(() => document.activeElement?.localName === 'textarea')
  await card.getByRole('button', { name: 'Answer' }).click()
  await card.waitFor({ state: 'detached' })
  assert.deepEqual(world.interrupted, ['msg_of_the_turn'])
})

const longCommand = `make ${'check '.repeat(600)}&& git push --force origin HEAD:main`

for (const [name, device] of Object.entries({ wide, phone }))
  test(`a command longer than its card is wrapped, and cannot be allowed before its end was in view (${name})`, async (t) => {
    const { page, ask, card, allow } = await openAsk(t, 'Bash', { command: longCommand }, { device })
    const command = card.getByRole('region', { name: 'Command' })
    assert.equal(await command.evaluate((node) => node.scrollWidth > node.clientWidth), false)
    await checkWidth(page)
    await card.getByText('“Allow” works once you have seen the end of this.').waitFor()
    assert.equal(await isOff(allow), true)
    await card.focus()
    if (device === wide) await shortcut(card, 'D')
    await page.keyboard.press('a')
    await allow.dispatchEvent('click')
    assert.equal(ask.state, 'open')
    await card.getByRole('button', { name: 'To its end' }).click()
    await card.getByText('works once you have seen').waitFor({ state: 'detached' })
    const gap = await command.evaluate((node) => node.scrollHeight - node.clientHeight - node.scrollTop)
    assert.ok(gap <= 2, `${gap} px from the end`)
    await allow.click()
    await card.waitFor({ state: 'detached' })
    assert.equal(ask.decision, 'allow')
  })

test('an ask of 17,000 lines keeps few of them in the page, and each can be reached', async (t) => {
  const command = Array.from({ length: 17_000 }, (_, n) => `echo line ${n + 1}`).join('\n')
  const { page, card, allow } = await openAsk(t, 'Bash', { command })
  const region = card.getByRole('region', { name: 'Command' })
  await region.getByText('echo line 1', { exact: true }).waitFor()
  assert.ok((await region.locator('span[data-index]').count()) < 200)
  await region.evaluate((node) => node.scrollTo(0, node.scrollHeight / 2))
  await region.getByText(/^echo line 8[0-9]{3}$/).first().waitFor()
  assert.equal(await isOff(allow), true)
  await region.focus()
  await page.keyboard.press('End')
  await region.getByText('echo line 17000', { exact: true }).waitFor()
  await allow.click()
  await card.waitFor({ state: 'detached' })
})

test('arguments that could not be read whole cannot be allowed', async (t) => {
  const command = 'x'.repeat(9000)
  const { card, allow, ask } = await openAsk(t, 'Bash', { command }, { before: (world) => world.failing.add('get_ask') })
  await card.getByRole('alert').getByText('Not all of it could be read').waitFor()
  assert.equal(await isOff(allow), true)
  await allow.dispatchEvent('click')
  assert.equal(ask.state, 'open')
})

test('every argument is shown, also those beside the command or the change', async (t) => {
  const { card } = await openAsk(t, 'Bash', { ...dangerous, description: 'Build it', dangerouslyDisableSandbox: true })
  await card.getByText('Build it').waitFor()
  await card.getByRole('region', { name: 'Command' }).getByText('"dangerouslyDisableSandbox": true').waitFor()
})

test('the other arguments of a plan are shown below it, and a long plan must be read to its end', async (t) => {
  const plan = Array.from({ length: 120 }, (_, n) => `Step ${n}.`).join('\n\n')
  const input = { plan, allowedPrompts: [{ tool: 'Bash', prompt: 'run anything' }] }
  const { card, allow } = await openAsk(t, 'ExitPlanMode', input, { kind: 'plan' })
  assert.equal(await isOff(allow), true)
  const region = card.getByRole('region', { name: 'Plan', exact: true })
  await region.getByText('run anything').scrollIntoViewIfNeeded()
  await region.evaluate((node) => node.scrollTo(0, node.scrollHeight))
  await allow.click()
  await card.waitFor({ state: 'detached' })
})

test('the grant of “Always allow” is shown, and it is not offered if it grants nothing', async (t) => {
  const suggestions = [
    { type: 'addRules', rules: [{ toolName: 'Bash', ruleContent: 'rm -rf build' }], behavior: 'allow', destination: 'localSettings' },
    { type: 'setMode', mode: 'acceptEdits', destination: 'session' },
  ]
  const { page, world, agent, card } = await openAsk(t, 'Bash', dangerous, { more: { suggestions } })
  await card.getByText('also lets it, until this session ends: change files without asking.').waitFor()
  assert.equal(await card.getByText('Bash(rm -rf build)').count(), 0)
  await card.getByRole('button', { name: 'Always allow' }).click()
  await card.waitFor({ state: 'detached' })
  world.openAsk(agent, 'permission', 'Bash', 'ls', { command: 'ls' }, { suggestions: suggestions.slice(0, 1) })
  await page.getByRole('region', { name: 'Permission: ls' }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Always allow' }).count(), 0)
})

const path = '/home/me/harbor-fix-login/notes.md'
const write = { file_path: path, content: 'one\nTWO\nthree\n' }

const treeOf = (world) => named(world.worktrees, 'fix-login')
/** It cannot be read: what the transcript knows of it has to do. */
const unreadable = (world) => {
  treeOf(world).texts = { 'notes.md': null }
}

function readBefore(output) {
  return (world, agent) => {
    unreadable(world)
    world.emit(agent, 'tool_start', { toolId: 'read', name: 'Read', kind: 'read', title: path, input: { file_path: path } })
    world.emit(agent, 'tool_end', { toolId: 'read', isError: false, output })
  }
}

test('a write over a file that the agent has read is shown as a change', async (t) => {
  const { card } = await openAsk(t, 'Write', write, { before: readBefore('1\tone\n2\ttwo\n3\tthree') })
  const changes = card.getByRole('region', { name: `Changes to ${path}` })
  assert.deepEqual((await changes.innerText()).split('\n').map((line) => line.trim()).filter(Boolean), ['one', '-', 'two', '+', 'TWO', 'three'])
  await card.getByText('Compared with the file as the agent last read or wrote it.').waitFor()
})

test('a write over a file whose content the page does not know says that it replaces the file', async (t) => {
  const { card } = await openAsk(t, 'Write', write, { before: readBefore('<a picture>') })
  await card.getByText('Replaces the whole content of an existing file.').waitFor()
  assert.equal(await card.getByText('+', { exact: true }).count(), 0)
})

test('a write over an unknown file does not look like a new file', async (t) => {
  const { page, card } = await openAsk(t, 'Write', write, { before: unreadable })
  const warning = 'Writes the whole file. If it exists, its content is replaced.'
  await card.getByText(warning).waitFor()
  await card.getByRole('region', { name: `New content of ${path}` }).getByText('TWO').waitFor()
  assert.equal(await card.getByText('+', { exact: true }).count(), 0)
  await page.getByRole('link', { name: /^Inbox/ }).first().click()
  await page.getByText(warning).waitFor()
})

const shownLines = async (region) => (await region.innerText()).split('\n').map((line) => line.trim()).filter(Boolean)

test('a write over an existing file is compared with the current file, and follows it', async (t) => {
  const { page, world, card } = await openAsk(t, 'Write', write, { before: (world) => Object.assign(treeOf(world), { texts: { 'notes.md': 'one\ntwo\nthree\n' } }) })
  const changes = card.getByRole('region', { name: `Changes to ${path}` })
  await card.getByText('Compared with the file as it is now.').waitFor()
  assert.deepEqual(await shownLines(changes), ['one', '-', 'two', '+', 'TWO', 'three'])
  treeOf(world).texts = { 'notes.md': 'zero\none\nTWO\nthree\n' }
  world.setFiles(treeOf(world), [], {})
  await changes.getByText('zero').waitFor()
  assert.deepEqual(await shownLines(changes), ['-', 'zero', 'one', 'TWO', 'three'])
  await page.getByRole('link', { name: /^Inbox/ }).first().click()
  await page.getByRole('region', { name: `Changes to ${path}` }).getByText('zero').waitFor()
})

test('a write of a file that does not exist says so', async (t) => {
  const { card } = await openAsk(t, 'Write', write)
  await card.getByText('There is no such file yet.').waitFor()
  await card.getByRole('region', { name: `New file ${path}` }).getByText('TWO').waitFor()
})

for (const where of ['agent', 'inbox'])
  test(`an ask that changed since it was shown accepts no answer, and is shown as it is now (${where})`, async (t) => {
    const { page, ask } = await openAsk(t, 'Bash', dangerous)
    const card = page.getByRole('region', { name: `Permission: ${dangerous.command}` })
    const allow = card.getByRole('button', { name: 'Allow', exact: true })
    if (where === 'inbox') await page.getByRole('link', { name: /^Inbox/ }).first().click()
    await card.getByText(dangerous.command).waitFor()
    Object.assign(ask, { digest: 'of what it asks now', input: { command: 'rm -rf /' } })
    await allow.and(page.locator(':not([aria-disabled])')).click()
    await card.getByRole('alert').getByText('The answer was not accepted').waitFor()
    await card.getByText('The ask has changed since it was shown').waitFor()
    await card.getByText('rm -rf /', { exact: true }).waitFor()
    assert.equal(ask.state, 'open')
    await allow.and(page.locator(':not([aria-disabled])')).click()
    await card.waitFor({ state: 'detached' })
    assert.equal(ask.decision, 'allow')
  })

test('an agent that takes a decision alone is offered no change of its arguments and no message', async (t) => {
  const { page, ask, card, allow } = await openAsk(t, 'write_file', { file_path: '/wt/a.txt', content: 'x' }, { more: { decisionOnly: true } })
  await allow.and(page.locator(':not([aria-disabled])')).waitFor()
  assert.equal(await card.getByRole('button', { name: 'Edit' }).count(), 0)
  await card.getByRole('button', { name: 'Deny' }).click()
  await card.getByText('This agent takes no message with an answer').waitFor()
  assert.equal(await card.getByRole('textbox').count(), 0)
  await page.keyboard.press('Enter')
  await card.waitFor({ state: 'detached' })
  assert.deepEqual([ask.decision, ask.message], ['deny', undefined])
})
