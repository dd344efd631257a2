// Status with evidence: whatever happens to the program of an agent, its page, the side bar and the inbox name the cause, and
// nothing says "Running" without how old that is.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Studio } from '../harness/agents.mjs'
import { launchBrowser } from '../harness/browser.mjs'
import { claudeClis } from '../harness/clis.mjs'
import { makeFolder } from '../harness/daemon.mjs'
import { SmallDisk } from '../harness/small_disk.mjs'
import { visit } from '../harness/visit.mjs'
import { until } from '../harness/wait.mjs'

const LOGS_MIB = 48
/** As long as anybody looks. */
const stream = [{ content: [{ text: 'The next frame is read. ', repeat: 20000, chunk: 24, pace: 100 }] }]
/** Its program says nothing until the file is there. */
const quiet = [{ content: [{ tool: 'Bash', input: { command: 'until [ -e go ]; do sleep 0.1; done', description: 'Wait for a file' } }] }, { content: [{ text: 'Done.' }] }]
const flood = [{ content: [{ text: 'The next frame is read. ', repeat: 20000, chunk: 240, pace: 2 }] }]

let studio, browser, logs, visited
before(async () => {
  const home = path.join(await makeFolder('small'), 'home')
  const streams = path.join(home, 'streams')
  await mkdir(streams, { recursive: true, mode: 0o700 })
  logs = await SmallDisk.mount(streams, LOGS_MIB)
  const more = { CLAUDE_CODE_MAX_RETRIES: '1' }
  studio = await Studio.open(claudeClis().at(-1), { script: { scenarios: { stream, quiet, flood } }, serve: { home, onStopped: () => logs.why ?? logs.unmount() }, more })
  await studio.want(200, 'PUT', '/api/settings/launch.min_free_mib', { value: '0' })
  browser = await launchBrowser()
  visited = await visit(browser, studio.want.bind(studio))
})
after(async () => {
  await browser?.close()
  await logs?.free()
  await studio?.close()
})

const evidenceOf = (agent) => studio.want(200, 'GET', `${agent.route}/evidence`)

const SILENT_S = 2

/** An agent in the middle of a turn. */
async function busy(name, scenario = 'stream') {
  const agent = await studio.begin(`Go. @@${scenario}`, { name, permissions: ['read', 'write', 'execute'] })
  await agent.next('text_delta')
  return agent
}

/** Every "Running" on the page that has no age in its row. */
const withoutAge = (page) =>
  page.evaluate(() => {
    const row = 'a, li, tr, button, [data-agent], [role=row], [role=listitem]'
    const words = [...document.querySelectorAll('body *')].filter((node) => node.getAttribute('aria-label') === 'Running' || (node.childElementCount === 0 && /^Running\b/.test(node.textContent.trim())))
    const hasAge = (part) => part && (part.querySelector('time')?.textContent || hasAge(part.parentElement.closest(row)))
    return words.filter((node) => !hasAge(node.closest(row))).map((node) => node.parentElement.outerHTML.slice(0, 200))
  })

/** Its own page, the side bar, the title and icon of the tab, and the inbox: all of them say it. */
async function assertNamed(agent, name, { word, cause }) {
  const { page } = visited
  const side = page.getByRole('navigation', { name: 'Main' })
  // Rows keep their places below the pointer.
  await page.mouse.move(700, 450)
  const link = side.getByRole('region', { name: 'Needs you' }).getByRole('link', { name: new RegExp(name) })
  await link.and(page.locator(`[title*="${word}"]`)).waitFor()
  assert.match(await link.getAttribute('title'), cause)
  await link.getByRole('img', { name: word }).waitFor()
  await link.click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
  const line = page.getByRole('main').getByRole('button').filter({ hasText: word }).and(page.locator('[aria-haspopup=dialog]'))
  await line.getByText(cause).waitFor()
  await line.locator('time').waitFor()
  assert.deepEqual(await withoutAge(page), [])
  await until(async () => /^\(\d+\) \w+: /.test(await page.title()), 'the title counts it and names a cause')
  assert.match(await page.locator('link[rel=icon]').getAttribute('href'), /favicon-err|data:image/)
  await side.getByRole('link', { name: 'Inbox' }).click()
  const need = page.getByRole('list', { name: 'Open asks' }).getByRole('listitem').filter({ hasText: name })
  await need.getByText(cause).first().waitFor()
  await need.getByRole('img', { name: word }).waitFor()
}

/** Home, the board as rows and as a table, the side bar's tooltip and the agent's own page: since when it has been silent, or nothing of it. */
/** `since`: of its last byte now, for a CLI may write a line while it works. */
async function assertSilent(page, name, since) {
  const side = page.getByRole('navigation', { name: 'Main' })
  const link = side.getByRole('link', { name: new RegExp(name) })
  const isSaid = async (place) => (await place.getByText(/silent for/).locator(`time[datetime="${await since()}"]`).count()) > 0
  const said = (place) => until(() => isSaid(place), `it says since when ${name} is silent`)
  await link.and(page.locator('[title*="silent since"]')).waitFor()
  await side.getByRole('link', { name: 'Home' }).click()
  await said(page.getByRole('main').getByRole('listitem').filter({ hasText: name }))
  await side.getByRole('link', { name: 'Board' }).click()
  await said(page.locator('[data-agent]').filter({ hasText: name }))
  await link.click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
  await said(page.getByRole('main').getByRole('button').filter({ hasText: 'Running' }))
}

