// "One moment" over a real run: at the end of each turn, chosen on the time line, the files are those of that turn's checkpoint.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Studio } from '../harness/agents.mjs'
import { checkItself } from '../../web/mock/checks.mjs'
import { launchBrowser } from '../harness/browser.mjs'
import { settledCheckpoints } from '../harness/checkpoints.mjs'
import { claudeClis } from '../harness/clis.mjs'
import { git } from '../harness/repository.mjs'
import { Viewer } from '../harness/terminal.mjs'
import { DEADLINE_MS, until } from '../harness/wait.mjs'

const turns = [1, 2, 3, 4, 5]
const linesOf = (turn) => Array.from({ length: turn }, (_, n) => `line ${n + 1} of turn ${turn}\n`).join('')
/** The plan as it is while a turn works: so far into it. */
const plan = (turn) => ({ content: [{ tool: 'TodoWrite', input: { todos: turns.map((n) => ({ content: `Step ${n}`, activeForm: `Doing step ${n}`, status: n <= turn ? 'completed' : 'pending' })) } }] })
/** The third turn begins with a commit: what the turns before it had changed is in HEAD from then on. */
const commit = { content: [{ tool: 'Bash', input: { command: 'git add -A && git -c user.name=Worker -c user.email=worker@example.org commit -qm "Two turns"', description: 'Commit it' } }] }
const work = (turn) => [
  ...(turn === 3 ? [commit] : []),
  plan(turn),
  { content: [{ tool: 'Write', input: { file_path: `\${cwd}/turn-${turn}.txt`, content: linesOf(turn) } }] },
  { content: [{ tool: 'Bash', input: { command: `echo ${turn} >> notes.md`, description: 'Note it' } }] },
  { content: [{ text: `Turn ${turn} is done.` }] },
]

