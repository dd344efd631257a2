// The line to the daemon: what is missed comes once, and a broken line is never hidden.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkWidth, named, paths, phone, useStage } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'
import { orgTopic } from '../../web/mock/world.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()

test('a lost connection is shown, retried on demand, and what was missed appears once', async (t) => {
  const world = seedWorld()
  const { page, mock } = await openPage(t, { world, path: paths.agent(world, 'tester') })
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  const agent = named(world.agents, 'tester')
  world.emit(agent, 'text', { block: 'x1', text: 'Said before the cut.' })
  await page.getByText('Said before the cut.').waitFor()
  mock.cut()
  await page.getByRole('alert').getByText('The daemon does not answer.').waitFor()
  await page.getByRole('contentinfo').getByText('Offline').waitFor()
  world.emit(agent, 'text_delta', { block: 'x2', text: 'Said while ' })
  world.emit(agent, 'text_delta', { block: 'x2', text: 'nobody listened.' })
  world.setStatus(agent, 'error', 'limit', 'memory')
  await page.getByRole('button', { name: 'Retry now' }).click()
  mock.mend()
  await page.getByText('Said while nobody listened.').waitFor()
  await page.getByRole('main').getByText('limit reached: memory').waitFor()
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  assert.equal(await page.getByText('Said before the cut.').count(), 1)
})

test('a message that was not sent while the daemon was away stays, and is sent when it answers again', async (t) => {
  const world = seedWorld()
  const { page, mock } = await openPage(t, { world, path: paths.agent(world, 'tester') })
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  mock.cut()
  await page.route('**/api/**', (route) => route.abort())
  await page.getByRole('alert').getByText('The daemon does not answer.').waitFor()
  await page.getByRole('textbox', { name: 'Message to tester' }).fill('hello')
  await page.getByRole('button', { name: 'Send' }).click()
  const fault = page.getByRole('alert').getByText('It is not known whether it was sent: the daemon did not answer.')
  await fault.waitFor()
  await page.unroute('**/api/**')
  mock.mend()
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  await page.getByText('The daemon does not answer.').waitFor({ state: 'detached' })
  assert.equal(await page.getByRole('textbox', { name: 'Message to tester' }).inputValue(), 'hello')
  await page.getByRole('region', { name: 'Composer' }).getByRole('button', { name: 'Try again' }).click()
  await fault.waitFor({ state: 'detached' })
  await page.getByRole('log').getByText('hello', { exact: true }).waitFor()
})

test('a stream that cannot be followed is reported where it is needed, and followed again on demand', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  const [stream, list] = [`agent/${agent.id}`, orgTopic('overview')]
  world.refusing.add(stream)
  const { page, mock } = await openPage(t, { world, path: paths.agent(world, 'tester') })
  const noteOf = (title) => page.getByRole('alert').filter({ hasText: title })
  const notes = [noteOf('The status of this agent cannot be followed'), noteOf('This transcript could not be read')]
  for (const note of notes) await note.getByText('One socket holds at most 512 subscriptions').waitFor()
  world.refusing.delete(stream)
  for (const note of notes) {
    await note.getByRole('button', { name: 'Try again' }).click()
    await note.waitFor({ state: 'detached' })
  }
  world.emit(agent, 'text', { block: 'x1', text: 'Heard at last.' })
  await page.getByText('Heard at last.').waitFor()
  world.setStatus(agent, 'error', 'limit', 'memory')
  await page.getByRole('main').getByRole('button', { name: /^Failed/ }).waitFor()

  world.refusing.add(list)
  mock.cut()
  mock.mend()
  await page.getByRole('main').getByRole('link', { name: 'harbor' }).click()
  await page.getByText('The board cannot be followed').waitFor()
  world.refusing.delete(list)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('The board cannot be followed').waitFor({ state: 'detached' })
})

