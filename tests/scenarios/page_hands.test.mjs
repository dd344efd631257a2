// Asks of the real CLI in the embedded page, met at the speed of a person: typing, a command longer than its card, Escape.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { forEachClaude, Studio } from '../harness/agents.mjs'
import { launchBrowser } from '../harness/browser.mjs'
import { makeFolder } from '../harness/daemon.mjs'

const patienceMs = 60_000
/** Between two keys of a quick typist. */
const delay = 60

const wide = { viewport: { width: 1440, height: 900 } }
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

const run = (command, description) => [{ content: [{ tool: 'Bash', input: { command, description } }] }, { content: [{ text: 'The command ran.' }] }]
const longCommand = `rm -rf build && ${'echo checking && '.repeat(150)}touch pushed-by-force`
const question = { question: 'Which colour?', header: 'Colour', multiSelect: false, options: [{ label: 'Red', description: 'warm' }, { label: 'Blue', description: 'cold' }] }
const scenarios = {
  remove: run('rm -rf build && echo removed', 'Remove the build'),
  long: run(longCommand, 'Check'),
  question: [{ content: [{ tool: 'AskUserQuestion', input: { questions: [question] } }] }, { content: [{ text: 'Thanks for answering.' }] }],
  overwrite: [
    { content: [{ tool: 'Read', input: { file_path: '${cwd}/notes.md' } }] },
    { content: [{ tool: 'Write', input: { file_path: '${cwd}/notes.md', content: 'one\nTWO\nthree\n' } }] },
    { content: [{ text: 'Rewritten.' }] },
  ],
}

