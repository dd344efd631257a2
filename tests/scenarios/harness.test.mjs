// The foundations of the scenarios.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import test from 'node:test'
import { launchBrowser } from '../harness/browser.mjs'
import { agentCli, agentNames, claudeClis } from '../harness/clis.mjs'
import { makeFolder } from '../harness/daemon.mjs'
import { runToEnd } from '../harness/program.mjs'
import { changes, makeRepository, writeFiles } from '../harness/repository.mjs'
import { Feed } from '../harness/wait.mjs'

test('the browser opens a page of this machine and reaches no other', async () => {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<h1>Hello</h1>'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    assert.equal(await page.getByRole('heading').textContent(), 'Hello')
    await assert.rejects(page.goto('http://example.com/'), /ERR_NAME_NOT_RESOLVED/)
  } finally {
    await browser.close()
    server.close()
  }
})

test('the pinned agent CLIs run and report their version', async () => {
  const HOME = await makeFolder('user')
  for (const { version, file } of [...claudeClis(), ...agentNames.map(agentCli)]) {
    const { out } = await runToEnd(file, ['--version'], { env: { HOME } })
    assert.match(out, new RegExp(`^(codex-cli )?${version.replaceAll('.', '\\.')}\\b`))
  }
})

test('a repository starts clean and reports changes', async () => {
  const repository = await makeRepository({ 'a.txt': 'a\n' })
  assert.deepEqual(await changes(repository), [])
  await mkdir(`${repository}/deep`)
  await writeFiles(repository, { 'a.txt': 'b\n', 'deep/new.txt': 'new\n' })
  assert.deepEqual(await changes(repository), [' M a.txt', '?? deep/new.txt'])
})

test('a wait sees earlier and later events, and why none will come', async () => {
  const feed = new Feed()
  feed.push(1)
  assert.equal(await feed.waitFor((n) => n === 1), 1)
  const later = feed.waitFor((n) => n > 1)
  feed.push(2)
  assert.equal(await later, 2)
  const never = feed.waitFor((n) => n === 9, { what: 'nine' })
  feed.end('the source ended')
  await assert.rejects(never, /nine: the source ended.*last of 2/s)
  await assert.rejects(new Feed().waitFor(() => true, { what: 'anything', deadlineMs: 20 }), /not seen within 20 ms/)
})