test('a stream whose numbers changed is read again from its start', async (t) => {
  const world = seedWorld()
  const { page, mock } = await openPage(t, { world, path: paths.agent(world, 'login doctor') })
  await page.getByText('Next I would run the tests.').waitFor()
  mock.cut()
  world.streams.renew(`agent/${named(world.agents, 'login doctor').id}`)
  world.emit(named(world.agents, 'login doctor'), 'text', { block: 'new', text: 'A new count begins.' })
  mock.mend()
  await page.getByText('A new count begins.').waitFor()
  assert.equal(await page.getByText('Next I would run the tests.').count(), 0)
})

test('a list that changed while the connection was lost is correct again', async (t) => {
  const world = seedWorld()
  const { page, mock } = await openPage(t, { world, path: paths.workspace(world) })
  await page.getByRole('region', { name: 'Worktree docs' }).waitFor()
  mock.cut()
  await page.getByRole('contentinfo').getByText('Offline').waitFor()
  const harbor = named(world.workspaces, 'harbor')
  world.addWorktree(harbor, { name: 'meanwhile', branch: 'meanwhile', path: '/home/me/harbor-meanwhile' })
  mock.mend()
  await page.getByRole('region', { name: 'Worktree meanwhile' }).waitFor()
})

test('a daemon that no longer accepts this page is reported as such, also by a page that requests nothing', async (t) => {
  const { page, mock } = await openPage(t)
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  mock.changeToken()
  await page.getByRole('heading', { name: 'The daemon refused this page' }).waitFor()
})

test('a message too long for the socket is sent over HTTP and does not break the connection', async (t) => {
  const world = seedWorld()
  const { page, mock } = await openPage(t, { world, path: paths.agent(world, 'tester') })
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  const box = page.getByRole('textbox', { name: 'Message to tester' })
  // In JSON each of these is six characters long.
  await box.fill('\u0001'.repeat(50_000))
  await box.press('Enter')
  await box.and(page.locator(':placeholder-shown')).waitFor()
  assert.equal(mock.calls.includes('send_message_to_agent'), false)
  assert.equal(mock.requests.filter((line) => line.endsWith('/message')).length, 1)
})

test('a call whose answer was lost is repeated under its key', async (t) => {
  const world = seedWorld()
  const { page, mock } = await openPage(t, { world, path: paths.agent(world, 'tester') })
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  mock.cut()
  await page.getByRole('contentinfo').getByText('Offline').waitFor()
  await page.route('**/message', (route) => route.abort())
  const keys = []
  page.on('request', (request) => request.url().endsWith('/message') && keys.push(request.headers()['idempotency-key']))
  const box = page.getByRole('textbox', { name: 'Message to tester' })
  await box.fill('once')
  for (let n = 1; n <= 2; n++) {
    await box.press('Enter')
    await page.getByText('It is not known whether it was sent: the daemon did not answer.').waitFor()
    await page.waitForFunction(() => !document.querySelector('form button[type=submit]')?.disabled)
  }
  await page.unroute('**/message')
  await box.fill('another')
  await box.press('Enter')
  await page.waitForFunction(() => document.querySelector('textarea')?.value === '')
  assert.equal(keys.length, 3)
  assert.equal(keys[0], keys[1])
  assert.notEqual(keys[1], keys[2])
})

test('a problem that the daemon reports is shown above every page until it is solved', async (t) => {
  const world = seedWorld()
  world.illness = 'nothing could be stored since noon: the disk of /home/me/muster.db is full'
  const { page } = await openPage(t, { world, path: '/' })
  const note = page.getByRole('alert').filter({ hasText: 'the disk of /home/me/muster.db is full' })
  await note.waitFor()
  delete world.illness
  await note.waitFor({ state: 'detached' })
})

