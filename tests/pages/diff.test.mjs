// What a worktree changed, and the inbox of all agents.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { named, paths, useStage } from '../../web/mock/harness.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()

function openDiff(t, name = 'fix-login', world = seedWorld()) {
  return openPage(t, { world, path: paths.diff(world, name) })
}

const line = (n) => ({ type: 'added', newLine: n, text: `line ${n}` })
function manyLines(n) {
  const lines = Array.from({ length: n }, (_, place) => line(place + 1))
  const hunks = [{ oldStart: 0, oldLines: 0, newStart: 1, newLines: n, section: '', lines }]
  return { path: 'large.txt', status: 'untracked', added: n, removed: 0, isBinary: false, truncated: false, hunks }
}

test('files and their changed lines are shown side by side', async (t) => {
  const { page } = await openDiff(t)
  const files = page.getByRole('navigation', { name: 'Changed files' })
  await files.getByRole('button', { name: /login.test.ts/ }).waitFor()
  const changes = page.getByRole('region', { name: 'Changes' })
  await changes.getByText('await burnTime(password)').waitFor()
  await changes.getByText('A binary file').waitFor()
  await page.getByText('3 files').waitFor()
  await page.getByText('+14', { exact: true }).waitFor()
})

test('a file without lines says why it has none', async (t) => {
  const world = seedWorld()
  const file = (path, more) => ({ ...manyLines(0), hunks: [], path, ...more })
  named(world.worktrees, 'docs').files = [
    file('empty.txt'),
    file('gone.txt', { status: 'deleted' }),
    file('mode.sh', { status: 'modified' }),
    file('huge.log', { truncated: true }),
    file('nested/', { isBinary: true }),
  ]
  const { page } = await openDiff(t, 'docs', world)
  const changes = page.getByRole('region', { name: 'Changes' })
  await changes.getByText('The new file is empty.').waitFor()
  await changes.getByText('The file was empty.').waitFor()
  await changes.getByText('Only its name or mode changed.').waitFor()
  await changes.getByText('This file is too long to be shown here.').waitFor()
  await changes.getByText('A git repository of its own: its files are not shown.').waitFor()
  await page.getByText('5 files', { exact: true }).waitFor()
})

test('the diff is live', async (t) => {
  const { page, world } = await openDiff(t, 'docs')
  await page.getByText('Nothing differs from the last commit.').waitFor()
  world.setFiles(named(world.worktrees, 'docs'), [manyLines(3)], { isClean: false, untracked: ['large.txt'] })
  await page.getByRole('region', { name: 'Changes' }).getByText('line 3').waitFor()
})

/** The position of the text in the window. */
const topOf = async (changes, text) => (await changes.getByText(text, { exact: true }).boundingBox()).y

test('a change above leaves the text being read in place', async (t) => {
  const world = seedWorld()
  const docs = named(world.worktrees, 'docs')
  const old = manyLines(400)
  docs.files = [old]
  const { page } = await openDiff(t, 'docs', world)
  const changes = page.getByRole('region', { name: 'Changes' })
  await changes.getByText('line 5', { exact: true }).waitFor()
  await changes.evaluate((node) => node.scrollTo(0, 4000))
  await changes.getByText('line 200', { exact: true }).waitFor()
  const before = await topOf(changes, 'line 200')

  world.setFiles(docs, [{ ...manyLines(60), path: 'a-file.txt' }, old], { isClean: false })
  await page.getByText('2 files').waitFor()
  assert.equal(await topOf(changes, 'line 200'), before)

  const more = [...Array.from({ length: 30 }, () => line(1)), ...old.hunks[0].lines].map((one, place) => ({ ...one, newLine: place + 1 }))
  world.setFiles(docs, [{ ...old, added: more.length, hunks: [{ ...old.hunks[0], newLines: more.length, lines: more }] }], { isClean: false })
  await page.getByText('1 file', { exact: true }).waitFor()
  assert.equal(await topOf(changes, 'line 200'), before)
})

test('a worktree that is polled says so, until it is watched', async (t) => {
  const world = seedWorld()
  const docs = named(world.worktrees, 'docs')
  const { page } = await openDiff(t, 'docs', world)
  await page.getByText('Nothing differs from the last commit.').waitFor()
  world.setFiles(docs, [manyLines(3)], { isClean: false, untracked: ['large.txt'] }, 'polled')
  await page.getByRole('main').getByText('polled', { exact: true }).waitFor()
  await page.getByRole('link', { name: 'harbor /' }).click()
  const section = page.getByRole('region', { name: 'Worktree docs' })
  await section.getByText('polled', { exact: true }).waitFor()
  world.setFiles(docs, [], { isClean: true, untracked: [] })
  await section.getByText('clean').waitFor()
  await section.getByText('polled', { exact: true }).waitFor({ state: 'detached' })
})

