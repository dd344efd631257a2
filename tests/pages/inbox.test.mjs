// The inbox: one ask after the other, with all that is needed to decide, by keys alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, phone, useStage } from '../../web/mock/harness.mjs'
import { emptyWorld } from '../../web/mock/seed.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()
const ago = (minutes) => new Date(Date.now() - minutes * 60_000)
const me = 'usr_00000000000000000000000000'

function addAgent(world, name) {
  const workspace = [...world.workspaces.values()].find((row) => row.name === 'tidepool') ?? world.addWorkspace('tidepool', '/home/me/src/tidepool')
  const tree = name.replaceAll(' ', '-').toLowerCase()
  const worktree = world.addWorktree(workspace, { name: tree, branch: tree, path: `/home/me/src/${tree}` })
  const agent = world.addAgent(worktree, { name })
  agent.pid = 1
  return agent
}

const openCommand = (world, agent, command, minutes) => world.openAsk(agent, 'permission', 'Bash', command, { command }, {}, ago(minutes))

function past(world, agent, command, decision, minutes, more = {}) {
  const ask = openCommand(world, agent, command, minutes + 1)
  world.settleAsk(ask, { decision, decidedBy: 'person', answeredBy: me, ...more })
  ask.answeredAt = ago(minutes).toISOString()
  return ask
}

/** Three agents that ask, the oldest first, and what was answered before. */
function threeAsks() {
  const world = emptyWorld()
  const [backoff, pages, pool] = ['Bound the backoff', 'Cursor pages', 'Pool limits'].map((name) => addAgent(world, name))
  const say = (type, payload, minutes) => world.emit(backoff, type, payload, ago(minutes))
  say('message', { messageId: 'm1', state: 'sent', text: 'Run everything once more.' }, 30)
  say('tool_start', { toolId: 't1', name: 'Bash', kind: 'execute', title: '', input: { command: 'cargo test -p net' } }, 29)
  say('tool_end', { toolId: 't1', isError: true, exitCode: 101, output: 'attempt to shift left' }, 28)
  past(world, backoff, 'cargo test -p net', 'allow', 50)
  past(world, backoff, 'cargo test --workspace', 'allow', 45)
  past(world, backoff, 'rm -rf target', 'deny', 40)
  past(world, pages, 'pnpm test', 'allow', 35, { decidedBy: 'rule', rule: 'allow Bash: pnpm test' })
  const asks = [openCommand(world, backoff, 'cargo test -p net && git push origin main', 20), openCommand(world, pages, 'cargo test -p wal', 10), openCommand(world, pool, 'make pool', 5)]
  return { world, agents: [backoff, pages, pool], asks }
}

const settle = (page) => page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 450)))
const chosen = (page) => page.locator('[data-need][aria-current] [data-row]').innerText()
const detailOf = (page) => page.getByRole('region', { name: /^Ask/ })

async function openInbox(t, { world, ...options } = {}) {
  const opened = await openPage(t, { world, path: '/inbox', ...options })
  const list = opened.page.getByRole('list', { name: 'Open asks' })
  await list.waitFor()
  return { ...opened, list, detail: detailOf(opened.page) }
}

test('all asks are cleared by keys, and each answer carries the digest that was shown', async (t) => {
  const { world, asks } = threeAsks()
  const { page, detail } = await openInbox(t, { world })
  for (const [at, ask] of asks.entries()) {
    await detail.getByText(ask.input.command).first().waitFor()
    if (at < 2) await page.getByText(`then ${['Cursor pages', 'Pool limits'][at]}`).waitFor()
    await settle(page)
    await page.keyboard.press('a')
    await page.waitForFunction((id) => document.querySelector(`[data-need="${id}"]`) === null, ask.id)
  }
  assert.deepEqual(world.answers, asks.map(({ id, digest }) => ({ askId: id, digest, decision: 'allow' })))
  await page.getByText('Nothing needs you').first().waitFor()
  await page.getByRole('list', { name: 'Answered today' }).getByText('make pool').waitFor()
})

