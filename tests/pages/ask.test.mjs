// What an agent asks: all of it can be seen, and nothing is answered by accident.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, paths, phone, useStage, wide } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()

/** The page of an agent that asks; `ask` is what the mock keeps of it. */
async function openAsk(t, tool, input, { kind = 'permission', more, before, hash = '', ...options } = {}) {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  agent.pid = 99
  before?.(world, agent)
  world.turns.set(agent.id, 'msg_of_the_turn')
  world.emit(agent, 'message', { messageId: 'msg_of_the_turn', state: 'sent', text: 'Go on.' })
  const ask = world.openAsk(agent, kind, tool, input.command?.slice(0, 60) ?? tool, input, more)
  const opened = await openPage(t, { world, path: `${paths.agent(world, 'tester')}`, ...options })
  const card = opened.page.getByRole('region', { name: /^Ask: / })
  await card.waitFor()
  const box = opened.page.getByRole('textbox', { name: /tester|Reply/ })
  return { ...opened, agent, ask, card, box, allow: card.getByRole('button', { name: /^(Allow once|Approve)/ }) }
}

const isOff = async (button) => (await button.getAttribute('aria-disabled')) === 'true'
const opens = (button, page) => button.and(page.locator(':not([aria-disabled])')).waitFor()
const inAsk = (page) => page.evaluate(() => document.activeElement?.closest('[data-ask]') !== null)

/** From now on the ask has not changed for long enough. */
const settle = (page) => page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 450)))

const dangerous = { command: 'rm -rf build && make all' }

test('typing after opening an agent that waits writes to it and answers nothing', async (t) => {
  const { page, ask, box, allow } = await openAsk(t, 'Bash', dangerous)
  await opens(allow, page)
  await page.keyboard.type('also add a dash', { delay: 30 })
  assert.equal(await box.inputValue(), 'also add a dash')
  assert.equal(ask.state, 'open')
})

test('a letter outside the ask answers nothing, and inside it answers that ask with its digest', async (t) => {
  const { page, world, ask, card, allow } = await openAsk(t, 'Bash', dangerous)
  await opens(allow, page)
  await settle(page)
  await page.evaluate(() => document.activeElement?.blur())
  await page.keyboard.type('ad')
  assert.equal(ask.state, 'open')
  await card.focus()
  await page.keyboard.press('Enter')
  assert.equal(ask.state, 'open')
  await page.keyboard.press('a')
  await card.waitFor({ state: 'detached' })
  assert.deepEqual(world.answers, [{ askId: ask.id, digest: ask.digest, decision: 'allow' }])
  await page.getByRole('status').getByText('Allowed: Run a command').waitFor()
})

test('Shift Tab leads from the composer into the ask, and Escape back', async (t) => {
  const { page, box, allow } = await openAsk(t, 'Bash', dangerous)
  await opens(allow, page)
  await box.focus()
  await page.keyboard.press('Shift+Tab')
  assert.equal(await inAsk(page), true)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => document.activeElement?.localName === 'textarea')
})

test('no key and no click answers an ask that has just replaced another', async (t) => {
  const { page, world, agent, ask, card, allow } = await openAsk(t, 'Bash', dangerous)
  await opens(allow, page)
  await settle(page)
  const second = world.openAsk(agent, 'permission', 'Bash', 'make second', { command: 'make second' })
  await card.focus()
  const early = page.evaluate(
    (id) =>
      new Promise((done) => {
        const observer = new MutationObserver(() => {
          const next = document.querySelector(`[data-ask="${id}"]`)
          const button = [...(next?.querySelectorAll('button') ?? [])].find(({ textContent }) => textContent.startsWith('Allow once'))
          if (!button || button.getAttribute('aria-disabled') === 'true') return
          observer.disconnect()
          next.focus()
          next.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true, cancelable: true }))
          button.click()
          done()
        })
        observer.observe(document.body, { childList: true, subtree: true, attributes: true })
      }),
    second.id,
  )
  await page.keyboard.press('a')
  await early
  assert.deepEqual([ask.state, second.state], ['answered', 'open'])
  await page.getByText('This has just changed. Look at it, then press again.').waitFor()
  await settle(page)
  await page.getByRole('button', { name: /^Allow once/ }).click()
  await page.locator(`[data-ask="${second.id}"]`).waitFor({ state: 'detached' })
  assert.equal(second.decision, 'allow')
})

