// One transcript: from its newest page, back to its first, and to any place that a link or a find leads to.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, paths, phone, useStage } from '../../web/mock/harness.mjs'
import { putUiState } from '../../web/mock/ops_person.mjs'
import { idOf } from '../../web/mock/ops_transcript.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'
import { commitsByFrame, commitsPerSecond, countCommits, countFrames } from '../harness/measure.mjs'
import { backoffWorld, longWorld } from '../../web/mock/transcripts.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()
const longCount = 3000
/** All rows of a short transcript are in the document. */
const tall = { viewport: { width: 1280, height: 3200 } }

async function openBackoff(t, more = {}) {
  const world = backoffWorld()
  const opened = await openPage(t, { world, path: paths.agent(world, 'Bound the retry backoff'), ...more })
  const log = opened.page.getByRole('log', { name: 'Transcript' })
  await log.getByText('Good. Run everything once more').first().waitFor()
  return { ...opened, world, log, agent: named(world.agents, 'Bound the retry backoff') }
}

async function openLong(t, count = longCount, search = '', prepare = undefined) {
  const world = longWorld(count)
  prepare?.(world, named(world.agents, 'long runner'))
  const opened = await openPage(t, { world, path: `${paths.agent(world, 'long runner')}${search}` })
  return { ...opened, world, log: opened.page.getByRole('log', { name: 'Transcript' }), agent: named(world.agents, 'long runner') }
}

const shownText = (log) => log.evaluate((node) => [...node.querySelectorAll('li')].toSorted((a, b) => a.dataset.index - b.dataset.index).map((row) => row.innerText).join('\n'))

test('calls read as sentences, runs fold, and an error shows its lines', async (t) => {
  const { page, log } = await openBackoff(t)
  await log.getByRole('button', { name: 'Read 6 files backoff.rs client.rs pool.rs and 3 more' }).waitFor()
  await log.getByRole('button', { name: 'Sub-agent Find every caller of Backoff::next' }).waitFor()
  await log.getByText('6 tools, 41 s').waitFor()
  await log.getByText('exit 101').waitFor()
  await log.getByText("thread 'bound_holds' panicked").waitFor()
  await log.getByText('waits for you').waitFor()
  await log.getByText('after that').waitFor()
  await log.getByText('13 m 20 s · 4 files +148 −37 · $1.46').waitFor()
  await log.getByRole('button', { name: /^Edited src\/net\/backoff.rs, tests/ }).click()
  await log.getByRole('button', { name: 'Edited tests/backoff.rs' }).click()
  await log.getByRole('region', { name: /^Changes to .*tests\/backoff.rs/ }).waitFor()
  await page.keyboard.press('Home')
})

test('the page meets the rules for everybody, in both themes and 320 px wide', async (t) => {
  const { page } = await openBackoff(t)
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkStill(page)
  await checkWidth(page, 320)
})

test('on a phone rows are as high as a finger, and nothing is cut off', async (t) => {
  const { page, log } = await openBackoff(t, { device: phone })
  const row = log.getByRole('button', { name: 'Will edit CHANGELOG.md' })
  assert.ok((await row.boundingBox()).height >= 44)
  await checkWidth(page)
})

test('the newest page is read by a call, and older ones where somebody scrolls', async (t) => {
  const { page, mock, log } = await openLong(t)
  await log.getByText(`make step-${longCount}`).waitFor()
  await page.waitForLoadState('networkidle')
  const read = () => mock.calls.filter((op) => op === 'get_agent_messages').length
  const first = read()
  // The composer reads the newest prompts for itself.
  assert.ok(first <= 2, `${first} pages at first`)
  assert.ok((await log.getByRole('listitem').count()) < 80)
  await log.hover()
  const wanted = log.getByText(`Message ${longCount - 206} of a long talk`)
  // Less than a screen at a time, each once it is drawn.
  for (let n = 0; n < 150 && !(await wanted.isVisible()); n++) {
    await page.mouse.wheel(0, -300)
    await log.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  }
  await wanted.waitFor()
  const pages = read() - first
  assert.ok(pages >= 2 && pages < 12, `${pages} older pages`)
})

