// The way onto base: the queue of what is ready, which meet, one by one, each with its undo; and one worktree's review.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, phone, useStage } from '../../web/mock/harness.mjs'
import { endCheck } from '../../web/mock/ops_landing.mjs'
import { addScript } from '../../web/mock/ops_terminal.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'
import { until } from '../harness/wait.mjs'

const openPage = useStage()

const file = (path, added, removed = 0) => ({ path, status: 'modified', added, removed, isBinary: false, truncated: false, hunks: [] })

/** Three worktrees with commits of their own: `big` and `small` meet, `lone` meets nothing. */
function landingWorld({ hasCheck = false } = {}) {
  const world = seedWorld()
  const atlas = named(world.workspaces, 'atlas')
  const add = (name, files) => {
    const row = world.addWorktree(atlas, { name, branch: name, path: `/home/me/atlas-${name}`, git: { ahead: 1 } })
    row.files = files
    world.setStatus(world.addAgent(row, { name: `Make it ${name}` }), 'finished', 'turn_done')
    return row
  }
  const [big, small] = [add('big', [file('src/a.ts', 90, 10), file('src/b.ts', 5)]), add('small', [file('src/a.ts', 3)])]
  add('lone', [file('docs/a.md', 8)])
  world.pairs = [{ oneId: big.id, otherId: small.id, isClean: false, conflictCount: 1, conflicts: ['src/a.ts'] }]
  if (hasCheck) addScript(world, atlas.id, { kind: 'check', name: 'test', command: 'npm test' })
  return world
}

async function openLanding(t, options = {}, more = {}) {
  const world = landingWorld(options)
  const atlas = named(world.workspaces, 'atlas')
  const opened = await openPage(t, { world, path: `/landing?w=${atlas.id}`, ...more })
  await opened.page.getByRole('heading', { level: 1, name: /^Land 3 on main/ }).waitFor()
  return { ...opened, row: (name) => opened.page.getByRole('main').getByRole('listitem').filter({ has: opened.page.getByRole('link', { name, exact: true }) }).first(), of: (name) => named(world.worktrees, name) }
}

async function openReview(t, name, options = {}, more = {}) {
  const world = landingWorld(options)
  const worktree = named(world.worktrees, name)
  if (options.spoil) options.spoil(worktree, world)
  const opened = await openPage(t, { world, path: `/w/${worktree.workspaceId}/review/${worktree.id}`, ...more })
  const rail = opened.page.getByRole('complementary', { name: 'Merge' })
  await opened.page.getByRole('heading', { level: 1, name }).waitFor()
  return { ...opened, rail, worktree }
}

test('a review that is read, could not be read, or is of no worktree has a heading', async (t) => {
  const world = landingWorld()
  const { workspaceId } = named(world.worktrees, 'big')
  world.slownessMs.get_overview = 1_500
  const { page } = await openPage(t, { world, path: `/w/${workspaceId}/review/wt_${'0'.repeat(26)}` })
  const heading = page.getByRole('heading', { level: 1, name: 'Review', exact: true })
  await page.getByRole('status', { name: 'Reading the worktree' }).waitFor()
  await heading.waitFor()
  await page.getByRole('status', { name: 'Reading the worktree' }).waitFor({ state: 'detached' })
  await heading.waitFor()
  world.failing.add('get_overview')
  await page.reload()
  await page.getByText('The worktree could not be read').waitFor()
  await heading.waitFor()
})

test('the order: fewest conflicts first, then smallest; what cannot land says why', async (t) => {
  const { page } = await openLanding(t)
  const links = page.getByRole('main').locator('[data-row]')
  assert.deepEqual(await links.allInnerTexts(), ['lone', 'small', 'big'])
  await page.getByText('4 files').waitFor()
  await page.getByText('1 pair conflicts').waitFor()
  await page.getByText('Conflicts with small, which lands before it', { exact: true }).waitFor()
  await page.getByText('it has the base branch checked out').waitFor()
})