test('of more answers than one list holds the number is the least there can be', async (t) => {
  const { world, agents } = threeAsks()
  for (let n = 0; n < 205; n++) {
    const ask = openCommand(world, agents[0], `make ${n}`, 0)
    world.settleAsk(ask, { decision: 'allow', decidedBy: 'rule', rule: 'allow Bash: make' })
  }
  const { page } = await openInbox(t, { world })
  await page.getByRole('heading', { name: 'Answered today at least 200' }).waitFor()
  await page.getByRole('button', { name: 'Show the newest' }).click()
  await page.getByRole('heading', { name: 'The newest 200' }).waitFor()
})

test('a link to an agent that no longer failed says so and leads to it', async (t) => {
  const { world, agents } = threeAsks()
  const calm = addAgent(world, 'Calm')
  world.setStatus(calm, 'running', 'working')
  const { page } = await openInbox(t, { world, path: `/inbox?ask=${calm.id}` })
  await page.getByRole('heading', { name: 'Calm no longer needs you' }).waitFor()
  await page.getByRole('link', { name: 'Open agent' }).click()
  await page.getByRole('heading', { name: 'Calm', level: 1 }).waitFor()
  assert.equal(agents.length, 3)
})

test('with more asks than one list holds, the oldest is still first and can be answered', async (t) => {
  const { world, asks } = threeAsks()
  const crowd = addAgent(world, 'Crowd')
  for (let n = 0; n < 205; n++) openCommand(world, crowd, `make ${n}`, 1)
  const { page, detail } = await openInbox(t, { world })
  await detail.getByText(asks[0].input.command).first().waitFor()
  await page.getByText('203 of 208 open').waitFor()
})

test('the detail shows what came before, the bytes, the facts and who comes next', async (t) => {
  const { world } = threeAsks()
  const { page, detail } = await openInbox(t, { world })
  await detail.getByText('1 of 3').waitFor()
  await detail.getByText('/home/me/src/bound-the-backoff', { exact: true }).waitFor()
  const before = detail.getByRole('list', { name: 'Before this' })
  await before.getByText('Run everything once more.').waitFor()
  await before.getByText('exit 101').waitFor()
  await before.getByText('attempt to shift left').waitFor()
  await detail.getByText('the remote origin, by git push').waitFor()
  await detail.getByText(/^all 41 bytes; your answer holds for exactly these/).waitFor()
  await page.keyboard.press('o')
  await page.waitForURL(/\/a\/ag_/)
})

test('J and K move, and an answer directly after a move waits', async (t) => {
  const { world, asks } = threeAsks()
  const { page, detail } = await openInbox(t, { world })
  await settle(page)
  await page.keyboard.press('j')
  assert.match(await chosen(page), /Cursor pages/)
  await page.keyboard.press('a')
  await page.getByText('This has just changed. Look at it, then press again.').waitFor()
  assert.equal(asks[1].state, 'open')
  await page.keyboard.press('k')
  assert.match(await chosen(page), /Bound the backoff/)
  await detail.getByText(asks[0].input.command).first().waitFor()
  assert.match(page.url(), new RegExp(`ask=${asks[0].id}`))
})

test('what comes and goes by itself moves neither the choice nor what is under the pointer', async (t) => {
  const { world, agents, asks } = threeAsks()
  const { page, list, detail } = await openInbox(t, { world })
  await list.getByText('make pool').click()
  const rows = () => list.locator('[data-row]').allInnerTexts()
  const before = await rows()
  openCommand(world, agents[1], 'older than all', 90)
  world.settleAsk(asks[0], { decision: 'allow', decidedBy: 'rule', rule: 'allow Bash: cargo **' })
  await page.getByRole('button', { name: '1 new' }).waitFor()
  const now = await rows()
  assert.equal(now.length, before.length)
  assert.match(now[0], /Settled/)
  assert.match(await chosen(page), /Pool limits/)
  await page.mouse.move(900, 300)
  await list.getByText('older than all').waitFor()
  assert.match(await chosen(page), /Pool limits/)
  world.settleAsk(asks[2], { decision: 'deny', decidedBy: 'person', answeredBy: me })
  await detail.getByText(/Already answered by you: denied/).waitFor()
  assert.match(await chosen(page), /Pool limits/)
})

