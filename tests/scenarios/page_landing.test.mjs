// Landing: four worktrees whose conflicts were planted. The matrix on the page is what `git merge-tree` says of every pair, and
// they land one by one, each with its undo.
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { launchBrowser } from '../harness/browser.mjs'
import { mergeTree, revision } from '../harness/conflicts.mjs'
import { Daemon } from '../harness/daemon.mjs'
import { git, makeSharedRepository, writeFiles } from '../harness/repository.mjs'
import { visit } from '../harness/visit.mjs'
import { until } from '../harness/wait.mjs'

const lines = (changed = {}) => Array.from({ length: 40 }, (_, n) => `${changed[n + 1] ?? `line ${n + 1}`}\n`).join('')

/** What each of them changes against base. `bold` meets `calm` in two files and `deep` in one; `deep` and `calm` meet in a
 * file that one of them deletes; `aside` meets nobody, although it changes a file that others change too. */
const planted = {
  aside: { 'api.txt': lines({ 2: 'said aside' }), 'own.txt': 'aside\n' },
  bold: { 'api.txt': lines({ 20: 'bold' }), 'new.txt': 'bold\n' },
  calm: { 'api.txt': lines({ 20: 'calm' }), 'new.txt': 'calm\n', 'old.txt': lines({ 5: 'calm' }) },
  deep: { 'api.txt': lines({ 20: 'deep' }), 'old.txt': undefined },
}

let daemon, browser, repository, workspace
const trees = {}
const want = (...call) => daemon.want(...call)
before(async () => {
  daemon = await Daemon.start()
  await want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
  repository = await makeSharedRepository({ 'README.md': '# Sample\n', 'api.txt': lines(), 'old.txt': lines() })
  workspace = await want(201, 'POST', '/api/workspaces', { path: repository })
  for (const [name, files] of Object.entries(planted)) {
    trees[name] = await want(201, 'POST', `/api/workspaces/${workspace.id}/worktrees`, { name, branch: name, createBranch: true })
    const kept = Object.entries(files).filter(([, text]) => text !== undefined)
    await writeFiles(trees[name].path, Object.fromEntries(kept))
    for (const [file, text] of Object.entries(files)) if (text === undefined) await git(trees[name].path, 'rm', '--quiet', file)
    await git(trees[name].path, 'add', '--all')
    await git(trees[name].path, 'commit', '--quiet', `--message=Make it ${name}`)
  }
  browser = await launchBrowser()
})
after(async () => {
  await browser?.close()
  await daemon?.remove()
})

const queue = (page) => page.getByRole('main').locator('[data-row]').allInnerTexts()
const row = (page, name) => page.getByRole('main').getByRole('listitem').filter({ has: page.getByRole('link', { name, exact: true }) })

/** Paths that conflict, by pair "one other" in the order of the queue, as git says it. */
async function pairsOfGit(names) {
  const pairs = {}
  for (const [at, one] of names.entries())
    for (const other of names.slice(at + 1)) {
      const { lines: found } = await mergeTree(repository, await revision(repository, one), await revision(repository, other))
      pairs[`${one} ${other}`] = [...new Set(found.map((line) => line.split('\t')[1]))].sort()
    }
  return pairs
}

/** The same as the page's matrix says it: each cell's count, and its paths when it is chosen. */
async function pairsOfPage(page, names) {
  const matrix = page.getByRole('complementary', { name: 'Conflicting pairs' })
  const pairs = {}
  for (const [at, one] of names.entries())
    for (const [n, other] of names.slice(at + 1).entries()) {
      const cell = matrix.getByRole('row').nth(at + 1).getByRole('button').nth(n)
      await cell.press('Enter')
      await matrix.getByRole('heading', { name: `${at + 1} and ${at + n + 2}` }).waitFor()
      const paths = (await matrix.getByRole('listitem').allInnerTexts()).sort()
      const count = Number(/^\d+/.exec(await cell.innerText())[0])
      assert.equal(count, paths.length, `${one} and ${other}`)
      pairs[`${one} ${other}`] = paths
    }
  return pairs
}

test('the matrix is what git merge-tree says of every pair', async (t) => {
  const { page, faults, close } = await visit(browser, want, `/landing?w=${workspace.id}`)
  await page.getByRole('heading', { level: 1, name: /^(Land (\d of )?4|0 of 4 can land) on main/ }).waitFor()
  const names = await queue(page)
  assert.deepEqual(names.toSorted(), Object.keys(planted))
  assert.equal(names[0], 'aside', 'who meets nobody comes first')
  const expected = await pairsOfGit(names)
  const sum = Object.values(expected).filter((paths) => paths.length > 0).length
  t.diagnostic(JSON.stringify(expected))
  assert.equal(sum, 3)
  assert.deepEqual(await pairsOfPage(page, names), expected)
  await page.getByText(`${sum} pairs conflict`).waitFor()
  assert.deepEqual(faults, [])
  await close()
})

