// The real page while the world behind it changes, at the pace of a person: a start link that is used up.
import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { launchBrowser } from '../harness/browser.mjs'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { runToEnd } from '../harness/program.mjs'
import { DEADLINE_MS } from '../harness/wait.mjs'

describe('the page', () => {
  let daemon, browser
  before(async () => {
    // A home whose name a shell would take apart.
    daemon = await Daemon.start({ home: path.join(await makeFolder('home'), "it's mine") })
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

  test('a spent start link says so, and a fresh one that is pasted into the same tab opens the page', async (t) => {
    const { url } = await daemon.want(200, 'POST', '/api/auth/codes')
    const [first, second] = [await openPage(t), await openPage(t)]
    await first.goto(url)
    await first.getByRole('heading', { name: 'Workspaces', level: 1 }).waitFor()
    await second.goto(url)
    await second.getByRole('heading', { name: 'This start link is spent' }).waitFor()
    const { openCommand } = await daemon.want(200, 'GET', '/api/auth', undefined, { token: null })
    await second.getByText(openCommand, { exact: true }).waitFor()

    const { out } = await runToEnd('/bin/sh', ['-c', `${openCommand} --print`])
    // The tab stands at the same address: only the fragment changes, and nothing is loaded.
    assert.equal(new URL(out.trim()).pathname, new URL(second.url()).pathname)
    await second.goto(out.trim())
    await second.getByRole('heading', { name: 'Workspaces', level: 1 }).waitFor()
    await second.getByRole('contentinfo').getByText('Live').waitFor()
    assert.equal(new URL(second.url()).hash, '')
  })
})
