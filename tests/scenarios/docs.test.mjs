// The description of the API where source 001 has it, and a page that shows it under our own policy.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { launchBrowser } from '../harness/browser.mjs'
import { Daemon } from '../harness/daemon.mjs'
import { checkout } from '../harness/program.mjs'

test('the description is served without a token, and only read', async (t) => {
  const daemon = await Daemon.start()
  t.after(() => daemon.remove())
  const { status, body, headers } = await daemon.api('GET', '/api/docs', undefined, { token: null })
  assert.equal(status, 200)
  assert.equal(headers.get('content-type'), 'application/json')
  assert.deepEqual(body, JSON.parse(await readFile(path.join(checkout, 'openapi.json'), 'utf8')))
  for (const route of ['/api/docs', '/api/docs/ui']) {
    const answer = await daemon.api('POST', route, {})
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD'], route)
  }
})

test('the viewer lists every operation, finds one, and asks nobody else', async (t) => {
  const daemon = await Daemon.start()
  t.after(() => daemon.remove())
  const browser = await launchBrowser()
  t.after(() => browser.close())
  const page = await browser.newPage()
  const faults = []
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('request', (request) => request.url().startsWith(daemon.origin) || faults.push(request.url()))
  const answer = await page.goto(`${daemon.origin}/api/docs/ui`)
  assert.match(answer.headers()['content-security-policy'], /default-src 'none'/)
  const { paths } = JSON.parse(await readFile(path.join(checkout, 'openapi.json'), 'utf8'))
  const count = Object.values(paths).flatMap((methods) => Object.values(methods)).length
  await page.getByText(`${count} operations`, { exact: true }).waitFor()
  await page.getByLabel('Find').fill('get_metrics_prometheus')
  await page.getByText('1 operation', { exact: true }).waitFor()
  await page.getByText('/api/metrics/prometheus', { exact: true }).click()
  await page.getByText('text/plain; version=0.0.4', { exact: true }).waitFor()
  assert.deepEqual(faults, [])
})
