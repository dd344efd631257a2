// The real page while the world behind it changes, at the pace of a person: a diff that is being written, a daemon that
// goes and comes back, or dies while an agent speaks, a start link that is used up.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Studio } from '../harness/agents.mjs'
import { launchBrowser } from '../harness/browser.mjs'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { claudeClis } from '../harness/clis.mjs'
import { runToEnd } from '../harness/program.mjs'
import { holdings, isAtEnd, selectWords, wholeText } from '../harness/reader.mjs'
import { makeRepository } from '../harness/repository.mjs'
import { DEADLINE_MS, until } from '../harness/wait.mjs'

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
    await page.goto(new URL(`/w/${id}/review/${worktrees[0].id}?against=head${new URL(url).hash}`, url).href)
    await page.getByRole('heading', { name: 'Equal to HEAD' }).waitFor()
    await page.getByRole('contentinfo').getByText('Live').waitFor()
    const name = path.basename(repository)
    return { page, name, write: (file, text) => writeFile(path.join(repository, file), text), changes: page.getByRole('region', { name: 'Changes' }) }
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
    await page.getByRole('button', { name: /middle\.txt.*320 lines added/ }).waitFor()
    assert.equal((await read.boundingBox()).y, before)
  })

  test('what could not be read while the daemon was away is read when it is back, and no old warning stays', async (t) => {
    const { page, name, write, changes } = await openDiff(t, { 'README.md': '# Away\n' })
    await page.getByRole('main').getByRole('link', { name, exact: true }).click()
    const worktree = page.getByRole('region', { name: /^Worktree / })
    await worktree.getByRole('link', { name: 'main' }).waitFor()
    await daemon.kill()
    const banner = page.getByRole('alert').getByText('The daemon does not answer.')
    await banner.waitFor()
    await write('new.txt', 'written meanwhile\n')
    await worktree.getByRole('button', { name: /^More about/ }).click()
    await page.getByRole('menuitem', { name: /^Check out a branch/ }).click()
    await page.getByRole('dialog').getByText('did not answer').waitFor()
    await daemon.restart({ args: ['--port', String(daemon.port)] })
    await page.getByRole('contentinfo').getByText('Live').waitFor()
    await banner.waitFor({ state: 'detached' })
    await page.getByRole('dialog').getByRole('option', { name: 'main' }).waitFor({ state: 'attached' })
    await page.keyboard.press('Escape')
    await worktree.getByRole('link', { name: 'main' }).click()
    await changes.getByText('written meanwhile').waitFor()
    assert.equal(await page.getByText(/(does|did) not answer/).count(), 0)
  })

  test('a used start link says so, and a new one pasted into the same tab opens the page', async (t) => {
    const { url } = await daemon.want(200, 'POST', '/api/auth/codes')
    const [first, second] = [await openPage(t), await openPage(t)]
    await first.goto(url)
    await first.getByRole('heading', { name: /^Nothing needs you/, level: 1 }).waitFor()
    await second.goto(url)
    await second.getByRole('heading', { name: 'This start link no longer works' }).waitFor()
    const { openCommand } = await daemon.want(200, 'GET', '/api/auth', undefined, { token: null })
    await second.getByText(openCommand, { exact: true }).waitFor()

    const { out } = await runToEnd('/bin/sh', ['-c', `${openCommand} --print`])
    // The tab is at the same address: only the fragment changes, and nothing is loaded.
    assert.equal(new URL(out.trim()).pathname, new URL(second.url()).pathname)
    await second.goto(out.trim())
    await second.getByRole('heading', { name: /^Nothing needs you/, level: 1 }).waitFor()
    await second.getByRole('contentinfo').getByText('Live').waitFor()
    assert.equal(new URL(second.url()).hash, '')
  })
})

