// Home: who needs me, what happened meanwhile, who works, and what the rail says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, phone, useStage } from '../../web/mock/harness.mjs'
import { putUiState } from '../../web/mock/ops_person.mjs'
import { awayOf } from '../../web/mock/ops_overview.mjs'
import { emptyWorld, seedWorld } from '../../web/mock/seed.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()
const section = (page, name) => page.getByRole('main').locator('section').filter({ has: page.getByRole('heading', { name }) }).last()
const button = (page, name) => page.getByRole('main').getByRole('button', { name })

const hour = 3_600_000
const wasHere = (world, ago) => putUiState(world, 'page/presence', { hereAt: Date.now() - ago })

/** Once it says who needs me; before that, and where nothing could be read, it is the page's name. */
const title = (page) => page.getByRole('heading', { level: 1, name: /needs? you/ })

async function openHome(t, { world = seedWorld(), ...options } = {}) {
  const opened = await openPage(t, { world, ...options })
  await title(opened.page).waitFor()
  return { ...opened, asks: () => [...world.asks.values()].filter(({ state }) => state === 'open') }
}

test('the title is the answer, and it is live', async (t) => {
  const { page, world } = await openHome(t)
  await title(page).getByText('2 need you, 2 at work').waitFor()
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  world.setStatus(named(world.agents, 'reviewer'), 'finished', 'turn_done')
  await title(page).getByText('1 needs you, 2 at work').waitFor()
})

test('a plan and a question lead to where they are answered in full', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'login doctor')
  world.setStatus(named(world.agents, 'reviewer'), 'finished', 'turn_done')
  for (const kind of ['plan', 'question']) {
    world.closeAsks(agent)
    const questions = [{ question: 'Which way?', header: 'Way', options: [{ label: 'Left' }, { label: 'Right' }] }]
    world.openAsk(agent, kind, kind === 'plan' ? 'ExitPlanMode' : 'AskUserQuestion', kind, kind === 'plan' ? { plan: '1. Look' } : { questions }, kind === 'plan' ? { plan: '1. Look' } : undefined)
    const { page } = await openHome(t, { world })
    await section(page, 'Needs you').getByRole('button', { name: kind === 'plan' ? 'Plan' : 'Question' }).waitFor()
    await section(page, 'Needs you').getByRole('link', { name: 'Open in full' }).click()
    await page.getByRole('heading', { level: 1, name: 'login doctor' }).waitFor()
  }
})

test('who needs me stands with the bytes; A allows what fits, with the digest that was shown', async (t) => {
  const { page, world, asks } = await openHome(t)
  world.setStatus(named(world.agents, 'reviewer'), 'finished', 'turn_done')
  await page.getByText('npm test -- --run src/auth').first().waitFor()
  const [{ id: askId, digest }] = asks()
  await page.waitForFunction(() => [...document.querySelectorAll('main button')].some((one) => one.textContent.startsWith('Allow') && one.ariaDisabled === null))
  await page.keyboard.press('a')
  await page.getByRole('main').getByRole('heading', { name: /^Needs you/ }).waitFor()
  assert.equal(world.answers.length, 0, 'a key answers only where the ask has the focus')
  await page.keyboard.press('j')
  await page.keyboard.press('a')
  await until(() => asks().length === 0, 'the ask is answered')
  assert.deepEqual(world.answers.map(({ askId: id, digest: sent, decision }) => [id, sent, decision]), [[askId, digest, 'allow']])
})

test('an answer within 400 ms of its appearance does nothing', async (t) => {
  const { page, world, asks } = await openHome(t)
  world.setStatus(named(world.agents, 'reviewer'), 'finished', 'turn_done')
  await button(page, /^Allow once/).waitFor()
  await page.evaluate(() => {
    const observer = new MutationObserver(() => {
      const allow = [...document.querySelectorAll('main button')].find((one) => one.textContent.startsWith('Allow'))
      if (!allow || !document.querySelector('main').textContent.includes('rm -r build')) return
      observer.disconnect()
      allow.click()
      allow.closest('li').querySelector('a').dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true, cancelable: true }))
      window.hasTried = true
    })
    observer.observe(document.body, { subtree: true, childList: true, characterData: true })
  })
  const agent = named(world.agents, 'login doctor')
  world.settleAsk(asks()[0], { decision: 'allow', decidedBy: 'person' })
  world.openAsk(agent, 'permission', 'Bash', 'rm -r build', { command: 'rm -r build' })
  await page.waitForFunction(() => window.hasTried)
  await page.waitForFunction(() => [...document.querySelectorAll('main button')].some((one) => one.textContent.startsWith('Deny') && one.ariaDisabled === null))
  assert.deepEqual([asks().length, world.answers.length], [1, 0])
  await button(page, /^Deny/).click()
  await until(() => asks().length === 0, 'it is denied')
  assert.equal(world.answers.at(-1).decision, 'deny')
})