test('lines that fit need no scrollbar below them, and a longer one has one', async (t) => {
  const world = seedWorld()
  const docs = named(world.worktrees, 'docs')
  docs.files = [manyLines(400)]
  const { page } = await openDiff(t, 'docs', world)
  const changes = page.getByRole('region', { name: 'Changes' })
  await changes.getByText('line 5', { exact: true }).waitFor()
  const overflow = () => changes.evaluate((node) => node.scrollWidth - node.clientWidth)
  assert.equal(await overflow(), 0)
  const wide = { type: 'added', newLine: 1, text: 'x'.repeat(400) }
  world.setFiles(docs, [{ ...manyLines(1), hunks: [{ ...manyLines(1).hunks[0], lines: [wide] }] }], { isClean: false })
  await changes.getByText(wide.text).waitFor()
  assert.ok((await overflow()) > 0)
})

test('lines that differ only in their ending do not look equal', async (t) => {
  const world = seedWorld()
  const lines = [
    { type: 'removed', oldLine: 1, text: 'one\r' },
    { type: 'added', newLine: 1, text: 'one' },
    { type: 'removed', oldLine: 2, text: 'two', noNewline: true },
    { type: 'added', newLine: 2, text: 'two' },
    { type: 'context', oldLine: 3, newLine: 3, text: 'three\r' },
  ]
  const hunks = [{ oldStart: 1, oldLines: 3, newStart: 1, newLines: 3, section: '', lines }]
  named(world.worktrees, 'docs').files = [{ ...manyLines(0), path: 'ends.txt', status: 'modified', hunks }]
  const { page } = await openDiff(t, 'docs', world)
  const changes = page.getByRole('region', { name: 'Changes' })
  await changes.getByText('no newline at the end of the file').waitFor()
  assert.deepEqual(await changes.locator('p').filter({ hasText: /one|two|three/ }).allInnerTexts().then((all) => all.map((text) => text.replace(/\s+/g, ' '))), [
    '1 - one\\r',
    '1 + one',
    '2 - twono newline at the end of the file',
    '2 + two',
    '3 3 three',
  ])
})

test('a name that would read backwards shows why', async (t) => {
  const world = seedWorld()
  named(world.worktrees, 'docs').files = [{ ...manyLines(1), path: '\u202etxt.rtl' }]
  const { page } = await openDiff(t, 'docs', world)
  const files = page.getByRole('navigation', { name: 'Changed files' })
  await files.getByRole('button', { name: /⟨U\+202E⟩txt\.rtl/ }).waitFor()
  await page.getByRole('region', { name: 'Changes' }).getByRole('button', { name: /⟨U\+202E⟩txt\.rtl untracked/ }).waitFor()
})

test('a file folds, and the keys go from file to file', async (t) => {
  const { page } = await openDiff(t)
  const changes = page.getByRole('region', { name: 'Changes' })
  await changes.getByRole('button', { name: /login.ts modified/ }).click()
  await changes.getByText('const user = await users.find(email)').waitFor({ state: 'detached' })
  await page.keyboard.press('j')
  await page.getByRole('navigation', { name: 'Changed files' }).locator('[aria-current=true]').getByText('login.test.ts').waitFor()
})

test('a huge diff keeps few lines in the page', async (t) => {
  const world = seedWorld()
  named(world.worktrees, 'docs').files = [manyLines(20_000)]
  const { page } = await openDiff(t, 'docs', world)
  await page.getByText('line 1', { exact: true }).waitFor()
  assert.ok((await page.getByRole('region', { name: 'Changes' }).getByText(/^line \d+$/).count()) < 200)
})

test('the inbox holds every open ask and empties as they are answered', async (t) => {
  const world = seedWorld()
  const { page } = await openPage(t, { world, path: '/inbox' })
  await page.getByRole('region', { name: /^Permission: npm test/ }).getByText('harbor / fix-login').waitFor()
  world.openAsk(named(world.agents, 'indexer'), 'permission', 'Write', 'notes.md', { file_path: 'notes.md', content: 'a' })
  await page.getByRole('region', { name: 'Permission: notes.md' }).waitFor()
  await page.getByText('2 asks from your agents').waitFor()
  await page.getByRole('region', { name: 'Permission: notes.md' }).getByRole('button', { name: /^Allow/ }).click()
  await page.getByText('1 ask from your agents').waitFor()
  await page.getByText('A', { exact: true }).locator('visible=true').waitFor()
  await page.keyboard.press('a')
  await page.getByText('Nothing needs your attention.').waitFor()
})