test('where nothing can be stored, the title and the inbox say so, and whatever runs is as old as that', async (t) => {
  const world = seedWorld()
  world.illness = 'Nothing can be stored: the disk of the store /home/me/muster.db is full.'
  world.illSince = new Date(Date.now() - 125_000).toISOString()
  world.isDiskFull = true
  const { page } = await openPage(t, { world, path: '/board' })
  await page.waitForFunction(() => /^\(3\) Nothing can be stored · Board · Muster$/.test(document.title))
  const side = page.getByRole('navigation', { name: 'Main' })
  const works = side.getByRole('region', { name: 'Working' }).getByRole('link', { name: /indexer/ })
  await works.and(page.locator('[title*="Running"][title*="as of "]')).waitFor()
  const isAged = (part) => part.getByText(/as of/).locator(`time[datetime="${world.illSince}"]`).first().waitFor()
  await isAged(page.locator('[data-agent]').filter({ hasText: 'indexer' }))
  await side.getByRole('link', { name: 'Home' }).click()
  await isAged(page.getByRole('main').getByRole('listitem').filter({ hasText: 'indexer' }))
  await works.click()
  await page.getByRole('heading', { level: 1, name: 'indexer' }).waitFor()
  await isAged(page.getByRole('main').getByRole('button').filter({ hasText: 'Running' }))
  await side.getByRole('link', { name: /Inbox\s*3/ }).click()
  const row = page.getByRole('list', { name: 'Open asks' }).getByRole('listitem').filter({ hasText: 'Nothing can be stored' })
  await row.getByText(/the disk of the store .* is full/).waitFor()
  await row.locator(`time[datetime="${world.illSince}"]`).waitFor()
  await row.getByRole('link', { name: /Make room/ }).waitFor()
  await checkAccess(page)
  // Room does not help against a disk that fails.
  world.illness = 'Nothing can be stored: writing the store /home/me/muster.db failed: Input/output error.'
  world.isDiskFull = false
  await row.getByText(/Input\/output error/).waitFor()
  await row.getByRole('link', { name: /Doctor/ }).waitFor()
  assert.equal(await row.getByRole('link', { name: /Make room/ }).count(), 0)
  delete world.illness
  await row.waitFor({ state: 'detached' })
  await page.waitForFunction(() => !document.title.includes('stored'))
})

test('a newer daemon is named with a way to its page, and the page before goes on until somebody takes it', async (t) => {
  const { page, mock, world } = await openPage(t, { path: '/board' })
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  await page.evaluate(() => (window.isBefore = true))
  mock.upgrade()
  await page.getByText('Muster was updated.').waitFor()
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  world.openAsk(named(world.agents, 'indexer'), 'permission', 'Bash', 'make all', { command: 'make all' })
  await page.getByRole('region', { name: 'Needs you' }).getByRole('link', { name: /indexer/ }).waitFor()
  // A part that was not loaded yet is gone: it says so, and the page stays as it is.
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Usage' }).click()
  await page.getByRole('alert').getByText('Muster was updated, and this page is from the previous version.').waitFor()
  assert.equal(await page.evaluate(() => window.isBefore), true)
  await page.getByRole('alert').getByRole('button', { name: 'Reload to update' }).click()
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  assert.equal(await page.evaluate(() => window.isBefore), undefined)
  assert.equal(await page.getByText('Muster was updated.').count(), 0)
})

test('an overlay that cannot be loaded leaves the page as it is, with what was typed in it', async (t) => {
  const world = seedWorld()
  const { page } = await openPage(t, { world })
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  await page.route('**/assets/StartDialog-*.js', (route) => route.abort())
  await page.goto(new URL(paths.agent(world, 'tester'), page.url()).href)
  const box = page.getByRole('textbox', { name: 'Message to tester' })
  await box.fill('half a sentence')
  await box.blur()
  await page.keyboard.press('n')
  await page.getByRole('status').getByText('This part of the page could not be loaded.').waitFor()
  assert.equal(await box.inputValue(), 'half a sentence')
  await page.unroute('**/assets/StartDialog-*.js')
  await page.keyboard.press('n')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  assert.equal(await box.inputValue(), 'half a sentence')
})