forEachClaude((cli) => {
  let studio
  let browser
  before(async () => {
    const script = path.join(await makeFolder('script'), 'scenarios.json')
    await writeFile(script, JSON.stringify({ scenarios }))
    studio = await Studio.open(cli, { script, files: { 'notes.md': 'one\ntwo\nthree\n' } })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser.close()
    await studio.close()
  })

  /** An agent that asks, in a worktree with a `build` to lose, and its page as a person finds it. */
  async function meet(name, device = wide) {
    const worktree = await studio.worktree()
    await mkdir(path.join(worktree.path, 'build'))
    const agent = await studio.begin(`Go. @@${name}`, { worktree, name: `${name} agent` })
    const ask = await agent.ask()
    const context = await browser.newContext(device)
    const page = await context.newPage()
    page.setDefaultTimeout(patienceMs)
    const { url } = await studio.want(200, 'POST', '/api/auth/codes')
    await page.goto(url)
    const link = page.getByRole('link', { name: `${name} agent` }).first()
    await link.click()
    const card = page.getByRole('region', { name: /^Ask: / })
    await card.waitFor()
    const box = page.getByRole('textbox', { name: `Message to ${name} agent` })
    const file = (at) => path.join(worktree.path, at)
    const state = async () => (await studio.want(200, 'GET', `/api/asks/${ask.id}`)).state
    const log = page.getByRole('log', { name: 'Transcript' })
    async function close() {
      await agent.stop()
      await context.close()
    }
    return { agent, page, card, box, log, file, state, close }
  }

  /** A key or a click that comes before a person can have seen what it answers is refused. */
  const look = (page) => page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 450)))

  test('typing after opening an agent that waits writes text and allows nothing', async () => {
    const { page, card, box, log, file, state, close } = await meet('remove')
    await page.keyboard.type('also add a dash', { delay })
    assert.equal(await box.inputValue(), 'also add a dash')
    assert.equal(await state(), 'open')
    assert.equal(existsSync(file('build')), true)

    await page.keyboard.press('Shift+Tab')
    await page.getByRole('region', { name: /^Ask: / }).and(page.locator(':focus-within')).waitFor()
    await look(page)
    await page.keyboard.press('a')
    await log.getByText('The command ran.').waitFor()
    assert.equal(existsSync(file('build')), false)
    assert.equal(await box.inputValue(), 'also add a dash')
    await close()
  })

  for (const [size, device] of Object.entries({ wide, phone }))
    test(`a command longer than its card can be allowed only after its end was in view (${size})`, async () => {
      const { page, card, log, file, state, close } = await meet('long', device)
      const allow = card.getByRole('button', { name: /^Allow once/ })
      const region = card.getByRole('region', { name: 'Command' })
      /** By how many pixels the end of the command is out of its box, and its box out of the window. */
      const hidden = () =>
        region.evaluate((node) => {
          const range = document.createRange()
          range.selectNodeContents(node)
          const { bottom, right } = range.getBoundingClientRect()
          const box = node.getBoundingClientRect()
          const over = (by) => Math.max(0, Math.floor(by - 1))
          return { below: over(bottom - box.bottom), beside: over(right - box.right), outside: over(box.bottom - window.innerHeight) }
        })
      const nothing = { below: 0, beside: 0, outside: 0 }
      const isEndInSight = async () => isDeepStrictEqual(await hidden(), nothing)
      await card.getByText('Available once you have seen all of it').waitFor()
      await card.focus()
      await look(page)
      await page.keyboard.press('a', { delay })
      await allow.click({ force: true })
      assert.equal(await state(), 'open')

      await card.focus()
      await (size === 'wide' ? page.keyboard.press('Enter') : card.getByRole('button', { name: 'Show all' }).tap())
      assert.equal(await isEndInSight(), false)
      assert.equal(await region.evaluate((node) => node.scrollWidth > node.clientWidth), false)
      await card.focus()
      await page.keyboard.press('a', { delay })
      assert.equal(await state(), 'open')

      if (size === 'wide') {
        await region.hover()
        while (!(await isEndInSight())) await page.mouse.wheel(0, 120)
      } else await region.evaluate((node) => node.scrollTo(0, node.scrollHeight))
      await card.getByText('Available once you have seen all of it').waitFor({ state: 'detached' })
      assert.deepEqual(await hidden(), nothing)
      assert.equal(await state(), 'open')
      await look(page)
      await allow.click()
      await log.getByText('The command ran.').waitFor()
      assert.deepEqual([existsSync(file('build')), existsSync(file('pushed-by-force'))], [false, true])
      await close()
    })

  test('Escape leaves a free-text answer, and the turn continues', async () => {
    const { agent, page, card, log, state, close } = await meet('question')
    const own = card.getByRole('textbox', { name: 'Another answer' })
    await own.click()
    await page.keyboard.type('a dark green', { delay })
    await page.keyboard.press('Escape', { delay })
    assert.equal(await own.inputValue(), 'a dark green')
    assert.equal(await state(), 'open')
    assert.equal((await agent.get()).status, 'waiting')
    await card.getByRole('button', { name: /^Answer/ }).click()
    await log.getByText('Thanks for answering.').waitFor()
    await log.getByRole('img', { name: 'Turn done' }).waitFor()
    assert.equal(await log.getByText('Interrupted').count(), 0)
    await close()
  })

  test('a write over a file that the agent has read is shown as a change', async () => {
    const { page, card, log, file, close } = await meet('overwrite')
    await card.getByText('TWO', { exact: true }).waitFor()
    await card.getByText('notes.md', { exact: true }).waitFor()
    await card.getByText(/Compared with the file as it is now\./).waitFor()
    const lines = (await card.locator('[data-ask-bytes]').innerText()).split('\n').map((line) => line.trim())
    assert.deepEqual(lines.filter(Boolean), ['one', '−', 'two', '+', 'TWO', 'three'])
    await look(page)
    await card.getByRole('button', { name: /^Allow once/ }).click()
    await log.getByText('Rewritten.').waitFor()
    assert.equal(await readFile(file('notes.md'), 'utf8'), 'one\nTWO\nthree\n')
    await close()
  })
})