test('the pairs are read by keyboard: which conflict, and in which files', async (t) => {
  const { page } = await openLanding(t)
  const matrix = page.getByRole('complementary', { name: 'Conflicting pairs' })
  await matrix.getByRole('button', { name: '1 file' }).focus()
  await page.keyboard.press('Enter')
  await matrix.getByText('src/a.ts').waitFor()
  await matrix.getByRole('heading', { name: '2 and 3' }).waitFor()
  await matrix.getByRole('button', { name: /^0/ }).first().focus()
  await page.keyboard.press('Enter')
  await matrix.getByText('Merging one into the other gives no conflict.').waitFor()
})

test('a pair that nobody compared is not one without conflict: in its cell, in the detail, and in the head', async (t) => {
  const world = landingWorld()
  const atlas = named(world.workspaces, 'atlas')
  world.notCompared = [{ oneId: named(world.worktrees, 'big').id, otherId: named(world.worktrees, 'lone').id }]
  const { page } = await openPage(t, { world, path: `/landing?w=${atlas.id}` })
  const matrix = page.getByRole('complementary', { name: 'Conflicting pairs' })
  await page.getByText('1 pair conflicts, 1 not compared').waitFor()
  await matrix.getByText('1 pair not compared.').waitFor()
  assert.deepEqual(await matrix.getByRole('button').allInnerTexts(), ['0', 'not compared', '1 file'])
  await matrix.getByRole('button', { name: 'not compared' }).click()
  await matrix.getByRole('heading', { name: '1 and 3' }).waitFor()
  await matrix.getByText(/^Not compared: too many pairs change the same places\./).waitFor()
  assert.equal(await matrix.getByText('gives no conflict').count(), 0)
  await checkAccess(page)
})

test('it opens on a workspace that has something to land, and says of each how many; it stays there when all has landed', async (t) => {
  const world = landingWorld()
  const add = (name) => world.addWorktree(world.addWorkspace(name, `/home/me/${name}`), { name: `in-${name}`, branch: `in-${name}`, path: `/home/me/${name}-in`, git: { ahead: 1 } })
  add('zebra')
  // The first one has nothing.
  for (const row of world.worktreesOf(named(world.workspaces, 'harbor').id)) row.git = { ...row.git, ahead: 0 }
  const { page } = await openPage(t, { world, path: '/landing' })
  const choice = page.getByRole('radiogroup', { name: 'Workspace' })
  await page.getByRole('heading', { level: 1, name: /^Land 3 on main in atlas/ }).waitFor()
  assert.deepEqual(await choice.getByRole('radio').allInnerTexts(), ['harbor', 'atlas\n3', 'zebra\n1'])
  for (const name of ['big', 'small', 'lone']) {
    const row = named(world.worktrees, name)
    row.git = { ...row.git, ahead: 0 }
    world.emitWorkspace(row.workspaceId, 'landed', {})
  }
  await page.getByRole('heading', { level: 1, name: /^Nothing to land in atlas/ }).waitFor()
  await choice.getByRole('radio', { name: 'atlas', exact: true }).waitFor()
  await choice.getByRole('radio', { name: /^zebra/ }).click()
  await page.getByRole('heading', { level: 1, name: /^Land 1 on main in zebra/ }).waitFor()
  await page.getByRole('button', { name: /^Land\b(?! this)/ }).waitFor()
})

test('every workspace can be reached, however many there are', async (t) => {
  const world = landingWorld()
  for (let n = 1; n <= 12; n++) world.addWorktree(world.addWorkspace(`more-${n}`, `/home/me/more-${n}`), { name: `w-${n}`, branch: `w-${n}`, path: `/home/me/w-${n}`, git: { ahead: 1 } })
  const { page } = await openPage(t, { world, path: `/landing?w=${named(world.workspaces, 'atlas').id}` })
  await page.getByRole('button', { name: 'Workspace: atlas' }).click()
  await page.getByRole('menuitem', { name: /^atlas\s*3 to land/ }).waitFor()
  await page.getByRole('menuitem', { name: /^more-12\s*1 to land/ }).click()
  await page.getByRole('heading', { level: 1, name: /^Land 1 on main in more-12/ }).waitFor()
})