test('older messages that cannot be read are asked for again where one reads', async (t) => {
  const { page, world, log } = await openLong(t)
  await log.getByText(`make step-${longCount}`).waitFor()
  world.failing.add('get_agent_messages')
  await log.hover()
  const failed = page.getByText('The messages before these could not be read')
  for (let n = 0; n < 150 && !(await failed.isVisible()); n++) {
    await page.mouse.wheel(0, -300)
    await log.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  }
  await failed.waitFor()
  world.failing.delete('get_agent_messages')
  await page.getByRole('button', { name: /Retry|Try again/ }).click()
  await failed.waitFor({ state: 'detached' })
  assert.equal(await log.getByText(`make step-${longCount}`).isVisible(), false)
})

test('what was read on another device is known before the line of the new is drawn', async (t) => {
  const mark = (agent) => `read.${agent.id}`
  const { page, log, world, agent } = await openLong(t, longCount, '', (before, one) => putUiState(before, mark(one), longCount - 3))
  await log.getByText(/New since you looked/).waitFor()
  await until(() => world.uiStates.get(mark(agent)).value > longCount - 3, 'the newest is known as read')
  await page.reload()
  await log.getByText(`make step-${longCount}`).waitFor()
  await page.waitForLoadState('networkidle')
  assert.equal(await log.getByText(/New since you looked/).count(), 0)
})

test('what comes while somebody reads above moves nothing and is counted', async (t) => {
  const { page, world, log, agent } = await openLong(t)
  await log.getByText(`make step-${longCount}`).waitFor()
  await log.hover()
  await page.mouse.wheel(0, -900)
  await page.getByRole('button', { name: /To the end/ }).waitFor()
  await page.waitForLoadState('networkidle')
  const row = log.getByText(/Message \d+ of a long talk/).nth(8)
  const before = await row.boundingBox()
  for (let n = 1; n <= 12; n++) world.emit(agent, 'text', { block: `new${n}`, text: `New words ${n}` })
  const button = page.getByRole('button', { name: '12 new' })
  await button.waitFor()
  assert.deepEqual(await row.boundingBox(), before)
  await button.click()
  await log.getByText('New words 12').waitFor()
  await button.waitFor({ state: 'detached' })
})

test('a link to a message leads there and gives it the focus', async (t) => {
  const world = longWorld(longCount)
  const agent = named(world.agents, 'long runner')
  const far = world.streams.after(`agent/${agent.id}`, 0, 0).events.find(({ payload }) => payload.text?.startsWith('Message 777 '))
  const place = idOf(far.seq)
  const { page } = await openPage(t, { world, path: `${paths.agent(world, 'long runner')}?msg=${place}` })
  const row = page.getByRole('log').getByRole('listitem').filter({ hasText: 'Message 777 of a long talk' })
  await row.and(page.locator(':focus')).waitFor()
  await page.getByRole('button', { name: /To the end/ }).click()
  await page.getByText(`make step-${longCount}`).waitFor()
})

test('Ctrl F asks the daemon, goes from hit to hit, and Escape returns to where one was', async (t) => {
  const { page, log } = await openLong(t)
  await log.getByText(`make step-${longCount}`).waitFor()
  await log.focus()
  await page.keyboard.press('Control+f')
  const field = page.getByRole('searchbox', { name: 'Find in this transcript' })
  await field.fill('Message 12')
  const status = page.getByRole('search').getByRole('status')
  await status.getByText(/^\d+$/).waitFor()
  await field.press('Enter')
  await status.getByText(/^(\d+) of \1$/).waitFor()
  await field.press('Shift+Enter')
  await status.getByText(/^1 of /).waitFor()
  await log.getByText('Message 12 of a long talk').waitFor()
  await page.getByRole('radio', { name: 'Tools' }).click()
  await status.getByText('Nothing found').waitFor()
  await page.getByRole('radio', { name: 'All' }).click()
  await page.getByRole('checkbox', { name: 'Regex' }).check()
  await field.fill('step-29[0-9]5$')
  await status.getByText(/^\d+$/).waitFor()
  await field.fill('step-(')
  await page.getByRole('search').getByRole('alert').getByText(/parenthesis/).waitFor()
  await field.press('Escape')
  await page.getByRole('search').waitFor({ state: 'detached' })
  await log.getByText(`make step-${longCount}`).waitFor()
})

