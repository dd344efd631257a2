// Terminals and run scripts: bytes arrive once, keys go to the program, and what must be known is said.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, phone, useStage } from '../../web/mock/harness.mjs'
import { addScript, addShell, changeRun, endShell } from '../../web/mock/ops_terminal.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()

/** `shell`: null for a worktree without one. */
function setUp(shell = {}) {
  const world = seedWorld()
  const worktree = named(world.worktrees, 'fix-login')
  const path = `/w/${worktree.workspaceId}/terminals/${worktree.id}`
  return { world, worktree, path, ...(shell && addShell(world, worktree, shell)) }
}

const screenOf = (page, at = 0) => page.locator('.xterm-rows').nth(at)
const textOf = async (page, at) => (await screenOf(page, at).innerText()).replaceAll('\u00a0', ' ')
const see = (page, text, at) => until(async () => (await textOf(page, at)).includes(text), `${text} is on the screen`)

async function focus(page) {
  await page.locator('.xterm').first().click()
}

test('a shell is opened, typed at, and closed; its output stays readable', async (t) => {
  const { world, path } = setUp(null)
  const { page } = await openPage(t, { world, path })
  await page.getByText('No terminal is open here').waitFor()
  await page.getByRole('main').getByRole('button', { name: 'New shell' }).last().click()
  await see(page, '$')
  // Who opens a shell types in it, without a click.
  await page.waitForFunction(() => document.activeElement?.closest('.xterm') !== null)
  await page.keyboard.type('ls -l')
  await page.keyboard.press('Escape')
  await see(page, '$ ls -l')
  const [row] = world.terminals.values()
  const shell = world.shells.get(row.launchId)
  await until(() => shell.typed === 'ls -l\x1b', () => `the program gets each key once, not ${JSON.stringify(shell.typed)}`)
  await checkAccess(page)
  endShell(world, row, 3)
  await page.getByRole('status').getByText(/^Exited at .*, code 3$/).waitFor()
  await see(page, '$ ls -l')
})

test('after a break nothing is doubled or lost, and what was typed meanwhile is not sent', async (t) => {
  const { world, path, shell } = setUp({ text: 'one\r\n' })
  const { page, mock } = await openPage(t, { world, path })
  await see(page, 'one')
  await focus(page)
  shell.write('two\r\n')
  await see(page, 'two')
  mock.cut()
  await page.getByText('Not connected').waitFor()
  await page.keyboard.type('lost')
  shell.write('three\r\n')
  mock.mend()
  await see(page, 'three')
  shell.write('four\r\n')
  await see(page, 'four')
  assert.equal((await textOf(page)).trim().replace(/\s+/g, ' '), 'one two three four')
  assert.equal(shell.typed, '')
})

test('a flood is drawn no faster than it is acknowledged, and all of it arrives', async (t) => {
  const { world, path, shell } = setUp()
  const { page } = await openPage(t, { world, path })
  await see(page, '$')
  for (let i = 0; i < 60; i++) shell.write(`${`${i} `.padEnd(79, 'x')}\r\n`.repeat(500))
  shell.write('the end')
  await see(page, 'the end')
  assert.ok(shell.mostAhead <= 256 * 1024, `${shell.mostAhead} bytes ahead`)
})

test('a terminal that nobody sees gets no bytes, and shows the screen when somebody does', async (t) => {
  const { world, path, shell } = setUp()
  const { page } = await openPage(t, { world, path })
  await see(page, '$')
  await page.getByRole('link', { name: 'Home' }).first().click()
  await until(() => shell.viewers.size === 0, 'nobody watches')
  shell.write('meanwhile')
  await page.goBack()
  await see(page, '$ meanwhile')
})

test('several lines are pasted only after they were read', async (t) => {
  const { world, path, shell } = setUp()
  const { page } = await openPage(t, { world, path })
  await see(page, '$')
  await focus(page)
  const paste = (text) =>
    page.locator('.xterm-helper-textarea').evaluate((field, what) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', what)
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    }, text)
  await paste('one line')
  await until(() => shell.typed === 'one line', 'one line is pasted at once')
  await paste('rm -rf a\nrm -rf b')
  await page.getByRole('dialog', { name: 'Paste 2 lines?' }).getByText('rm -rf b').waitFor()
  assert.equal(shell.typed, 'one line')
  await checkAccess(page)
  await page.getByRole('button', { name: 'Paste', exact: true }).click()
  await until(() => shell.typed === 'one linerm -rf a\rrm -rf b', () => JSON.stringify(shell.typed))
})