test('where nothing can land the button says nothing of a number, and each row why', async (t) => {
  const { page, row, of } = await openLanding(t)
  for (const name of ['lone', 'small', 'big']) Object.assign(of(name), { baseConflicts: ['src/a.ts', 'src/b.ts'], behindBase: 1 })
  await page.reload()
  await row('lone').getByText('Conflicts with main in src/a.ts and 1 more file').waitFor()
  await page.getByText('None of these can land as it is: each says why.').waitFor()
  await page.getByRole('heading', { level: 1, name: /^0 of 3 can land on main in atlas/ }).waitFor()
  of('big').baseConflicts = []
  await page.reload()
  await page.getByRole('heading', { level: 1, name: /^Land 1 of 3 on main in atlas/ }).waitFor()
  await page.getByText('1 pair conflicts, 2 conflict with main').waitFor()
  assert.equal(await page.getByRole('button', { name: /next \d/ }).count(), 0)
})

test('a conflict names its files, each where it is resolved, and the merge that is open there is aborted or handed over', async (t) => {
  const { page, row, of } = await openLanding(t)
  Object.assign(of('lone'), { baseConflicts: ['docs/a.md'], behindBase: 1 })
  await row('lone').getByRole('button', { name: 'Land this one' }).click()
  await row('lone').getByText(/^1 file in conflict\. The merge is open in this worktree/).waitFor()
  // Also on another visit.
  await page.reload()
  await row('lone').getByRole('button', { name: 'Hand to its agent' }).waitFor()
  await row('lone').getByRole('list', { name: 'Files in conflict' }).getByRole('link', { name: 'docs/a.md' }).waitFor()
  await row('lone').getByRole('button', { name: 'Abort the merge' }).click()
  await page.getByText('The merge was aborted; the worktree is as it was').waitFor()
  await row('lone').getByText('Conflicts with main in docs/a.md').waitFor()
  assert.equal(await row('lone').getByRole('button', { name: 'Abort the merge' }).count(), 0)
  assert.deepEqual(of('lone').git.conflicted, [])
})

test('a merge that was aborted is no longer open there, also where the watcher reports nothing of it', async (t) => {
  const { page, world, row, of } = await openLanding(t)
  Object.assign(of('lone'), { baseConflicts: ['docs/a.md'], behindBase: 1 })
  await row('lone').getByRole('button', { name: 'Land this one' }).click()
  await row('lone').getByText(/^1 file in conflict\. The merge is open in this worktree/).waitFor()
  await page.waitForLoadState('networkidle')
  const emit = world.streams.emit
  world.streams.emit = (...given) => JSON.stringify(given).includes('git_status') ? undefined : emit.apply(world.streams, given)
  await row('lone').getByRole('button', { name: 'Abort the merge' }).click()
  await row('lone').getByText(/The merge is open in this worktree/).waitFor({ state: 'detached' })
})

test('what stopped at its checks runs them again, or lands without them once that was confirmed', async (t) => {
  const { page, world, row, of } = await openLanding(t, { hasCheck: true })
  await row('lone').getByRole('button', { name: 'Land this one' }).click()
  await row('lone').getByText('checks 0 of 1').waitFor()
  endCheck(world, 'test', 'failed', 3)
  await row('lone').getByRole('button', { name: 'Run the check and land' }).waitFor()
  await row('lone').getByRole('button', { name: 'Land without…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Land lone without its checks?' })
  await dialog.getByText(/^1 check has not passed on what this worktree has now\./).waitFor()
  await checkAccess(page)
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  assert.equal(of('lone').landed, undefined)
  await row('lone').getByRole('button', { name: 'Land without…' }).click()
  await dialog.getByRole('button', { name: 'Land without' }).click()
  await row('lone').getByText('landed as').waitFor()
  assert.equal([...world.runs.values()].length, 1, 'no check ran again')
})

test('what has landed and then got another commit can land again', async (t) => {
  const { page, world, row, of } = await openLanding(t)
  await row('lone').getByRole('button', { name: 'Land this one' }).click()
  await row('lone').getByText('landed as').waitFor()
  of('lone').git = { ...of('lone').git, head: 'd'.repeat(40) }
  world.emitWorkspace(of('lone').workspaceId, 'base_changed', {})
  await row('lone').getByRole('button', { name: 'Land this one' }).waitFor()
  await page.getByRole('button', { name: /^Land the next 3/ }).waitFor()
})

