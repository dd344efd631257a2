// What a worktree changed: reading it, commenting on it, and what becomes of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, paths, phone, useStage } from '../../web/mock/harness.mjs'
import { bigDiff, changeGit } from '../../web/mock/ops_diff.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()

async function openDiff(t, { name = 'fix-login', world = seedWorld(), search = '', ...options } = {}) {
  const opened = await openPage(t, { world, path: paths.diff(world, name) + search, ...options })
  return { ...opened, changes: opened.page.getByRole('region', { name: 'Changes' }), files: opened.page.getByRole('navigation', { name: 'Changed files' }), worktree: named(world.worktrees, name) }
}

const line = (n) => ({ type: 'added', newLine: n, text: `line ${n}` })
function manyLines(n, path = 'large.txt') {
  const lines = Array.from({ length: n }, (_, place) => line(place + 1))
  const hunks = [{ id: path, oldStart: 0, oldLines: 0, newStart: 1, newLines: n, section: '', lines }]
  return { path, status: 'modified', added: n, removed: 0, isBinary: false, truncated: false, hunks }
}
const untracked = (file) => ({ ...file, status: 'untracked' })

test('files with their numbers, their changed lines, and a binary by its size', async (t) => {
  const { page, changes, files } = await openDiff(t)
  await files.getByRole('button', { name: /M.*login\.ts.*5 lines added.*3 lines removed/ }).waitFor()
  await changes.getByText('burnTime').waitFor()
  await changes.getByText('A binary file of 68 B: its bytes are not shown.').waitFor()
  await changes.getByText('new file, staged').waitFor()
  await checkStill(page)
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
})

test('on a phone the list is above the lines', async (t) => {
  const { page, changes } = await openDiff(t, { device: phone, theme: 'dark' })
  await changes.getByText('burnTime').waitFor()
  await checkWidth(page)
  await checkAccess(page)
})

test('what is equal says with what, and a diff that cannot be read can be tried again', async (t) => {
  const world = seedWorld()
  const { page, changes } = await openDiff(t, { world, name: 'docs' })
  await page.getByRole('heading', { name: 'Equal to HEAD' }).waitFor()
  await page.getByRole('button', { name: 'What is compared' }).click()
  await page.getByRole('menuitem', { name: /^Against main/ }).click()
  await page.getByRole('heading', { name: 'Equal to main' }).waitFor()
  world.failing.add('get_worktree_diff')
  await page.reload()
  const failure = page.getByRole('alert').filter({ hasText: 'The diff could not be read' })
  await failure.waitFor()
  world.failing.clear()
  named(world.worktrees, 'docs').files = [manyLines(2)]
  await failure.getByRole('button', { name: 'Try again' }).click()
  await changes.getByText('line 2', { exact: true }).waitFor()
})

test('the number of the tab is that of the list below it, whatever is compared', async (t) => {
  const world = seedWorld()
  const row = named(world.worktrees, 'fix-login')
  const several = (...names) => names.map((name) => manyLines(1, name))
  row.diffs = { base: several('a', 'b', 'c', 'd'), head: several('a', 'b') }
  const agent = [...world.agents.values()].find(({ worktreeId }) => worktreeId === row.id)
  const { page } = await openPage(t, { world, path: `/w/${row.workspaceId}/a/${agent.id}?pane=diff`, device: { viewport: { width: 1440, height: 900 } } })
  const rows = page.getByRole('navigation', { name: 'Changed files' }).getByRole('button')
  const listed = async (count) => {
    await page.getByRole('tab', { name: new RegExp(`^Diff ?${count}$`) }).waitFor()
    assert.equal(await rows.count(), count)
  }
  await rows.nth(3).waitFor()
  await listed(4)
  await page.getByRole('button', { name: 'What is compared' }).click()
  await page.getByRole('menuitem', { name: /^Against HEAD/ }).click()
  await listed(2)
})