test('long arguments are read whole before they can be edited', async (t) => {
  const world = seedWorld()
  const content = [...Array.from({ length: 400 }, (_, n) => `line ${n}`), 'the end'].join('\n')
  world.openAsk(named(world.agents, 'indexer'), 'permission', 'Write', 'long.md', { file_path: 'long.md', content })
  const { page } = await openPage(t, { world, path: '/inbox' })
  const card = page.getByRole('region', { name: 'Permission: long.md' })
  await card.getByRole('button', { name: 'To its end' }).click()
  await card.getByText('the end', { exact: true }).waitFor()
  await card.getByRole('button', { name: 'Edit' }).click()
  assert.equal(JSON.parse(await card.getByLabel('Arguments').inputValue()).content, content)
})

test('an ask that was answered elsewhere leaves the inbox', async (t) => {
  const world = seedWorld()
  const { page } = await openPage(t, { world, path: '/inbox' })
  await page.getByRole('region', { name: /^Permission: npm test/ }).waitFor()
  world.closeAsks(named(world.agents, 'login doctor'))
  await page.getByText('Nothing needs your attention.').waitFor()
})

test('slow reads of a diff that keeps changing neither pile up nor hide it', async (t) => {
  const world = seedWorld()
  const docs = named(world.worktrees, 'docs')
  const { page, mock } = await openDiff(t, 'docs', world)
  await page.getByText('Nothing differs from the last commit.').waitFor()
  await page.getByText('Live').first().waitFor()
  const slowness = 500
  world.slownessMs.get_worktree_diff = slowness
  const began = performance.now()
  let n = 0
  const writing = setInterval(() => world.setFiles(docs, [manyLines(++n)], { isClean: false, untracked: ['large.txt'] }), 60)
  t.after(() => clearInterval(writing))
  const last = page.getByRole('region', { name: 'Changes' }).getByText(/^line [2-9]\d$/).first()
  await last.waitFor()
  const reads = mock.calls.filter((op) => op === 'get_worktree_diff').length
  // One after the other: whatever the machine's pace, no more fit into the time; the first one was before it.
  assert.ok(reads <= (performance.now() - began) / slowness + 2, `${reads} reads of ${n} changes`)
})

test('files that are too many to be shown are counted', async (t) => {
  const world = seedWorld()
  named(world.worktrees, 'docs').files = Array.from({ length: 230 }, (_, n) => ({ ...manyLines(1), path: `file-${n}.txt` }))
  const { page } = await openDiff(t, 'docs', world)
  await page.getByText('230 files').waitFor()
  await page.getByRole('navigation', { name: 'Changed files' }).getByText('and 30 more files').waitFor()
  const changes = page.getByRole('region', { name: 'Changes' })
  await changes.evaluate((node) => node.scrollTo(0, node.scrollHeight))
  await changes.getByText('30 more files changed: too many to be shown here.').waitFor()
})

test('a count of files that is incomplete is not shown as a total', async (t) => {
  const world = seedWorld()
  const docs = named(world.worktrees, 'docs')
  docs.files = Array.from({ length: 230 }, (_, n) => ({ ...manyLines(1), path: `file-${n}.txt` }))
  docs.isFolded = true
  const { page } = await openDiff(t, 'docs', world)
  await page.getByText('at least 230 files').waitFor()
  await page.getByRole('navigation', { name: 'Changed files' }).getByText('and at least 30 more files').waitFor()
})

test('rows are as high as their content, also after it has changed', async (t) => {
  const world = seedWorld()
  const docs = named(world.worktrees, 'docs')
  const hunk = (n, at) => ({ oldStart: at, oldLines: 0, newStart: at, newLines: n, section: '', lines: Array.from({ length: n }, (_, i) => line(at + i)) })
  docs.files = [{ ...manyLines(0), hunks: [hunk(5, 1), hunk(1, 20)] }]
  const { page } = await openDiff(t, 'docs', world)
  const changes = page.getByRole('region', { name: 'Changes' })
  await changes.getByText('line 5', { exact: true }).waitFor()
  world.setFiles(docs, [{ ...manyLines(0), hunks: [hunk(1, 1), hunk(5, 20)] }], { isClean: false })
  await changes.getByText('line 24', { exact: true }).waitFor()
  const torn = await changes.evaluate((node) => [...node.firstElementChild.children].filter((row) => row.scrollHeight > row.clientHeight).map((row) => row.textContent))
  assert.deepEqual(torn, [])
})

test('the inbox shows the names of agents, and new names after a rename', async (t) => {
  const world = seedWorld()
  const { page } = await openPage(t, { world, path: '/inbox' })
  await page.getByRole('main').getByRole('link', { name: 'login doctor' }).waitFor()
  const agent = named(world.agents, 'login doctor')
  agent.name = 'gatekeeper'
  world.emitAgentChange(agent, 'agent_updated')
  await page.getByRole('main').getByRole('link', { name: 'gatekeeper' }).waitFor()
})
