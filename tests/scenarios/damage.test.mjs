// What Muster keeps beside its store is damaged: a byte is flipped, half of a file is gone, or all of it. Whatever reads it
// names what is damaged and changes nothing that is not saved; everything else goes on; and once the bytes are back, so
// is what was kept. What reads it comes from the operation table.
import assert from 'node:assert/strict'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { checkpointsRoute, settledCheckpoints } from '../harness/checkpoints.mjs'
import { addressOf, bodyOf, calls, contextOf } from '../harness/operations.mjs'
import { git, writeFiles } from '../harness/repository.mjs'
import { Site } from '../harness/site.mjs'

const PRECIOUS = 'every byte\n'
const EDITED = 'edited\n'
const damages = {
  'a byte of it is flipped': (bytes) => bytes.with(Math.floor(bytes.length / 2), bytes[Math.floor(bytes.length / 2)] ^ 1),
  'its second half is gone': (bytes) => bytes.subarray(0, bytes.length / 2),
  'it is gone': () => undefined,
}
/** Objects are read-only. */
async function put(file, bytes) {
  await rm(file, { force: true })
  if (bytes) await writeFile(file, bytes)
}

describe('of what is kept', () => {
  let site, folder, tree, ids, kept, all
  const want = (...call) => site.want(...call)
  const rev = async (name) => (await git(site.repository, 'rev-parse', name)).trim()
  const inGit = (...words) => path.join(site.repository, '.git', ...words)
  const fileOf = (id) => inGit('objects', id.slice(0, 2), id.slice(2))
  const read = (name) => readFile(path.join(folder, name), 'utf8').catch(() => undefined)
  const call = ({ op, input }) => site.call(op.method, addressOf(op, input), bodyOf(op, input))

  before(async () => {
    site = await Site.open()
    const agent = await site.agent()
    folder = agent.worktree.path
    await writeFiles(folder, { precious: PRECIOUS, 'd/other': 'other\n' })
    await agent.start('Begin. @@short#damage')
    await agent.follower.waitFor('turn_end')
    const [checkpoint] = await settledCheckpoints(want, agent.worktree, ([newest]) => newest?.kind === 'turn_end')
    await agent.leave()
    tree = checkpointsRoute(agent.worktree).replace('/checkpoints', '')
    await want(200, 'POST', `${tree}/discard`, { all: true })
    const [salvage] = (await want(200, 'GET', `${tree}/salvages`)).salvages
    ids = { workspaceId: site.workspace.id, worktreeId: agent.worktree.id, checkpointId: checkpoint.id, salvageId: salvage.id, repository: site.repository }
    kept = { checkpoint: checkpoint.commitId, salvage: salvage.commit }
    all = await calls(contextOf(ids))
  })
  after(() => site.close())

  // The two share the objects of their files.
  const parts = { checkpoint: ['', ':files', ':files/precious', ':manifest'], salvage: ['', '^{tree}'] }
  for (const what of Object.keys(parts))
    for (const part of parts[what])
      for (const [how, damage] of Object.entries(damages))
        test(`a ${what}${part} is damaged: ${how}`, async (t) => {
          const object = await rev(`${kept[what]}${part}`)
          const bytes = await readFile(fileOf(object))
          t.after(() => put(fileOf(object), bytes))
          await put(fileOf(object), damage(bytes))
          const failed = []
          // Both may hold the object: each that reads one of them, and what has nothing to do with either.
          const reading = all.filter(({ op }) => /\{(checkpointId|salvageId)\}/.test(op.path))
          assert.equal(reading.length, 4)
          for (const one of reading) {
            await writeFiles(folder, { precious: EDITED })
            const { status, body } = await call(one)
            if (status === 200) continue
            failed.push(one.op.name)
            assert.ok(['GIT_ERROR', 'NOT_FOUND'].includes(body.error.code), JSON.stringify(body))
            const text = JSON.stringify(body)
            assert.ok([object, object.slice(2), kept.checkpoint, kept.salvage, ids.salvageId, 'precious', 'manifest'].some((name) => text.includes(name)), text)
            if ((await read('precious')) !== EDITED) await isSaved(EDITED)
          }
          assert.ok(part === ':manifest' || failed.includes(`restore_${what}`) || what === 'salvage', failed.join(' '))
          await othersGoOn(what, part)
          await put(fileOf(object), bytes)
          await git(folder, 'reset', '--quiet')
          for (const one of reading) {
            const { status, body } = await call(one)
            assert.equal(status, 200, JSON.stringify(body))
          }
          assert.equal(await read('precious'), PRECIOUS)
        })

  test('what snapshots are made with is damaged, one file after another: they are made all the same', async () => {
    const at = path.join(site.home, 'snapshots', ids.worktreeId)
    const files = (await readdir(at, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
    assert.ok(files.length >= 5)
    for (const [n, one] of files.entries()) {
      const file = path.join(one.parentPath ?? one.path, one.name)
      const bytes = await readFile(file).catch(() => Buffer.alloc(0)) // one that is made for each snapshot may be gone
      await put(file, Object.values(damages)[n % 3](bytes.length ? bytes : Buffer.from('0')))
      await writeFiles(folder, { precious: `${file}\n` })
      await want(200, 'POST', `${tree}/discard`, { files: ['precious'] })
      await isSaved(file)
    }
  })

  for (const [how, damage] of Object.entries(damages)) {
    test(`what the trash knows of a worktree is damaged: ${how}`, async () => {
      const removed = await site.worktree()
      const at = `/api/workspaces/${ids.workspaceId}/worktrees/${removed.id}`
      await writeFiles(removed.path, { precious: PRECIOUS })
      await want(204, 'DELETE', `${at}?force=true`)
      const record = inGit('worktrees', path.basename(removed.path))
      const parts = [(place) => `${place}.json`, (place) => path.join(place, '.git'), ...['gitdir', 'HEAD', 'commondir'].map((name) => () => path.join(record, name))]
      for (const part of parts) {
        const { id, place } = (await want(200, 'GET', '/api/trash')).entries.find(({ worktreeId }) => worktreeId === removed.id)
        const file = part(place)
        const bytes = await readFile(file)
        await put(file, damage(bytes))
        const { deleted, kept: left } = await want(200, 'POST', '/api/trash/empty', { trashIds: [], olderThanDays: 36500 })
        assert.deepEqual([deleted, left], [[], []])
        const { status, body } = await site.call('POST', `/api/trash/${id}/restore`, {})
        if (status !== 200) assert.ok(body.error.message.includes(path.basename(removed.path)), JSON.stringify(body))
        const places = [place, removed.path].map((at) => readFile(path.join(at, 'precious'), 'utf8').catch(() => ''))
        assert.ok((await Promise.all(places)).includes(PRECIOUS))
        if (status !== 200) {
          await put(file, bytes)
          await want(200, 'POST', `/api/trash/${id}/restore`, {})
          assert.equal(await readFile(path.join(removed.path, 'precious'), 'utf8'), PRECIOUS)
        }
        assert.equal(await git(removed.path, 'status', '--porcelain'), '?? precious')
        await want(204, 'DELETE', `${at}?force=true`)
      }
    })
  }

  /** In the newest salvages of the worktree. */
  async function isSaved(text) {
    const { salvages } = await want(200, 'GET', `${tree}/salvages`)
    const found = salvages.filter(({ state }) => state !== 'damaged').slice(0, 2).map(({ commit }) => git(site.repository, 'show', `${commit}:files/precious`).catch(() => ''))
    assert.ok((await Promise.all(found)).some((one) => one.trim() === text.trim()))
  }

  async function othersGoOn(what, part) {
    const { salvages } = await want(200, 'GET', `${tree}/salvages`)
    assert.equal(salvages.find(({ id }) => id === ids.salvageId).state, what === 'salvage' && part === '' ? 'damaged' : 'none')
    const { checkpoints } = await want(200, 'GET', `${tree}/checkpoints`)
    assert.ok(checkpoints.some(({ id }) => id === ids.checkpointId))
    await want(200, 'GET', `/api/workspaces/${ids.workspaceId}/salvages`)
    await want(200, 'GET', `${tree}/status`)
    await writeFiles(folder, { precious: EDITED, after: 'after\n' })
    await want(200, 'POST', `${tree}/discard`, { files: ['after'] })
    await isSaved(EDITED)
  }
})