test('one lands: base comes in, the checks run, it lands, and Undo takes it back', async (t) => {
  const { page, world, row, of } = await openLanding(t, { hasCheck: true })
  of('lone').behindBase = 2
  await page.reload()
  await row('lone').getByText('2 commits behind').waitFor()
  await row('lone').getByText('1 of 1 check to run').waitFor()
  await row('lone').getByRole('button', { name: 'Land this one' }).click()
  await row('lone').getByText('checks 0 of 1').waitFor()
  assert.equal(of('lone').behindBase, 0)
  endCheck(world, 'test', 'passed')
  await row('lone').getByText('landed as bbbbbbb').waitFor()
  assert.deepEqual(of('lone').landed.message, 'Make it lone')
  await row('lone').getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Undone: main is where it was').waitFor()
  await row('lone').getByRole('button', { name: 'Land this one' }).waitFor()
  assert.equal(of('lone').landed, undefined)
})

test('a landing is among the last undos until it is undone in any way; after an undo that failed it can be tried again', async (t) => {
  const { page, world, row, of } = await openLanding(t)
  const toast = (text) => page.getByRole('status').filter({ hasText: text })
  const list = page.getByRole('contentinfo').getByRole('button', { name: 'Undo' })
  await row('lone').getByRole('button', { name: 'Land this one' }).click()
  await toast('Landed lone on main').getByRole('button', { name: /^Undo/ }).waitFor()
  await row('lone').getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('status').getByText('Undone: main is where it was').waitFor()
  await toast('Landed lone on main').waitFor({ state: 'detached' })
  await list.waitFor({ state: 'detached' })
  await page.evaluate(() => document.activeElement?.blur())
  // Nothing is left to undo.
  await page.keyboard.press('u')

  await row('lone').getByRole('button', { name: 'Land this one' }).click()
  await row('lone').getByText('landed as').waitFor()
  world.failing.add('undo_merge')
  await list.click()
  await page.getByRole('menuitem', { name: /^Landed lone on main/ }).click()
  await page.getByRole('status').getByText('The store could not be read.').waitFor()
  world.failing.clear()
  await list.waitFor()
  await page.keyboard.press('Escape')
  await page.evaluate(() => document.activeElement?.blur())
  await page.keyboard.press('u')
  await until(() => of('lone').landed === undefined, 'u takes the landing back')
  await list.waitFor({ state: 'detached' })
  assert.deepEqual(world.landings.map(({ undoneAt }) => undoneAt !== undefined), [true, true])
})

test('what landed while the line was broken and another page was shown has its Undo, and the next one can land', async (t) => {
  const { page, mock, world, row, of } = await openLanding(t, { hasCheck: true })
  await row('lone').getByRole('button', { name: 'Land this one' }).click()
  await row('lone').getByText('checks 0 of 1').waitFor()
  await page.getByRole('link', { name: 'Home' }).first().click()
  await page.getByRole('heading', { level: 1, name: /need/ }).waitFor()
  mock.cut()
  await page.getByRole('alert').getByText('The daemon does not answer.').waitFor()
  endCheck(world, 'test', 'passed')
  await until(() => world.queue.endedAt !== undefined, 'the queue ends')
  mock.mend()
  await page.getByRole('status').filter({ hasText: 'Landed lone on main' }).getByRole('button', { name: /^Undo/ }).click()
  await until(() => of('lone').landed === undefined, 'the landing is undone')
  await page.goBack()
  await row('lone').getByRole('button', { name: 'Land this one' }).click()
  await row('lone').getByText('checks 0 of 1').waitFor()
  endCheck(world, 'test', 'passed')
  await row('lone').getByText('landed as').waitFor()
})

test('a check that fails stops it, with the reason', async (t) => {
  const { page, world, row, of } = await openLanding(t, { hasCheck: true })
  await page.keyboard.press('Control+Enter')
  await row('lone').getByText('checks 0 of 1').waitFor()
  endCheck(world, 'test', 'failed', 3)
  await row('lone').getByText('Test failed with exit code 3.').waitFor()
  await row('lone').getByRole('button', { name: 'Run the check and land' }).waitFor()
  assert.deepEqual([of('lone').landed, of('small').landed], [undefined, undefined])
})

