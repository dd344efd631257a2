// The files of a worktree: the tree, finding, reading, editing and what happens if somebody else writes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAccess, checkColours, checkStill, checkWidth, named, paths, phone, useStage } from '../../web/mock/harness.mjs'
import { writeBehind } from '../../web/mock/ops_files.mjs'
import { seedWorld } from '../../web/mock/seed.mjs'

const openPage = useStage()

async function openFiles(t, { world = seedWorld(), search = '', ...options } = {}) {
  const opened = await openPage(t, { world, path: paths.files(world, 'tester') + search, ...options })
  return { ...opened, tree: opened.page.getByRole('tree', { name: 'Files' }), worktree: named(world.worktrees, 'fix-login') }
}

test('folders open when they are asked for, and each entry says what git says', async (t) => {
  const { page, tree } = await openFiles(t)
  await tree.getByRole('treeitem', { name: '.env ignored' }).waitFor()
  await tree.focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await tree.getByRole('treeitem', { name: 'auth 2 changed' }).waitFor()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await tree.getByRole('treeitem', { name: 'login.ts modified' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  const content = page.getByRole('textbox', { name: 'Content of src/auth/login.ts' })
  await content.getByText('burnTime').waitFor()
  await checkStill(page)
  await checkAccess(page)
  await checkColours(page, 'dark')
  await checkWidth(page, 320)
})

test('a file is found by the letters of its path', async (t) => {
  const { page, tree } = await openFiles(t)
  await tree.focus()
  await page.keyboard.press('/')
  await page.keyboard.type('lgts')
  await page.getByRole('option', { name: 'login.test.ts' }).waitFor()
  while ((await page.getByRole('option', { name: 'login.test.ts' }).getAttribute('aria-selected')) !== 'true') await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('article', { name: 'src/auth/login.test.ts' }).waitFor()
  await page.getByRole('button', { name: 'Back to the files' }).click()
  await page.getByRole('combobox', { name: 'Find a file' }).fill('zzqx')
  await page.getByText('No file fits “zzqx”').waitFor()
})

test('a text that was typed survives a reload and is saved', async (t) => {
  const { page, worktree } = await openFiles(t, { search: '&file=README.md' })
  const content = page.getByRole('textbox', { name: 'Content of README.md' })
  await content.getByText('Harbor').waitFor()
  await content.press('Control+End')
  await page.keyboard.type('More words.')
  await page.getByText('Not saved').waitFor()
  await page.reload()
  await content.getByText('More words.').waitFor()
  await content.press('Control+s')
  await page.getByRole('status').filter({ hasText: 'Saved' }).first().waitFor()
  await page.getByText('Not saved').waitFor({ state: 'detached' })
  assert.match(worktree.texts['README.md'], /More words\.$/)
})

test('an untouched file follows the disk; a touched one shows both versions, and the person chooses', async (t) => {
  const { page, world, worktree } = await openFiles(t, { search: '&file=README.md' })
  const content = page.getByRole('textbox', { name: 'Content of README.md' })
  await content.getByText('Harbor').waitFor()
  writeBehind(world, worktree, 'README.md', '# Harbor\n\nBy the agent.\n')
  await content.getByText('By the agent.').waitFor()
  await content.press('Control+End')
  await page.keyboard.type('Mine.')
  writeBehind(world, worktree, 'README.md', '# Harbor\n\nBy the agent again.\n')
  await page.getByText('The file was changed while you edited it').waitFor()
  const both = page.getByRole('region', { name: 'What differs' })
  await both.getByText('By the agent again.').waitFor()
  await both.getByText('Mine.').waitFor()
  await checkAccess(page)
  assert.equal(worktree.texts['README.md'], '# Harbor\n\nBy the agent again.\n')
  await page.getByRole('button', { name: 'Write mine' }).click()
  await content.getByText('Mine.').waitFor()
  assert.match(worktree.texts['README.md'], /Mine\.$/)
})

test('what is typed while a file is being saved stays, and is saved next', async (t) => {
  const { page, world, worktree } = await openFiles(t, { search: '&file=README.md' })
  world.slownessMs.write_file = 600
  const content = page.getByRole('textbox', { name: 'Content of README.md' })
  await content.getByText('Harbor').waitFor()
  await content.press('Control+End')
  await page.keyboard.type('First.')
  await content.press('Control+s')
  await page.getByText('Saving').waitFor()
  await page.keyboard.type(' Second.')
  await page.getByRole('status').filter({ hasText: /^Saved/ }).first().waitFor()
  await page.getByText('Not saved').waitFor()
  await content.getByText('First. Second.').waitFor()
  assert.match(worktree.texts['README.md'], /First\.$/)
  await content.press('Control+s')
  await page.getByText('Not saved').waitFor({ state: 'detached' })
  await page.getByText('Saving').waitFor({ state: 'detached' })
  assert.match(worktree.texts['README.md'], /First\. Second\.$/)
})

test('a long text that was typed survives a look at another file and a reload', async (t) => {
  const world = seedWorld()
  named(world.worktrees, 'fix-login').texts['README.md'] = `# Long\n${'words of a long file\n'.repeat(6000)}`
  const { page } = await openFiles(t, { world, search: '&file=README.md' })
  const content = page.getByRole('textbox', { name: 'Content of README.md' })
  await content.getByText('# Long').waitFor()
  await content.press('Control+Home')
  await page.keyboard.type('Mine. ')
  await page.getByText('Not saved').waitFor()
  await page.getByRole('button', { name: 'Back to the files' }).click()
  await page.getByRole('treeitem', { name: 'README.md' }).click()
  await content.getByText('Mine. # Long').waitFor()
  await page.reload()
  await content.getByText('Mine. # Long').waitFor()
})

test('a file that changes under the hands of who types leaves the keys in the editor', async (t) => {
  const { page, world, worktree } = await openFiles(t, { search: '&file=README.md' })
  const content = page.getByRole('textbox', { name: 'Content of README.md' })
  await content.getByText('Harbor').waitFor()
  await content.press('Control+End')
  await page.keyboard.type('with n')
  writeBehind(world, worktree, 'README.md', '# Harbor\n\nBy the agent.\n')
  await page.getByText('The file was changed while you edited it').waitFor()
  await page.keyboard.type('o idea')
  await content.getByText('with no idea').waitFor()
  await page.getByRole('button', { name: 'Go on editing mine' }).click()
  await page.keyboard.type(' of it')
  await content.getByText('with no idea of it').waitFor()
})

test('an image is shown, and a film named with its size', async (t) => {
  const { page, tree } = await openFiles(t, { search: '&file=docs%2Fflow.png' })
  await page.getByRole('img', { name: 'docs/flow.png' }).waitFor()
  await page.getByText('PNG, 70 B').waitFor()
  await page.getByRole('button', { name: 'Back to the files' }).click()
  await tree.getByRole('treeitem', { name: 'film.mp4' }).click()
  await page.getByText('100 MiB; its bytes are not shown here.').waitFor()
})

test('from another machine the path is copied in place of opening a program', async (t) => {
  const { page, world } = await openFiles(t, { search: '&file=README.md' })
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  world.isRemote = true
  await page.getByRole('button', { name: 'More for README.md' }).click()
  await page.getByRole('menuitem', { name: 'Open in editor' }).click()
  await page.getByText('This browser runs on another machine: the path is copied instead.').waitFor()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '/home/me/harbor-fix-login/README.md')
})

test('on a phone the file takes the place of the tree', async (t) => {
  const { page, tree } = await openFiles(t, { search: '&file=README.md', device: phone })
  await page.getByRole('textbox', { name: 'Content of README.md' }).waitFor()
  await checkWidth(page)
  await checkAccess(page)
  await page.getByRole('button', { name: 'Back to the files' }).click()
  await tree.getByRole('treeitem', { name: 'README.md' }).waitFor()
})

test('Ctrl F counts what it finds in a file, and a pattern that is none says so', async (t) => {
  const { page } = await openFiles(t, { search: '&file=src/auth/login.ts' })
  const content = page.getByRole('textbox', { name: 'Content of src/auth/login.ts' })
  await content.getByText('burnTime').waitFor()
  await content.press('Control+f')
  const field = page.getByRole('textbox', { name: 'Find' })
  await field.pressSequentially('password', { delay: 30 })
  const count = page.locator('.cm-search').getByRole('status')
  await count.getByText(/^\d+$/).waitFor()
  const all = await count.textContent()
  await field.press('Enter')
  await count.getByText(`1 of ${all}`).waitFor()
  await page.getByRole('checkbox', { name: 'regexp' }).check()
  await field.fill('')
  await field.pressSequentially('burn(', { delay: 30 })
  await count.getByText('Not a valid pattern').waitFor()
  await field.press('Escape')
  await field.waitFor({ state: 'detached' })
  await page.waitForFunction(() => document.activeElement?.classList.contains('cm-content'))
})
