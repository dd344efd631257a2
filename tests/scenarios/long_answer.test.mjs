// An answer of 2 MiB by the real CLI: events and lists show its beginning; REST, command line and page give all of it.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'
import { launchBrowser } from '../harness/browser.mjs'
import { makeFolder } from '../harness/daemon.mjs'

const line = 'A line of a long answer, as an agent writes it: grün.\n'
const times = Math.ceil((2 << 20) / Buffer.byteLength(line))
const whole = `${line.repeat(times)}The end of it.`
const shownMost = 256 << 10
const patienceMs = 60_000
const scenarios = { long: [{ content: [{ text: `${line.repeat(8)}`, repeat: Math.floor(times / 8) }, { text: `${line.repeat(times % 8)}The end of it.` }] }] }

forEachClaude((cli) => {
  let studio
  let agent
  before(async () => {
    const script = path.join(await makeFolder('script'), 'scenarios.json')
    await writeFile(script, JSON.stringify({ scenarios }))
    studio = await Studio.open(cli, { script, patienceMs })
    agent = await studio.begin('Write much. @@long', { name: 'writer' })
  })
  after(() => studio.close())

  test('a long answer is stored whole, and lists and events say that they show only its beginning', async () => {
    const event = await agent.next('text', ({ truncated }) => truncated)
    const { outcome } = await agent.turnEnd()
    assert.equal(outcome, 'ok')
    const { messages } = await agent.messages()
    const listed = messages.find(({ truncated }) => truncated)
    assert.deepEqual([listed.id, listed.size], [event.messageId, event.size])
    for (const text of [listed.content, event.text]) {
      assert.ok(Buffer.byteLength(text) <= shownMost)
      assert.ok(whole.startsWith(text))
    }
    const message = await studio.want(200, 'GET', `${agent.route}/messages/${listed.id}`)
    assert.equal(Buffer.byteLength(message.content), listed.size)
    assert.equal(message.truncated, undefined)
    assert.ok(whole.startsWith(message.content) && message.size === undefined)
    assert.ok(listed.size > 2_000_000)
    assert.equal((await studio.daemon.api('GET', `${agent.route}/messages/msg_${'0'.repeat(26)}`)).status, 404)
  })

  test('the command line prints all of it', async () => {
    const { messages } = await agent.messages()
    const { id, size } = messages.find(({ truncated }) => truncated)
    const shown = await studio.daemon.cli(['message', 'show', agent.id, id])
    assert.equal(Buffer.byteLength(JSON.parse(shown.out).content), size)
    const logs = await studio.daemon.cli(['logs', agent.id])
    assert.ok(Buffer.byteLength(logs.out) > size)
    assert.match(logs.out, /The end of it\./)
  })

  test('the page shows all of it on demand, in few rows of the document', async (t) => {
    const browser = await launchBrowser()
    t.after(() => browser.close())
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    page.setDefaultTimeout(patienceMs)
    const { url } = await studio.want(200, 'POST', '/api/auth/codes')
    await page.goto(new URL(`/w/${studio.workspace.id}/a/${agent.id}${new URL(url).hash}`, url).href)
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByRole('button', { name: 'Show all' }).waitFor({ state: 'detached' })
    await page.getByText('Reading all of it…').waitFor({ state: 'detached' })
    const answer = page.getByRole('region', { name: 'Answer' }).first()
    const rows = Math.floor(times / 8) * 8
    await page.waitForFunction((wanted) => {
      const node = document.querySelector('[role=region][aria-label=Answer]')
      node?.scrollTo(0, node.scrollHeight)
      return [...(node?.querySelectorAll('[data-index]') ?? [])].some((row) => Number(row.dataset.index) >= wanted - 1)
    }, rows)
    assert.ok((await answer.locator('[data-index]').count()) < 300)
  })
})