describe('a run of five turns', () => {
  let studio, browser, run
  before(async () => {
    studio = await Studio.open(claudeClis().at(-1), { script: { scenarios: Object.fromEntries(turns.map((turn) => [`work${turn}`, work(turn)])) }, files: { 'notes.md': 'notes\n' } })
    browser = await launchBrowser()
    run = await runAll()
  })
  after(async () => {
    await browser?.close()
    await studio?.close()
  })

  /** What git says of a checkpoint's files against the commit that was below them then: "path added removed", sorted. */
  async function changed({ path }, { commitId, head }, from = head) {
    const out = await git(path, 'diff', '--numstat', from, `${commitId}:files`)
    return out.split('\n').filter(Boolean).map((line) => {
      const [added, removed, name] = line.split('\t')
      return `${name} ${added} ${removed}`
    }).sort()
  }

  /** The same of the list of files on the page. */
  const shown = (page) =>
    page.getByRole('navigation', { name: 'Changed files' }).getByRole('button').evaluateAll((buttons) =>
      buttons.map((button) => {
        const text = button.innerText.replace(/\s+/g, ' ')
        const [name] = /\S+\.(txt|md)/.exec(text)
        return `${name} ${/\+(\d+)/.exec(text)?.[1] ?? 0} ${/−(\d+)/.exec(text)?.[1] ?? 0}`
      }).sort(),
    )

  /** The lines that git adds and removes between two trees, sorted. */
  async function lines({ path }, from, to) {
    const out = await git(path, 'diff', '--unified=0', from, to)
    return out.split('\n').filter((line) => /^[+-]/.test(line) && !/^(\+\+\+|---) /.test(line)).sort()
  }

  /** The same of the diff on the page. */
  const shownLines = (page) =>
    page.getByRole('region', { name: 'Changes' }).locator('[data-mark]').evaluateAll((rows) =>
      rows.map((row) => {
        const [, , sign, text] = row.children
        return `${sign.lastElementChild?.textContent ?? ' '}${text.textContent}`.replace('−', '-')
      }).filter((line) => /^[+-]/.test(line)).sort(),
    )

  async function sameLines(page, expected) {
    await until(async () => (await shownLines(page)).length === expected.length, 'the lines of the diff')
    assert.deepEqual(await shownLines(page), expected)
  }

  /** The figures of a file come after its name, and the lines below say what they count. */
  async function compare(page, worktree, checkpoint, from = checkpoint.head) {
    await until(async () => (await shown(page)).every((line) => !line.endsWith(' 0 0')), 'the figures of the files')
    assert.deepEqual(await shown(page), await changed(worktree, checkpoint, from))
    await sameLines(page, await lines(worktree, from, `${checkpoint.commitId}:files`))
  }

  /** All files of a worktree are those of a checkpoint. */
  async function sameFiles({ path }, { commitId }) {
    await git(path, 'add', '-A')
    assert.equal(await git(path, 'diff', '--cached', '--numstat', `${commitId}:files`), '')
  }

  /** The files pane of the second turn's end. */
  async function readThere(page) {
    await page.getByRole('tab', { name: /^Files/ }).click()
    const list = page.getByRole('list', { name: 'Files of that moment' })
    await list.getByRole('button', { name: 'turn-2.txt' }).waitFor()
    assert.equal(await list.getByRole('button', { name: 'turn-3.txt' }).count(), 0)
    await list.getByRole('button', { name: 'turn-2.txt' }).click()
    await page.getByRole('textbox', { name: 'Content of turn-2.txt' }).getByText('line 2 of turn 2').waitFor()
    await page.getByRole('tab', { name: /^Diff/ }).click()
    await page.getByRole('slider', { name: 'Moment' }).focus()
  }

  /** A program that says one word a turn: what its log has until the place that the page names is what its screen showed there. */
  async function readTerminal(page, pieces, turn) {
    await page.getByRole('tab', { name: /^Terminal/ }).click()
    const screen = page.getByLabel('Screen of that moment')
    await screen.getByText(`tick ${turn}`, { exact: true }).waitFor()
    const foot = await page.getByRole('region', { name: 'Terminal of the past' }).getByText(/^byte [\d,]+$/).innerText()
    const place = Number(foot.replace(/\D/g, ''))
    const printed = pieces.filter(({ offset }) => offset <= place).map(({ text }) => text).join('')
    assert.equal((await screen.innerText()).trimEnd(), printed.replaceAll('\r\n', '\n').trimEnd())
    assert.ok(!printed.includes(`tick ${turn + 1}`))
  }

  /** The plan as it was: so many of the five steps done. */
  async function readPlan(page, turn) {
    await page.getByRole('tab', { name: `Plan ${turn} of 5`, exact: true }).click()
    const steps = page.getByRole('list', { name: 'Plan' }).getByRole('listitem')
    await until(async () => (await steps.count()) === turns.length, 'the plan')
    assert.equal(await steps.filter({ has: page.getByRole('img', { name: 'Done' }) }).count(), turn)
  }

  const costText = (micros) => (micros > 0 && micros < 5000 ? '<$0.01' : `$${(micros / 1_000_000).toFixed(2)}`)

  /** Context and cost as the daemon had them when that turn was over: in the head, and among the figures. */
  async function readUsage(page, { contextLevel, costMicros }) {
    const main = page.getByRole('main')
    await main.getByText(`${contextLevel} % of the context window`).first().waitFor()
    await main.getByText(costText(costMicros), { exact: true }).first().waitFor()
    await page.getByRole('tab', { name: 'Usage', exact: true }).click()
    const usage = page.getByRole('tabpanel')
    await usage.getByText(`${contextLevel} % of the context window`).waitFor()
    await usage.getByText('Cost until then').waitFor()
    await usage.getByText(costText(costMicros), { exact: true }).first().waitFor()
  }

  /** What the daemon has of an agent after a turn. */
  async function figuresOf({ id }) {
    const { agents } = await studio.want(200, 'GET', '/api/overview')
    const { contextLevel, costMicros } = agents.find((row) => row.id === id)
    return { contextLevel, costMicros }
  }

  /** The five turns, with a terminal beside them. */
  async function runAll() {
    const agent = await studio.agent({ name: 'worker', permissions: ['read', 'write', 'execute'] })
    const terminal = await studio.want(201, 'POST', '/api/terminals', { worktreeId: agent.worktree.id, command: 'stty -echo; while read -r word; do echo "tick $word"; done' })
    const viewer = await Viewer.open(studio.daemon, terminal.launchId, { after: 0 })
    const [pieces, figures] = [[], []]
    viewer.onOutput = (data, offset) => pieces.push({ text: data.toString(), offset })
    for (const turn of turns) {
      viewer.type(`${turn}\n`)
      await viewer.see(`tick ${turn}`)
      await (turn === 1 ? agent.start(`Work. @@work${turn}`) : agent.send(`Work. @@work${turn}`))
      await agent.turnEnd()
      figures.push(await figuresOf(agent))
      await settledCheckpoints(studio.want.bind(studio), agent.worktree, (rows) => rows.filter(({ kind, state }) => kind === 'turn_end' && state === 'taken').length >= turn)
    }
    viewer.close()
    const rows = await settledCheckpoints(studio.want.bind(studio), agent.worktree)
    const of = (wanted) => rows.filter(({ kind, state }) => kind === wanted && state === 'taken').sort((a, b) => a.at.localeCompare(b.at))
    return { agent, pieces, figures, starts: of('turn_start'), ends: of('turn_end') }
  }

  async function openPage(t, agent, search = '') {
    const context = await browser.newContext({ viewport: { width: 1440, height: 2000 } })
    t.after(() => context.close())
    await context.addInitScript(checkItself)
    const page = await context.newPage()
    page.setDefaultTimeout(DEADLINE_MS)
    const faults = []
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
    t.after(() => assert.deepEqual(faults, []))
    const { url } = await studio.want(200, 'POST', '/api/auth/codes')
    await page.goto(new URL(`/w/${studio.workspace.id}/a/${agent.id}${search}${new URL(url).hash}`, url).href)
    return page
  }

  test('each turn’s end shows the files of its checkpoint, and Back to now those of now', async (t) => {
    const { agent, pieces, figures, ends } = run
    assert.equal(ends.length, turns.length)
    const page = await openPage(t, agent)
    await page.getByRole('log').getByText('Turn 5 is done.').waitFor()
    const files = page.getByRole('navigation', { name: 'Changed files' })
    await files.getByRole('button', { name: /turn-5\.txt/ }).waitFor()
    await page.getByRole('tab', { name: 'Plan 5 of 5' }).waitFor()
    const slider = page.getByRole('slider', { name: 'Moment' })
    await slider.focus()
    for (const turn of turns.toReversed()) {
      await page.keyboard.press('Shift+ArrowLeft')
      await page.getByRole('log').getByText(`Turn ${turn} is done.`).waitFor()
      await page.getByRole('log').getByText(`Turn ${turn + 1} is done.`).waitFor({ state: 'detached' })
      await files.getByRole('button', { name: new RegExp(`turn-${turn}\\.txt`) }).waitFor()
      await files.getByRole('button', { name: new RegExp(`turn-${turn + 1}\\.txt`) }).waitFor({ state: 'detached' })
      await compare(page, agent.worktree, ends[turn - 1])
      await readTerminal(page, pieces, turn)
      await readPlan(page, turn)
      await readUsage(page, figures[turn - 1])
      await page.getByRole('tab', { name: /^Diff/ }).click()
      await slider.focus()
      if (turn === 2) await readThere(page)
    }
    await page.getByRole('button', { name: /^Back to now/ }).click()
    await files.getByRole('button', { name: /turn-5\.txt/ }).waitFor()
    // Now it is the branch against its base, which the commit has not moved.
    await compare(page, agent.worktree, ends.at(-1), ends[0].head)
    await page.getByRole('textbox', { name: 'Message to worker' }).waitFor()
  })

  /** The end of a turn in the transcript, with what can be done there. */
  const strip = (page, turn) => page.getByRole('log').locator('div').filter({ has: page.getByText(`Turn ${turn}`, { exact: true }) }).filter({ has: page.getByRole('button', { name: 'Copy', exact: true }) }).last()

  test('Diff at the end of a turn is what git says between the checkpoints of its two ends', async (t) => {
    const { agent, starts, ends } = run
    const page = await openPage(t, agent)
    await page.setViewportSize({ width: 1440, height: 3000 }) // so that the strip of each turn is drawn
    for (const turn of [2, 3]) {
      await strip(page, turn).getByRole('button', { name: 'Diff' }).click()
      await sameLines(page, await lines(agent.worktree, `${starts[turn - 1].commitId}:files`, `${ends[turn - 1].commitId}:files`))
    }
  })

  test('an agent that is forked at a moment, or at the end of a turn, has the files of then; so has a worktree that is restored', async (t) => {
    const { agent, ends } = run
    const page = await openPage(t, agent, `?at=${ends[1].at}`)
    const forked = async () => {
      await page.waitForURL((url) => url.pathname.includes('/a/') && !url.pathname.includes(agent.id))
      const { worktreeId } = await studio.want(200, 'GET', `/api/agents/${new URL(page.url()).pathname.split('/').at(-1)}`)
      return studio.want(200, 'GET', `/api/workspaces/${studio.workspace.id}/worktrees/${worktreeId}`)
    }
    await page.getByRole('button', { name: 'Fork from here' }).click()
    await sameFiles(await forked(), ends[1])
    await page.goBack()
    await page.getByRole('button', { name: /^Back to now/ }).click()
    await strip(page, 4).getByRole('button', { name: 'Fork' }).click()
    await sameFiles(await forked(), ends[3])
    await page.goBack()
    await strip(page, 3).getByRole('button', { name: 'Restore' }).click()
    await page.getByRole('button', { name: /^Restore \d+ files?/ }).click()
    await page.getByText(/^Restored the files of/).waitFor()
    await sameFiles(agent.worktree, ends[2])
    await page.goto(new URL(`/w/${studio.workspace.id}/a/${agent.id}?at=${ends[1].at}`, page.url()).href)
    await page.getByRole('button', { name: 'Restore files…' }).click()
    await page.getByRole('button', { name: /^Restore \d+ files?/ }).click()
    await page.getByText(/^Restored the files of/).waitFor()
    await sameFiles(agent.worktree, ends[1])
  })
})