test('a diff that nothing keeps true says so, and one that was not read while the daemon was away is read when it is back', async (t) => {
  const world = seedWorld()
  const row = named(world.worktrees, 'fix-login')
  world.refusing.add(`workspace/${row.workspaceId}`)
  const { page, mock, changes } = await openDiff(t, { world })
  const failure = page.getByRole('alert').filter({ hasText: 'The diff could not be read again' })
  await changes.getByText('burnTime').waitFor()
  await failure.waitFor()
  world.refusing.clear()
  await failure.getByRole('button', { name: 'Try again' }).click()
  await failure.waitFor({ state: 'detached' })
  world.setFiles(row, [manyLines(3)], { isClean: false })
  await changes.getByText('line 3', { exact: true }).waitFor()

  world.failing.add('get_worktree_diff')
  world.setFiles(row, [manyLines(4)], { isClean: false })
  await failure.waitFor()
  mock.cut()
  await page.getByRole('contentinfo').getByText('Offline').waitFor()
  world.failing.clear()
  mock.mend()
  await changes.getByText('line 4', { exact: true }).waitFor()
  await failure.waitFor({ state: 'detached' })
})

test('the diff is live, and only what is seen is read again', async (t) => {
  const world = seedWorld()
  const { changes, worktree, mock, page } = await openDiff(t, { world, name: 'docs' })
  await page.getByRole('heading', { name: 'Equal to HEAD' }).waitFor()
  world.setFiles(worktree, [manyLines(3)], { isClean: false, modified: ['large.txt'] })
  await changes.getByText('line 3').waitFor()
  mock.calls.length = 0
  world.setFiles(worktree, [manyLines(4)], { isClean: false })
  await changes.getByText('line 4').waitFor()
  assert.deepEqual(mock.calls.filter((op) => op === 'get_workspace'), [])
})

const topOf = async (changes, text) => (await changes.getByText(text, { exact: true }).boundingBox()).y

test('a change above leaves the text that is being read in place', async (t) => {
  const world = seedWorld()
  const old = manyLines(400)
  named(world.worktrees, 'docs').files = [old]
  const { changes, files, worktree } = await openDiff(t, { world, name: 'docs' })
  await changes.getByText('line 5', { exact: true }).waitFor()
  await changes.evaluate((node) => node.scrollTo(0, 4000))
  await changes.getByText('line 200', { exact: true }).waitFor()
  const before = await topOf(changes, 'line 200')
  world.setFiles(worktree, [manyLines(60, 'a-file.txt'), old], { isClean: false })
  await files.getByRole('button', { name: /a-file/ }).waitFor()
  assert.equal(await topOf(changes, 'line 200'), before)
  const more = [...Array.from({ length: 30 }, () => line(1)), ...old.hunks[0].lines].map((one, place) => ({ ...one, newLine: place + 1 }))
  world.setFiles(worktree, [{ ...old, added: more.length, hunks: [{ ...old.hunks[0], newLines: more.length, lines: more }] }], { isClean: false })
  await files.getByRole('button', { name: /a-file/ }).waitFor({ state: 'detached' })
  await files.getByRole('button', { name: /430 lines added/ }).waitFor()
  assert.equal(await topOf(changes, 'line 200'), before)
})

test('a viewed file keeps its tick over a reload, and loses it when it changes', async (t) => {
  const { page, changes, files, world, worktree } = await openDiff(t)
  await changes.getByText('burnTime').waitFor()
  await page.keyboard.press('v')
  await changes.getByRole('checkbox', { name: 'Viewed src/auth/login.ts' }).and(page.locator('[aria-checked=true]')).waitFor()
  await files.getByRole('button', { name: /^viewed/ }).waitFor()
  await page.keyboard.press('n')
  await files.locator('[aria-current=true]').getByText('login.test.ts').waitFor()
  await page.reload()
  await files.getByRole('button', { name: /^viewed/ }).waitFor()
  const [first, ...rest] = worktree.files
  const [hunk] = first.hunks
  const edited = { ...first, hunks: [{ ...hunk, lines: hunk.lines.map((one) => (one.newLine === 15 ? { ...one, text: '  if (!user) {' } : one)) }] }
  world.setFiles(worktree, [edited, ...rest], {})
  await changes.getByText('changed since you viewed it').waitFor()
  await files.getByRole('button', { name: /^changed since you viewed it/ }).waitFor()
})

