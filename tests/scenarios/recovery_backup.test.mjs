// A store that is restored from a backup under living holds: what they did since is read again from their logs, nothing that
// is said to them is swallowed, and nothing is said to them twice.
import assert from 'node:assert/strict'
import { copyFile, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { makeFolder } from '../harness/daemon.mjs'
import { runToEnd } from '../harness/program.mjs'
import { rows } from '../harness/recovery.mjs'
import { Site } from '../harness/site.mjs'
import { until } from '../harness/wait.mjs'

const isWaiting = ({ status }) => status === 'waiting'
const isDone = ({ reason }) => reason === 'turn_done'

async function backUp(site) {
  const backup = path.join(site.home, 'kept.db')
  await runToEnd('sqlite3', [path.join(site.home, 'muster.db'), `.backup ${backup}`])
  return backup
}

/** The daemon dies, and another starts over the backup. */
async function putBack(site, backup) {
  const store = path.join(site.home, 'muster.db')
  await site.daemon.kill()
  for (const tail of ['-wal', '-shm']) await rm(store + tail, { force: true })
  await copyFile(backup, store)
  await site.daemon.restart()
}

const prompts = async (agent) => {
  const { messages } = await agent.site.want(200, 'GET', `${agent.route}/messages?limit=100`)
  return messages.filter(({ role }) => role === 'user').map(({ content, state }) => `${state} ${content}`)
}

const asksOf = async (site) => {
  const { asks } = await site.want(200, 'GET', '/api/asks')
  return asks.map(({ tool, state, decision }) => [tool, state, decision])
}

test('prompts and an answer from after the backup are recovered, and the next prompt arrives', async () => {
  const site = await Site.open()
  const agent = await site.agent()
  await agent.start('One. @@short#1')
  await agent.follower.waitFor('status', isDone)
  const backup = await backUp(site)

  await agent.send('Two. @@full#2')
  await agent.allow()
  await agent.follower.waitFor('status', isDone, 2)
  await agent.send('Three. @@short#3')
  await agent.follower.waitFor('status', isDone, 3)
  const before = agent.events.at(-1)
  const asks = await asksOf(site)
  await site.drop(agent.follower)
  await putBack(site, backup)

  const again = await site.follow(agent.id, agent.worktree)
  await again.follower.waitFor('status', isDone, 3)
  assert.ok(again.events[0].generation > before.generation, 'readers start again')
  assert.equal(again.events.filter(({ type, payload }) => type === 'notice' && payload.code === 'restored').length, 1)
  await again.send('Four. @@short#4')
  await again.follower.waitFor('status', isDone, 4)

  const said = ['One. @@short#1', 'Two. @@full#2', 'Three. @@short#3', 'Four. @@short#4']
  assert.deepEqual(await site.reached(), said)
  assert.deepEqual(await prompts(again), said.map((text) => `sent ${text}`))
  assert.deepEqual(await asksOf(site), asks)
  assert.deepEqual(again.events.filter(({ type }) => type === 'ask_answered').map(({ payload }) => payload.decision), ['allow'])
  const causes = await rows(site.home, 'SELECT cause FROM launch_input ORDER BY n')
  assert.ok(!causes.some(({ cause }) => cause === 'recovered'), JSON.stringify(causes))
  await again.leave()
  await site.close()
})

test('an ask that is open in the backup but answered in the log is settled; a prompt that was queued in the backup is not sent again', async () => {
  const site = await Site.open()
  const agent = await site.agent()
  await agent.start('One. @@full#1')
  await agent.follower.waitFor('status', isWaiting)
  await agent.send('Two. @@short#2')
  const backup = await backUp(site)

  await agent.allow()
  await agent.follower.waitFor('status', isDone, 2)
  const asks = await asksOf(site)
  await site.drop(agent.follower)
  await putBack(site, backup)

  const again = await site.follow(agent.id, agent.worktree)
  await again.follower.waitFor('status', isDone, 2)
  await again.send('Three. @@short#3')
  await again.follower.waitFor('status', isDone, 3)
  assert.deepEqual(await site.reached(), ['One. @@full#1', 'Two. @@short#2', 'Three. @@short#3'])
  assert.deepEqual(await prompts(again), ['sent One. @@full#1', 'sent Two. @@short#2', 'sent Three. @@short#3'])
  assert.deepEqual(await asksOf(site), asks)
  await again.leave()
  await site.close()
})

test('what was typed into a terminal after the backup is not typed again, and what is typed next arrives', async () => {
  const site = await Site.open()
  const typed = path.join(await makeFolder('typed'), 'lines')
  const script = `while read -r line; do echo "$line" >> ${typed}; done`
  const agent = await site.agent({ adapter: 'terminal', command: ['/bin/sh', '-c', script] })
  await agent.start()
  const arrived = async () => (await readFile(typed, 'utf8').catch(() => '')).split('\n').filter(Boolean)
  const type = async (to, text) => {
    await to.send(text)
    await until(async () => (await arrived()).includes(text), `${text} arrives`)
  }
  await type(agent, 'one')
  await agent.follower.waitFor('message', ({ state }) => state === 'sent')
  const backup = await backUp(site)
  await type(agent, 'two')
  await type(agent, 'three')
  await agent.follower.waitFor('message', ({ state }) => state === 'sent', 3)
  await site.drop(agent.follower)
  await putBack(site, backup)

  const again = await site.follow(agent.id, agent.worktree)
  await again.follower.waitFor('notice', ({ code }) => code === 'restored')
  await type(again, 'four')
  assert.deepEqual(await arrived(), ['one', 'two', 'three', 'four'])
  await until(async () => (await prompts(again)).at(-1) === 'sent four', 'it is shown as sent')
  assert.deepEqual(await prompts(again), ['sent one', 'sent four'], 'a log of a terminal has no bytes of what was typed')
  await again.leave()
  await site.close()
})

test('a store that was not restored is not mistaken for one, however its daemon ends', async () => {
  const site = await Site.open()
  const generation = async () => (await rows(site.home, 'SELECT max(generation) AS n FROM stream'))[0].n
  const before = await generation()
  await site.crash()
  await site.daemon.stop()
  await site.daemon.restart()
  assert.equal(await generation(), before)
  assert.deepEqual(site.daemon.program.errors.items.filter((line) => line.includes('restored from a backup')), [])
  await site.close()
})