test('the next ones land one after the other, each with what landed before it; what conflicts stops and is handed to its agent', async (t) => {
  const { page, world, row, of } = await openLanding(t)
  of('big').baseConflicts = []
  await page.getByRole('button', { name: /^Land the next 3/ }).waitFor()
  of('small').baseConflicts = ['src/a.ts']
  await page.getByRole('button', { name: /^Land the next 3/ }).click()
  await row('lone').getByText('landed as').waitFor()
  await row('small').getByText('1 file in conflict. The merge is open in this worktree: resolve it there, hand it to the agent, or abort it.').waitFor()
  assert.equal(of('big').landed, undefined)
  await row('small').getByRole('button', { name: 'Hand to its agent' }).click()
  await page.getByText('Handed to the agent').waitFor()
  assert.equal(world.handedOver, of('small').id)
  await page.evaluate(() => document.activeElement?.blur())
  await page.keyboard.press('u')
  await page.getByText('Undone: main is where it was').waitFor()
  assert.equal(of('lone').landed, undefined)
})

test('two land in a row, the second after base came in again', async (t) => {
  const { page, row, of } = await openLanding(t)
  await row('big').getByRole('button', { name: 'Leave out' }).click()
  await row('big').getByText('left out').waitFor()
  await page.getByRole('button', { name: /^Land the next 2/ }).click()
  for (const name of ['lone', 'small']) await row(name).getByText('landed as').waitFor()
  assert.deepEqual([of('lone').landed?.message, of('small').landed?.message, of('big').landed], ['Make it lone', 'Make it small', undefined])
})

test('what has landed stays below the queue, with Undo where base has not moved since', async (t) => {
  const { page, row } = await openLanding(t)
  await row('big').getByRole('button', { name: 'Leave out' }).click()
  await page.getByRole('button', { name: /^Land the next 2/ }).click()
  for (const name of ['lone', 'small']) await row(name).getByText('landed as').waitFor()
  // Another visit: the page itself remembers nothing.
  await page.reload()
  const landed = page.getByRole('region', { name: 'Landed' })
  const [newest, older] = [landed.getByRole('listitem').filter({ hasText: 'small' }), landed.getByRole('listitem').filter({ hasText: 'lone' })]
  await older.getByText('landed as bbbbbbb on main').waitFor()
  assert.equal(await older.getByRole('button', { name: 'Undo' }).count(), 0)
  await newest.getByRole('button', { name: 'Undo' }).click()
  await newest.getByText(/landed as bbbbbbb on main, undone \d\d:\d\d today/).waitFor()
  assert.equal(await newest.getByRole('button', { name: 'Undo' }).count(), 0)
})

test('J K and X walk the queue and leave out', async (t) => {
  const { page, row } = await openLanding(t)
  const focused = () => page.evaluate(() => document.activeElement?.textContent)
  await page.keyboard.press('j')
  assert.equal(await focused(), 'lone')
  await page.keyboard.press('j')
  assert.equal(await focused(), 'small')
  await page.keyboard.press('x')
  await row('small').getByText('left out').waitFor()
  await page.getByRole('button', { name: /^Land the next 2/ }).waitFor()
  await row('small').getByRole('button', { name: 'Include' }).click()
  await page.keyboard.press('k')
  await page.keyboard.press('k')
  assert.equal(await focused(), 'lone')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'lone' }).waitFor()
})