test('keys go from hunk to hunk; a line is commented on, the text survives a reload, and the agent gets it', async (t) => {
  const { page, changes, worktree } = await openDiff(t)
  await changes.getByText('burnTime').waitFor()
  await changes.focus()
  await page.keyboard.press('j')
  for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await page.getByRole('button', { name: 'Copy 2 lines' }).waitFor()
  await page.keyboard.press('c')
  const field = page.getByRole('textbox', { name: 'Comment on lines 14 to 15 before the change' })
  await field.fill('Why not keep the name?')
  await page.reload()
  await field.waitFor()
  assert.equal(await field.inputValue(), 'Why not keep the name?')
  await field.press('Control+Enter')
  await changes.getByText('Lines 14 to 15: Why not keep the name?').waitFor()
  await page.getByText('not sent yet', { exact: true }).waitFor()
  await checkAccess(page)
  await page.getByRole('button', { name: 'Send now' }).last().click()
  await page.getByText('1 comment sent').waitFor()
  assert.ok(worktree.comments[0].sentAt)
})

test('what is typed while a comment is being stored stays', async (t) => {
  const { page, changes, world } = await openDiff(t)
  await changes.getByText('burnTime').waitFor()
  await changes.focus()
  await page.keyboard.press('j')
  for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('c')
  const field = page.getByRole('textbox', { name: /^Comment on line/ })
  await field.fill('Why?')
  world.slownessMs.create_comment = 500
  await field.press('Control+Enter')
  await field.pressSequentially(' Because')
  await page.getByText('not sent yet', { exact: true }).waitFor()
  assert.equal(await field.inputValue(), 'Why? Because')
  await field.press('Escape')
  await changes.getByRole('button', { name: 'Edit', exact: true }).click()
  await field.fill('Why so?')
  world.slownessMs.update_comment = 500
  await field.press('Control+Enter')
  await field.pressSequentially(' Really')
  await page.waitForLoadState('networkidle')
  assert.equal(await field.inputValue(), 'Why so? Really')
})

test('a comment whose line is gone says so; one can be edited and deleted, and that undone', async (t) => {
  const world = seedWorld()
  const { id: worktreeId, workspaceId } = named(world.worktrees, 'fix-login')
  const row = { workspaceId, worktreeId, path: 'src/auth/login.ts', side: 'new', lineText: 'x', isOutdated: false, createdAt: world.now(), updatedAt: world.now() }
  const second = { ...row, id: `cmt_${'2'.repeat(26)}`, line: 3, isOutdated: true, body: 'Gone by now' }
  named(world.worktrees, 'fix-login').comments = [{ ...row, id: `cmt_${'1'.repeat(26)}`, line: 15, body: 'Not strict enough' }, second]
  const { page, changes } = await openDiff(t, { world })
  await changes.getByText('was on line 3, outdated: that line is gone').waitFor()
  const comment = changes.getByRole('article', { name: 'Comment on line 15' })
  await comment.getByRole('button', { name: 'Edit' }).click()
  await changes.getByRole('textbox', { name: 'Comment on line 15' }).fill('Strict enough')
  await page.reload()
  assert.equal(await changes.getByRole('textbox', { name: 'Comment on line 15' }).inputValue(), 'Strict enough')
  await changes.getByRole('button', { name: 'Save' }).click()
  await comment.getByText('Strict enough', { exact: true }).waitFor()
  await comment.getByRole('button', { name: 'Delete' }).press('Enter')
  await comment.waitFor({ state: 'detached' })
  // What had the focus is gone; what was beside it has it.
  await changes.and(page.locator(':focus-within')).waitFor()
  await page.getByRole('status').getByRole('button', { name: /^Undo/ }).click()
  await comment.waitFor()
})