test('a text that streams is seen from its beginning, also by a page that opens in its middle', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  for (let n = 1; n <= 600; n++) world.emit(agent, 'text_delta', { block: 's', text: `word${n} ` })
  const { page } = await openPage(t, { world, path: paths.agent(world, 'tester') })
  const log = page.getByRole('log')
  await log.getByText(/^word1 word2 .* word600/).waitFor()
  world.emit(agent, 'text_delta', { block: 's', text: 'and the end.' })
  await log.getByText(/^word1 word2 .* and the end\./).waitFor()
})

test('after a break and a new count of events the text is that of a fresh load, and no message stands twice', async (t) => {
  const { page, mock, world, log, agent } = await openBackoff(t, { device: tall })
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  await page.waitForLoadState('networkidle')
  mock.cut()
  await page.getByRole('contentinfo').getByText('Offline').waitFor()
  world.emit(agent, 'text_delta', { block: 'x', text: 'Said while ' })
  world.emit(agent, 'text_delta', { block: 'x', text: 'nobody listened.' })
  world.emit(agent, 'thought', { block: 'y', text: 'Nobody listens.' })
  mock.mend()
  await log.getByText('Said while nobody listened.').waitFor()
  await log.getByText('Nobody listens.').waitFor()
  const watched = await shownText(log)
  await page.reload()
  await log.getByText('Said while nobody listened.').waitFor()
  await log.getByText('Nobody listens.').waitFor()
  assert.equal(await shownText(log), watched)
  assert.equal(await log.getByText('Said while nobody listened.').count(), 1)
})

test('whoever comes back to an agent soon gets what was said since, and later the newest page', async (t) => {
  const { page, mock, world, log, agent } = await openBackoff(t)
  const { pathname } = new URL(page.url())
  const reads = () => mock.calls.filter((op) => op === 'get_agent_messages').length
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  async function leaveAndComeBack(said) {
    await page.getByRole('link', { name: 'Home' }).first().click()
    await page.getByRole('heading', { level: 1, name: /need/ }).waitFor()
    world.emit(agent, 'text', { block: said, text: said })
    await page.goBack()
    await page.waitForURL((url) => url.pathname === pathname)
    await log.getByText(said).waitFor()
  }
  const before = reads()
  await leaveAndComeBack('Said soon.')
  assert.equal(reads(), before)
  await page.getByRole('link', { name: 'Home' }).first().click()
  await page.evaluate(() => {
    const now = Date.now
    Date.now = () => now() + 120_000
  })
  world.emit(agent, 'text', { block: 'later', text: 'Said later.' })
  await page.goBack()
  await log.getByText('Said later.').waitFor()
  assert.equal(reads(), before + 1)
  assert.equal(await log.getByText('Said soon.').count(), 1)
})

test('a search that was typed over ends in the daemon, too', async (t) => {
  const { page, mock, world, log } = await openBackoff(t)
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  world.slownessMs.find_in_messages = 3_000
  await log.focus()
  await page.keyboard.press('Control+f')
  const field = page.getByRole('searchbox', { name: 'Find in this transcript' })
  await field.fill('Good')
  await until(() => mock.calls.includes('find_in_messages'), 'it is looked for')
  assert.ok(!mock.calls.includes('cancel'))
  await field.fill('Good. Run')
  await until(() => mock.calls.includes('cancel'), 'the first search ends')
})