test('colours of 24 bits, searching and links keep the policy of the page', async (t) => {
  const { world, path, shell } = setUp()
  const { page } = await openPage(t, { world, path, theme: 'dark' })
  await see(page, '$')
  shell.write('\x1b[38;2;255;120;0morange\x1b[0m and \x1b[30;41mdark on red\x1b[0m\r\nfind me, find me\r\nhttp://example.org/x\r\n')
  await see(page, 'find me')
  assert.equal(await page.locator('.xterm-rows span', { hasText: 'orange' }).first().evaluate((span) => getComputedStyle(span).color), 'rgb(255, 120, 0)')
  shell.write('\x1b[7mreversed\x1b[0m')
  await see(page, 'reversed')
  const ground = await page.locator('.xterm-viewport').evaluate((node) => getComputedStyle(node).backgroundColor)
  assert.equal(await page.locator('.xterm-rows span', { hasText: 'reversed' }).first().evaluate((span) => getComputedStyle(span).color), ground)
  await focus(page)
  await page.keyboard.press('Control+Shift+S')
  const field = page.getByRole('textbox', { name: 'Find in the terminal' })
  await field.fill('find me')
  await page.getByText('2 of 2').waitFor()
  await page.keyboard.press('Enter')
  await page.getByText('1 of 2').waitFor()
  await checkAccess(page)
  await checkColours(page, 'light')
  await page.keyboard.press('Escape')
  await field.waitFor({ state: 'detached' })
  await page.keyboard.type('x')
  await until(() => shell.typed === 'x', 'the focus is in the terminal again')
})

test('the keyboard leaves a terminal, and no other key of the page works in it', async (t) => {
  const { world, path, shell } = setUp()
  const { page } = await openPage(t, { world, path })
  await see(page, '$')
  await focus(page)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Control+f')
  await until(() => shell.typed === '\t\x06', () => JSON.stringify(shell.typed))
  await page.keyboard.press('Control+Shift+E')
  await until(() => page.getByRole('button', { name: 'Terminals' }).evaluate((button) => button === document.activeElement), 'the focus is on the choice of a terminal')
})

test('the size is its owner’s, and can be taken over', async (t) => {
  const { world, path, shell } = setUp()
  shell.owner = { wish: [20, 60], say() {} }
  Object.assign(shell, { rows: 20, cols: 60 })
  const { page } = await openPage(t, { world, path })
  await page.getByText('not the size of this window').waitFor()
  await page.getByRole('button', { name: 'bash, 60×20' }).or(page.getByRole('button', { name: 'Terminals' })).first().waitFor()
  await page.getByRole('button', { name: 'Take over' }).click()
  await page.getByText('not the size of this window').waitFor({ state: 'detached' })
  assert.notEqual(shell.cols, 60)
})

test('a phone that only looks leaves the size to others until it types, and has the keys that its keyboard lacks', async (t) => {
  const { world, path, shell } = setUp()
  Object.assign(shell, { rows: 24, cols: 80 })
  const { page } = await openPage(t, { world, path, device: phone })
  await see(page, '$')
  await page.getByText('not the size of this window').waitFor()
  assert.deepEqual([shell.rows, shell.cols], [24, 80])
  const keys = page.getByRole('toolbar', { name: 'Keys' })
  const press = (name) => keys.getByRole('button', { name }).tap()
  await page.locator('.xterm').tap()
  await press('Tab')
  await until(() => shell.cols < 80, 'who types has the size')
  await press('Up')
  await press('Escape')
  await press('Ctrl')
  await page.keyboard.type('cc')
  await until(() => shell.typed === '\t\x1b[A\x1b\x03c', () => JSON.stringify(shell.typed))
  assert.equal(await keys.getByRole('button', { name: 'Ctrl' }).getAttribute('aria-pressed'), 'false')
  await checkWidth(page)
})

