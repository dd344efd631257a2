// "While you were away": every figure on Home is counted again here from the events after the cursor, by the streams of the
// agents and of their workspace, never from the digest that Home reads.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Studio } from '../harness/agents.mjs'
import { launchBrowser } from '../harness/browser.mjs'
import { claudeClis } from '../harness/clis.mjs'
import { git } from '../harness/repository.mjs'
import { visit } from '../harness/visit.mjs'
import { until } from '../harness/wait.mjs'

const write = (...names) => names.map((name) => ({ tool: 'Write', input: { file_path: `\${cwd}/${name}`, content: `${name}\n` } }))
const turn = (usage, ...names) => [{ content: write(...names), usage }, { content: [{ text: 'Done.' }], usage }]
const scenarios = {
  before: turn({ input: 9000, output: 900 }, 'before-1.txt', 'before-2.txt'),
  spanning: turn({ input: 21000, output: 300 }, 'spanning.txt'),
  more: turn({ input: 17000, output: 500 }, 'more.txt'),
  most: turn({ input: 13000, output: 700 }, 'most-1.txt', 'most-2.txt', 'most-3.txt'),
  ruled: turn({ input: 11000, output: 100 }, 'ruled.txt'),
  said: [{ content: [{ text: 'Nothing to change.' }], usage: { input: 30000, output: 40 } }],
  refused: [{ status: 529, message: 'Overloaded', retryAfter: 900 }], // longer than the CLI waits
}
const WORKER = { permissions: ['read', 'write', 'execute'] }

let studio, browser, agents, home
before(async () => {
  studio = await Studio.open(claudeClis().at(-1), { script: { scenarios } })
  home = await studio.live.subscribe(`workspace/${studio.workspace.id}`)
  browser = await launchBrowser()
  await git(studio.repository, 'config', 'user.name', 'Test')
  await git(studio.repository, 'config', 'user.email', 'test@example.invalid')
  const shared = await studio.worktree('shared')
  const make = (name, more) => studio.agent({ name, ...more })
  agents = {
    spanning: await make('spanning'),
    steady: await make('steady', { worktree: shared, ...WORKER }),
    beside: await make('beside', { worktree: shared }),
    ruled: await make('ruled'),
    failing: await make('failing'),
    quiet: await make('quiet', WORKER),
  }
})
after(async () => {
  await browser?.close()
  await studio?.close()
})

/** Some turns before anybody leaves, one of which does not end before; then all that is to be counted. */
async function leaveAndWork() {
  const { spanning, steady, beside, ruled, failing, quiet } = agents
  await Promise.all([spanning.start('Go. @@spanning'), steady.start('Go. @@before'), quiet.start('Go. @@before')])
  const [ask] = await Promise.all([spanning.ask(), steady.turnEnd(), quiet.turnEnd()])
  await studio.want(201, 'POST', '/api/rules', { decision: 'allow', tool: 'Write', path: 'ruled.txt' })
  const from = await lookIn()
  await Promise.all([spanning.answer(ask, { decision: 'allow' }), steady.send('Go on. @@more'), ruled.start('Go. @@ruled'), failing.start('Go. @@refused')])
  await Promise.all([spanning.turnEnd(), steady.turnEnd(), ruled.turnEnd(), failing.turnEnd()])
  await Promise.all([steady.send('Go on. @@most'), beside.start('Go. @@said')])
  await Promise.all([steady.turnEnd(), beside.turnEnd()])
  await git(steady.worktree.path, 'add', '--all')
  await git(steady.worktree.path, 'commit', '--quiet', '--message=Work')
  await studio.want(200, 'POST', `/api/workspaces/${studio.workspace.id}/worktrees/${steady.worktree.id}/land`, { how: 'squash', message: 'Land it' })
  await home.waitFor('workspace_updated', ({ change }) => change === 'landed')
  return from
}

/** What the stream of one agent says happened since. */
async function countOf(agent, from) {
  const events = agent.topic.events.filter(({ at }) => Date.parse(at) >= Date.parse(from))
  const all = (kind) => events.filter(({ type }) => type === kind).map(({ payload }) => payload)
  const { turns } = await studio.want(200, 'GET', `${agent.route}/turns`)
  const ended = turns.filter(({ endedAt }) => endedAt && Date.parse(endedAt) >= Date.parse(from))
  assert.equal(ended.length, all('turn_end').length)
  return {
    turns: all('turn_end').length,
    files: ended.reduce((sum, { filesChanged }) => sum + filesChanged, 0),
    answered: all('ask_answered').length,
    byRule: all('ask_answered').filter(({ ruleId }) => ruleId).length,
    failures: all('turn_end').filter(({ outcome }) => outcome === 'error').length + all('exit').filter(({ isClean }) => !isClean).length,
    cost: all('usage').reduce((sum, { costMicros }) => sum + costMicros, 0),
  }
}