test('a part that could not be loaded comes with the next connection, or when it is asked for again', async (t) => {
  const world = seedWorld()
  const { page, mock } = await openPage(t, { world })
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  const chunks = '**/assets/{AgentAsks,Terminals,MenuPopup}-*.js'
  await page.route(chunks, (route) => route.abort())
  await page.goto(new URL(paths.agent(world, 'tester'), page.url()).href)
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  await page.evaluate(() => (window.isBefore = true))
  const failed = page.getByRole('status').getByText('This part of the page could not be loaded.')
  const menu = page.getByRole('button', { name: 'More about tester' }).first()
  await menu.click()
  await failed.first().waitFor()
  await page.getByRole('tab', { name: 'Terminal' }).click()
  await page.getByRole('alert').getByText('This part failed: terminal').waitFor()
  await page.getByRole('alert').getByRole('button', { name: 'Try again' }).waitFor()
  world.openAsk(named(world.agents, 'tester'), 'permission', 'Bash', 'make all', { command: 'make all' })
  await page.getByRole('region', { name: 'Needs you' }).getByRole('link', { name: /tester/ }).waitFor()
  assert.equal(await page.getByRole('region', { name: /^Ask: / }).count(), 0)
  await page.unroute(chunks)
  mock.cut()
  await page.getByRole('contentinfo').getByText('Live').waitFor({ state: 'detached' })
  mock.mend()
  await page.getByRole('region', { name: /^Ask: / }).waitFor()
  await page.getByRole('alert').getByText('This part failed: terminal').waitFor({ state: 'detached' })
  await menu.click()
  await page.getByRole('menu').waitFor()
  assert.equal(await page.evaluate(() => window.isBefore), true)
})

test('a daemon that comes back with the same page asks for nothing', async (t) => {
  const { page, mock, world } = await openPage(t)
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  const asked = () => mock.requests.filter((request) => request === 'GET /').length
  const before = asked()
  mock.cut()
  mock.mend()
  await until(() => asked() > before, 'the page asks for its version')
  world.openAsk(named(world.agents, 'indexer'), 'permission', 'Bash', 'make all', { command: 'make all' })
  await page.getByRole('region', { name: 'Needs you' }).getByRole('link', { name: /indexer/ }).first().waitFor()
  assert.equal(await page.getByText('Muster was updated.').count(), 0)
})

test('while the daemon is silent a stripe says how old the page is, also on a phone', async (t) => {
  const world = seedWorld()
  const { page } = await openPage(t, { world, device: phone })
  let isSilent = false
  await page.routeWebSocket(/\/ws$/, (line) => {
    const daemon = line.connectToServer()
    daemon.onMessage((message) => isSilent || line.send(message))
  })
  await page.clock.install()
  await page.reload()
  await page.getByRole('main').getByText('login doctor').first().waitFor()
  isSilent = true
  await page.clock.runFor(22_000)
  await page.getByText(/The daemon is silent.*as of (1\d|2\d) s ago/).waitFor()
  await page.getByRole('main').getByText('login doctor').first().waitFor()
  await checkWidth(page)
  isSilent = false
  await page.clock.runFor(5_000)
  await page.getByText('The daemon is silent.').waitFor({ state: 'detached' })
})

test('what failed while the daemon was away can be tried again from what says so', async (t) => {
  const world = seedWorld()
  const { page, mock } = await openPage(t, { world })
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  mock.cut()
  await page.route('**/api/**', (route) => route.abort())
  await page.getByRole('alert').getByText('The daemon does not answer.').waitFor()
  await page.getByRole('contentinfo').getByRole('button', { name: /[Tt]heme/ }).click()
  const failed = page.getByRole('status').filter({ has: page.getByRole('button', { name: 'Copy details' }) })
  await failed.getByRole('button', { name: 'Retry' }).waitFor()
  await page.unroute('**/api/**')
  mock.mend()
  await failed.getByRole('button', { name: 'Retry' }).click()
  await until(() => world.settings.theme !== undefined, true)
  await failed.waitFor({ state: 'detached' })
})