test('an order of one’s own: by key, by menu and by dragging, said aloud, kept, and taken back', async (t) => {
  const { page, row } = await openLanding(t)
  const order = () => page.getByRole('main').locator('[data-row]').allInnerTexts()
  const becomes = (names) => until(async () => (await order()).join() === names, names)
  const focused = () => page.evaluate(() => document.activeElement?.textContent)
  await becomes('lone,small,big')
  await page.keyboard.press('j')
  await page.keyboard.press('Alt+ArrowDown')
  await becomes('small,lone,big')
  await page.getByRole('status').getByText('Moved lone to place 2 of 3').first().waitFor()
  await until(async () => (await focused()) === 'lone', 'the moved row keeps the focus')
  await page.keyboard.press('Alt+ArrowDown')
  await becomes('small,big,lone')
  await page.getByText('in your order').waitFor()
  await page.reload()
  await becomes('small,big,lone')
  await row('lone').getByRole('button', { name: 'Place of lone' }).click()
  await page.getByRole('menuitem', { name: /^Move up/ }).click()
  await becomes('small,lone,big')
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).waitFor()
  await page.evaluate(() => document.activeElement?.blur())
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).waitFor()
  await page.keyboard.press('u')
  await becomes('small,big,lone')
  await row('lone').dragTo(row('small'))
  await becomes('lone,small,big')
  await page.getByRole('button', { name: 'Use the proposed one' }).click()
  await page.getByText('fewest conflicts first, then smallest').waitFor()
})

test('what could not be planned says so, and nothing to land names why', async (t) => {
  const world = landingWorld()
  world.failing.add('plan_landing')
  const atlas = named(world.workspaces, 'atlas')
  const { page } = await openPage(t, { world, path: `/landing?w=${atlas.id}` })
  await page.getByText('The order could not be planned').waitFor()
  world.failing.clear()
  for (const row of world.worktreesOf(atlas.id)) row.git = { ...row.git, ahead: 0 }
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { level: 1, name: /^Nothing to land/ }).waitFor()
  assert.equal(await page.getByText('it has no commits of its own').count(), 3)
})

test('the queue can be read in both colours, on a phone, and at 320; nothing moves for ever', async (t) => {
  const { page } = await openLanding(t, { hasCheck: true })
  await checkStill(page)
  await checkAccess(page)
  await checkColours(page, 'dark')
  const small = (await openLanding(t, { hasCheck: true }, { device: phone })).page
  await checkAccess(small)
  await checkWidth(small)
  await checkWidth(small, 320)
})

test('a review has its stages: base, checks, land; Ctrl Enter lands with the message', async (t) => {
  const { page, world, rail, worktree } = await openReview(t, 'lone', { hasCheck: true, spoil: (row) => Object.assign(row, { behindBase: 1 }) })
  const stage = (name) => rail.getByRole('region', { name })
  await stage('Bring main in').getByText('1 commit').waitFor()
  await stage('Bring main in').getByRole('button', { name: 'Merge now' }).click()
  await stage('Bring main in').getByText('It has everything').waitFor()
  await stage('Checks').getByText('not run').waitFor()
  await stage('Checks').getByRole('button', { name: 'Run' }).click()
  await until(() => world.runs.size === 1, 'the check runs')
  endCheck(world, 'test', 'passed')
  await stage('Checks').getByText('1 of 1').waitFor()
  const message = stage('Land on main').getByRole('textbox', { name: 'Commit message' })
  assert.equal(await message.inputValue(), 'Make it lone')
  await message.fill('Lone: a document')
  await page.keyboard.press('Control+Enter')
  await rail.getByText('Landed as bbbbbbb.').waitFor()
  assert.equal(worktree.landed.message, 'Lone: a document')
  await rail.getByRole('button', { name: 'Undo the landing' }).click()
  await page.getByText('Undone: main is where it was').waitFor()
})

test('Ctrl Enter in a field that is not of the landing lands nothing', async (t) => {
  const { page, mock, rail } = await openReview(t, 'lone')
  await rail.getByRole('textbox', { name: 'Commit message' }).waitFor()
  await page.keyboard.press('Control+f')
  const find = page.getByRole('searchbox', { name: 'Find in this diff' })
  await find.fill('lone')
  await find.press('Control+Enter')
  await find.press('Escape')
  assert.equal(mock.calls.includes('land_worktrees') || mock.calls.includes('land_worktree'), false)
  await page.keyboard.press('Control+Enter')
  await rail.getByText('Landed as bbbbbbb.').waitFor()
})

test('the message that was written survives leaving the page', async (t) => {
  const { page, rail } = await openReview(t, 'lone')
  const message = rail.getByRole('textbox', { name: 'Commit message' })
  await message.fill('Half a thought')
  await page.getByRole('link', { name: 'Home' }).first().click()
  await page.getByRole('heading', { level: 1, name: /need/ }).waitFor()
  await page.goBack()
  await message.waitFor()
  assert.equal(await message.inputValue(), 'Half a thought')
})

