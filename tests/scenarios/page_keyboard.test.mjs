// The main job by keyboard alone, with the real CLI: from a repository to its landing and back, without one click. After each key
// the focus is somewhere in sight, and what the page says is what git and the API say.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Studio } from '../harness/agents.mjs'
import { launchBrowser } from '../harness/browser.mjs'
import { claudeClis } from '../harness/clis.mjs'
import { makeFolder } from '../harness/daemon.mjs'
import { Hands } from '../harness/hands.mjs'
import { git, makeRepository } from '../harness/repository.mjs'
import { look, visit } from '../harness/visit.mjs'
import { until } from '../harness/wait.mjs'

const lines = Array.from({ length: 40 }, (_, n) => `line ${n + 1}\n`).join('')
const command = "sed -i -e 's/^line 3$/three/' -e 's/^line 33$/thirty-three/' list.txt && echo new > notes.md"
const scenarios = {
  work: [{ content: [{ text: 'I change two files.' }, { tool: 'Bash', input: { command, description: 'Change two files' } }] }, { content: [{ text: 'Both are changed.' }] }],
  wait: [{ content: [{ tool: 'Bash', input: { command: 'touch waited.txt', description: 'Wait for a person' } }] }, { content: [{ text: 'It has waited.' }] }],
  hello: [{ content: [{ text: 'Hello from the scripted model.' }] }],
}

let studio, browser, repository
const want = (...call) => studio.want(...call)
before(async () => {
  const script = path.join(await makeFolder('script'), 'scenarios.json')
  await writeFile(script, JSON.stringify({ scenarios }))
  studio = await Studio.open(claudeClis().at(-1), { script })
  repository = await makeRepository({ 'README.md': '# Keys\n', 'list.txt': lines }, 'by-keys')
  await git(repository, 'config', 'user.name', 'Test')
  await git(repository, 'config', 'user.email', 'test@example.invalid')
  await git(repository, 'branch', 'develop')
  browser = await launchBrowser()
})
after(async () => {
  await browser?.close()
  await studio?.close()
})

const agentsNow = async () => (await want(200, 'GET', '/api/agents?includeDeleted=true')).agents
const commitAt = (folder, name) => git(folder, 'rev-parse', name)