test('they land one by one, each can be taken back, and what conflicts stops with the paths that git names', async (t) => {
  const { page, faults, close } = await visit(browser, want, `/landing?w=${workspace.id}`)
  await page.getByRole('heading', { level: 1, name: /^(Land (\d of )?4|0 of 4 can land) on main/ }).waitFor()
  const names = await queue(page)
  const [first, second, third, last] = names
  const base = () => revision(repository, 'main')
  const land = (name) => row(page, name).getByRole('button', { name: 'Land this one' }).press('Enter')
  const began = await base()

  await land(first)
  // In its row, and below the queue as soon as the plan no longer has it.
  await page.getByText(/^landed as [0-9a-f]{7}\b/).first().waitFor()
  const one = await base()
  assert.deepEqual((await git(repository, 'rev-list', '--parents', '-1', one)).trim().split(' '), [one, began], 'one commit on base')
  assert.equal(await revision(repository, `${one}^{tree}`), await revision(repository, `${first}^{tree}`))
  await page.getByText(`landed as ${one.slice(0, 7)}`).waitFor()
  await page.getByRole('heading', { level: 1, name: /^(Land (\d of )?3|0 of 3 can land) on main/ }).waitFor()
  assert.deepEqual(await pairsOfPage(page, await queue(page)), await pairsOfGit(await queue(page)))

  await page.getByRole('main').getByRole('button', { name: 'Undo' }).press('Enter')
  await page.getByText('Undone: main is where it was').waitFor()
  assert.equal(await base(), began)
  await page.getByRole('heading', { level: 1, name: /^(Land (\d of )?4|0 of 4 can land) on main/ }).waitFor()
  assert.deepEqual(await pairsOfPage(page, await queue(page)), await pairsOfGit(await queue(page)))

  await land(first)
  await page.getByRole('heading', { level: 1, name: /^(Land (\d of )?3|0 of 3 can land) on main/ }).waitFor()
  const again = await base()
  await land(second)
  await page.getByRole('heading', { level: 1, name: /^(Land (\d of )?2|0 of 2 can land) on main/ }).waitFor()
  const two = await base()
  assert.deepEqual((await git(repository, 'rev-list', '--parents', '-1', two)).trim().split(' '), [two, again])
  assert.equal(await revision(repository, `${two}^{tree}`), await revision(repository, `${second}^{tree}`))

  const met = await mergeTree(repository, third, 'main')
  const paths = [...new Set(met.lines.map((line) => line.split('\t')[1]))].sort()
  assert.ok(paths.length > 0, `${third} conflicts with what landed`)
  await land(third)
  await row(page, third).getByText(`${paths.length} ${paths.length === 1 ? 'file' : 'files'} in conflict.`).waitFor()
  assert.equal(await base(), two)
  const { conflicts } = await want(200, 'GET', `/api/workspaces/${workspace.id}/worktrees/${trees[third].id}/merge`)
  assert.deepEqual(conflicts.map(({ path }) => path).sort(), paths)
  assert.equal(await row(page, last).getByText(/^landed/).count(), 0)
  const named = row(page, third).getByRole('list', { name: 'Files in conflict' }).getByRole('link')
  assert.deepEqual((await named.allInnerTexts()).toSorted(), paths)
  await row(page, third).getByRole('button', { name: 'Abort the merge' }).waitFor()
  // On the page beside it, and then on both of them without a reload.
  const review = await visit(browser, want, `/w/${workspace.id}/review/${trees[third].id}`)
  const open = /The merge is open in this worktree/
  await review.page.getByText(open).first().waitFor()
  await review.page.getByRole('button', { name: 'Abort the merge' }).first().press('Enter')
  await review.page.getByText('The merge was aborted; the worktree is as it was').waitFor()
  for (const one of [review.page, page]) {
    await one.getByText(open).first().waitFor({ state: 'detached' })
    await one.getByText(/in conflict: a merge or rebase is open/).waitFor({ state: 'detached' })
    assert.equal(await one.getByRole('button', { name: 'Abort the merge' }).count(), 0)
  }
  assert.deepEqual(review.faults, [])
  await review.close()
  assert.equal(await git(trees[third].path, 'status', '--porcelain'), '', 'the worktree is clean again')
  assert.equal((await want(200, 'GET', `/api/workspaces/${workspace.id}/worktrees/${trees[third].id}/merge`)).inProgress, 'none')

  await page.evaluate(() => document.activeElement?.blur())
  await page.keyboard.press('u')
  await until(async () => (await base()) === again, 'the second landing is taken back')
  await page.getByRole('main').locator('[data-row]').filter({ hasText: second }).waitFor()
  await page.keyboard.press('u')
  await until(async () => (await base()) === began, 'the first landing is taken back')
  assert.equal(await git(repository, 'status', '--porcelain'), '')
  assert.deepEqual(faults, [])
  await close()
})