test('several asks of one turn follow each other; each can be opened', async (t) => {
  const { page, world, agent, ask, card } = await openAsk(t, 'Bash', dangerous)
  world.openAsk(agent, 'permission', 'Bash', 'make second', { command: 'make second' })
  const third = world.openAsk(agent, 'permission', 'Bash', 'make third', { command: 'make third' })
  const others = page.getByRole('list', { name: '2 more asks' })
  await others.getByRole('button', { name: /make third/ }).click()
  await card.getByText('make third').waitFor()
  await settle(page)
  await card.getByRole('button', { name: /^Allow once/ }).click()
  await card.getByText('rm -rf build').waitFor()
  assert.deepEqual([ask.state, third.state], ['open', 'answered'])
})

const lines = (n) => Array.from({ length: n }, (_, at) => `echo line ${at + 1}`).join('\n')

for (const [name, device] of Object.entries({ wide, phone }))
  test(`a command of 100 lines begins with eight, and cannot be allowed before its end was in view (${name})`, async (t) => {
    const { page, ask, card, allow } = await openAsk(t, 'Bash', { command: lines(100) }, { device })
    await card.getByText('92 more lines').waitFor()
    await card.getByText('Available once you have seen all of it').waitFor()
    await card.focus()
    await settle(page)
    await page.keyboard.press('a')
    await allow.dispatchEvent('click')
    assert.deepEqual([ask.state, await isOff(allow)], ['open', true])
    await card.focus()
    await page.keyboard.press('Enter')
    const region = card.getByRole('region', { name: 'Command' })
    await region.getByText('echo line 60').waitFor()
    assert.equal(await isOff(allow), true)
    await region.focus()
    await page.keyboard.press('End')
    await opens(allow, page)
    assert.equal(await region.evaluate((node) => node.scrollWidth > node.clientWidth), false)
    await checkWidth(page)
    await card.getByText(/^All 1,\d{3} bytes shown/).waitFor()
    await settle(page)
    await allow.click()
    await card.waitFor({ state: 'detached' })
  })

test('what was opened and not read to its end says so, and Enter leads there', async (t) => {
  const { page, card, allow } = await openAsk(t, 'Bash', { command: lines(104) })
  await card.focus()
  await page.keyboard.press('Enter')
  await card.getByText('104 lines, not yet shown to the end').waitFor()
  assert.equal(await isOff(allow), true)
  assert.equal(await page.getByRole('contentinfo').getByText('allow once').count(), 0)
  await page.keyboard.press('Enter')
  await opens(allow, page)
  await card.getByText('not yet shown to the end').waitFor({ state: 'detached' })
  await page.getByRole('contentinfo').getByText('allow once').waitFor()
})

test('a few lines more than eight are shown instead of hidden', async (t) => {
  const { page, card, allow } = await openAsk(t, 'Bash', { command: lines(11) })
  await card.getByText('echo line 11').waitFor()
  await opens(allow, page)
  assert.equal(await card.getByRole('button', { name: 'Show all' }).count(), 0)
})

test('beside a long draft the buttons of an ask stay in view', async (t) => {
  const { page, box, card, allow } = await openAsk(t, 'Bash', { command: lines(11) })
  await box.fill('one more line\n'.repeat(300))
  await opens(allow, page)
  const isInView = () =>
    allow.evaluate((node) => {
      const { x, y, width, height } = node.getBoundingClientRect()
      return node.contains(document.elementFromPoint(x + width / 2, y + height / 2))
    })
  assert.equal(await isInView(), true)
})