test('from a repository to its landing and back by keyboard alone', async (t) => {
  const { page, faults, close } = await visit(browser, want)
  const hands = new Hands(page)
  const button = (name, within = page) => within.getByRole('button', { name, exact: true })
  const tab = (name) => page.getByRole('tab', { name })
  const words = page.getByRole('textbox', { name: /^Message to / })
  const log = page.getByRole('log', { name: 'Transcript' })
  const changesPart = page.getByRole('region', { name: 'Changes', exact: true })
  const moment = page.getByRole('slider', { name: 'Moment' })
  let agent, tree
  let isBroken = false
  /** Each goes on where the one before has led. */
  const step = (name, run) =>
    t.test(name, { skip: isBroken }, async () => {
      isBroken = true
      await run()
      isBroken = false
    })

  /** A pane of the agent's page, by its tab. */
  async function showPane(name, key = 'Tab') {
    await hands.tabTo(page.getByRole('tab', { selected: true }), key)
    for (let n = 0; n < 8 && !(await tab(name).getAttribute('aria-selected').then((is) => is === 'true')); n++) await hands.press('ArrowRight')
    await hands.isAt(tab(name))
  }

  await step('a repository is opened by its path', async () => {
    // Nothing has the focus yet: the first keys are the page's.
    await page.keyboard.press('g', { delay: 50 })
    await hands.press('o')
    await hands.isAt(page.getByRole('textbox', { name: 'Path of the repository' }))
    await hands.type(repository)
    await hands.press('Enter')
    await hands.isAt(page.getByRole('textbox', { name: 'What should it do?' }), 'the first words')
    const { workspaces } = await want(200, 'GET', '/api/workspaces')
    assert.ok(workspaces.some((one) => one.path === repository))
    await hands.tabTo(page.getByRole('link', { name: 'Look at the workspace first' }))
    await hands.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'by-keys' }).waitFor()
    await hands.isAt(page.getByRole('main'))
  })

  await step('an agent starts in a new worktree from a branch that was chosen', async () => {
    await hands.press('n')
    const dialog = page.getByRole('dialog', { name: 'New agent' })
    await hands.isAt(dialog.getByRole('textbox', { name: 'What should it do?' }))
    await hands.type('Change two files. @@work')
    const base = dialog.getByRole('combobox', { name: 'Start from' })
    await hands.tabTo(base)
    assert.equal(await dialog.getByRole('combobox', { name: 'Worktree', exact: true }).inputValue(), 'new')
    await hands.press('ArrowDown')
    assert.equal(await base.inputValue(), 'develop')
    await hands.press('ArrowDown')
    assert.equal(await base.inputValue(), 'develop', 'the order of the branches stays')
    await hands.tabTo(button('Start', dialog))
    await hands.press('Enter')
    await hands.isAt(words)
    await log.getByText('I change two files.').waitFor()
    agent = (await agentsNow()).find(({ id }) => page.url().includes(id))
    const { worktrees } = await want(200, 'GET', `/api/workspaces/${agent.workspaceId}`)
    tree = worktrees.find(({ id }) => id === agent.worktreeId)
    assert.equal(await commitAt(tree.path, 'HEAD'), await commitAt(repository, 'develop'))
  })

  await step('its ask is answered, and the words have the focus again', async () => {
    const ask = page.getByRole('region', { name: 'Ask: Run a command' })
    await ask.waitFor()
    await hands.press('Alt+.')
    await hands.isAt(ask)
    await ask.getByText(command).waitFor()
    await look(page)
    await hands.press('a')
    await log.getByText('Both are changed.').waitFor()
    await hands.isAt(words)
    const { asks } = await want(200, 'GET', '/api/asks?state=answered')
    assert.deepEqual(asks.map(({ decision }) => decision), ['allow'])
    assert.equal(await readFile(path.join(tree.path, 'notes.md'), 'utf8'), 'new\n')
  })

  await step('the diff is read by file and by hunk, and a line gets a comment that goes with the next message', async () => {
    await hands.tabTo(changesPart)
    const diff = await git(tree.path, 'diff', 'develop', '--', 'list.txt')
    for (const line of diff.split('\n').filter((one) => /^[+-][^+-]/.test(one))) await changesPart.getByText(line.slice(1), { exact: true }).waitFor()
    await hands.press('j', 2)
    await hands.press('ArrowDown', 5)
    await hands.press('c')
    const box = page.getByRole('textbox', { name: /^Comment on line / })
    await hands.isAt(box)
    await hands.type('Say thirty three without a dash.')
    await hands.press('Control+Enter')
    await hands.isAt(changesPart)
    const route = `/api/workspaces/${agent.workspaceId}/worktrees/${tree.id}/comments`
    const [comment] = (await want(200, 'GET', route)).comments
    assert.deepEqual([comment.path, comment.body, comment.sentAt], ['list.txt', 'Say thirty three without a dash.', undefined])
    await hands.press('v')
    await page.getByRole('checkbox', { name: 'Viewed list.txt' }).and(page.locator('[aria-checked=true]')).waitFor()
    await hands.press('n')
    await page.getByRole('navigation', { name: 'Changed files' }).getByRole('button', { name: /notes\.md/ }).and(page.locator('[aria-current]')).waitFor()
    await hands.isAt(changesPart)
    await hands.tabTo(words, 'Shift+Tab')
    await hands.type('See my comment. @@hello')
    await hands.press('Enter')
    await log.getByText('Hello from the scripted model.').waitFor()
    await hands.isAt(words)
    await log.getByText('Say thirty three without a dash.').waitFor()
    await until(async () => (await want(200, 'GET', route)).comments[0].sentAt !== undefined, 'the comment is sent')
  })

  await step('a prompt waits behind an ask and is edited in the queue', async () => {
    await hands.type('Now wait. @@wait')
    await hands.press('Enter')
    const ask = page.getByRole('region', { name: 'Ask: Run a command' })
    await ask.waitFor()
    await hands.type('Say it. @@hello')
    await hands.press('Enter')
    const queue = page.getByRole('list', { name: 'Queued messages' })
    await queue.getByText('Say it. @@hello').waitFor()
    // As the ask says; the queue is between it and the words.
    await hands.press('Shift+Tab')
    await hands.isAt(ask)
    await hands.tabTo(button('Edit', queue).last())
    await hands.press('Enter')
    await hands.isAt(page.getByRole('textbox', { name: 'Queued prompt' }))
    await hands.press('End')
    await hands.type(' Twice.')
    await hands.press('Enter')
    await queue.getByText('Say it. @@hello Twice.').waitFor()
    await hands.isAt(words)
    const { messages } = await want(200, 'GET', `/api/agents/${agent.id}/messages`)
    assert.ok(messages.some(({ content }) => content === 'Say it. @@hello Twice.'))
    await hands.press('Alt+.')
    await hands.isAt(ask)
    await look(page)
    await hands.press('a')
    await log.getByText('It has waited.').waitFor()
    await log.getByText('Say it. @@hello Twice.').waitFor()
    await hands.isAt(words)
    await page.getByRole('main').getByText('Finished').first().waitFor()
  })

  await step('a terminal opens with the keyboard, and gives it back', async () => {
    await showPane('Terminal')
    await hands.tabTo(button('New shell').last())
    await hands.press('Enter')
    await hands.isAt(page.getByRole('textbox', { name: 'Terminal input' }))
    await hands.type('printf typed > by-hand.txt')
    await hands.press('Enter')
    const file = path.join(tree.path, 'by-hand.txt')
    await until(() => readFile(file, 'utf8').then((text) => text === 'typed', () => false), 'the shell has run it')
    await hands.press('Control+Shift+E')
    await hands.isAt(button('Terminals'))
  })

  await step('a file is opened, edited and saved', async () => {
    await showPane('Files', 'Shift+Tab')
    const files = page.getByRole('tree', { name: 'Files' })
    await hands.tabTo(files)
    await files.getByRole('treeitem', { name: /^by-hand\.txt/ }).waitFor()
    const names = (await files.getByRole('treeitem').allInnerTexts()).map((text) => text.split('\n')[0].trim())
    await hands.press('ArrowDown', names.indexOf('by-hand.txt'))
    await hands.press('Enter')
    await hands.isAt(page.getByRole('textbox', { name: 'Content of by-hand.txt' }))
    await hands.press('Control+End')
    await hands.type(' and edited')
    await page.getByText('Not saved').waitFor()
    await hands.press('Control+s')
    await page.getByRole('status').getByText(/^\d+ B$/).waitFor()
    assert.equal(await readFile(path.join(tree.path, 'by-hand.txt'), 'utf8'), 'typed and edited')
    await hands.press('Escape')
    await hands.isAt(files)
  })

  await step('everything is committed', async () => {
    await showPane('Diff', 'Shift+Tab')
    const menu = button(/^Commit and push/)
    await hands.tabTo(menu)
    await hands.press('Enter')
    await hands.isAt(page.getByRole('menuitem', { name: 'Commit…' }))
    await hands.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Commit' })
    await hands.isAt(dialog.getByRole('textbox', { name: 'Message' }))
    await hands.press('Control+a')
    await hands.type('Change what was asked')
    await hands.tabTo(button('Commit', dialog).last())
    await hands.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await hands.isAt(menu)
    assert.equal(await git(tree.path, 'log', '-1', '--format=%s'), 'Change what was asked')
    assert.equal(await git(tree.path, 'status', '--porcelain'), '')
  })

  await step('it is reviewed and landed, the landing is undone, and done again', async () => {
    const main = () => commitAt(repository, 'main')
    const first = await main()
    await hands.tabTo(page.getByRole('link', { name: 'Review', exact: true }), 'Shift+Tab')
    await hands.press('Enter')
    const merge = page.getByRole('complementary', { name: 'Merge' })
    await button(/^Land/, merge).waitFor()
    await hands.isAt(page.getByRole('main'))
    for (const round of ['landed', 'landed again']) {
      await hands.press('Control+Enter')
      const undo = button(/^Undo/, merge)
      await undo.waitFor()
      assert.notEqual(await main(), first, round)
      assert.equal(await git(repository, 'show', 'main:notes.md'), 'new')
      if (round === 'landed again') break
      await hands.tabTo(undo)
      await hands.press('Enter')
      await until(async () => (await main()) === first, 'main is where it was')
      await button(/^Land/, merge).waitFor()
    }
  })

  await step('the agent is archived, and `u` brings it back', async () => {
    await hands.press('g')
    await hands.press('b')
    await hands.isAt(page.getByRole('main'))
    const link = page.getByRole('main').getByRole('link', { name: agent.name, exact: true })
    await link.waitFor()
    await hands.press('j')
    await hands.tabTo(link)
    await hands.press('Enter')
    await hands.isAt(words)
    await hands.tabTo(button(`More about ${agent.name}`), 'Shift+Tab')
    await hands.press('Enter')
    await hands.press('End')
    await hands.isAt(page.getByRole('menuitem', { name: 'Archive' }))
    await hands.press('Enter')
    await page.getByRole('status').getByText(/^Archived/).waitFor()
    await hands.isAt(page.getByRole('main'))
    assert.notEqual((await agentsNow()).find(({ id }) => id === agent.id).deletedAt, undefined)
    await hands.press('u')
    await page.getByRole('main').getByRole('link', { name: agent.name, exact: true }).waitFor()
    assert.equal((await agentsNow()).find(({ id }) => id === agent.id).deletedAt, undefined)
  })

  await step('find and the time bar lead away and back', async () => {
    await hands.press('j')
    await hands.tabTo(page.getByRole('main').getByRole('link', { name: agent.name, exact: true }))
    await hands.press('Enter')
    await hands.isAt(words)
    await hands.type('A draft')
    await hands.press('Control+f')
    await hands.isAt(page.getByRole('searchbox', { name: 'Find in this transcript' }))
    await hands.type('changed')
    await hands.press('Enter')
    await page.getByRole('search').getByText(/^\d+ of \d+$/).waitFor()
    await hands.press('Escape')
    await hands.isAt(words)
    assert.equal(await words.inputValue(), 'A draft')
    await hands.tabTo(moment)
    await hands.press('ArrowLeft')
    await hands.isAt(moment)
    assert.match(page.url(), /[?&]at=/)
    await hands.press('End')
    await hands.isAt(moment)
    assert.doesNotMatch(page.url(), /[?&]at=/)
  })

  await step('a setting is changed, and the sheet of keys opens and closes', async () => {
    await hands.press('g')
    await hands.press('s')
    await hands.isAt(page.getByRole('main'))
    await hands.press('/')
    await hands.isAt(page.getByRole('searchbox', { name: /find/i }))
    await hands.type('Confirm delete')
    const control = page.getByRole('main').getByRole('switch', { name: 'Confirm delete' })
    const setting = async () => (await want(200, 'GET', '/api/settings')).settings.find(({ name }) => name === 'confirm_delete').value
    assert.equal(await setting(), 'true')
    await hands.tabTo(control)
    await hands.press('Space')
    await control.and(page.locator('[aria-checked=false]')).waitFor()
    await until(async () => (await setting()) === 'false', 'the setting is stored')
    await hands.isAt(control)
    await hands.press('u')
    await until(async () => (await setting()) === 'true', 'the setting is as it was')
    await hands.press('?')
    const sheet = page.getByRole('dialog', { name: /keys|shortcuts/i })
    await sheet.getByText('next that needs you').first().waitFor()
    await hands.press('Escape')
    await sheet.waitFor({ state: 'detached' })
    await hands.isAt(control)
  })

  assert.deepEqual(faults, [])
  await close()
})
