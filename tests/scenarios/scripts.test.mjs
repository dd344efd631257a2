// Scripts of a workspace through the real daemon: checks with their results and logs, a run script that serves on the
// worktree's port, setup in a new worktree, and what a removal does to all of it.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Site } from '../harness/site.mjs'
import { until } from '../harness/wait.mjs'

describe('scripts', () => {
  let site, live, topic, route
  before(async () => {
    site = await Site.open()
    live = await site.daemon.connect()
    topic = await live.subscribe(`workspace/${site.workspace.id}`)
    route = `/api/workspaces/${site.workspace.id}`
  })
  after(() => site.close())

  const create = (kind, name, command, timeoutSeconds = 60) =>
    site.want(201, 'POST', `${route}/scripts`, { kind, name, command, timeoutSeconds })
  const start = ({ id }, script) => site.want(201, 'POST', `${route}/worktrees/${id}/scripts/${script.id}/run`)
  async function ended({ id }) {
    const { payload } = await topic.waitFor('workspace_updated', ({ change, data }) => change === 'script_run' && data.id === id && data.endedAt)
    return payload.data
  }
  async function log({ id }) {
    let text = ''
    for (let offset = 0; offset !== undefined;) {
      const page = await site.want(200, 'GET', `/api/script-runs/${id}/log?offset=${offset}`)
      text += page.text
      offset = page.nextOffset
    }
    return text
  }

  test('a check reports result, time and log, and a later one replaces it', async () => {
    const worktree = await site.worktree()
    const check = await create('check', 'Tests', 'echo in $(basename "$PWD"); echo problem >&2; cat; test -e fixed')
    const never = await site.want(200, 'GET', `${route}/worktrees/${worktree.id}/checks`)
    assert.deepEqual(never.checks.map(({ id, name, state }) => [id, name, state]), [[undefined, 'Tests', 'never']])
    const run = await start(worktree, check)
    assert.deepEqual([run.state, run.kind, run.name], ['running', 'check', 'Tests'])
    const failed = await ended(run)
    assert.deepEqual([failed.state, failed.exitCode], ['failed', 1])
    assert.ok(failed.endedAt >= failed.startedAt)
    assert.equal(await log(run), `in ${path.basename(worktree.path)}\nproblem\n`)
    await writeFile(path.join(worktree.path, 'fixed'), '')
    const again = await start(worktree, check)
    assert.equal((await ended(again)).state, 'passed')
    const { checks } = await site.want(200, 'GET', `${route}/worktrees/${worktree.id}/checks`)
    assert.deepEqual(checks.map(({ id, state }) => [id, state]), [[again.id, 'passed']])
    const { runs } = await site.want(200, 'GET', `${route}/worktrees/${worktree.id}/script-runs`)
    assert.deepEqual(runs.map(({ id }) => id), [again.id, run.id])
    await site.want(204, 'DELETE', `${route}/scripts/${check.id}`)
  })

  test('a check that takes too long is ended with its whole tree', async () => {
    const worktree = await site.worktree()
    const check = await create('check', 'Slow', 'echo begun; sleep 1000 & sleep 1000', 1)
    const run = await start(worktree, check)
    const end = await ended(run)
    assert.equal(end.state, 'timed_out')
    assert.match(end.detail, /wall|time/i)
    assert.equal(await log(run), 'begun\n')
    await site.want(204, 'DELETE', `${route}/scripts/${check.id}`)
  })

  test('a run script serves on a port that no other worktree has, and is stopped', async () => {
    const [one, two] = [await site.worktree(), await site.worktree()]
    const server = await create('run', 'Server', `exec ${process.execPath} -e "require('net').createServer((s) => s.end(process.env.MUSTER_PORT_9)).listen(process.env.MUSTER_PORT, '127.0.0.1')"`)
    const runs = [await start(one, server), await start(two, server)]
    const ports = []
    for (const { id } of [one, two]) {
      let seen
      await until(async () => {
        seen = (await site.want(200, 'POST', `${route}/worktrees/${id}/ports`)).ports
        return seen[0].isInUse
      }, 'the server listens')
      assert.deepEqual(seen.map(({ name }) => name), ['MUSTER_PORT', ...Array.from({ length: 9 }, (_, i) => `MUSTER_PORT_${i + 1}`)])
      assert.deepEqual(seen.filter(({ isInUse }) => isInUse).map(({ name }) => name), ['MUSTER_PORT'])
      ports.push(...seen.map(({ port }) => port))
      const answer = await new Promise((resolve, reject) => {
        const socket = net.connect(seen[0].port, '127.0.0.1').once('error', reject)
        socket.once('data', (data) => resolve(String(data)))
      })
      assert.equal(answer, String(seen[9].port))
    }
    assert.equal(new Set(ports).size, 20)
    const refused = await site.call('DELETE', `${route}/worktrees/${one.id}?force=true`)
    assert.deepEqual([refused.status, refused.body.error.message], [409, '1 script is running in this worktree; stop it first'])
    assert.equal((await site.call('POST', `${route}/worktrees/${one.id}/scripts/${server.id}/run`)).status, 409)
    await site.crash()
    for (const run of runs) assert.equal((await site.want(200, 'POST', `/api/script-runs/${run.id}/stop`)).state, 'stopped')
    const { ports: kept } = await site.want(200, 'POST', `${route}/worktrees/${one.id}/ports`)
    assert.equal(kept[0].port, ports[0])
    await site.want(204, 'DELETE', `${route}/worktrees/${one.id}?force=true`)
    const next = await site.worktree()
    const { ports: reused } = await site.want(200, 'POST', `${route}/worktrees/${next.id}/ports`)
    assert.equal(reused[0].port, ports[0])
    live = await site.daemon.connect()
    topic = await live.subscribe(`workspace/${site.workspace.id}`)
    await site.want(204, 'DELETE', `${route}/scripts/${server.id}`)
  })

  test('setup runs in a new worktree; one that fails leaves it there', async () => {
    const setup = await create('setup', 'Install', 'echo "$MUSTER_PORT" >installed; exit 4')
    const worktree = await site.worktree()
    const { payload } = await topic.waitFor('workspace_updated', ({ change, data }) => change === 'script_run' && data.worktreeId === worktree.id && data.endedAt)
    assert.deepEqual([payload.data.name, payload.data.state, payload.data.exitCode], ['Install', 'failed', 4])
    const status = await site.want(200, 'GET', `${route}/worktrees/${worktree.id}/status`)
    assert.deepEqual(status.untracked, ['installed'])
    await site.want(204, 'DELETE', `${route}/scripts/${setup.id}`)
  })
})