test('one that was merged keeps its undo, although it has no commits of its own any more', async (t) => {
  const { page, rail, worktree } = await openReview(t, 'lone')
  await rail.getByText('Merge', { exact: true }).click()
  await rail.getByRole('button', { name: /^Land/ }).click()
  await rail.getByText('landed as bbbbbbb').waitFor()
  assert.equal(await rail.getByText('Cannot land now').count(), 0)
  await rail.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Undone: main is where it was').waitFor()
  await rail.getByRole('textbox', { name: 'Commit message' }).waitFor()
  assert.equal(worktree.landed, undefined)
})

test('a check that has not passed is landed without only when that is chosen', async (t) => {
  const { rail, worktree } = await openReview(t, 'lone', { hasCheck: true })
  await rail.getByRole('button', { name: /^Land when checks pass/ }).waitFor()
  await rail.getByRole('checkbox', { name: 'Land although a check has not passed' }).check()
  await rail.getByRole('button', { name: /^Land/ }).last().click()
  await rail.getByText('Landed as').waitFor()
  assert.ok(worktree.landed)
})

test('the log of a check that failed is sent to the agent', async (t) => {
  const { page, world, rail } = await openReview(t, 'lone', { hasCheck: true })
  await rail.getByRole('button', { name: 'Run', exact: true }).click()
  await until(() => world.runs.size === 1, 'the check runs')
  const run = [...world.runs.values()][0]
  Object.assign(run, { log: 'one\n```\n2 of 40 failed\n', logBytes: 23 })
  endCheck(world, 'test', 'failed', 3)
  await rail.getByRole('button', { name: 'Send log to agent: test' }).click()
  await page.getByText('Queued: the agent gets it when it starts').waitFor()
  const { queue } = named(world.agents, 'Make it lone')
  assert.match(queue[0].text, /^The check “test” failed with exit code 3\. It runs `npm test`\./)
  assert.ok(queue[0].text.includes('````\none\n```\n2 of 40 failed\n````'))
})

test('a check that runs shows the end of its output, and is cancelled', async (t) => {
  const { world, rail } = await openReview(t, 'lone', { hasCheck: true })
  await rail.getByRole('button', { name: 'Run', exact: true }).click()
  await until(() => world.runs.size === 1, 'the check runs')
  Object.assign([...world.runs.values()][0], { log: 'test 1 ok\ntest 2 ok\n' })
  const note = rail.getByRole('region', { name: 'Checking: test' })
  await note.getByText('test 2 ok').waitFor()
  await note.getByText('It continues when this page is closed.').waitFor()
  await note.getByRole('button', { name: 'Cancel' }).click()
  await note.waitFor({ state: 'detached' })
  assert.equal([...world.runs.values()][0].state, 'stopped')
})

test('what git does to the worktree is shown with its age also after a reload, and is cancelled', async (t) => {
  const { page, world, rail, worktree } = await openReview(t, 'lone')
  world.intents = [{ id: 'int_00000000000000000000000001', operation: 'merge_base', workspaceId: worktree.workspaceId, worktreeId: worktree.id, begunAt: world.now(), isInterrupted: false }]
  await page.reload()
  const note = rail.getByRole('region', { name: 'Bringing base in' })
  await note.getByRole('button', { name: 'Cancel' }).click()
  await until(() => world.cancelled === worktree.id, 'the merge was cancelled')
  world.intents = []
  await note.waitFor({ state: 'detached' })
})

test('a fetch that runs is shown with its age after a reload', async (t) => {
  const { page, world, rail, worktree } = await openReview(t, 'lone')
  world.intents = [{ id: 'int_00000000000000000000000001', operation: 'fetch_remote', workspaceId: worktree.workspaceId, worktreeId: worktree.id, begunAt: world.now(), isInterrupted: false }]
  await page.reload()
  const note = rail.getByRole('region', { name: 'Fetching' })
  await note.getByRole('button', { name: 'Cancel' }).waitFor()
  world.intents = []
  await note.waitFor({ state: 'detached' })
})

