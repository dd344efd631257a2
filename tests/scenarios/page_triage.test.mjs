// Triage: twenty agents of the real CLI ask while others still begin, and all asks are cleared by keys alone. What is answered
// is what was on screen: the digest is computed here from the bytes that the page shows.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Studio } from '../harness/agents.mjs'
import { launchBrowser } from '../harness/browser.mjs'
import { claudeClis } from '../harness/clis.mjs'
import { look, visit } from '../harness/visit.mjs'
import { until } from '../harness/wait.mjs'

const AGENTS = 20
/** So many ask before anybody looks, and so many start at the same time. */
const [EARLY, AT_ONCE] = [10, 3]
/** The last ones are cleared from their agents' pages. */
const BY_DOT = 4
const WORKTREES = 4
const PATIENCE_MS = 180_000

const longCommand = Array.from({ length: 14 }, (_, n) => `touch long-${n + 1}`).join('\n')
const special = {
  0: { command: 'rm -f notes.md', why: 'Remove the notes' },
  1: { command: 'rm -f notes.md', why: 'Remove the notes' },
  2: { command: 'rm -f notes.md', why: 'Remove the notes' },
  3: { command: 'mkdir ruled-one', why: 'Make a folder' },
  4: { command: 'mkdir ruled-two', why: 'Make another folder' },
  11: { command: longCommand, why: 'Many files' },
  12: { command: 'touch done-12 # \u202Ereversed\u200B, größer\tthan  äll', why: 'With what cannot be seen' },
}
const asked = (n) => special[n] ?? { command: `touch done-${n}`, why: `Note ${n}` }
const scenario = (n) => {
  const { command, why } = asked(n)
  return [{ content: [{ text: `Agent ${n} begins.` }, { tool: 'Bash', input: { command, description: why } }] }, { content: [{ text: `Agent ${n} is done.` }] }]
}
const script = { scenarios: Object.fromEntries(Array.from({ length: AGENTS }, (_, n) => [`ask${n}`, scenario(n)])) }

/** As the daemon binds an answer: SHA-256 of the tool and its canonical arguments. */
const digestOf = ({ command, why }) => createHash('sha256').update(`Bash\n${JSON.stringify({ command, description: why })}`).digest('hex')

/** What was typed, from what is shown of it: invisible characters are shown as their numbers, line breaks with a mark. */
const bytesOf = (shown) => shown.replace(/ ?⏎$/gm, '').replace(/⟨U\+([0-9A-F]{4,6})⟩/g, (_, hex) => String.fromCodePoint(parseInt(hex, 16)))

let studio, browser, agents
before(async () => {
  studio = await Studio.open(claudeClis().at(-1), { script, patienceMs: PATIENCE_MS, files: { 'notes.md': 'notes\n' } })
  browser = await launchBrowser()
  const worktrees = []
  for (let n = 0; n < WORKTREES; n++) worktrees.push(await studio.worktree())
  agents = []
  for (let n = 0; n < AGENTS; n++) agents.push(await studio.agent({ worktree: worktrees[n % WORKTREES], name: `Agent ${n}` }))
})
after(async () => {
  await browser?.close()
  await studio?.close()
})

const allOf = (name) => agents.map((agent, n) => ({ agent, n })).filter(({ n }) => asked(n).command === name)
const askOf = (id) => studio.want(200, 'GET', `/api/asks/${id}`)

