// A full disk meets every operation that writes, taken from their table: first that of the home, then that of the
// repository. Each is refused with 507 and leaves everything as it was, or needs no room and succeeds; once there is room,
// the same call with the same key succeeds.
import assert from 'node:assert/strict'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeFolder } from '../harness/daemon.mjs'
import { callAnyhow, operationsByName, startAll, steps } from '../harness/operations.mjs'
import { runToEnd } from '../harness/program.mjs'
import { git } from '../harness/repository.mjs'
import { fillWithStore, SmallDisk } from '../harness/small_disk.mjs'

const HOME_MIB = 24
const REPOSITORY_MIB = 8
/** What is done even if it cannot be stored: with room again there is nothing left to do. */
const DONE_ALREADY = { interrupt_agent: 409 }
const isDone = (name, status) => (status >= 200 && status < 300) || status === DONE_ALREADY[name]
/** Moves content that is in the worktree into the index or back, which loses nothing, before it notes that it did: the
 * same call finds it done. */
const IN_INDEX = ['stage_changes', 'unstage_changes']
/** With effects outside the store, and no need of room there: a fork without a checkpoint makes no worktree. */
const NEEDS_NO_ROOM = ['empty_trash', 'delete_agent', 'fork_agent', 'create_pull_request']
/** Every worktree with its branch, its changes, index and files, the branches, and the locks that a git leaves; not what a
 * fetch has brought, which stays. */
const PICTURE = String.raw`git worktree list --porcelain; git for-each-ref refs/heads refs/tags
find "$(git rev-parse --git-common-dir)" -name '*.lock'
git worktree list --porcelain | sed -n 's/^worktree //p' | while read -r tree; do cd "$tree"
git status --porcelain --branch; git ls-files -s; find . -name .git -prune -o -type f -print0 | sort -z | xargs -0 -r sha1sum; done`

const [homes, repositories] = [await makeFolder('homes'), await makeFolder('repositories')]
const ofHome = await SmallDisk.mount(homes, HOME_MIB)
const ofRepository = await SmallDisk.mount(repositories, REPOSITORY_MIB)

describe('every operation on a full disk', { skip: ofHome.why ?? ofRepository.why }, () => {
  const disks = {
    'the home': { disk: ofHome, fill: () => fillWithStore(ofHome, c.daemon) },
    'the repository': { disk: ofRepository, fill: () => ofRepository.fill() },
  }
  const refused = { 'the home': new Set(), 'the repository': new Set() }
  let c, operations

  before(async () => {
    c = { ...(await startAll({ home: path.join(homes, 'home'), folder: repositories })), lastTurn: 0 }
    operations = await operationsByName()
    for (const [name, value] of [['workspace.roots', os.tmpdir()], ['launch.min_free_mib', '0']])
      await c.daemon.want(200, 'PUT', `/api/settings/${name}`, { value })
  })
  after(async () => {
    c.live.ws.terminate()
    await c.daemon.stop()
    await c.model.stop()
    for (const disk of [ofHome, ofRepository]) await disk.unmount()
  })

  const picture = async () => (await runToEnd('sh', ['-ec', PICTURE], { cwd: c.repository })).out

  /** Its answer, if there was room. */
  async function whileFull(what, call, op, was) {
    const { disk, fill } = disks[what]
    await fill()
    const { status, body } = await call()
    await disk.free()
    if (isDone(op.name, status)) return body
    assert.deepEqual([status, body.error?.code], [507, 'DISK_FULL'], `${op.name}, the disk of ${what} is full: ${JSON.stringify(body)}`)
    assert.ok(body.error.message.length > 10)
    if (!IN_INDEX.includes(op.name)) assert.equal(await picture(), was, `${op.name} is half done on a full disk of ${what}`)
    refused[what].add(op.name)
    return undefined
  }

  for (const [name, makeInput, keep] of steps)
    test(name, async () => {
      const op = operations.get(name)
      const key = op.writes ? crypto.randomUUID() : undefined
      const input = makeInput(c)
      const call = () => callAnyhow(c, op, input, { key })
      const was = op.writes ? await picture() : undefined
      let body
      for (const what of op.writes ? Object.keys(disks) : []) body ??= await whileFull(what, call, op, was)
      if (body === undefined) {
        const answer = await call()
        assert.ok(isDone(name, answer.status), `${answer.status} ${JSON.stringify(answer.body)}`)
        body = answer.body
      }
      await keep?.(c, body)
    })

  test('on a full home each was refused, on a full disk of the repository each that writes there', () => {
    const passed = (what, fits) => [...operations.values()].filter((op) => fits(op) && !refused[what].has(op.name)).map(({ name }) => name)
    assert.deepEqual(passed('the home', ({ writes }) => writes), [])
    assert.deepEqual(passed('the repository', ({ effects }) => effects), NEEDS_NO_ROOM)
  })

  test('the repository is whole', async () => {
    await git(c.repository, 'fsck', '--full', '--no-dangling')
  })
})