const dollars = (micros) => (micros > 0 && micros < 5000 ? '<$0.01' : `$${(micros / 1e6).toFixed(2)}`)
const said = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`
const device = { viewport: { width: 1440, height: 900 } }
const minutes = 60_000
/** The page after a while, by its own clock: nobody was here meanwhile. */
const comeBack = (after) => visit(browser, studio.want.bind(studio), '/', { ...device, aheadMs: after })
/** What the page has noted of that. */
const presence = async () => (await studio.want(200, 'GET', '/api/ui-state?key=page/presence')).value ?? { hereAt: 0 }

/** Somebody opens the page and closes it again: when they were last here, as the page noted it. */
async function lookIn(after = 0) {
  const before = await presence()
  const { close } = await comeBack(after)
  await until(async () => (await presence()).hereAt > before.hereAt, 'the page has noted that somebody is here')
  await close()
  return new Date((await presence()).hereAt).toISOString()
}

test('each figure on Home is the count of the events after the cursor', async (t) => {
  const from = await leaveAndWork()
  const counts = {}
  for (const [name, agent] of Object.entries(agents)) counts[name] = await countOf(agent, from)
  t.diagnostic(JSON.stringify(counts))
  const files = { spanning: 1, steady: 4, beside: 0, ruled: 1, failing: 0, quiet: 0 }
  assert.deepEqual(Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count.files])), files)
  assert.deepEqual([counts.steady.turns, counts.ruled.byRule, counts.spanning.byRule, counts.quiet.turns], [2, 1, 0, 0])
  assert.ok(counts.failing.failures > 0)
  const sum = (key) => Object.values(counts).reduce((n, count) => n + count[key], 0)
  const landings = home.events.filter(({ type, at, payload }) => type === 'workspace_updated' && payload.change === 'landed' && Date.parse(at) >= Date.parse(from))
  assert.equal(landings.length, 1)

  const { page, faults, close } = await comeBack(11 * minutes)
  const away = page.getByRole('main').locator('section').filter({ has: page.getByRole('heading', { name: /^While you were away/ }) }).last()
  await away.getByText(said(sum('turns'), 'turn'), { exact: true }).waitFor()
  const figures = await away.locator('p').first().getByRole('link').allInnerTexts()
  assert.deepEqual(figures, [
    said(sum('turns'), 'turn'),
    said(sum('files'), 'file'),
    `${said(sum('answered'), 'ask answered', 'asks answered')}, ${sum('byRule')} by rule`,
    said(sum('failures'), 'failure'),
    said(landings.length, 'landing'),
    dollars(sum('cost')),
  ])
  const lanes = away.getByRole('listitem')
  const rows = {}
  for (const lane of await lanes.all()) {
    const [name, ...numbers] = (await lane.innerText()).split('\n').map((text) => text.trim()).filter(Boolean)
    rows[name] = [await lane.getByRole('img', { name: /turns?, / }).getAttribute('aria-label'), ...numbers]
    assert.match(await lane.getByRole('link').first().getAttribute('href'), new RegExp(`/a/${agents[name].id}$`))
  }
  const expected = Object.entries(counts).filter(([name]) => name !== 'quiet').map(([name, { turns, failures, files: n, cost }]) =>
    [name, [`${said(turns, 'turn')}, ${said(failures, 'failure')}`, ...(n > 0 ? [String(n)] : []), ...(cost > 0 ? [dollars(cost)] : [])]])
  assert.deepEqual(rows, Object.fromEntries(expected))

  await away.getByRole('link', { name: 'landing' }).press('Enter')
  await page.getByRole('heading', { level: 1, name: /land/i }).waitFor()
  assert.deepEqual(faults, [])
  await close()
})

test('what was marked as seen is gone, nine minutes are no absence, and after the last event nothing happened', async () => {
  const first = await comeBack(12 * minutes)
  await first.page.getByRole('button', { name: 'Mark as seen' }).click()
  await first.page.getByText(/^While you were away/).waitFor({ state: 'detached' })
  await until(async () => (await presence()).seenAt !== undefined, 'what was marked as seen is stored')
  await first.close()
  await lookIn(21 * minutes)
  assert.equal((await presence()).awayFrom, undefined)
  const { page, close } = await comeBack(40 * minutes)
  await page.getByText('Nothing happened.').waitFor()
  await page.getByRole('button', { name: 'Mark as seen' }).click()
  await page.getByText(/^While you were away/).waitFor({ state: 'detached' })
  await close()
})
