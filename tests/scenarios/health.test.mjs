// Health says what is so: over a data folder that went away, a damaged store, and an empty one beside programs that run.
import assert from 'node:assert/strict'
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { Daemon, muster } from '../harness/daemon.mjs'
import { gone, holdsOf } from '../harness/process.mjs'
import { runToEnd } from '../harness/program.mjs'
import { change } from '../harness/recovery.mjs'
import { Site } from '../harness/site.mjs'
import { until, within } from '../harness/wait.mjs'

const PAGE = 4096
const PAGES = 8
const well = { database: 'ok', home: 'ok', space: 'ok', launches: 'ok' }
const healthOf = (daemon) => daemon.want(200, 'GET', '/api/health')

/** The first answer that fits. */
async function untilHealth(daemon, fits) {
  let found
  await until(async () => {
    found = await daemon.api('GET', '/api/health')
    return fits(found)
  }, 'health says so')
  return found.body
}

/** The store's last pages: of a table that no start reads. */
async function overwriteEnd(file, text) {
  const store = await open(file, 'r+')
  const { size } = await store.stat()
  for (let n = 1; n <= PAGES; n++) await store.write(Buffer.alloc(PAGE, text), 0, PAGE, size - n * PAGE)
  await store.close()
}

test('a healthy daemon reports every check as ok', async () => {
  const daemon = await Daemon.start()
  const body = await untilHealth(daemon, ({ body }) => body.checks?.launches === 'ok')
  assert.deepEqual([body.status, body.checks, body.problems], ['ok', well, []])
  assert.deepEqual((await daemon.want(200, 'GET', '/api/health/live')).checks, well)
  await daemon.remove()
})

test('a data folder that went away is reported and ends the daemon; its agents keep running', async () => {
  const site = await Site.open()
  const agent = await site.agent()
  await agent.start()
  await agent.atRest()
  const { launchId } = await agent.get()
  const [hold] = await holdsOf(site.home, launchId)
  const aside = `${site.home}.aside`
  const { daemon } = site
  await site.drop(agent.follower)
  await rename(site.home, aside)
  await mkdir(site.home)
  const { status, body } = await daemon.api('GET', '/api/health')
  assert.equal(status, 503)
  assert.match(body.error.message, /was removed or replaced/)
  assert.ok(body.error.message.includes(site.home))
  const { code } = await within(daemon.program.ended, 'the daemon ends')
  assert.equal(code, 1)
  process.kill(hold, 0)
  await rm(site.home, { recursive: true })
  await rename(aside, site.home)
  await daemon.restart()
  assert.equal((await site.want(200, 'GET', `/api/agents/${agent.id}`)).status, 'finished')
  await site.want(200, 'POST', `/api/agents/${agent.id}/stop`)
  await site.close()
})

test('a home that is back before the third look does not end the daemon', async () => {
  const daemon = await Daemon.start()
  const lock = path.join(daemon.home, 'lock')
  await rename(lock, `${lock}.aside`)
  assert.equal((await daemon.api('GET', '/api/health')).status, 503)
  await rename(`${lock}.aside`, lock)
  assert.equal((await healthOf(daemon)).checks.home, 'ok')
  await daemon.remove()
})

test('a store that was overwritten after a clean end is detected; the message names file and backup and shows no byte of it', async () => {
  const daemon = await Daemon.start()
  const store = path.join(daemon.home, 'muster.db')
  const backup = 'muster.2026-11-22T10:00:00.000000Z.before-x.backup'
  await daemon.stop()
  await writeFile(path.join(daemon.home, backup), '')
  await change(daemon.home, `CREATE TABLE padding(x); WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100)
    INSERT INTO padding SELECT randomblob(2000) FROM c; PRAGMA wal_checkpoint(TRUNCATE)`)
  await overwriteEnd(store, 'SECRET')
  await daemon.restart()
  const { error } = await untilHealth(daemon, ({ status }) => status === 503)
  for (const part of [store, 'damaged', backup]) assert.ok(error.message.includes(part), error.message)
  assert.deepEqual(Object.keys(error.details), ['database', 'since'])
  assert.ok(Date.parse(error.details.since[0]) <= Date.now(), error.details.since[0])
  const { out } = await daemon.cli(['doctor'], { code: 1 })
  assert.match(out, /BAD +daemon .*damaged/)
  await daemon.stop()
  const said = daemon.program.errors.items.join('\n')
  assert.ok(said.includes(store) && said.includes(backup), said)
  assert.ok(!said.includes('SECRET'), said)

  await writeFile(store, 'SECRET'.repeat(PAGE))
  const refused = await runToEnd(muster, ['serve', '--home', daemon.home, '--port', '0'], { code: 1 })
  assert.ok(refused.err.includes(store) && refused.err.includes(backup) && !refused.err.includes('SECRET'), refused.err)
  assert.ok(refused.err.includes(`&& cp ${backup} muster.db`), refused.err)
  await rm(path.join(daemon.home, backup))
  const none = await runToEnd(muster, ['serve', '--home', daemon.home, '--port', '0'], { code: 1 })
  const [, command] = /To start with an empty store, run `(.*?)`\./.exec(none.err)
  await runToEnd('/bin/sh', ['-c', command])
  await daemon.restart()
  assert.equal((await healthOf(daemon)).checks.home, 'ok')
  await daemon.stop()
  await rm(daemon.home, { recursive: true })
})

test('an empty store beside running programs is reported', async () => {
  const site = await Site.open()
  const agent = await site.agent()
  await agent.start()
  await agent.atRest()
  const { launchId, pid } = await agent.get()
  const [hold] = await holdsOf(site.home, launchId)
  await site.drop(agent.follower)
  await site.daemon.stop()
  for (const name of await readdir(site.home)) if (name.startsWith('muster.db')) await rm(path.join(site.home, name))
  await site.daemon.restart()
  const body = await untilHealth(site.daemon, ({ body }) => body.checks?.launches === 'error')
  assert.equal(body.status, 'degraded')
  assert.equal(body.problems.length, 1)
  assert.match(body.problems[0].message, /^1 running program is unknown to the store/)
  const { out } = await site.daemon.cli(['doctor'], { code: 1 })
  assert.match(out, new RegExp(`BAD +launches .*unknown to the store`))
  process.kill(hold, 'SIGKILL')
  await gone(pid)
  await site.daemon.remove()
})
