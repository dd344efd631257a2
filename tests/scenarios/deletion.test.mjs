// Deleting an agent for good leaves nothing of it in the data folder: no row, no page of the store that is free, no log,
// and nothing in the write-ahead log.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Site } from '../harness/site.mjs'
import { until } from '../harness/wait.mjs'

let site
before(async () => {
  site = await Site.open()
})
after(() => site.close())

/** The files below the folder that hold these bytes. */
async function filesWith(folder, text) {
  const found = []
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath ?? entry.path, entry.name)
    const bytes = await readFile(file).catch(() => Buffer.alloc(0))
    if (bytes.includes(text)) found.push(path.relative(folder, file))
  }
  return found
}

test('a deleted agent leaves no byte of its prompts in the data folder', async () => {
  const agent = await site.agent()
  const marker = 'Zanzibar-4711'
  const long = `${marker} `.repeat(2000)
  await agent.start(`${marker}: begin. @@full`)
  await agent.allow()
  await agent.atRest()
  await agent.send(`${long} @@short`)
  await agent.follower.waitFor('turn_end', undefined, 2)
  await agent.stop()
  await agent.follower.waitFor('exit')
  assert.notDeepEqual(await filesWith(site.home, marker), [])
  await site.want(204, 'DELETE', `/api/agents/${agent.id}?archive=false`)
  await until(async () => (await filesWith(site.home, marker)).length === 0, 'nothing in the data folder holds the prompt')
  assert.equal((await site.call('GET', `/api/agents/${agent.id}`)).status, 404)
  await site.drop(agent.follower)
})
