// Cloning on the page: what it does, how far it is, and how it ends are there for whoever looks, also after a reload and on Home.
import assert from 'node:assert/strict'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { launchBrowser } from '../harness/browser.mjs'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { makeSsh } from '../harness/remotes.mjs'
import { makeRepository } from '../harness/repository.mjs'
import { visit } from '../harness/visit.mjs'

let daemon, browser, ssh, user, repository
const want = (...call) => daemon.want(...call)
const clones = async () => (await want(200, 'GET', '/api/clones')).clones

before(async () => {
  user = await makeFolder('user')
  const bin = path.join(user, 'bin')
  ssh = await makeSsh(bin)
  repository = await makeRepository({ 'README.md': '# Cloned\n' }, 'tidepool')
  daemon = await Daemon.start({ env: { HOME: user, PATH: `${bin}:${process.env.PATH}` } })
  await want(200, 'PUT', '/api/settings/workspace.roots', { value: os.tmpdir() })
  browser = await launchBrowser()
})
after(async () => {
  await browser?.close()
  await daemon?.remove()
})

const address = (page) => page.getByRole('textbox', { name: 'Path of the repository' })
const folderOf = (page) => page.getByRole('textbox', { name: 'Folder that it is cloned into' })
const note = (page) => page.getByRole('region', { name: 'Cloning tidepool' })

test('an address is cloned and the way goes on with its first agent', async (t) => {
  const { page, faults, close } = await visit(browser, want, '/welcome')
  t.after(close)
  await address(page).fill(`ssh://git@here.example.org${repository}`)
  assert.match(await folderOf(page).inputValue(), /\/tidepool$/)
  const folder = path.join(user, 'first')
  await folderOf(page).fill(folder)
  await page.getByRole('button', { name: 'Clone', exact: true }).click()
  await page.getByRole('textbox', { name: 'What should it do?' }).waitFor()
  assert.equal(await readFile(path.join(folder, 'README.md'), 'utf8'), '# Cloned\n')
  assert.deepEqual(faults, [])
})

test('it goes on when the page closes, is found again on Home, and ends there', async (t) => {
  const first = await visit(browser, want, '/welcome')
  await address(first.page).fill(`git clone git@slow.example.org:${repository}`)
  await folderOf(first.page).fill(path.join(user, 'second'))
  await address(first.page).press('Enter')
  await note(first.page).getByText('receives objects, 50 %, 3 of 6').waitFor()
  await note(first.page).getByText('1.00 MiB/s').waitFor()
  await first.close()
  const { page, faults, close } = await visit(browser, want, '/')
  t.after(close)
  await note(page).getByText('receives objects, 50 %, 3 of 6').waitFor()
  await page.reload()
  await note(page).getByRole('progressbar').waitFor()
  await writeFile(ssh.go, '')
  await note(page).getByText('tidepool is cloned and open').waitFor()
  await note(page).getByRole('link', { name: 'Go on with it' }).click()
  await page.getByRole('textbox', { name: 'What should it do?' }).waitFor()
  await rm(ssh.go)
  assert.deepEqual(faults, [])
})

test('it is cancelled where it is seen', async (t) => {
  const { page, close } = await visit(browser, want, '/welcome')
  t.after(close)
  await address(page).fill('git@silent.example.org:owner/tidepool')
  await folderOf(page).fill(path.join(user, 'third'))
  await folderOf(page).press('Enter')
  await note(page).getByText('is slow today').waitFor()
  await note(page).getByRole('button', { name: 'Cancel' }).click()
  await note(page).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Clone', exact: true }).waitFor()
  assert.equal(await page.getByRole('alert').count(), 0)
  assert.deepEqual([await address(page).inputValue(), await clones()], ['git@silent.example.org:owner/tidepool', []])
})

test('a failure shows its reason with git\'s last words, and is cloned again by one act', async (t) => {
  const { page, close } = await visit(browser, want, '/welcome')
  t.after(close)
  const folder = path.join(user, 'fourth')
  await address(page).fill(`ssh://git@slow.example.org${repository}-not-yet/tidepool`)
  await folderOf(page).fill(folder)
  await writeFile(ssh.go, '')
  await folderOf(page).press('Enter')
  await note(page).getByText('tidepool was not cloned').waitFor()
  await note(page).getByText("there is no repository at the remote's address").waitFor()
  await note(page).getByLabel('What git said last').getByText('does not appear to be a git repository').waitFor()
  const later = `${repository}-not-yet`
  await mkdir(later)
  await makeRepository({ 'README.md': '# Later\n' }, 'tidepool', later)
  await page.reload()
  assert.equal(await folderOf(page).inputValue(), folder)
  await note(page).getByRole('button', { name: 'Clone again' }).click()
  await note(page).getByText('tidepool is cloned and open').waitFor()
  assert.equal(await readFile(path.join(folder, 'README.md'), 'utf8'), '# Later\n')
})