test('one line of 5,000 characters is wrapped at its spaces and counted in lines', async (t) => {
  const { page, card, allow } = await openAsk(t, 'Bash', { command: `make ${'check-it '.repeat(600)}&& git push --force origin HEAD:main` })
  await card.getByText(/^\d+ more lines/).waitFor()
  assert.equal(await isOff(allow), true)
  await card.getByRole('button', { name: 'Show all' }).click()
  const region = card.getByRole('region', { name: 'Command' })
  await region.focus()
  await page.keyboard.press('End')
  await opens(allow, page)
  await card.getByText('Reaches the remote origin, by git push.').waitFor()
})

test('an ask of 17,000 lines keeps few of them in the page, and each can be reached', async (t) => {
  const { page, card, allow } = await openAsk(t, 'Bash', { command: lines(17_000) })
  await card.getByRole('button', { name: 'Show all' }).click()
  const region = card.getByRole('region', { name: 'Command' })
  await region.getByText(/^echo line 9\b/).waitFor()
  assert.ok((await region.locator('[data-index]').count()) < 200)
  assert.equal(await isOff(allow), true)
  await region.focus()
  await page.keyboard.press('End')
  await region.getByText(/^echo line 17000/).waitFor()
  await opens(allow, page)
})

test('a real line break is marked, and so is what cannot be seen', async (t) => {
  const { card } = await openAsk(t, 'Bash', { command: 'echo a\ncat \u202Etxt.rtl' })
  await card.getByLabel('line break').waitFor()
  await card.getByText('⟨U+202E⟩').first().waitFor()
})

test('arguments that could not be read whole cannot be allowed', async (t) => {
  const { card, allow, ask } = await openAsk(t, 'Bash', { command: 'x'.repeat(9000) }, { before: (world) => world.failing.add('get_ask') })
  await card.getByRole('alert').getByText('Not all of it could be read').waitFor()
  assert.equal(await isOff(allow), true)
  await allow.dispatchEvent('click')
  assert.equal(ask.state, 'open')
})

test('every argument is shown, also those beside the command', async (t) => {
  const { card } = await openAsk(t, 'Bash', { ...dangerous, description: 'Build it', dangerouslyDisableSandbox: true })
  await card.getByText('Build it').waitFor()
  await card.getByText('"dangerouslyDisableSandbox": true').waitFor()
})

test('a session grant of the CLI is offered in its words, and not if it grants nothing', async (t) => {
  const suggestions = [
    { type: 'addRules', rules: [{ toolName: 'Bash', ruleContent: 'rm -rf build' }], behavior: 'allow', destination: 'localSettings' },
    { type: 'setMode', mode: 'acceptEdits', destination: 'session' },
  ]
  const { page, world, agent, card } = await openAsk(t, 'Bash', dangerous, { more: { suggestions } })
  await card.getByText('also lets it, until the session ends: change files without asking.').waitFor()
  await settle(page)
  await card.getByRole('button', { name: 'For this session' }).click()
  await card.waitFor({ state: 'detached' })
  assert.equal(world.answers[0].decision, 'allow_always')
  world.openAsk(agent, 'permission', 'Bash', 'ls', { command: 'ls' }, { suggestions: suggestions.slice(0, 1) })
  await card.getByText('ls', { exact: true }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'For this session' }).count(), 0)
})

test('“For this agent” makes a rule for the same bytes; where no rule can say that, the refusal does', async (t) => {
  const { page, world, card, allow } = await openAsk(t, 'Bash', { command: 'make check' })
  await opens(allow, page)
  await settle(page)
  await card.focus()
  await page.keyboard.press('s')
  await card.waitFor({ state: 'detached' })
  assert.deepEqual(world.rules.map(({ command, agentId }) => [command, agentId]), [['make check', named(world.agents, 'tester').id]])
  const { card: other, page: again, ask } = await openAsk(t, 'Bash', dangerous)
  await settle(again)
  await other.focus()
  await again.keyboard.press('s')
  await other.getByRole('alert').getByText(/cannot be remembered/).waitFor()
  assert.equal(ask.state, 'open')
})