test('a rule is made with a preview, and says when it does not cover this one', async (t) => {
  const { world, asks } = threeAsks()
  const { page, detail } = await openInbox(t, { world })
  await settle(page)
  await page.keyboard.press('r')
  const field = detail.getByRole('textbox', { name: 'Rule' })
  assert.equal(await field.inputValue(), 'Bash(cargo test **)')
  await detail.getByText(/^Matches 2 past asks: 2 allowed, 0 denied\./).waitFor()
  await detail.getByText('Does not cover this one:').waitFor()
  await field.press('Control+Enter')
  await page.waitForFunction((id) => document.querySelector(`[data-need="${id}"]`) === null, asks[0].id)
  const [rule] = world.rules
  assert.deepEqual([rule.decision, rule.tool, rule.command, rule.workspaceId], ['allow', 'Bash', 'cargo test **', asks[0].workspaceId])
  assert.equal(asks[0].decision, 'allow')
  await page.keyboard.press('r')
  await detail.getByText('An earlier rule decides this one.').waitFor()
  await field.fill('Bash(make **)')
  await detail.getByText('Does not cover this one:').waitFor()
  await field.fill('Bash(cargo | x)')
  await detail.getByRole('alert').getByText(/A rule cannot allow this/).waitFor()
  await field.press('Escape')
  await page.waitForFunction(() => document.activeElement?.hasAttribute('data-detail'))
})

test('the first press says how far, the second answers', async (t) => {
  const { world, asks } = threeAsks()
  const { page, detail } = await openInbox(t, { world })
  await page.keyboard.press('j')
  await settle(page)
  await page.keyboard.press('s')
  assert.equal(await detail.getByRole('radio', { name: /For this agent/ }).getAttribute('aria-checked'), 'true')
  assert.equal(asks[1].state, 'open')
  await page.keyboard.press('s')
  await page.waitForFunction((id) => document.querySelector(`[data-need="${id}"]`) === null, asks[1].id)
  assert.deepEqual(world.answers, [{ askId: asks[1].id, digest: asks[1].digest, decision: 'allow', remember: 'agent' }])
})

test('equal asks are answered together, each result named singly', async (t) => {
  const { world, agents } = threeAsks()
  const same = agents.map((agent) => openCommand(world, agent, 'make check', 1))
  const { page } = await openInbox(t, { world })
  for (let n = 0; n < 3; n++) await page.keyboard.press('j')
  await page.keyboard.press('x')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('Shift+X')
  const batch = page.getByRole('region', { name: '3 asks together' })
  await batch.getByRole('heading', { name: 'Run a command, 3 times' }).waitFor()
  await settle(page)
  world.settleAsk(same[1], { decision: 'deny', decidedBy: 'person', answeredBy: me })
  await batch.getByText('Settled elsewhere').waitFor()
  await settle(page)
  await page.keyboard.press('a')
  await batch.getByText('Allowed').nth(1).waitFor()
  assert.deepEqual(same.map(({ decision }) => decision), ['allow', 'deny', 'allow'])
  await page.keyboard.press('Escape')
  await detailOf(page).first().waitFor()
})

test('different asks are answered together only by a rule that covers them', async (t) => {
  const { world, agents } = threeAsks()
  openCommand(world, agents[2], 'cargo test -p net', 1)
  const { page } = await openInbox(t, { world })
  await page.keyboard.press('j')
  await page.getByText('2 of 4').waitFor()
  await page.keyboard.press('x')
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  await page.getByRole('region', { name: '2 asks together' }).waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  const batch = page.getByRole('region', { name: '3 asks together' })
  await batch.getByText('Covered', { exact: true }).nth(1).waitFor()
  await batch.getByText(/^Not covered: Its command does not match/).waitFor()
  await settle(page)
  await page.keyboard.press('Control+Enter')
  await batch.getByText('Allowed').nth(1).waitFor()
  assert.equal(world.rules[0].command, 'cargo test **')
  assert.deepEqual(world.answers.map(({ decision }) => decision), ['allow', 'allow'])
})