test('a message, a command and a moment can be copied', async (t) => {
  const { page, log } = await openBackoff(t)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const copied = () => page.evaluate(() => navigator.clipboard.readText())
  const row = log.getByRole('listitem').filter({ hasText: 'Wants to run' })
  await row.hover()
  await row.getByRole('button', { name: 'Copy command' }).click()
  await row.getByRole('button', { name: 'Copied' }).waitFor()
  assert.match(await copied(), /^cargo test --workspace/)
  await row.getByRole('button', { name: 'Copy link to this moment' }).click()
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).includes('?msg='))
  await log.getByRole('button', { name: 'Copy', exact: true }).last().click()
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith('> Never wait longer'))
})

test('a message is copied as its Markdown, a block of code without its fence, a call by its path, an agent by its id, path and branch', async (t) => {
  const { page, log, agent, world } = await openBackoff(t, tall)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const isCopied = (text) => page.waitForFunction(async (text) => (await navigator.clipboard.readText()) === text, text)
  async function copy(row, name, text) {
    await row.hover()
    await row.getByRole('button', { name, exact: true }).first().click()
    await isCopied(text)
  }
  const code = 'let wait = self.base * (1 << self.attempt);'
  const message = log.getByRole('listitem').filter({ hasText: 'The wait doubles without a bound' })
  await copy(message, 'Copy message', `The wait doubles without a bound, and each client wakes at the same time. Two causes:\n\n1. \`Backoff::next\` has **no limit**\n2. The jitter is drawn once for each process\n\n\`\`\`rust\n${code}\n\`\`\``)
  const block = log.getByRole('region', { name: 'rust' })
  await copy(block.locator('..'), 'Copy', code)
  const { path, branch } = [...world.worktrees.values()].find(({ id }) => id === agent.worktreeId)
  const edits = log.getByRole('listitem').filter({ has: page.getByRole('button', { name: /^Edited src\/net\/backoff.rs, tests/ }) })
  await copy(edits, 'Copy paths', `${path}/src/net/backoff.rs\n${path}/tests/backoff.rs`)
  for (const [item, text] of [['Copy id', agent.id], ['Copy link', page.url()], ['Copy path', path], ['Copy branch', branch]]) {
    await page.getByRole('button', { name: 'More about Bound the retry backoff' }).click()
    await page.getByRole('menuitem', { name: item, exact: true }).click()
    await isCopied(text)
  }
})

/** Goes to a route of the loaded page and says after how many ms the text is in the transcript. */
const timeTo = (page, path, text) =>
  page.evaluate(
    ([path, text]) =>
      new Promise((resolve) => {
        const began = performance.now()
        history.pushState(null, '', path)
        window.dispatchEvent(new PopStateEvent('popstate'))
        const look = () => (document.querySelector('[role=log]')?.textContent.includes(text) ? resolve(performance.now() - began) : requestAnimationFrame(look))
        look()
      }),
    [path, text],
  )

test('the first messages of a transcript of 100,000 come at once, in few nodes', async (t) => {
  const world = longWorld(100_000)
  const path = paths.agent(world, 'long runner')
  const { page } = await openPage(t, { world, path })
  const newest = 'make step-100000'
  await page.getByRole('log').getByText(newest).waitFor()
  const times = []
  for (let n = 0; n < 3; n++) {
    await page.goto(new URL('/', page.url()).href)
    await page.getByRole('contentinfo').getByText('Live').waitFor()
    times.push(Math.round(await timeTo(page, path, newest)))
  }
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length)
  t.diagnostic(`first messages after ${times.join(', ')} ms; ${nodes} nodes`)
  assert.ok(nodes < 3000)
})