const write = { file_path: '/home/me/harbor-fix-login/notes.md', content: 'one\nTWO\nthree\n' }
const treeOf = (world) => named(world.worktrees, 'fix-login')

test('a write over an existing file is compared with the file as it is now, and follows it', async (t) => {
  const { world, card } = await openAsk(t, 'Write', write, { before: (world) => Object.assign(treeOf(world), { texts: { 'notes.md': 'one\ntwo\nthree\n' } }) })
  await card.getByRole('heading', { name: 'Write a file' }).waitFor()
  await card.getByText(/Compared with the file as it is now/).waitFor()
  assert.match(await card.innerText(), /−\s*two\s*\+\s*TWO/)
  treeOf(world).texts = { 'notes.md': 'zero\none\nTWO\nthree\n' }
  world.setFiles(treeOf(world), [], {})
  await card.getByText('zero').waitFor()
})

test('a write of a file that does not exist says so, and one of an unknown file that it may replace one', async (t) => {
  const { card } = await openAsk(t, 'Write', write)
  await card.getByText(/There is no such file yet/).waitFor()
  const unreadable = (world) => Object.assign(treeOf(world), { texts: { 'notes.md': null } })
  const { card: other } = await openAsk(t, 'Write', write, { before: unreadable })
  await other.getByText(/Writes the whole file. If it exists, its content is replaced/).waitFor()
})

test('an ask that changed since it was shown accepts no answer, and is shown as it is now', async (t) => {
  const { page, ask, card, allow } = await openAsk(t, 'Bash', dangerous)
  await opens(allow, page)
  await settle(page)
  Object.assign(ask, { digest: 'of what it asks now', input: { command: 'rm -rf /' } })
  await allow.click()
  await card.getByRole('alert').getByText('The answer was not accepted').waitFor()
  await card.getByText('rm -rf /', { exact: true }).waitFor()
  assert.equal(ask.state, 'open')
  await settle(page)
  await allow.click()
  await card.waitFor({ state: 'detached' })
  assert.equal(ask.decision, 'allow')
})

test('who was faster is said in words', async (t) => {
  const { page, world, ask, card, allow } = await openAsk(t, 'Bash', dangerous)
  await opens(allow, page)
  await settle(page)
  Object.assign(ask, { state: 'answered', decision: 'deny', decidedBy: 'rule', rule: 'deny Bash: rm **', answeredAt: world.now() })
  await allow.click()
  await page.getByRole('status').getByText(/Run a command: Already answered by a rule: denied/).waitFor()
  await card.getByRole('alert').waitFor()
})

test('a denial takes a reason; Escape goes back to the ask', async (t) => {
  const { page, world, ask, card, allow } = await openAsk(t, 'Bash', dangerous)
  await opens(allow, page)
  await card.focus()
  await page.keyboard.press('d')
  const reason = card.getByRole('textbox', { name: /What should it do instead/ })
  await reason.press('Escape')
  await page.waitForFunction(() => document.activeElement?.hasAttribute('data-ask'))
  await page.keyboard.press('d')
  await reason.fill('make clean')
  await reason.press('Enter')
  assert.equal(ask.state, 'open')
  await card.getByRole('button', { name: /^Deny/, disabled: false }).last().waitFor()
  await settle(page)
  await reason.press('Control+Enter')
  await card.waitFor({ state: 'detached' })
  assert.deepEqual(world.answers.map(({ decision, message }) => [decision, message?.trim()]), [['deny', 'make clean']])
})

test('the arguments can be edited first; what would run is shown', async (t) => {
  const { page, world, card, allow } = await openAsk(t, 'Bash', dangerous)
  await opens(allow, page)
  await card.focus()
  await page.keyboard.press('e')
  const field = card.getByRole('textbox', { name: 'Command' })
  await field.fill('make all')
  await card.getByText(/^All 8 bytes shown/).waitFor()
  await settle(page)
  await field.press('Control+Enter')
  await card.waitFor({ state: 'detached' })
  assert.deepEqual(world.answers[0].input, { command: 'make all' })
})