/** Starts them, a few at a time; each is there once it has asked. */
async function begin(some) {
  const left = [...some]
  const work = async () => {
    for (let n = left.shift(); n !== undefined; n = left.shift()) {
      await agents[n].start(`Go. @@ask${n}`)
      agents[n].firstAsk = await agents[n].ask()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

/** One person at the inbox: the ask on screen, as it can be read there, and answers by keys. */
class Person {
  constructor(visited) {
    Object.assign(this, visited)
  }

  /** What came before the ask of that agent has been read. */
  hasLoaded(agentId) {
    return this.calls.some(({ op, input, status }) => op === 'get_agent_messages' && input.agentId === agentId && input.before && status === 200)
  }

  /** {id, command, why}: which ask is shown, and the bytes and reason that a person reads. */
  async read(part) {
    const bytes = part.locator('[data-ask-bytes]')
    await bytes.waitFor()
    const id = (await part.getAttribute('data-ask')) ?? (await this.page.locator('[data-need][aria-current]').getAttribute('data-need'))
    const more = part.getByRole('button', { name: 'Show all' })
    if (await more.isVisible()) {
      await this.page.keyboard.press('Enter')
      await more.waitFor({ state: 'detached' })
    }
    const allow = this.page.getByRole('button', { name: /^Allow/ }).and(this.page.locator(':not([aria-disabled])'))
    for (let n = 0; (await allow.count()) === 0 && n < 40; n++) await this.page.keyboard.press('PageDown')
    await allow.first().waitFor()
    const lines = await bytes.locator('.flex').evaluateAll((rows) => rows.map((row) => row.textContent))
    const why = (await part.getByText(/^(Why)?(Note|Many|With|Remove|Make)/).last().innerText()).split(' · ')[0]
    return { id, command: bytesOf(lines.join('\n')), why }
  }

  /** The calls that carried an answer to that ask. */
  sentFor(id) {
    return this.calls.filter(({ op, input }) => op === 'answer_ask' && input.askId === id).map(({ input }) => input)
  }
}

/** What the daemon keeps of an answer is what the person saw: bytes, digest, decision. */
async function check(person, shown, decision) {
  let ask
  await until(async () => (ask = await askOf(shown.id)).state === 'answered', 'the answer is kept')
  assert.deepEqual([shown.command, shown.why], [ask.input.command, ask.input.description])
  assert.equal(ask.digest, digestOf(shown))
  assert.equal(ask.decision, decision)
  assert.deepEqual(person.sentFor(shown.id).map(({ digest, decision: sent }) => [digest, sent]), [[digestOf(shown), decision]])
}

test('twenty agents ask while new asks arrive; keys alone clear them, and each answer is for what was shown', async (t) => {
  const from = performance.now()
  const since = () => `${((performance.now() - from) / 1000).toFixed(1)} s`
  await begin(Array.from({ length: EARLY }, (_, n) => n))
  t.diagnostic(`the first ${EARLY} ask after ${since()}`)
  const person = new Person(await visit(browser, studio.want.bind(studio), '/inbox'))
  const { page } = person
  const detail = page.locator('[data-detail]')
  await detail.getByText(`1 of ${EARLY}`).waitFor()
  const late = begin(Array.from({ length: AGENTS - EARLY }, (_, n) => n + EARLY))
  await page.evaluate(() => {
    window.waits = []
    const observer = new MutationObserver(() => {
      for (const node of document.querySelectorAll('[data-detail] [role=status][aria-label^=Reading]')) window.waits.push(node.getAttribute('aria-label'))
    })
    observer.observe(document.body, { subtree: true, childList: true })
  })
  const decided = new Map()

  await batchOfEqual(person, detail, decided)
  t.diagnostic(`three equal ones are answered after ${since()}`)
  await batchByRule(person, detail, decided)
  t.diagnostic(`two are answered by a rule after ${since()}`)

  while (decided.size < AGENTS - BY_DOT) {
    const shown = await person.read(detail)
    const isDenied = decided.size % 4 === 3
    const next = page.getByRole('button', { name: /^then / })
    if (await next.isVisible()) {
      const name = (await next.innerText()).slice('then '.length)
      const { id } = agents[Number(name.split(' ')[1])]
      await until(() => person.hasLoaded(id), `what came before the ask of ${name} is there before it is shown`)
    }
    await look(page)
    await page.keyboard.press(isDenied ? 'd' : 'a')
    if (isDenied) {
      await page.keyboard.type('Not now')
      await page.keyboard.press('Control+Enter')
    }
    await page.locator(`[data-need="${shown.id}"]`).waitFor({ state: 'detached' })
    await check(person, shown, isDenied ? 'deny' : 'allow')
    decided.set(shown.id, isDenied ? 'deny' : 'allow')
    if (decided.size < AGENTS - BY_DOT) await page.locator('[data-need][aria-current]').waitFor()
  }
  t.diagnostic(`${decided.size} are cleared from the inbox after ${since()}`)
  assert.deepEqual(await page.evaluate(() => window.waits), [], 'nobody waits for the next one')
  await late

  // The last answer had a reason: what is pressed next is no part of it.
  await page.locator('textarea:focus').waitFor({ state: 'detached' })
  await page.keyboard.press('.')
  for (let n = 0; n < BY_DOT; n++) {
    if (n > 0) await page.keyboard.press('Alt+.')
    const part = page.locator('[data-ask]:focus')
    await until(async () => (await part.count()) === 1 && !decided.has(await part.getAttribute('data-ask')), 'the next ask has the focus')
    const shown = await person.read(part)
    await look(page)
    await page.keyboard.press('a')
    await check(person, shown, 'allow')
    decided.set(shown.id, 'allow')
  }
  t.diagnostic(`all are cleared after ${since()}`)
  assert.equal(decided.size, AGENTS)
  assert.deepEqual((await studio.want(200, 'GET', '/api/asks?state=open')).asks, [])
  await until(async () => !/^\(/.test(await page.title()), 'the title counts nobody')
  await Promise.all(agents.map((agent) => agent.turnEnd()))
  for (const [n, agent] of agents.entries()) {
    const isAllowed = decided.get(agent.firstAsk.id) === 'allow'
    const [program, name] = asked(n).command.split(/\s/)
    if (program !== 'rm') assert.equal(existsSync(path.join(agent.worktree.path, name)), isAllowed, `Agent ${n}`)
  }
  assert.deepEqual(person.faults, [])
  await person.close()
})

/** Goes down the whole list, and selects the asks of these agents. */
async function select(page, some) {
  const ids = some.map(({ agent }) => agent.firstAsk.id)
  const current = page.locator('[data-need][aria-current]')
  for (let n = 0; n < AGENTS; n++) await page.keyboard.press('k')
  for (let n = 1; n <= ids.length; ) {
    if (!ids.includes(await current.getAttribute('data-need'))) await page.keyboard.press('j')
    else {
      await page.keyboard.press('x')
      await page.getByRole('checkbox', { checked: true }).nth(n - 1).waitFor({ state: 'attached' })
      if (n++ < ids.length) await page.keyboard.press('j')
    }
  }
}

/** Equal digests get one answer for all; with a different one among them there is none. */
async function batchOfEqual(person, detail, decided) {
  const { page } = person
  const equal = allOf(asked(0).command)
  await select(page, [...equal, ...allOf(asked(5).command)])
  const four = page.getByRole('region', { name: '4 asks together' })
  await four.getByText(/^They ask for different things/).waitFor()
  await look(page)
  await page.keyboard.press('a')
  assert.equal(await four.getByRole('button', { name: /^Allow \d+ once/ }).count(), 0)
  await page.keyboard.press('Escape')
  await detail.first().waitFor()
  await select(page, equal)
  const three = page.getByRole('region', { name: '3 asks together' })
  await three.getByRole('heading', { name: 'Run a command, 3 times' }).waitFor()
  const command = bytesOf(await three.locator('[data-ask-bytes]').innerText())
  await three.getByRole('button', { name: 'Allow 3 once' }).and(page.locator(':not([aria-disabled])')).waitFor()
  await look(page)
  await page.keyboard.press('a')
  await three.getByText('Allowed').nth(2).waitFor()
  await page.keyboard.press('Escape')
  for (const { agent } of equal) {
    const shown = { id: agent.firstAsk.id, command, why: asked(0).why }
    await check(person, shown, 'allow')
    decided.set(shown.id, 'allow')
  }
}

/** Different ones are answered together by a rule that covers each of them, and it stays. */
async function batchByRule({ page }, detail, decided) {
  const two = [...allOf(asked(3).command), ...allOf(asked(4).command)]
  await select(page, two)
  const batch = page.getByRole('region', { name: '2 asks together' })
  await batch.getByText('Covered', { exact: true }).nth(1).waitFor()
  assert.equal(await batch.getByRole('textbox', { name: /^Rule/ }).inputValue(), 'Bash(mkdir **)')
  await look(page)
  await page.keyboard.press('Control+Enter')
  await batch.getByText('Allowed').nth(1).waitFor()
  await page.keyboard.press('Escape')
  const { rules } = await studio.want(200, 'GET', '/api/rules')
  assert.deepEqual(rules.map(({ decision, tool, command }) => [decision, tool, command]), [['allow', 'Bash', 'mkdir **']])
  for (const { agent } of two) {
    const { state, decision, digest } = await askOf(agent.firstAsk.id)
    assert.deepEqual([state, decision, digest], ['answered', 'allow', agent.firstAsk.digest])
    decided.set(agent.firstAsk.id, 'allow')
  }
  await detail.first().waitFor()
}