test('however much the socket brings, a frame has one drawing of it, and a second twelve', async (t) => {
  const { page, world, agent } = await openBackoff(t)
  await page.addInitScript(countCommits)
  await page.addInitScript(countFrames)
  await page.reload()
  await page.getByRole('log', { name: 'Transcript' }).getByText('Good. Run everything once more').first().waitFor()
  let n = 0
  const timer = setInterval(() => {
    for (let at = 0; at < 20; at++) world.emit(agent, 'text_delta', { messageId: 'msg_00000000000000000000000901', block: 'b', text: `word ${n++} ` })
  }, 20)
  t.after(() => clearInterval(timer))
  await page.getByText('word 40').first().waitFor()
  await commitsByFrame(page)
  const perSecond = await commitsPerSecond(page, 3)
  // The first one began before these were counted.
  const frames = (await commitsByFrame(page)).slice(1)
  clearInterval(timer)
  t.diagnostic(JSON.stringify({ perSecond, frames: frames.length, by: frames.reduce((by, one) => ({ ...by, [one]: (by[one] ?? 0) + 1 }), {}) }))
  assert.ok(perSecond <= 12, `${perSecond} a second`)
  // The second hand of what runs may fall into a frame in which the socket is drawn: once a second, or oftener where frames are late.
  const drawn = frames.filter((one) => one > 0)
  assert.ok(Math.max(...drawn) <= 2 && drawn.filter((one) => one > 1).length <= drawn.length / 4, `by frame: ${drawn}`)
})

test('what streams at the end shifts no row, however much comes at once', async (t) => {
  const { page, world, agent, log } = await openBackoff(t)
  // The asks are read beside the messages: what waits for one says so once both are there.
  await log.getByText('waits for you').waitFor()
  await page.evaluate(() => {
    window.shifts = []
    const ofRow = ({ node }) => (node instanceof Element ? node : node?.parentElement)?.closest('[role=log] li')?.dataset.key
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries()) if (sources.some(ofRow)) window.shifts.push([value, sources.map(ofRow)])
    }).observe({ type: 'layout-shift' })
  })
  const part = (n) => `### Step ${n}\n\nParagraph ${n}: the reader takes what the writer left, and never waits for it.\n\n1. first of ${n}\n2. second of ${n}\n\n\`\`\`\nreturn ${n}\n\`\`\`\n\n`
  for (let n = 1; n <= 40; n++) {
    world.emit(agent, 'text_delta', { block: 'b', text: part(2 * n) + part(2 * n + 1) })
    await log.getByText(`Paragraph ${2 * n + 1}:`).waitFor()
  }
  // One frame more: the browser reports a shift after it.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))))
  const { shifts, below } = await log.evaluate((node) => ({ shifts: window.shifts, below: node.scrollHeight - node.scrollTop - node.clientHeight }))
  assert.deepEqual(shifts, [])
  assert.ok(below < 2, `the end is followed: ${below} px are below it`)
})

test('Back from the diff of a turn leads to the agent as it was', async (t) => {
  const { page, log } = await openBackoff(t)
  const before = new URL(page.url())
  await log.getByRole('button', { name: 'Diff', exact: true }).last().click()
  await page.waitForURL(/against=/)
  await page.goBack()
  await page.waitForURL((url) => !url.searchParams.has('against'))
  const { pathname, search } = new URL(page.url())
  assert.deepEqual([pathname, search], [before.pathname, before.search])
  await log.getByText('Good. Run everything once more').first().waitFor()
})

test('the diff of a turn begins at its start, whatever line the diff before was at', async (t) => {
  const { page, log } = await openBackoff(t)
  const url = new URL(page.url())
  url.hash = ''
  for (const [name, value] of [['pane', 'diff'], ['file', 'no/such/file.ts'], ['line', 'new7']]) url.searchParams.set(name, value)
  await page.goto(url.href)
  await log.getByRole('button', { name: 'Diff', exact: true }).last().click()
  await page.waitForURL((now) => /:start\.\.ag_/.test(now.searchParams.get('against') ?? ''))
  assert.deepEqual(['file', 'line'].filter((name) => new URL(page.url()).searchParams.has(name)), [])
})