test('an agent that takes a decision alone is offered no change of its arguments and no message', async (t) => {
  const { page, ask, card, allow } = await openAsk(t, 'write_file', { file_path: '/wt/a.txt', content: 'x' }, { more: { decisionOnly: true } })
  await opens(allow, page)
  assert.equal(await card.getByRole('button', { name: 'Edit' }).count(), 0)
  await card.getByRole('button', { name: 'Deny' }).click()
  await card.getByText('This agent takes no message with an answer').waitFor()
  assert.equal(await card.getByRole('textbox').count(), 0)
  await settle(page)
  await page.keyboard.press('Control+Enter')
  await card.waitFor({ state: 'detached' })
  assert.deepEqual([ask.decision, ask.message], ['deny', undefined])
})

test('what was written for an ask survives Escape and a reload, and is gone once it was answered', async (t) => {
  const { page, world, card } = await openAsk(t, 'Bash', dangerous)
  const reason = card.getByRole('textbox', { name: /What should it do instead/ })
  const command = card.getByRole('textbox', { name: 'Command' })
  await card.focus()
  await page.keyboard.press('d')
  await reason.fill('Use make clean')
  await reason.press('Escape')
  await page.keyboard.press('e')
  await command.fill('make all')
  await page.reload()
  await card.focus()
  await page.keyboard.press('e')
  assert.equal(await command.inputValue(), 'make all')
  await card.getByText(/^All 8 bytes shown/).waitFor()
  await card.getByRole('button', { name: 'As it was asked' }).click()
  assert.notEqual(await command.inputValue(), 'make all')
  await command.press('Escape')
  await page.keyboard.press('d')
  assert.equal(await reason.inputValue(), 'Use make clean')
  await settle(page)
  await reason.press('Control+Enter')
  await card.waitFor({ state: 'detached' })
  assert.equal(world.answers[0].message, 'Use make clean')
  await until(() => [...world.uiStates].every(([key, { value }]) => !key.startsWith('text/ask/') || value === undefined), 'the draft is removed')
})

const question = {
  questions: [
    { question: 'Which store?', options: [{ label: 'SQLite', description: 'One file' }, { label: 'PostgreSQL' }], multiSelect: false },
    { question: 'Which tests?', options: [{ label: 'unit' }, { label: 'pages' }], multiSelect: true },
  ],
}

test('questions are answered by number keys, several choices and free text', async (t) => {
  const { page, world, card } = await openAsk(t, 'AskUserQuestion', question, { kind: 'question' })
  await card.getByRole('heading', { name: '2 questions' }).waitFor()
  await card.focus()
  await settle(page)
  await page.keyboard.press('2')
  assert.equal(await card.getByRole('radio', { name: 'PostgreSQL' }).getAttribute('aria-checked'), 'true')
  await page.keyboard.press('1')
  await page.keyboard.press('2')
  await page.keyboard.press('3')
  const own = card.getByRole('textbox', { name: 'Another answer' }).nth(1)
  await own.pressSequentially('all 3')
  await own.press('Enter')
  assert.equal(world.answers.length, 0)
  await page.reload()
  await card.focus()
  await settle(page)
  await own.press('Control+Enter')
  await card.waitFor({ state: 'detached' })
  assert.deepEqual(world.answers[0].input, { 'Which store?': 'PostgreSQL', 'Which tests?': ['unit', 'pages', 'all 3'] })
})

