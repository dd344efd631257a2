// The main job in the embedded page: open a repository, make a worktree, run a real agent, answer it, see its diff,
// lose the daemon in the middle and miss nothing.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'
import { checkItself } from '../../web/mock/checks.mjs'
import { launchBrowser } from '../harness/browser.mjs'
import { claudeClis } from '../harness/clis.mjs'
import { makeFolder } from '../harness/daemon.mjs'
import { changes, makeRepository } from '../harness/repository.mjs'
import { PICTURE, takePicture } from '../harness/screenshot.mjs'
import { until } from '../harness/wait.mjs'

const patienceMs = 60_000

/** What the network reports on the console is the state of the connection, which the page shows itself. */
const isNetworkNote = (text) => text.startsWith('Failed to load resource') || text.startsWith('WebSocket connection to')

async function stop(page) {
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await page.getByRole('main').getByText('Stopped', { exact: true }).waitFor()
}

/** An ask takes answers once it has been on screen, unchanged, for as long as a person needs to see it. */
async function allow(page, ask) {
  const button = ask.getByRole('button', { name: /^Allow once/ })
  await button.and(page.locator(':not([aria-disabled])')).waitFor()
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 450)))
  await button.click()
}

forEachClaude((cli) => {
  let studio
  let browser
  before(async () => {
    studio = await Studio.open(cli)
    browser = await launchBrowser()
  })
  after(async () => {
    await browser.close()
    await studio.close()
  })

  /** The page at its start URL, in a fresh profile; `calls` are the requests to the API, `faults` what must not be. */
  async function openPage() {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    await context.addInitScript(checkItself)
    const page = await context.newPage()
    page.setDefaultTimeout(patienceMs)
    const [calls, faults] = [[], []]
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !isNetworkNote(message.text())) faults.push(message.text())
    })
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (url.pathname.startsWith('/api/')) calls.push(`${request.method()} ${url.pathname}`)
    })
    const { url } = await studio.want(200, 'POST', '/api/auth/codes')
    await page.goto(url)
    return { page, calls, faults, close: () => context.close() }
  }

  test('a repository becomes a worktree, an agent, an answer and a diff', async () => {
    const { page, calls, faults, close } = await openPage()
    const repository = await makeRepository({ 'README.md': '# Page\n' }, `page-${cli.version}`)
    await page.getByRole('link', { name: 'Open a repository' }).first().click()
    await page.getByRole('textbox', { name: 'Path of the repository' }).fill(repository)
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Look at the workspace first' }).click()
    await page.getByRole('heading', { name: path.basename(repository), level: 1 }).waitFor()

    await page.getByRole('button', { name: 'New worktree' }).click()
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('by-page')
    await page.keyboard.press('Enter')
    const worktree = page.getByRole('region', { name: 'Worktree by-page' })
    await worktree.getByText('clean').waitFor()

    await worktree.getByRole('button', { name: 'Start an agent here' }).click()
    await page.getByRole('textbox', { name: 'What should it do?' }).fill('Make a file. @@write')
    await page.getByRole('contentinfo').getByText('Live').waitFor()
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    const log = page.getByRole('log', { name: 'Transcript' })
    await log.getByText('I will create a file.').waitFor()
    const ask = page.getByRole('region', { name: 'Ask: Write a file' })
    await ask.getByText('hello.txt').first().waitFor()
    await page.getByRole('main').getByText('permission for Write').first().waitFor()
    assert.deepEqual(await changes(`${repository}-by-page`), [])

    await page.waitForLoadState('networkidle')
    const before = calls.length
    await allow(page, ask)
    await log.getByText('Created hello.txt.').waitFor()
    await log.getByRole('img', { name: 'Turn done' }).waitFor()
    assert.equal(await readFile(`${repository}-by-page/hello.txt`, 'utf8'), 'hello\nworld\n')
    assert.deepEqual(await changes(`${repository}-by-page`), ['?? hello.txt'])

    const diff = page.getByRole('region', { name: 'Changes' })
    await diff.getByText('hello', { exact: true }).waitFor()
    await diff.getByText('world', { exact: true }).waitFor()
    process.stderr.write(calls.slice(before).join('\n') + '\n')
    await stop(page)
    assert.deepEqual(faults, [])
    await close()
  })

  test('the daemon is killed while an ask waits; the page comes back to it and answers', async () => {
    const agent = await studio.begin('Make a file. @@write', { name: 'survivor' })
    await agent.ask()
    const { page, faults, close } = await openPage()
    await page.getByRole('link', { name: 'survivor' }).first().click()
    const ask = page.getByRole('region', { name: 'Ask: Write a file' })
    await ask.waitFor()
    await studio.daemon.kill()
    await page.getByRole('alert').getByText('The daemon does not answer.').waitFor()
    await studio.daemon.restart({ args: ['--port', String(studio.daemon.port)] })
    studio.live = await studio.daemon.connect()
    await page.getByRole('contentinfo').getByText('Live').waitFor()
    const log = page.getByRole('log', { name: 'Transcript' })
    const created = log.getByText('Created hello.txt.')
    // A store that was killed in the middle of a write may be read again first: until then an answer is refused, and a person tries again.
    await until(async () => {
      await ask.getByRole('button', { name: /^Allow once/ }).click({ timeout: 2000 }).catch(() => {})
      return created.waitFor({ timeout: 5000 }).then(() => true, () => false)
    }, 'the answer is accepted')
    assert.equal(await log.getByText('I will create a file.').count(), 1)
    assert.deepEqual(await changes(agent.worktree.path), ['?? hello.txt'])
    await stop(page)
    assert.deepEqual(faults, [])
    await close()
  })
})

test('the demo shows agents at work, and yields the screenshot of the README', async () => {
  const studio = await Studio.open(claudeClis().at(-1))
  try {
    await studio.want(204, 'DELETE', `/api/workspaces/${studio.workspace.id}`)
    // The tree changes only when that is asked for.
    const file = process.env.MUSTER_SCREENSHOT === '1' ? PICTURE : path.join(process.env.MUSTER_ARTIFACTS ?? (await makeFolder('picture')), 'screenshot.png')
    const bytes = await takePicture(studio.daemon, file)
    assert.ok(bytes > 20_000 && bytes < 200_000, `${bytes} bytes`)
  } finally {
    await studio.close()
  }
})