test('a CLI that says nothing is Running with the age of that', async () => {
  const { page } = visited
  const agent = await studio.begin('Go. @@quiet', { name: 'quiet agent', permissions: ['read', 'write', 'execute'] })
  await agent.next('tool_start')
  const overview = await studio.live.subscribe('overview/org_00000000000000000000000000')
  const row = async () => (await studio.want(200, 'GET', '/api/overview')).agents.find(({ id }) => id === agent.id)
  assert.ok((await row()).heardAt)
  assert.equal((await row()).silentSince, undefined)
  await studio.want(200, 'PUT', '/api/settings/agent.silent_seconds', { value: String(SILENT_S) })
  await overview.waitFor('overview_agent', ({ changes }) => changes.includes('silent'))
  await until(async () => {
    const { silentSince, heardAt } = await row()
    return silentSince !== undefined && silentSince === heardAt && silentSince === (await evidenceOf(agent)).log.last.at
  }, 'it is silent since its last byte')
  await assertSilent(page, 'quiet agent', async () => (await row()).silentSince)
  for (const place of ['Home', 'Board', 'Inbox']) {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: place }).click()
    await page.getByRole('navigation', { name: 'Main' }).getByRole('region', { name: 'Working' }).getByRole('img', { name: 'Running' }).waitFor()
    assert.deepEqual(await withoutAge(page), [], place)
  }
  await writeFile(path.join(agent.worktree.path, 'go'), '')
  const heard = await overview.waitFor('overview_agent', ({ changes, data }) => changes.includes('heard') && data.silentSince === undefined)
  const words = overview.events.filter(({ type }) => type === 'overview_agent').flatMap(({ payload: { changes } }) => changes.filter((change) => change === 'silent' || change === 'heard'))
  assert.ok(heard && words.every((word, n) => word === (n % 2 === 0 ? 'silent' : 'heard')), `one event when it becomes silent, and one when it speaks: ${words}`)
  await studio.want(200, 'DELETE', '/api/settings/agent.silent_seconds')
  await agent.stop()
})

test('a CLI that is stopped by a signal is Suspended until it is continued', async () => {
  const { page } = visited
  const agent = await busy('frozen agent')
  const { pid } = await agent.get()
  process.kill(pid, 'SIGSTOP')
  try {
    await assertNamed(agent, 'frozen agent', { word: 'Suspended', cause: /signal/ })
    assert.match(await page.title(), /Suspended: .*signal/)
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /frozen agent/ }).click()
    await page.getByRole('heading', { level: 1, name: 'frozen agent' }).waitFor()
    await page.getByRole('main').getByRole('button').filter({ hasText: 'Suspended' }).click()
    const evidence = page.getByRole('dialog', { name: 'Status of frozen agent' })
    await evidence.getByText('Muster saw that a signal stopped its program').waitFor()
    await evidence.getByText('is stopped', { exact: true }).first().waitFor()
    const { log } = await evidenceOf(agent)
    await evidence.locator(`time[datetime="${log.last.at}"]`).first().waitFor()
    await evidence.getByText(/^as of /).waitFor()
    await page.keyboard.press('Escape')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await agent.next('status', ({ reason }) => reason === 'working')
  await page.getByRole('navigation', { name: 'Main' }).getByRole('region', { name: 'Working' }).getByRole('link', { name: /frozen agent/ }).waitFor()
  await agent.stop()
})

test('a CLI that a signal ends', async () => {
  const agent = await busy('ended agent')
  process.kill((await agent.get()).pid, 'SIGKILL')
  await assertNamed(agent, 'ended agent', { word: 'Exited', cause: /ended by signal 9/ })
})

test('a hold that is killed', async () => {
  const agent = await busy('orphaned agent')
  const { hold } = await evidenceOf(agent)
  process.kill(hold.pid, 'SIGKILL')
  await assertNamed(agent, 'orphaned agent', { word: 'Failed', cause: /supervisor/ })
})

test('a disk that is full: who writes is held, and who starts there fails', async (t) => {
  if (logs.why) return t.skip(logs.why)
  const agent = await busy('held agent', 'flood')
  await logs.fill()
  await assertNamed(agent, 'held agent', { word: 'Held', cause: /disk full/ })
  const late = await studio.begin('Go', { name: 'late agent' })
  await assertNamed(late, 'late agent', { word: 'Exited', cause: /No space left on device/ })
  await logs.free()
  await agent.next('status', ({ reason }) => reason === 'working')
  await agent.stop()
})

test('a model API that is gone', async () => {
  const agent = await busy('unplugged agent')
  await studio.model.unplug()
  await assertNamed(agent, 'unplugged agent', { word: 'Failed', cause: /API|connect/i })
  assert.deepEqual(visited.faults, [])
})