test('twenty asks are cleared by keys while new ones arrive', async (t) => {
  const world = emptyWorld()
  const asks = Array.from({ length: 20 }, (_, n) => openCommand(world, addAgent(world, `Agent ${n}`), `make ${n}`, 60 - n))
  const { page, detail } = await openInbox(t, { world })
  for (let n = 0; n < 24; n++) {
    const text = await detail.locator('[data-ask-bytes]').innerText()
    const current = [...world.asks.values()].find(({ input }) => input.command === text.trim())
    if (n < 4) asks.push(openCommand(world, named(world.agents, `Agent ${n}`), `make late ${n}`, 0))
    await settle(page)
    await page.keyboard.press(n % 5 === 4 ? 'd' : 'a')
    if (n % 5 === 4) await page.keyboard.press('Control+Enter')
    await page.waitForFunction((id) => document.querySelector(`[data-need="${id}"]`) === null, current.id)
    assert.equal(world.answers.at(-1).askId, current.id)
  }
  assert.deepEqual(world.answers.map(({ digest }) => digest), world.answers.map(({ askId }) => world.asks.get(askId).digest))
  assert.ok(asks.every(({ state }) => state === 'answered'))
})

test('an agent that failed is listed, with the way to it', async (t) => {
  const { world, agents } = threeAsks()
  // The ask of an agent that has failed meanwhile is what it needs; without one, the failure is.
  world.setStatus(agents[1], 'error', 'suspended')
  world.closeAsks(agents[2])
  world.setStatus(agents[2], 'error', 'api', 'overloaded', ago(2))
  const { page, list, detail } = await openInbox(t, { world })
  assert.equal(await list.getByRole('listitem').count(), 3)
  await list.getByText(/overloaded/).click()
  await detail.getByRole('heading', { name: /overloaded/ }).waitFor()
  await detail.getByRole('link', { name: 'Open agent' }).first().click()
  await page.waitForURL(/\/a\/ag_/)
})