/** A sequence that looks random and is the same again for the same seed (mulberry32). */
function randomOf(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const moments = process.env.MUSTER_SOAK ? 20 : 6
const seed = Number(process.env.MUSTER_SEED ?? 20261123)
const paceMs = 12
const wordsOf = (turn) => `${Array.from({ length: turn === 0 ? 400 : 100 }, (_, n) => `Turn ${turn} says ${n}.${n % 10 === 9 ? '\n\n' : ' '}`).join('')}The end of turn ${turn}.`
/** Every turn says something else, for about two seconds; the first is long enough to be read elsewhere than at its end. */
const streams = Object.fromEntries(Array.from({ length: moments + 1 }, (_, turn) => [`turn${turn}`, [{ content: [{ text: wordsOf(turn), chunk: 12, pace: turn === 0 ? 0 : paceMs }] }]]))

describe('an agent that speaks while its daemon dies', () => {
  let studio, browser
  before(async () => {
    studio = await Studio.open(claudeClis().at(-1), { script: { scenarios: streams } })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await studio?.close()
  })

  async function openAgent(t, { id, workspaceId }) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    t.after(() => context.close())
    const page = await context.newPage()
    page.setDefaultTimeout(DEADLINE_MS)
    const { url } = await studio.want(200, 'POST', '/api/auth/codes')
    await page.goto(new URL(`/w/${workspaceId}/a/${id}${new URL(url).hash}`, url).href)
    await page.getByRole('contentinfo').getByText('Live').waitFor()
    return page
  }

  /** Reading above the end, with words selected and others begun; or at the end, with a menu open. */
  async function settle(page, isReading) {
    const draft = page.getByRole('textbox', { name: /^Message to/ })
    await draft.fill('half a thought')
    if (isReading) {
      await page.getByRole('log').hover()
      await until(async () => {
        await page.mouse.wheel(0, -400)
        return page.getByRole('log').getByText('Turn 0 says 41.').isVisible()
      }, 'the reader is above the end')
      await selectWords(page, 'Turn 0 says 41.')
      await draft.evaluate((node) => {
        node.focus({ preventScroll: true })
        node.setSelectionRange(5, 6)
      })
    } else {
      await page.getByRole('button', { name: /^(To the end|\d+ new)/ }).click()
      await until(() => isAtEnd(page), 'the end is in view')
      await page.getByRole('button', { name: /^More about/ }).click()
      await page.getByRole('menu').waitFor()
      // The pointer would choose another entry when the page makes room for a banner.
      await page.mouse.move(0, 0)
      await page.keyboard.press('ArrowDown')
      await page.locator('[role=menuitem]:focus').waitFor()
    }
  }

  test('whenever it dies, nothing is lost, nothing comes twice, and the reader stays where they are', async (t) => {
    const random = randomOf(seed)
    t.diagnostic(`${moments} moments of seed ${seed}`)
    const agent = await studio.begin('Go. @@turn0', { name: 'speaker' })
    await agent.turnEnd()
    const row = await agent.get()
    const page = await openAgent(t, row)
    const log = page.getByRole('log', { name: 'Transcript' })
    await log.getByText('The end of turn 0.').waitFor()
    for (let turn = 1; turn <= moments; turn++) {
      const isReading = turn % 2 === 1
      await agent.send(`Part ${turn}: go on. @@turn${turn}`)
      await settle(page, isReading)
      const before = await holdings(page)
      await new Promise((resolve) => setTimeout(resolve, random() * 2500))
      await studio.daemon.kill()
      await new Promise((resolve) => setTimeout(resolve, random() * 500))
      await studio.daemon.restart({ args: ['--port', String(studio.daemon.port)] })
      await page.getByRole('contentinfo').getByText('Live').waitFor()
      await until(async () => (await agent.get()).status === 'finished', `turn ${turn} ends`)
      const { row: rowBefore, ...rest } = before
      const { row: rowNow, ...now } = await holdings(page)
      assert.deepEqual(now, rest, `moment ${turn}`)
      if (isReading) assert.deepEqual(rowNow, rowBefore, `moment ${turn}`)
      else await until(() => isAtEnd(page), `moment ${turn}: the end stays in view`, 5000)
      await page.keyboard.press('Escape')
    }
    const fresh = await openAgent(t, row)
    await fresh.getByRole('log').getByText(`The end of turn ${moments}.`).waitFor()
    const [kept, read] = [await wholeText(page), await wholeText(fresh)]
    assert.deepEqual(kept, read)
    const text = kept.join('\n')
    for (let turn = 0; turn <= moments; turn++)
      for (const said of [`Part ${turn}: go on.`, `Turn ${turn} says 0.`, `Turn ${turn} says 57.`, `The end of turn ${turn}.`])
        if (turn > 0 || !said.startsWith('Part')) assert.equal(text.split(said).length - 1, 1, said)
  })
})