test('a deleted comment that was sent, and one whose line is gone, come back as they were', async (t) => {
  const world = seedWorld()
  const worktree = named(world.worktrees, 'fix-login')
  const row = { workspaceId: worktree.workspaceId, worktreeId: worktree.id, path: 'src/auth/login.ts', side: 'new', lineText: 'x', createdAt: world.now(), updatedAt: world.now() }
  const sent = { ...row, id: `cmt_${'1'.repeat(26)}`, line: 15, isOutdated: false, body: 'Was sent', sentAt: world.now(), messageId: `msg_${'1'.repeat(26)}` }
  worktree.comments = [sent, { ...row, id: `cmt_${'2'.repeat(26)}`, line: 4000, isOutdated: true, body: 'Was on a line that is gone' }]
  const { page, changes } = await openDiff(t, { world })
  const before = structuredClone(worktree.comments)
  for (const line of [15, 4000]) {
    const comment = changes.getByRole('article', { name: `Comment on line ${line}` })
    await comment.getByRole('button', { name: 'Delete' }).press('Enter')
    await comment.waitFor({ state: 'detached' })
    await page.getByRole('status').getByRole('button', { name: /^Undo/ }).first().click()
    await comment.getByText(line === 15 ? /, sent / : 'outdated: that line is gone').waitFor()
    await page.getByRole('status').getByRole('button', { name: /^Undo/ }).waitFor({ state: 'detached' })
  }
  assert.deepEqual(worktree.comments.toSorted((a, b) => a.line - b.line), before)
})

test('of many acts that can be undone the last ones are offered, and all are in the list', async (t) => {
  const world = seedWorld()
  const worktree = named(world.worktrees, 'fix-login')
  const row = { workspaceId: worktree.workspaceId, worktreeId: worktree.id, path: 'src/auth/login.ts', side: 'new', lineText: 'x', isOutdated: false, createdAt: world.now(), updatedAt: world.now() }
  worktree.comments = Array.from({ length: 6 }, (_, n) => ({ ...row, id: `cmt_${String(n).repeat(26)}`, line: 15, body: `Remark ${n}` }))
  const { page, changes } = await openDiff(t, { world })
  for (let n = 0; n < 6; n++) {
    const comment = changes.getByRole('article').filter({ hasText: `Remark ${n}` })
    await comment.getByRole('button', { name: 'Delete' }).press('Enter')
    await comment.waitFor({ state: 'detached' })
  }
  const offered = page.getByRole('status').getByRole('button', { name: /^Undo/ })
  await offered.first().waitFor()
  assert.equal(await offered.count(), 3)
  await page.getByRole('button', { name: 'Undo', exact: true }).and(page.locator('[aria-haspopup]')).click()
  await page.getByRole('menuitem', { name: /Comment deleted/ }).first().waitFor()
  assert.equal(await page.getByRole('menuitem', { name: /Comment deleted/ }).count(), 6)
})

test('white space can be ignored and lines wrapped, and both are remembered', async (t) => {
  const world = seedWorld()
  const lines = [
    { type: 'removed', oldLine: 1, text: 'one' },
    { type: 'added', newLine: 1, text: '  one' },
    { type: 'added', newLine: 2, text: `two ${'x'.repeat(400)}` },
  ]
  named(world.worktrees, 'docs').files = [{ ...manyLines(0), hunks: [{ oldStart: 1, oldLines: 1, newStart: 1, newLines: 2, section: '', lines }] }]
  const { page, changes } = await openDiff(t, { world, name: 'docs' })
  await changes.getByText('Removed:').waitFor({ state: 'attached' })
  const overflow = () => changes.evaluate((node) => node.scrollWidth - node.clientWidth)
  assert.ok((await overflow()) > 0)
  await page.keyboard.press('i')
  await changes.getByText('Removed:').waitFor({ state: 'detached' })
  await page.keyboard.press('w')
  await page.waitForFunction(() => {
    const node = document.querySelector('[aria-label=Changes]')
    return node.scrollWidth === node.clientWidth
  })
  await page.reload()
  await changes.getByText('one').waitFor()
  await changes.getByText('Removed:').waitFor({ state: 'detached' })
})

test('unchanged lines around a hunk can be shown', async (t) => {
  const { changes } = await openDiff(t)
  await changes.getByText('burnTime').waitFor()
  await changes.getByRole('button', { name: 'Show 11 lines above' }).click()
  await changes.getByText('// line 2 of the file as it is').waitFor()
  await changes.getByRole('button', { name: 'Show 2 lines below' }).click()
  await changes.getByText('logout').waitFor()
})