test('what does not fit whole is opened, never allowed from here', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'login doctor')
  world.settleAsk([...world.asks.values()][0], { decision: 'deny', decidedBy: 'person' })
  world.setStatus(named(world.agents, 'reviewer'), 'finished', 'turn_done')
  world.openAsk(agent, 'permission', 'Bash', 'make all', { command: 'make all && rm -rf /' })
  const { page, asks } = await openHome(t, { world })
  await page.getByRole('main').getByText('make all').waitFor()
  await page.getByRole('main').getByRole('link', { name: 'Open in full' }).waitFor()
  assert.equal(await button(page, /^Allow/).count(), 0)
  await page.keyboard.press('a')
  assert.equal(asks().length, 1)
  await page.getByRole('main').getByRole('link', { name: 'Open in full' }).click()
  await page.getByRole('heading', { name: 'login doctor', level: 1 }).waitFor()
})

test('a file that is to be written is opened: its path is not what would be allowed', async (t) => {
  const world = seedWorld()
  world.settleAsk([...world.asks.values()][0], { decision: 'deny', decidedBy: 'person' })
  world.setStatus(named(world.agents, 'reviewer'), 'finished', 'turn_done')
  world.openAsk(named(world.agents, 'login doctor'), 'permission', 'Write', 'notes/a.md', { file_path: 'notes/a.md', content: 'unseen' })
  const { page, asks } = await openHome(t, { world })
  await page.getByRole('main').getByRole('link', { name: 'Open in full' }).waitFor()
  assert.equal(await button(page, /^Allow/).count(), 0)
  await page.keyboard.press('j')
  await page.keyboard.press('a')
  assert.equal(asks().length, 1)
})

test('an agent of the demo costs nothing, whatever its CLI reports', async (t) => {
  const world = seedWorld()
  Object.assign(named(world.agents, 'indexer'), { isDemo: true, costMicros: 1_230_000 })
  const { page } = await openHome(t, { world })
  await section(page, /^At work/).getByRole('link', { name: /indexer/ }).getByText('no charge').waitFor()
})

test('J and K choose among those who need me, and Enter opens', async (t) => {
  const { page } = await openHome(t)
  await page.getByRole('main').getByRole('link', { name: 'reviewer', exact: true }).waitFor()
  const focused = () => page.evaluate(() => document.activeElement?.textContent)
  await page.keyboard.press('j')
  assert.equal(await focused(), 'reviewer')
  assert.equal(await button(page, /^Allow/).count(), 0)
  await page.keyboard.press('j')
  assert.equal(await focused(), 'login doctor')
  await button(page, /^Allow once/).waitFor()
  await page.keyboard.press('k')
  assert.equal(await focused(), 'reviewer')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'reviewer', level: 1 }).waitFor()
})

test('while I was away: counted figures and a lane for each agent, until they are marked as seen', async (t) => {
  const world = seedWorld()
  const of = (name, did) => awayOf(world, named(world.agents, name), did)
  world.away = {
    agents: [of('indexer', { turnsEnded: 3, filesChanged: 12, costMicros: 1_200_000, landings: 1 }), of('login doctor', { turnsEnded: 1, asksAnswered: 2, asksByRule: 1, failures: 1, filesChanged: 4, costMicros: 340_000 })],
    landings: 1,
    truncated: false,
  }
  wasHere(world, 3 * hour)
  const { page } = await openHome(t, { world })
  const away = section(page, /^While you were away/)
  for (const fact of ['4 turns', '16 files', '2 asks answered, 1 by rule', '1 failure', '1 landing']) await away.getByText(fact, { exact: true }).waitFor()
  await away.getByText('$1.54').waitFor()
  await away.getByText(/^3 h/).waitFor()
  await away.getByRole('link', { name: /^indexer/ }).waitFor()
  await checkAccess(page)
  await checkColours(page, 'dark')
  await away.getByRole('button', { name: 'Mark as seen' }).click()
  await page.getByText('While you were away').waitFor({ state: 'detached' })
  await page.reload()
  await title(page).waitFor()
  assert.equal(await page.getByText('While you were away').count(), 0)
})

