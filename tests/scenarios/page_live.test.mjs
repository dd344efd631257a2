// The real page while the world behind it changes, at the pace of a person: a diff that is being written, a daemon that
// goes and comes back, a start link that is used up.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { launchBrowser } from '../harness/browser.mjs'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { runToEnd } from '../harness/program.mjs'
import { makeRepository } from '../harness/repository.mjs'
import { DEADLINE_MS } from '../harness/wait.mjs'

const lines = (word, n) => Array.from({ length: n }, (_, place) => `${word} ${place + 1}\n`).join('')

describe('the page', () => {
  let daemon, browser
  before(async () => {
    // A home whose name a shell would take apart.
    daemon = await Daemon.start({ home: path.join(await makeFolder('home'), "it's mine") })
    await daemon.want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser.close()
    await daemon.remove()
  })

  async function openPage(t) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    t.after(() => context.close())
    const page = await context.newPage()
    page.setDefaultTimeout(DEADLINE_MS)
    return page
  }

  async function openDiff(t, files) {
    const repository = await makeRepository(files)
    const { id } = await daemon.want(201, 'POST', '/api/workspaces', { path: repository })
    const { worktrees } = await daemon.want(200, 'GET', `/api/workspaces/${id}`)
    const { url } = await daemon.want(200, 'POST', '/api/auth/codes')
    const page = await openPage(t)
    await page.goto(new URL(`/w/${id}/diff/${worktrees[0].id}${new URL(url).hash}`, url).href)
    await page.getByText('Nothing differs from the last commit.').waitFor()
    await page.getByRole('contentinfo').getByText('Live').waitFor()
    return { page, write: (name, text) => writeFile(path.join(repository, name), text), changes: page.getByRole('region', { name: 'Changes' }) }
  }

  test('an open diff shows every change of a file, also one that leaves git’s status unchanged', async (t) => {
    const { write, changes } = await openDiff(t, { 'plan.txt': 'old\n' })
    for (const text of ['first thought', 'second thought', 'another word.', 'final thought']) {
      const began = performance.now()
      await write('plan.txt', `${text}\n`)
      await changes.getByText(text, { exact: true }).waitFor()
      t.diagnostic(`"${text}" was shown after ${Math.round(performance.now() - began)} ms`)
      assert.equal(await changes.getByText(/thought|word/).count(), 1)
    }
  })

  test('the text being read stays in place while files above it are written', async (t) => {
    const { page, write, changes } = await openDiff(t, { 'README.md': '# Read\n' })
    await write('middle.txt', lines('middle', 300))
    await changes.getByText('middle 5', { exact: true }).waitFor()
    await changes.hover()
    await page.mouse.wheel(0, 3000)
    const read = changes.getByText('middle 160', { exact: true })
    await read.waitFor()
    const before = (await read.boundingBox()).y
    await write('above.txt', lines('above', 50))
    await page.getByRole('navigation', { name: 'Changed files' }).getByText('above.txt').waitFor()
    assert.equal((await read.boundingBox()).y, before)
    await write('middle.txt', `${lines('new', 20)}${lines('middle', 300)}`)
    await page.getByText('+370', { exact: true }).waitFor()
    assert.equal((await read.boundingBox()).y, before)
  })

  test('what could not be read while the daemon was away is read when it is back, and no old warning stays', async (t) => {
    const { page, write, changes } = await openDiff(t, { 'README.md': '# Away\n' })
    await page.getByRole('link', { name: 'repo /' }).click()
    const diff = page.getByRole('main').getByRole('link', { name: 'Diff' })
    await diff.waitFor()
    await daemon.kill()
    const banner = page.getByRole('alert').getByText('The daemon does not answer.')
    await banner.waitFor()
    await write('new.txt', 'written meanwhile\n')
    await page.getByRole('main').getByRole('button', { name: 'Checkout' }).click()
    await page.getByRole('dialog').getByText('did not answer').waitFor()
    await daemon.restart({ args: ['--port', String(daemon.port)] })
    await page.getByRole('contentinfo').getByText('Live').waitFor()
    await banner.waitFor({ state: 'detached' })
    await page.getByRole('dialog').getByRole('option', { name: 'main' }).waitFor({ state: 'attached' })
    await page.keyboard.press('Escape')
    await diff.click()
    await changes.getByText('written meanwhile').waitFor()
    assert.equal(await page.getByText(/(does|did) not answer/).count(), 0)
  })

  test('a used start link says so, and a new one pasted into the same tab opens the page', async (t) => {
    const { url } = await daemon.want(200, 'POST', '/api/auth/codes')
    const [first, second] = [await openPage(t), await openPage(t)]
    await first.goto(url)
    await first.getByRole('heading', { name: 'Workspaces', level: 1 }).waitFor()
    await second.goto(url)
    await second.getByRole('heading', { name: 'This start link no longer works' }).waitFor()
    const { openCommand } = await daemon.want(200, 'GET', '/api/auth', undefined, { token: null })
    await second.getByText(openCommand, { exact: true }).waitFor()

    const { out } = await runToEnd('/bin/sh', ['-c', `${openCommand} --print`])
    // The tab is at the same address: only the fragment changes, and nothing is loaded.
    assert.equal(new URL(out.trim()).pathname, new URL(second.url()).pathname)
    await second.goto(out.trim())
    await second.getByRole('heading', { name: 'Workspaces', level: 1 }).waitFor()
    await second.getByRole('contentinfo').getByText('Live').waitFor()
    assert.equal(new URL(second.url()).hash, '')
  })
})