test('a hunk is staged, a file discarded and brought back', async (t) => {
  const { page, changes, worktree, world } = await openDiff(t)
  worktree.files[0].hunks[0].id = 'h1'
  world.setFiles(worktree, worktree.files, {})
  await changes.getByText('burnTime').waitFor()
  await changes.getByRole('button', { name: 'Stage', exact: true }).click()
  await changes.getByText('staged', { exact: true }).waitFor()
  assert.ok(worktree.git.staged.includes('src/auth/login.ts'))
  await changes.getByRole('button', { name: 'More for src/auth/login.test.ts' }).click()
  await page.getByRole('menuitem', { name: /^Discard changes.*set aside/ }).click()
  await page.getByText('Removed login.test.ts. It is set aside.').waitFor()
  await changes.getByText("from 'vitest'").waitFor({ state: 'detached' })
  await page.getByRole('status').getByRole('button', { name: /^Undo/ }).click()
  await changes.getByRole('heading', { name: /login\.test\.ts/ }).waitFor()
})

test('each discard comes back by itself, in any order', async (t) => {
  const { page, changes } = await openDiff(t)
  const head = (name) => changes.getByRole('heading', { name })
  for (const path of [/login\.ts/, /login\.test\.ts/]) {
    await head(path).waitFor()
    await changes.getByRole('button', { name: new RegExp(`^More for .*${path.source}`) }).click()
    await page.getByRole('menuitem', { name: /^Discard changes.*set aside/ }).click()
    await head(path).waitFor({ state: 'detached' })
  }
  const undo = page.getByRole('status').getByRole('button', { name: /^Undo/ })
  await undo.first().click()
  await head(/login\.ts/).waitFor()
  await undo.click()
  await head(/login\.test\.ts/).waitFor()
})