test('whoever leaves the page on screen is away, from the last input on', async (t) => {
  const world = seedWorld()
  world.away = { agents: [awayOf(world, named(world.agents, 'indexer'), { turnsEnded: 3 })], landings: 0, truncated: false }
  const { page } = await openHome(t, { world })
  await page.clock.install()
  await page.reload()
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.mouse.move(300, 300)
  await until(() => world.uiStates.has('page/presence'), true)
  await page.clock.runFor(40 * 60_000)
  assert.equal(await page.getByText('While you were away').count(), 0)
  await page.mouse.move(320, 320)
  await section(page, /^While you were away/).getByText(/^40 m/).waitFor()
})

test('a figure leads to what it counts: to the one agent, to those who took part, to the answers', async (t) => {
  const world = seedWorld()
  const of = (name, did) => awayOf(world, named(world.agents, name), did)
  world.away = {
    agents: [of('indexer', { turnsEnded: 3, filesChanged: 12, costMicros: 1_200_000 }), of('login doctor', { turnsEnded: 1, asksAnswered: 2, failures: 1, costMicros: 340_000 })],
    landings: 0,
    truncated: false,
  }
  wasHere(world, 3 * hour)
  const { page } = await openHome(t, { world })
  const away = section(page, /^While you were away/)
  const rows = () => away.getByRole('listitem').getByRole('link', { name: /turn/ })
  const address = () => new URL(page.url()).pathname + new URL(page.url()).search
  const at = (name, search = '') => `/w/${named(world.agents, name).workspaceId}/a/${named(world.agents, name).id}${search}`
  await away.getByRole('link', { name: '4 turns' }).click()
  assert.equal(address(), '/?away=turns')
  await until(async () => (await rows().count()) === 2, 'those who ended a turn are listed')
  assert.equal(await away.getByRole('link', { name: '4 turns' }).getAttribute('aria-current'), 'true')
  await away.getByRole('link', { name: '4 turns' }).click()
  await until(() => address() === '/', 'the figure is left')
  const places = { '12 files': at('indexer', '?pane=diff'), '1 failure': at('login doctor'), '2 asks answered': '/inbox?tab=answered', '12 files of indexer': at('indexer', '?pane=diff'), '$0.34 of login doctor': at('login doctor', '?pane=usage') }
  for (const [name, place] of Object.entries(places)) assert.equal(await away.getByRole('link', { name, exact: true }).getAttribute('href'), place)
  await away.getByRole('link', { name: '1 failure', exact: true }).click()
  await page.getByRole('heading', { name: 'login doctor', level: 1 }).waitFor()
})

test('what was marked as seen on another device is seen, and who was here on it was not away', async (t) => {
  const world = seedWorld()
  world.away = { agents: [awayOf(world, named(world.agents, 'indexer'), { turnsEnded: 3 })], landings: 0, truncated: false }
  wasHere(world, 3 * hour)
  const { page } = await openHome(t, { world })
  const away = section(page, /^While you were away/)
  await away.waitFor()
  putUiState(world, 'page/presence', { hereAt: Date.now(), seenAt: Date.now() })
  await away.waitFor({ state: 'detached' })
  const old = { value: { hereAt: Date.now() - 5 * hour }, digest: '', isDirty: false, changedAt: 0 }
  await page.evaluate((entry) => localStorage.setItem('muster.ui.page/presence', JSON.stringify(entry)), old)
  await page.reload()
  await title(page).waitFor()
  await until(() => (world.uiStates.get('page/presence').value.hereAt ?? 0) > Date.now() - 60_000, 'it is noted that somebody is here')
  assert.equal(await page.getByText('While you were away').count(), 0)
})

test('a finished agent that was looked at on one device is seen on the others', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'reviewer')
  world.setStatus(agent, 'finished', 'turn_done')
  const { page } = await openHome(t, { world })
  const finished = page.getByRole('navigation').getByRole('link', { name: /reviewer/ })
  await finished.waitFor()
  putUiState(world, 'page/seen', { [agent.id]: agent.statusSince })
  await finished.waitFor({ state: 'detached' })
})