test('agents that failed are selected with asks, by x and by their boxes, then sent one prompt, stopped or archived, each result named singly', async (t) => {
  const { world, agents } = threeAsks()
  const failed = ['Reload certificates', 'Resize images'].map((name) => addAgent(world, name))
  for (const [at, agent] of failed.entries()) world.setStatus(agent, 'error', 'api', 'overloaded', ago(2 - at))
  const { page, list } = await openInbox(t, { world })
  const bar = page.getByRole('toolbar', { name: 'Selected agents' })
  for (let n = 0; n < 3; n++) await page.keyboard.press('j')
  await page.keyboard.press('x')
  await bar.getByText('1 agent selected').waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('Shift+X')
  await bar.getByText('2 agents selected').waitFor()
  // An ask of one more agent: the ask itself is still answered beside the list.
  await list.getByRole('checkbox', { name: /^Select Pool limits/ }).click()
  await bar.getByText('3 agents selected').waitFor()
  await checkAccess(page)
  await bar.getByRole('button', { name: 'Send a prompt…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Prompt' }).fill('Try once more')
  await dialog.getByRole('button', { name: 'Send' }).click()
  const sent = page.getByRole('dialog', { name: 'Prompt: all 3' })
  for (const { name } of [...failed, agents[2]]) await sent.getByText(name, { exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await sent.waitFor({ state: 'detached' })
  await bar.getByRole('button', { name: 'Clear' }).click()
  await bar.waitFor({ state: 'detached' })

  for (const { name } of failed) await list.getByRole('checkbox', { name: new RegExp(`^Select ${name}`) }).click()
  await bar.getByRole('button', { name: 'Archive' }).click()
  await list.getByText('Resize images').waitFor({ state: 'detached' })
  assert.ok(failed.every(({ deletedAt }) => deletedAt))
  await page.getByRole('status').filter({ hasText: 'Archived 2 agents' }).getByRole('button', { name: /^Undo/ }).click()
  await until(() => failed.every(({ deletedAt }) => !deletedAt), 'both are back')
})

test('an agent that fails again after it was dealt with is listed again', async (t) => {
  const { world } = threeAsks()
  const failed = addAgent(world, 'Reload certificates')
  world.setStatus(failed, 'error', 'api', 'overloaded', ago(1))
  const { page, list } = await openInbox(t, { world })
  const bar = page.getByRole('toolbar', { name: 'Selected agents' })
  const row = list.getByRole('checkbox', { name: /^Select Reload certificates/ })
  await row.click()
  await list.getByText('Reload certificates').click()
  await bar.getByRole('button', { name: 'Send a prompt…' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: 'Prompt' }).fill('Try once more')
  await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
  await page.getByRole('dialog', { name: 'Prompt: all 1' }).waitFor()
  await page.keyboard.press('Escape')
  world.setStatus(failed, 'running', 'working')
  await page.getByRole('heading', { name: 'Open 3' }).waitFor()
  await list.locator('[data-row]').last().focus()
  await page.keyboard.press('Escape')
  await list.getByText('Reload certificates').waitFor({ state: 'detached' })
  world.setStatus(failed, 'error', 'api', 'overloaded again')
  await page.getByRole('heading', { name: 'Open 4' }).waitFor()
  await row.waitFor()
})

test('a link leads to an ask that was answered, and says by whom', async (t) => {
  const { world } = threeAsks()
  const ask = [...world.asks.values()].find(({ rule }) => rule !== undefined)
  const { detail } = await openInbox(t, { world, path: `/inbox?ask=${ask.id}` })
  await detail.getByText(/Already answered by a rule: allowed/).waitFor()
  await detail.getByText('“allow Bash: pnpm test”').waitFor()
})

test('on a phone the list comes first; a tap opens the sheet, and back closes it', async (t) => {
  const { world, asks } = threeAsks()
  const { page, list } = await openInbox(t, { world, device: phone })
  assert.equal(await page.locator('[data-detail]').count(), 0)
  await list.getByText('cargo test -p wal').tap()
  const sheet = page.getByRole('dialog', { name: 'Ask 2 of 3' })
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'dialog')
  const [deny, allow] = await Promise.all(['Deny…', 'Allow once'].map((name) => sheet.getByRole('button', { name }).boundingBox()))
  assert.ok(allow.width > 1.8 * deny.width && allow.height >= 44 && allow.y > 600)
  await checkAccess(page)
  await page.goBack()
  await sheet.waitFor({ state: 'detached' })
  await list.getByText('cargo test -p wal').tap()
  await settle(page)
  await sheet.getByRole('button', { name: 'Allow once' }).tap()
  await page.waitForFunction((id) => document.querySelector(`[data-need="${id}"]`) === null, asks[1].id)
  assert.equal(asks[1].decision, 'allow')
})

test('the inbox is accessible in both themes, reflows at 320 pixels, and is still', async (t) => {
  const { world } = threeAsks()
  const { page, detail } = await openInbox(t, { world })
  await page.keyboard.press('r')
  await detail.getByText(/^Matches/).waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkStill(page)
  await checkWidth(page, 320)
})

test('an inbox that cannot be read says so, and one without asks as well', async (t) => {
  const world = emptyWorld()
  world.failing.add('list_asks')
  const { page } = await openPage(t, { world, path: '/inbox' })
  await page.getByRole('alert').getByText('The inbox could not be read').waitFor()
  world.failing.clear()
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Nothing needs you').first().waitFor()
})

/** What can be pressed at the middle of each toast's place, and covers nothing of a bar. */
async function checkToasts(page) {
  const toast = page.getByRole('status').locator('[class~="pop"]').last()
  await toast.waitFor()
  const covered = () =>
    page.evaluate(() => {
      const of = (selector) => [...document.querySelectorAll(selector)].map((node) => node.getBoundingClientRect()).filter(({ height }) => height > 0)
      const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
      const bars = of('[data-foot]')
      return of('[role="status"] .pop').flatMap((one) => bars.filter((bar) => meets(one, bar)).map((bar) => `${Math.round(one.bottom)} > ${Math.round(bar.top)}`)).concat(bars.length === 0 ? ['no bar'] : [])
    })
  await until(async () => (await covered()).length === 0, 'toasts stand above the bars')
  const box = await toast.boundingBox()
  assert.ok(box.y > 0 && box.y + box.height < page.viewportSize().height)
}

for (const [name, device] of [['wide', { viewport: { width: 1440, height: 900 } }], ['a phone', phone]]) {
  test(`a toast covers no answer of the next ask: ${name}`, async (t) => {
    const { world, asks } = threeAsks()
    const { page, detail, list } = await openInbox(t, { world, device })
    const shown = device === phone ? page.getByRole('dialog', { name: 'Ask 1 of 3' }) : detail
    if (device === phone) await list.getByText(asks[0].input.command).tap()
    await shown.getByText(asks[0].input.command).first().waitFor()
    await settle(page)
    await shown.getByRole('button', { name: 'Allow once' }).click()
    await checkToasts(page)
  })
}