test('what is staged is committed, and the branch is pushed', async (t) => {
  const { page, files, worktree } = await openDiff(t)
  await page.getByRole('button', { name: 'Commit and push: 2 ahead, 0 behind' }).click()
  await page.getByRole('menuitem', { name: /^Commit/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Commit' })
  await dialog.getByText('1 file on fix-login').waitFor()
  await dialog.getByLabel('Message').fill('refused by a hook')
  await dialog.getByRole('button', { name: 'Commit', exact: true }).click()
  await dialog.getByText('The hook pre-commit refused: no tests').waitFor()
  await dialog.getByLabel('Message').fill('Draw the flow')
  await dialog.getByRole('button', { name: 'Commit', exact: true }).click()
  await page.getByText('Committed: Draw the flow').waitFor()
  await files.getByRole('button', { name: /flow\.png/ }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Commit and push: 3 ahead, 0 behind' }).click()
  await page.getByRole('menuitem', { name: /^Push/ }).click()
  await page.getByText('Pushed to origin/fix-login').waitFor()
  assert.equal(worktree.git.ahead, 0)
})

test('the branch is pulled from the menu, which says how far it is behind', async (t) => {
  const { page, worktree, world, mock } = await openDiff(t)
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  changeGit(world, worktree, () => ({ behind: 3, upstream: 'origin/fix-login' }))
  await page.getByRole('button', { name: 'Commit and push: 2 ahead, 3 behind' }).click()
  await page.getByRole('menuitem', { name: 'Pull 3 commits' }).click()
  await page.getByText('Pulled', { exact: true }).waitFor()
  assert.deepEqual(mock.calls.filter((op) => op === 'pull_branch'), ['pull_branch'])
  await page.getByRole('button', { name: 'Commit and push: 2 ahead, 0 behind' }).click()
  await page.getByRole('menuitem', { name: 'Pull', exact: true }).waitFor()
})

test('the page of an agent goes on following it after the dialog to commit was open', async (t) => {
  const world = seedWorld()
  const agent = named(world.agents, 'tester')
  const { page } = await openPage(t, { world, path: `${paths.agent(world, 'tester')}?pane=diff` })
  await page.getByRole('main').getByText('Finished').first().waitFor()
  await page.getByRole('button', { name: /^Commit/ }).click()
  await page.getByRole('menuitem', { name: /^Commit/ }).click()
  await page.waitForFunction(() => document.querySelector('dialog textarea')?.value === 'tester')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  world.setStatus(agent, 'running', 'working')
  await page.getByRole('button', { name: 'Stop', exact: true }).waitFor()
})

test('where nothing is staged, all is committed with its new files, or what git tracks alone', async (t) => {
  const { page, worktree, mock } = await openDiff(t)
  await page.getByRole('button', { name: /^Commit and push/ }).click()
  await page.getByRole('menuitem', { name: /^Commit/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Commit' })
  const extent = dialog.getByRole('radiogroup', { name: 'What is committed' })
  await extent.getByRole('radio', { name: /^Changed/ }).click()
  await dialog.getByText(/new files? left out/).waitFor()
  await extent.getByRole('radio', { name: /^New files too/ }).click()
  await dialog.getByText(/new files? left out/).waitFor({ state: 'detached' })
  await dialog.getByLabel('Message').fill('All of it')
  await dialog.getByRole('button', { name: 'Commit', exact: true }).click()
  await page.getByText('Committed: All of it').waitFor()
  assert.deepEqual(mock.calls.filter((op) => op === 'stage_changes' || op === 'commit_changes'), ['commit_changes'], 'one call')
  assert.deepEqual(worktree.git.untracked, [])
})

test('a commit is undone by its toast, by u and from the list; where that fails, it can be tried again', async (t) => {
  const { page, worktree, files, world } = await openDiff(t)
  const before = { ...worktree.git }
  const dialog = page.getByRole('dialog', { name: 'Commit' })
  const commit = async () => {
    await page.getByRole('button', { name: /^Commit and push/ }).click()
    await page.getByRole('menuitem', { name: /^Commit/ }).click()
    await dialog.getByRole('radio', { name: /^New files too/ }).click()
    await dialog.getByLabel('Message').fill('Too early')
    await dialog.getByRole('button', { name: 'Commit', exact: true }).click()
    await page.getByText('Committed: Too early').waitFor()
    await files.getByRole('button').first().waitFor({ state: 'detached' })
  }
  await commit()
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
  await files.getByRole('button').first().waitFor()
  assert.deepEqual([worktree.git.staged.toSorted(), worktree.git.modified], [[...before.staged, ...before.modified, ...before.untracked].toSorted(), []], 'what was committed is staged')
  await page.getByRole('button', { name: /^Commit and push/ }).click()
  await page.getByRole('menuitem', { name: /^Commit/ }).click()
  await page.waitForFunction(() => document.querySelector('dialog textarea')?.value === 'Too early')
  await page.keyboard.press('Escape')
  await commit()
  world.failing.add('undo_commit')
  await page.keyboard.press('u')
  await page.getByRole('status').getByRole('button', { name: 'Dismiss' }).first().waitFor()
  world.failing.delete('undo_commit')
  await page.keyboard.press('u')
  await files.getByRole('button').first().waitFor()
})

test('a message that was begun after a commit stays when the commit is undone', async (t) => {
  const { page } = await openDiff(t)
  const dialog = page.getByRole('dialog', { name: 'Commit' })
  const open = async () => {
    await page.getByRole('button', { name: /^Commit and push/ }).click()
    await page.getByRole('menuitem', { name: /^Commit/ }).click()
  }
  await open()
  await dialog.getByText('1 file on fix-login').waitFor()
  await dialog.getByLabel('Message').fill('Too early')
  await dialog.getByRole('button', { name: 'Commit', exact: true }).click()
  await page.getByText('Committed: Too early').waitFor()
  await page.getByRole('button', { name: 'Commit and push: 3 ahead, 0 behind' }).waitFor()
  await open()
  await dialog.getByLabel('Message').fill('The next one')
  await page.keyboard.press('Escape')
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('button', { name: 'Commit and push: 2 ahead, 0 behind' }).waitFor()
  await open()
  assert.equal(await dialog.getByLabel('Message').inputValue(), 'The next one')
})

test('a commit that is refused keeps the focus where it was', async (t) => {
  const { page } = await openDiff(t)
  await page.getByRole('button', { name: /^Commit and push/ }).click()
  await page.getByRole('menuitem', { name: /^Commit/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Commit' })
  await dialog.getByLabel('Message').fill('refused by a hook')
  await dialog.getByRole('button', { name: 'Commit', exact: true }).click()
  await dialog.getByText('Nothing was committed').waitFor()
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Commit')
})

test('an amend begins with the last message, and a commit that has begun ends without its dialog', async (t) => {
  const world = seedWorld()
  named(world.worktrees, 'fix-login').headMessage = 'Burn the time\n\nOf a login that fails.'
  const { page, worktree } = await openDiff(t, { world })
  const dialog = page.getByRole('dialog')
  const open = async () => {
    await page.getByRole('button', { name: /^Commit and push/ }).click()
    await page.getByRole('menuitem', { name: /^Commit/ }).click()
  }
  await open()
  await dialog.getByRole('checkbox', { name: 'Amend the last commit' }).check()
  const message = dialog.getByLabel('Message')
  await page.waitForFunction(() => document.querySelector('dialog textarea')?.value.startsWith('Burn the time\n\nOf'))
  await dialog.getByRole('region', { name: 'Files of the last commit' }).getByText(/^It keeps \d+ files? of the last commit:$/).waitFor()
  await message.fill('')
  assert.equal(await message.inputValue(), '')
  await message.fill('Burn the time always')
  await dialog.getByRole('button', { name: 'Amend', exact: true }).click()
  await page.getByText('Amended: Burn the time always.').waitFor()
  world.slownessMs.commit_changes = 400
  await open()
  await dialog.getByRole('radio', { name: /^New files too/ }).click()
  await message.fill('All of it')
  await dialog.getByRole('button', { name: 'Commit', exact: true }).click()
  await page.keyboard.press('Escape')
  await page.getByText('Committed: All of it').waitFor()
  assert.deepEqual(worktree.git.untracked, [])
})

test('a link leads to a line, far down and on the side before', async (t) => {
  const world = seedWorld()
  named(world.worktrees, 'docs').files = bigDiff(300, 100)
  const { page, changes } = await openDiff(t, { world, name: 'docs', search: '&file=src%2Fpart02%2Ffile0250.ts&line=o85' })
  await changes.locator('[data-mark=cursor]').getByText("value84 = compute(250, '84')").or(changes.locator('[data-mark=cursor]', { hasText: "compute(250, '84')" })).first().waitFor()
  await page.getByRole('button', { name: 'Copy link' }).waitFor()
})

test('2,000 files with 200,000 lines are one list of few nodes', async (t) => {
  const world = seedWorld()
  named(world.worktrees, 'docs').files = bigDiff(2000, 100)
  const { page, changes, files } = await openDiff(t, { world, name: 'docs' })
  await changes.getByText('compute', { exact: true }).first().waitFor()
  await files.getByRole('button', { name: /file0003/ }).getByText('10').first().waitFor()
  const nodes = () => page.evaluate(() => document.querySelectorAll('*').length)
  assert.ok((await nodes()) <= 2000, `${await nodes()} nodes`)
  await changes.evaluate((node) => node.scrollTo(0, node.scrollHeight / 2))
  await changes.getByText(/file 9\d\d$/).or(changes.getByText(/file 10\d\d$/)).first().waitFor()
  assert.ok((await nodes()) <= 2000, `${await nodes()} nodes`)
})

test('a line of megabytes is cut, and shown further when asked', async (t) => {
  const world = seedWorld()
  const text = `{${'"key":1,'.repeat(8191)}`
  named(world.worktrees, 'docs').files = [{ ...manyLines(1), hunks: [{ ...manyLines(1).hunks[0], lines: [{ type: 'added', newLine: 1, text, isCut: true }] }] }]
  const { changes } = await openDiff(t, { world, name: 'docs' })
  await changes.getByRole('button', { name: /^Show 63\.5 k more characters/ }).click()
  await changes.getByText('The line is longer; only its beginning is shown.').waitFor()
})

test('lines that differ only in their ending do not look equal', async (t) => {
  const world = seedWorld()
  const lines = [
    { type: 'removed', oldLine: 1, text: 'one\r' },
    { type: 'added', newLine: 1, text: 'one' },
    { type: 'removed', oldLine: 2, text: 'two', noNewline: true },
    { type: 'added', newLine: 2, text: 'two' },
  ]
  named(world.worktrees, 'docs').files = [{ ...manyLines(0), hunks: [{ oldStart: 1, oldLines: 2, newStart: 1, newLines: 2, section: '', lines }] }]
  const { changes } = await openDiff(t, { world, name: 'docs' })
  await changes.getByText('no newline at the end of the file').waitFor()
  const shown = await changes.locator('[data-mark]').allInnerTexts()
  assert.equal(new Set(shown.map((text) => text.replace(/\s+/g, ' ').replace(/^\d+ (Added|Removed): [+−] /, ''))).size, 4)
})

test('a name that would read backwards shows why', async (t) => {
  const world = seedWorld()
  named(world.worktrees, 'docs').files = [untracked(manyLines(1, '\u202etxt.rtl'))]
  const { files, changes } = await openDiff(t, { world, name: 'docs' })
  await files.getByRole('button', { name: /⟨U\+202E⟩txt\.rtl/ }).waitFor()
  await changes.getByRole('heading', { name: /⟨U\+202E⟩txt\.rtl/ }).waitFor()
})

test('slow reads of a diff that keeps changing neither pile up nor hide it', async (t) => {
  const world = seedWorld()
  const { mock, changes, worktree, page } = await openDiff(t, { world, name: 'docs' })
  await page.getByRole('heading', { name: 'Equal to HEAD' }).waitFor()
  const slowness = 300
  world.slownessMs.get_worktree_diff = slowness
  mock.calls.length = 0
  const began = performance.now()
  let n = 0
  const writing = setInterval(() => world.setFiles(worktree, [manyLines(++n)], { isClean: false, modified: ['large.txt'] }), 60)
  t.after(() => clearInterval(writing))
  await changes.getByText(/^line [2-9]\d$/).first().waitFor()
  const reads = mock.calls.filter((op) => op === 'get_worktree_diff').length
  // The list and the one file on screen, one after the other; whatever the machine's pace, no more fit into the time.
  assert.ok(reads <= (2 * (performance.now() - began)) / slowness + 4, `${reads} reads of ${n} changes`)
})

test('Ctrl F finds in the whole diff by words, by side and by pattern, and Escape returns', async (t) => {
  const { page } = await openDiff(t)
  await page.getByText('await burnTime(password)').first().waitFor()
  await page.keyboard.press('Control+f')
  const field = page.getByRole('searchbox', { name: 'Find in this diff' })
  const status = page.getByRole('search').getByRole('status')
  await field.pressSequentially('password', { delay: 30 })
  await page.waitForFunction(() => /^\d+$/.test(document.querySelector('search [role=status]')?.textContent ?? ''))
  const all = Number(await status.textContent())
  assert.ok(all > 1)
  await field.press('Enter')
  await status.getByText(`1 of ${all}`).waitFor()
  await page.locator('[data-mark=cursor]').filter({ hasText: /password/i }).waitFor()
  await field.press('Enter')
  await status.getByText(`2 of ${all}`).waitFor()
  await field.press('Shift+Enter')
  await status.getByText(`1 of ${all}`).waitFor()
  await page.getByRole('radio', { name: 'Added' }).click()
  await page.waitForFunction((before) => Number(document.querySelector('search [role=status]')?.textContent.split(' ').at(-1)) < before, all)
  await page.getByRole('radio', { name: 'All' }).click()
  await page.getByRole('checkbox', { name: 'Regex' }).check()
  await field.fill('burn.*pass')
  await status.getByText(/^[1-9]/).waitFor()
  await field.fill('burn(')
  await page.getByRole('search').getByRole('alert').waitFor()
  await checkAccess(page)
  await field.press('Escape')
  await field.waitFor({ state: 'detached' })
  assert.equal(await page.locator('[data-mark=cursor]').count(), 0)
})

test('find says of how many files it searched how many, and of which only a part', async (t) => {
  const world = seedWorld()
  const worktree = named(world.worktrees, 'fix-login')
  worktree.files = Array.from({ length: 310 }, (_, n) => manyLines(n === 1 ? 2_500 : 1, `src/${String(n).padStart(3, '0')}.txt`))
  const { page, changes } = await openDiff(t, { world })
  await changes.getByText('line 1', { exact: true }).first().waitFor()
  await page.keyboard.press('Control+f')
  const find = page.getByRole('search')
  await find.getByRole('searchbox', { name: 'Find in this diff' }).fill('line 1')
  await find.getByText('Searched 300 of 310 files. Not searched: the rest of 1 long file.').waitFor()
})