test('a fetch goes on when its page is closed, and is shown with its age by the next one', async () => {
  const [go, pack, remote] = ['go', 'pack', 'remote'].map((end) => path.join(os.tmpdir(), `${path.basename(repository)}-fetch-${end}`))
  await git(repository, 'clone', '--quiet', '--bare', repository, remote)
  await writeFile(pack, `#!/bin/sh\nuntil [ -e '${go}' ]; do sleep 0.05; done\nexec git-upload-pack "$@"\n`, { mode: 0o755 })
  await git(repository, 'remote', 'add', 'slow', remote)
  await git(repository, 'config', 'remote.slow.uploadpack', pack)
  const place = `/api/workspaces/${workspace.id}/worktrees/${trees.aside.id}`
  const fetching = want(200, 'POST', `${place}/fetch`, { remote: 'slow' })
  const intents = async () => (await want(200, 'GET', '/api/intents')).intents.map(({ operation, worktreeId }) => [operation, worktreeId])
  await until(async () => (await intents()).length > 0, 'the fetch is listed')
  assert.deepEqual(await intents(), [['fetch_remote', trees.aside.id]])
  const { page, close } = await visit(browser, want, `/w/${workspace.id}/review/${trees.aside.id}`)
  const note = page.getByRole('region', { name: 'Fetching' })
  await note.getByRole('button', { name: 'Cancel' }).waitFor()
  await page.reload()
  await note.getByText('It continues when this page is closed.').waitFor()
  await writeFile(go, '')
  await fetching
  await note.waitFor({ state: 'detached' })
  assert.deepEqual(await intents(), [])
  await close()
  await Promise.all([go, pack, remote].map((file) => rm(file, { recursive: true })))
})

test('a queue goes on when its page is closed; a second page and a reload show it, and where it stopped and why', async () => {
  const route = `/api/workspaces/${workspace.id}`
  const go = path.join(os.tmpdir(), `${path.basename(repository)}-go`)
  await want(201, 'POST', `${route}/scripts`, { kind: 'check', name: 'gate', command: `until [ -e '${go}' ]; do sleep 0.05; done` })
  const began = await revision(repository, 'main')
  // The merge that the test before it left in conflict.
  for (const { id } of Object.values(trees)) {
    const { inProgress } = await want(200, 'GET', `${route}/worktrees/${id}/merge`)
    if (inProgress !== 'none') await want(200, 'POST', `${route}/worktrees/${id}/merge/abort`, {})
  }
  const first = await visit(browser, want, `/landing?w=${workspace.id}`)
  await first.page.getByRole('heading', { level: 1, name: /^(Land (\d of )?4|0 of 4 can land) on main/ }).waitFor()
  const names = await queue(first.page)
  await first.page.getByRole('button', { name: /^Land the next 4/ }).press('Enter')
  await row(first.page, names[0]).getByText('checks 0 of 1').waitFor()
  await row(first.page, names[1]).getByText('in the queue').waitFor()
  await first.close()

  const second = await visit(browser, want, `/landing?w=${workspace.id}`)
  for (let visits = 0; visits < 2; visits++) {
    await row(second.page, names[0]).getByText('checks 0 of 1').waitFor()
    await row(second.page, names[1]).getByText('in the queue').waitFor()
    if (visits === 0) await second.page.reload()
  }
  await second.close()
  await daemon.kill()
  await daemon.restart()
  await writeFile(go, '')
  let ended
  await until(async () => (ended = (await want(200, 'GET', `${route}/land-queue`)).queue).endedAt, 'the queue ends with no page open')
  assert.equal(ended.state, 'stopped')
  assert.deepEqual(ended.rows.map(({ state }) => state), ['landed', 'landed', 'stopped', 'waiting'])
  const landed = (await git(repository, 'log', '--first-parent', '--reverse', '--format=%H', `${began}..main`)).trim().split('\n')
  assert.deepEqual(landed, ended.rows.slice(0, 2).map(({ toId }) => toId), 'each once, in this order')

  const third = await visit(browser, want, `/landing?w=${workspace.id}`)
  await row(third.page, names[2]).getByText(/in conflict\. The merge is open/).waitFor()
  await row(third.page, names[2]).getByRole('button', { name: 'Abort the merge' }).waitFor()
  for (const name of ['Try again', 'Hand to its agent']) assert.equal(await row(third.page, names[2]).getByRole('button', { name }).count(), 0, `no ${name}: a merge is open, and no agent works there`)
  assert.equal(await row(third.page, names[3]).getByText(/^landed|in the queue/).count(), 0)
  assert.deepEqual(third.faults, [])
  await third.close()
  await rm(go)
})