test('what an operation waits for is said in words', async (t) => {
  const { page, world, rail, worktree } = await openReview(t, 'lone')
  world.intents = [{ id: 'int_00000000000000000000000001', operation: 'fetch_remote', workspaceId: worktree.workspaceId, worktreeId: worktree.id, begunAt: world.now(), isInterrupted: false }]
  await page.reload()
  const note = rail.getByRole('region', { name: 'Fetching' })
  await note.waitFor()
  await page.getByRole('contentinfo').getByText('Live').waitFor()
  const step = (text) => world.streams.emit('app', 'op_progress', { key: 'k', op: 'fetch_remote', step: text, done: 0, total: 0 })
  step(`waits for commit_changes of worktree ${named(world.worktrees, 'big').id}`)
  await note.getByText('waits for: Committing in big').waitFor()
  step('fetch')
  await note.getByText('fetches from the remote').waitFor()
})

test('the worktree of base says that others land on it', async (t) => {
  const world = landingWorld()
  const { id, workspaceId } = [...world.worktrees.values()].find(({ workspaceId, isMain }) => isMain && workspaceId === named(world.workspaces, 'atlas').id)
  const { page } = await openPage(t, { world, path: `/w/${workspaceId}/review/${id}` })
  const rail = page.getByRole('complementary', { name: 'Merge' })
  await rail.getByText('This is main itself: other worktrees land on it.').waitFor()
  assert.equal(await rail.getByText('Cannot land').count(), 0)
})

test('conflicts with base are named, handed over or aborted', async (t) => {
  const { page, world, rail, worktree } = await openReview(t, 'lone', { spoil: (row) => Object.assign(row, { behindBase: 1, baseConflicts: ['docs/a.md'] }) })
  await rail.getByText('Would conflict in 1 file').waitFor()
  await rail.getByRole('button', { name: 'Merge now' }).click()
  await rail.getByRole('button', { name: 'Hand to its agent' }).click()
  await page.getByText('Handed to the agent').waitFor()
  assert.equal(world.handedOver, worktree.id)
  await rail.getByRole('button', { name: 'Abort the merge' }).click()
  await page.getByText('The merge was aborted; the worktree is as it was').waitFor()
})

test('a review removes its worktree, and leads back to its workspace', async (t) => {
  const { page, world, rail, worktree } = await openReview(t, 'lone')
  await rail.getByRole('button', { name: 'Remove worktree…' }).click()
  await page.getByRole('button', { name: 'Move to trash' }).click()
  await page.getByRole('heading', { level: 1, name: 'atlas' }).waitFor()
  await page.keyboard.press('u')
  await until(() => world.worktrees.has(worktree.id), 'it is back')
})

test('a link to a worktree that was removed says when, and restores it there', async (t) => {
  const { page, world, rail, worktree } = await openReview(t, 'lone')
  const address = page.url()
  await rail.getByRole('button', { name: 'Remove worktree…' }).click()
  await page.getByRole('button', { name: 'Move to trash' }).click()
  await page.getByRole('heading', { level: 1, name: 'atlas' }).waitFor()
  await page.goto(address)
  await page.getByRole('heading', { name: /^lone was removed \d\d:\d\d today$/ }).waitFor()
  await page.getByRole('link', { name: 'Show in Recovery' }).waitFor()
  await page.getByRole('main').getByRole('button', { name: 'Restore' }).click()
  await rail.getByRole('button', { name: 'Remove worktree…' }).waitFor()
  assert.ok(world.worktrees.has(worktree.id))
})

test('a review can be read in both colours, on a phone, and at 320', async (t) => {
  const { page } = await openReview(t, 'big', { hasCheck: true })
  await page.getByText('Conflict radar').waitFor()
  await checkStill(page)
  await checkAccess(page)
  await checkColours(page, 'dark')
  const small = (await openReview(t, 'big', { hasCheck: true }, { device: phone })).page
  await small.getByRole('tab', { name: 'Merge' }).or(small.getByRole('radio', { name: 'Merge' })).first().click({ force: true })
  await small.getByText('Conflict radar').waitFor()
  await checkAccess(small)
  await checkWidth(small)
  await checkWidth(small, 320)
})