test('terminals are renamed, with a way back, split and closed from the menu', async (t) => {
  const { world, path, row } = setUp()
  const { page } = await openPage(t, { world, path })
  await see(page, '$')
  const menu = page.getByRole('button', { name: 'Terminals' })
  const terminal = (name) => page.getByRole('region', { name: `Terminal ${name}`, exact: true })
  async function rename(name) {
    await menu.click()
    await page.getByRole('menuitem', { name: 'Rename…' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill(name)
    await page.getByRole('button', { name: 'Rename', exact: true }).click()
    await terminal(name).waitFor()
  }
  await rename('builds')
  await page.getByRole('status').getByText('Renamed to builds').waitFor()
  await page.getByRole('status').getByRole('button', { name: /^Undo/ }).click()
  await terminal('bash').waitFor()
  await rename('checks')
  await page.keyboard.press('u')
  await terminal('bash').waitFor()
  await rename('tests')
  await menu.click()
  await page.getByRole('menuitem', { name: 'New shell below' }).click()
  await page.getByRole('region', { name: 'Terminal bash' }).waitFor()
  await see(page, '$', 1)
  await menu.click()
  await page.getByRole('menuitem', { name: 'Close the terminal…' }).click()
  await page.getByRole('dialog', { name: 'Close tests?' }).getByRole('button', { name: 'Close the terminal' }).click()
  await page.getByText('closed', { exact: false }).first().waitFor()
  assert.equal(row.state, 'closed')
})

test('a log without its start says so, and a launch that is gone is refused in words', async (t) => {
  const { world, worktree, path, shell } = setUp()
  shell.isPartial = true
  const { page } = await openPage(t, { world, path })
  await page.getByText('The start of this log is gone').waitFor()
  const { row } = addShell(world, worktree, { name: 'gone' })
  world.shells.delete(row.launchId)
  await page.getByRole('button', { name: 'Terminals' }).click()
  await page.getByRole('menuitem', { name: 'gone' }).click()
  await page.getByText('There is no launch of this name').waitFor()
  await page.getByRole('button', { name: 'Try again' }).waitFor()
})

test('what is selected in a terminal is copied without the breaks of a wrapped line', async (t) => {
  const long = Array.from({ length: 60 }, (_, at) => `word-${at}`).join(' ')
  const { world, path } = setUp({ text: `first\r\n${long}\r\nlast\r\n` })
  const { page } = await openPage(t, { world, path })
  await see(page, 'last')
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const rows = screenOf(page).locator(':scope > div').filter({ hasText: 'word-' })
  assert.ok((await rows.count()) > 1, 'the line is wrapped')
  const from = await screenOf(page).locator(':scope > div').filter({ hasText: 'first' }).boundingBox()
  const to = await screenOf(page).locator(':scope > div').filter({ hasText: 'last' }).boundingBox()
  await page.mouse.move(from.x + 1, from.y + from.height / 2)
  await page.mouse.down()
  await page.mouse.move(to.x + 60, to.y + to.height / 2, { steps: 5 })
  await page.mouse.up()
  await page.keyboard.press('Control+Shift+C')
  await page.waitForFunction(async () => (await navigator.clipboard.readText()) !== '')
  assert.equal((await page.evaluate(() => navigator.clipboard.readText())).trimEnd(), `first\n${long}\nlast`)
})

test('a script is accepted by its digest, run, watched and stopped', async (t) => {
  const { world, path, worktree } = setUp(null)
  const digest = 'd'.repeat(64)
  world.proposal = { state: 'new', path: '.muster/scripts.json', digest, scripts: [{ kind: 'run', name: 'dev', command: 'npm run dev' }] }
  const { page } = await openPage(t, { world, path })
  await page.getByRole('button', { name: 'Run scripts' }).click()
  await page.getByRole('menuitem', { name: 'Scripts of this repository…' }).click()
  await page.getByRole('dialog').getByText('npm run dev').waitFor()
  await page.getByText(digest).waitFor()
  await checkAccess(page)
  await page.getByRole('button', { name: 'Accept this digest' }).click()
  await page.getByRole('button', { name: 'dev', exact: true }).click()
  await page.getByText('No output yet.').waitFor()
  const [run] = world.runs.values()
  run.log = '\x1b[32mready\x1b[0m on 5173\n'
  changeRun(world, run, { logBytes: run.log.length, ports: [{ port: 5173, address: '127.0.0.1', pid: 7, program: 'node' }] })
  await page.getByRole('log', { name: 'Output' }).getByText('ready').waitFor()
  assert.equal(await page.getByRole('link', { name: ':5173' }).getAttribute('href'), 'http://localhost:5173/')
  await checkAccess(page)
  await page.getByRole('button', { name: 'Stop dev' }).click()
  await page.getByText('Stopped', { exact: true }).waitFor()
  assert.equal(run.state, 'stopped')
  assert.equal(worktree.id, run.worktreeId)
})

test('Ctrl F finds in the output of a script, goes from place to place while it grows, and Escape returns', async (t) => {
  const { world, path, worktree } = setUp(null)
  addScript(world, worktree.workspaceId, { name: 'dev', command: 'npm run dev' })
  const { page } = await openPage(t, { world, path })
  await page.getByRole('button', { name: 'dev', exact: true }).click()
  await page.getByText('No output yet.').waitFor()
  const [run] = world.runs.values()
  const write = (text) => {
    run.log += text
    changeRun(world, run, { logBytes: run.log.length })
  }
  run.log = ''
  write(`needle one\n${'hay\n'.repeat(300)}\x1b[31mNeedle\x1b[0m two\n${'hay\n'.repeat(300)}`)
  const log = page.getByRole('log', { name: 'Output' })
  await log.getByText('needle one').waitFor()
  await log.focus()
  const top = () => log.evaluate((node) => node.scrollTop)
  await log.evaluate((node) => node.scrollTo(0, 2000))
  await until(async () => (await top()) === 2000, 'somebody reads in the middle')
  await page.keyboard.press('Control+f')
  const field = page.getByRole('searchbox', { name: 'Find in this output' })
  await field.fill('needle')
  const find = page.getByRole('search')
  await find.getByText('1 of 2').waitFor()
  await until(async () => (await top()) === 0, 'the first is in view')
  await page.keyboard.press('Enter')
  await find.getByText('2 of 2').waitFor()
  const isInView = (text) => log.getByText(text).evaluate((node) => {
    const [of, within] = [node.getBoundingClientRect(), node.closest('[role=log]').getBoundingClientRect()]
    return of.top >= within.top && of.bottom <= within.bottom
  })
  await until(() => isInView('Needle'), 'the second is in view')
  write('a needle more\n')
  await find.getByText('2 of 3').waitFor()
  await page.keyboard.press('Shift+Enter')
  await find.getByText('1 of 3').waitFor()
  await find.getByRole('checkbox', { name: 'Regex' }).check()
  await field.fill('needle (one|more')
  await find.getByRole('alert').waitFor()
  await field.fill('needle (one|more)')
  await find.getByText('1 of 2').waitFor()
  await checkAccess(page)
  await field.press('Escape')
  await field.waitFor({ state: 'detached' })
  assert.equal(await top(), 2000)
  assert.ok(await log.evaluate((node) => node === document.activeElement))
})

test('on a phone nothing is wider than the window, and nothing moves', async (t) => {
  const { world, path, worktree } = setUp({ text: '$ ' })
  addScript(world, worktree.workspaceId, { name: 'dev', command: 'npm run dev' })
  const { page } = await openPage(t, { world, path, device: phone })
  await see(page, '$')
  await checkWidth(page, 320)
  await checkStill(page)
  await checkAccess(page)
})

test('a terminal is shown as it was at a byte of its log, and leads back to now', async (t) => {
  const { world, path, shell, row } = setUp({ text: '\x1b[0mbefore\r\n' })
  const then = shell.offset
  shell.write('after')
  const { page } = await openPage(t, { world, path: `${path}?at=${row.launchId}:${then}` })
  const screen = page.getByLabel('Screen of that moment')
  await screen.getByText('before').waitFor()
  assert.equal(await screen.getByText('after').count(), 0)
  await page.getByText(/^As it was at/).waitFor()
  await page.getByText(`byte ${then}`).waitFor()
  await checkAccess(page)
  await page.getByRole('link', { name: 'Back to now' }).click()
  await see(page, 'after')
})

test('on an agent’s page its own terminal comes first, chosen in the head of the pane', async (t) => {
  const { world, worktree } = setUp({ name: 'mine' })
  const watcher = named(world.agents, 'watcher')
  const { shell } = addShell(world, worktree, { text: 'of the agent' })
  for (const row of world.terminals.values()) if (row.launchId === shell.launchId) world.terminals.delete(row.id)
  watcher.launchId = shell.launchId
  const { page } = await openPage(t, { world, path: `/w/${watcher.workspaceId}/a/${watcher.id}?pane=terminal`, device: { viewport: { width: 1440, height: 900 } } })
  await see(page, 'of the agent')
  const pane = page.getByRole('region', { name: 'Pane', exact: true })
  // A pane of some 530 px, and cells of 7.2 px.
  await pane.getByRole('button', { name: 'Terminals' }).filter({ hasText: /^agent, [67]\d×\d\d$/ }).click()
  await page.getByRole('menuitem', { name: /^mine/ }).click()
  await pane.getByRole('region', { name: 'Terminal mine' }).waitFor()
  await see(page, '$')
  await checkAccess(page)
})