test('what was chosen and written into an answer is there after a reload, and goes with the answer', async (t) => {
  const { page, world, card } = await openAsk(t, 'AskUserQuestion', question, { kind: 'question' })
  await card.focus()
  await settle(page)
  await page.keyboard.press('2')
  const own = card.getByRole('textbox', { name: 'Another answer' }).nth(1)
  await own.pressSequentially('only what is slow', { delay: 40 })
  await page.reload()
  await card.getByRole('radio', { name: 'PostgreSQL' }).and(page.locator('[aria-checked=true]')).waitFor()
  assert.equal(await own.inputValue(), 'only what is slow')
  await settle(page)
  await own.press('Control+Enter')
  await card.waitFor({ state: 'detached' })
  assert.deepEqual(world.answers[0].input, { 'Which store?': 'PostgreSQL', 'Which tests?': 'only what is slow' })
})

test('the reason of a denial and an edited command survive a reload; what would run is shown with them', async (t) => {
  const { page, world, card } = await openAsk(t, 'Bash', dangerous)
  const reason = card.getByRole('textbox', { name: /What should it do instead/ })
  const command = card.getByRole('textbox', { name: 'Command' })
  await card.focus()
  await page.keyboard.press('d')
  await reason.pressSequentially('Move it away.', { delay: 40 })
  await page.keyboard.press('Escape')
  await page.keyboard.press('e')
  await command.fill('mv build /tmp && make all')
  await page.reload()
  await card.focus()
  await page.keyboard.press('e')
  assert.equal(await command.inputValue(), 'mv build /tmp && make all')
  await card.locator('[data-ask-bytes]').getByText('mv build /tmp && make all').waitFor()
  await page.keyboard.press('Escape')
  await card.locator('[data-ask-bytes]').getByText(dangerous.command).waitFor()
  await page.keyboard.press('d')
  assert.equal(await reason.inputValue(), 'Move it away.')
  await settle(page)
  await reason.press('Control+Enter')
  await card.waitFor({ state: 'detached' })
  assert.deepEqual([world.answers[0].decision, world.answers[0].message], ['deny', 'Move it away.'])
})

const plan = `# The plan\n\n${Array.from({ length: 12 }, (_, n) => `${n + 1}. Step ${n + 1}`).join('\n')}`

test('a plan is read to its end before it is approved', async (t) => {
  const input = { plan, allowedPrompts: [{ tool: 'Bash', prompt: 'run anything' }] }
  const { page, ask, card, allow } = await openAsk(t, 'ExitPlanMode', input, { kind: 'plan', more: { plan } })
  await card.getByRole('heading', { name: 'A plan of 12 steps' }).waitFor()
  assert.equal(await isOff(allow), true)
  await card.focus()
  await page.keyboard.press('Enter')
  const region = card.getByRole('region', { name: 'Plan', exact: true })
  await region.getByText('run anything').scrollIntoViewIfNeeded()
  await region.evaluate((node) => node.scrollTo(0, node.scrollHeight))
  await opens(allow, page)
  await settle(page)
  await allow.click()
  await card.waitFor({ state: 'detached' })
  assert.equal(ask.decision, 'allow')
})

test('a plan is sent back with comments on its lines', async (t) => {
  const { page, world, card } = await openAsk(t, 'ExitPlanMode', { plan }, { kind: 'plan', more: { plan } })
  await card.focus()
  await settle(page)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('c')
  const field = card.getByRole('textbox', { name: 'Comment on line 4' })
  await field.fill('Not this one')
  await page.reload()
  await card.focus()
  await settle(page)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('c')
  assert.equal(await field.inputValue(), 'Not this one')
  await field.press('Control+Enter')
  await card.getByText('Not this one').waitFor()
  await card.getByRole('button', { name: 'Send 1 comment' }).click()
  await card.waitFor({ state: 'detached' })
  const [{ decision, comments }] = world.answers
  assert.deepEqual([decision, comments], ['deny', [{ line: 4, text: 'Not this one' }]])
})

test('an ask is accessible in both themes, at 320 pixels, and nothing moves', async (t) => {
  const { page, card } = await openAsk(t, 'Bash', dangerous)
  await card.focus()
  await page.keyboard.press('r')
  await card.getByRole('textbox', { name: 'Rule' }).waitFor()
  await card.getByText(/^Matches/).waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
  await checkStill(page)
})