test('an absence without events says so, and one that cannot be counted offers another try', async (t) => {
  const world = seedWorld()
  world.failing.add('get_away_digest')
  wasHere(world, 3 * hour)
  const { page } = await openHome(t, { world })
  await page.getByText('What happened while you were away could not be read').waitFor()
  world.failing.clear()
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Nothing happened.').waitFor()
})

test('who works stands with the last line, and leads to its page', async (t) => {
  const world = seedWorld()
  named(world.agents, 'indexer').lastLine = 'Reading /home/me/harbor-search/src/index.ts'
  const { page } = await openHome(t, { world })
  const work = section(page, /^At work/)
  await work.getByText('Reading src/index.ts').waitFor()
  await work.getByText('83 % full soon').waitFor()
  await work.getByRole('link', { name: /indexer/ }).click()
  await page.getByRole('heading', { name: 'indexer', level: 1 }).waitFor()
})

test('the rail names busy workspaces, counts the quiet ones, what is to review, and what is ready to land', async (t) => {
  const world = seedWorld()
  const draft = world.addWorktree(named(world.workspaces, 'atlas'), { name: 'legend', branch: 'legend', path: '/home/me/atlas-legend', git: { isClean: false, modified: ['a'], counts: { staged: 0, modified: 1, untracked: 0, conflicted: 0 } } })
  world.setStatus(world.addAgent(draft, { name: 'drawer' }), 'finished', 'turn_done')
  const row = world.addWorktree(named(world.workspaces, 'atlas'), { name: 'maps', branch: 'maps', path: '/home/me/atlas-maps', git: { ahead: 2 } })
  world.setStatus(world.addAgent(row, { name: 'mapper' }), 'finished', 'turn_done')
  const { page } = await openHome(t, { world })
  const rail = page.getByRole('complementary', { name: 'At a glance' })
  await rail.getByText('$0.18').waitFor()
  await rail.getByRole('link', { name: /^harbor/ }).waitFor()
  await rail.getByText('1 quiet').waitFor()
  await page.getByRole('heading', { name: /1 to review, 1 to land$/ }).waitFor()
  await rail.getByRole('link', { name: /^legend/ }).waitFor()
  await rail.getByRole('link', { name: /^maps/ }).click()
  await page.getByRole('heading', { name: 'maps', level: 1 }).waitFor()
})

test('the demo is promised only where it can be started', async (t) => {
  const { page, world } = await openHome(t, { world: emptyWorld() })
  await page.getByRole('link', { name: 'Open a repository or try the demo' }).waitFor()
  world.system.claude = { ...world.system.claude, demoFound: false }
  await page.reload()
  await page.getByText('Opening one changes nothing in it.').waitFor()
  assert.equal(await page.getByRole('main').getByText(/demo/).count(), 0)
})

test('nothing open yet says what to do; so does a page without agents, and one that cannot be read', async (t) => {
  const world = emptyWorld()
  const { page } = await openHome(t, { world })
  await page.getByText('No repository yet').waitFor()
  await page.getByText('Nothing needs you').waitFor()
  world.addWorkspace('harbor', '/home/me/harbor')
  await page.getByText('No agent yet').waitFor()
  await button(page, 'Start an agent').click()
  await page.getByRole('dialog', { name: 'New agent' }).waitFor()
  world.failing.add('get_overview')
  await page.reload()
  await page.getByText('Home could not be read').waitFor()
  await page.getByRole('heading', { level: 1, name: 'Home', exact: true }).waitFor()
})

test('Home has its heading while it is read', async (t) => {
  const world = seedWorld()
  world.slownessMs.get_overview = 1_500
  const { page } = await openPage(t, { world })
  await page.getByRole('status', { name: 'Reading your agents' }).waitFor()
  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Home')
  await title(page).waitFor()
})

test('Home can be read in both colours, on a phone, and at 320; nothing moves for ever', async (t) => {
  const { page } = await openHome(t)
  await button(page, /^New agent/).waitFor()
  await checkStill(page)
  await checkAccess(page)
  await checkColours(page, 'dark')
  const small = (await openHome(t, { device: phone })).page
  await small.getByRole('main').getByText('login doctor').first().waitFor()
  await checkAccess(small)
  await checkWidth(small)
  await checkWidth(small, 320)
})
