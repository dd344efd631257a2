// Scripts of a workspace through the real daemon: checks with their results and logs, a run script that serves on the
// worktree's port, setup in a new worktree, teardown before a removal, and what the repository itself proposes.
import assert from 'node:assert/strict'
import { access, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { holdsOf } from '../harness/process.mjs'
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
    assert.deepEqual([check.timeoutSeconds, run.state, run.kind, run.name], [60, 'running', 'check', 'Tests'])
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

  test('a check that is stopped says so, and one whose hold is killed is lost; neither counts as passed', async () => {
    const worktree = await site.worktree()
    const check = await create('check', 'Endless', 'echo begun; exec sleep 600')
    const begun = async () => {
      const run = await start(worktree, check)
      await until(async () => (await log(run)) === 'begun\n', 'the check runs')
      return run
    }
    const stopped = await begun()
    await site.want(200, 'POST', `/api/script-runs/${stopped.id}/stop`)
    assert.deepEqual([(await ended(stopped)).state, await log(stopped)], ['stopped', 'begun\n'])
    const lost = await begun()
    const [hold] = await holdsOf(site.home, lost.launchId)
    process.kill(hold, 'SIGKILL')
    const { state, exitCode, detail } = await ended(lost)
    assert.deepEqual([state, exitCode], ['lost', undefined])
    assert.ok(detail.length > 0)
    const { checks } = await site.want(200, 'GET', `${route}/worktrees/${worktree.id}/checks`)
    assert.deepEqual(checks.map(({ id, state }) => [id, state]), [[lost.id, 'lost']])
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
    assert.deepEqual([refused.status, refused.body.error.message], [409, `1 script is running in worktree ${one.name}; stop it first`])
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

  test('the ports of a run script are named while it runs, also those of what it has put into the background', async () => {
    const worktree = await site.worktree()
    const serve = (host, name) => `${process.execPath} -e "process.title = '${name}'; const s = require('net').createServer(() => {}).listen(0, '${host}'); process.on('SIGUSR1', () => s.close())"`
    const server = await create('run', 'Two', `${serve('127.0.0.1', 'behind')} & (setsid ${serve('::1', 'orphan')} &) ; echo up; exec ${process.execPath} -e "setInterval(() => {}, 1000)"`)
    const run = await start(worktree, server)
    assert.equal(run.ports, undefined)
    const seen = async (fits, what) => (await topic.waitFor('workspace_updated', ({ change, data }) => change === 'script_run' && data.id === run.id && fits(data), { what })).payload.data
    let isSeen = false
    const both = seen((data) => data.ports?.length === 2, 'both ports').finally(() => { isSeen = true })
    await until(async () => (await site.want(200, 'GET', `${route}/worktrees/${worktree.id}/script-runs`)) && isSeen, 'both ports while somebody looks often')
    const { ports } = await both
    assert.deepEqual(ports.map(({ address, isIsolated }) => [address, isIsolated]).sort(), [['127.0.0.1', undefined], ['::1', undefined]])
    for (const { address, port, pid, program } of ports) {
      assert.ok(pid > 1 && program.length > 0)
      await new Promise((resolve, reject) => net.connect(port, address, function () { this.destroy(); resolve() }).once('error', reject))
    }
    const { runs: [listed] } = await site.want(200, 'GET', `${route}/worktrees/${worktree.id}/script-runs`)
    assert.deepEqual(listed.ports, ports)
    const [one, other] = [ports.find(({ address }) => address === '127.0.0.1'), ports.find(({ address }) => address === '::1')]
    process.kill(one.pid, 'SIGUSR1')
    assert.deepEqual((await seen((data) => data.ports?.length === 1, 'a port has gone')).ports, [other])
    await site.crash()
    const reader = await site.daemon.connect()
    topic = await (live = reader).subscribe(`workspace/${site.workspace.id}`)
    process.kill(other.pid, 'SIGUSR1')
    await seen((data) => !data.endedAt && !data.ports, 'after a crash of the daemon they are kept true too')
    const stopped = await site.want(200, 'POST', `/api/script-runs/${run.id}/stop`)
    assert.deepEqual([stopped.state, stopped.ports], ['stopped', undefined])
    await site.want(204, 'DELETE', `${route}/scripts/${server.id}`)
  })

  test('a run script whose port is taken says by whom', async () => {
    const worktree = await site.worktree()
    const { ports } = await site.want(200, 'POST', `${route}/worktrees/${worktree.id}/ports`)
    const listener = net.createServer()
    await new Promise((resolve) => listener.listen(ports[2].port, '127.0.0.1', resolve))
    try {
      const { ports: again } = await site.want(200, 'POST', `${route}/worktrees/${worktree.id}/ports`)
      assert.deepEqual([again[2].isInUse, again[2].pid, again[1].pid], [true, process.pid, undefined])
      assert.ok(again[2].program.length > 0)
      const server = await create('run', 'Nothing', 'exit 0')
      const run = await start(worktree, server)
      assert.match(run.notice, new RegExp(`^MUSTER_PORT_2 \\(${ports[2].port}\\) is in use by \`.+\`, process ${process.pid}$`))
      assert.equal((await ended(run)).notice, run.notice)
      const check = await create('check', 'No server', 'exit 0')
      assert.equal((await start(worktree, check)).notice, undefined)
      for (const { id } of [server, check]) await site.want(204, 'DELETE', `${route}/scripts/${id}`)
    } finally {
      listener.close()
    }
  })

  describe('teardown', () => {
    const remove = ({ id }, force = '') => site.call('DELETE', `${route}/worktrees/${id}${force && '?force=true'}`)
    const isThere = ({ path: folder }) => access(folder).then(() => true, () => false)
    const told = path.join(os.tmpdir(), `teardown-${process.pid}`)
    let teardown
    const set = async (command, timeoutSeconds = 60) =>
      (teardown = await (teardown
        ? site.want(200, 'PUT', `${route}/scripts/${teardown.id}`, { name: 'Down', command, timeoutSeconds })
        : create('teardown', 'Down', command, timeoutSeconds)))
    after(() => rm(told, { force: true }))

    test('runs before its worktree is removed, with its files and ports', async () => {
      await set(`echo "$PWD $MUSTER_PORT" >>${told}`)
      const worktree = await site.worktree()
      const { ports } = await site.want(200, 'POST', `${route}/worktrees/${worktree.id}/ports`)
      assert.equal((await remove(worktree)).status, 204)
      assert.equal(await readFile(told, 'utf8'), `${worktree.path} ${ports[0].port}\n`)
      assert.equal(await isThere(worktree), false)
    })

    test('that fails keeps the worktree and names its run; force removes it all the same', async () => {
      await set(`echo why; exit 3`)
      const worktree = await site.worktree()
      const { status, body } = await remove(worktree)
      const [, run] = /run (srn_\w+)/.exec(body.error.message) ?? assert.fail(body.error.message)
      assert.equal(status, 409)
      assert.match(body.error.message, /`Down` did not pass \(failed\).*force/)
      assert.equal(await log({ id: run }), 'why\n')
      assert.ok(await isThere(worktree))
      assert.equal((await remove(worktree, 'force')).status, 204)
      assert.equal(await isThere(worktree), false)
    })

    test('that never ends is ended in time, and meanwhile nobody else waits for it', async () => {
      await set('trap "" TERM; sleep 1000', 2)
      const worktree = await site.worktree()
      const removal = remove(worktree)
      const started = await topic.waitFor('workspace_updated', ({ change, data }) => change === 'script_run' && data.worktreeId === worktree.id)
      assert.equal(started.payload.data.state, 'running')
      const other = await site.worktree() // a write on the same repository
      assert.equal((await ended(started.payload.data)).state, 'timed_out')
      const { status, body } = await removal
      assert.deepEqual([status, /did not pass \(timed_out\)/.test(body.error.message)], [409, true], body.error?.message)
      assert.ok(await isThere(worktree))
      await set('exit 0')
      for (const one of [worktree, other]) assert.equal((await remove(one)).status, 204)
    })

    test('is not started beside an agent, nor in a worktree with changes that are not saved', async () => {
      await set(`echo started >>${told}`)
      const agent = await site.agent({ adapter: 'terminal', command: ['sleep', '600'] })
      await site.want(200, 'POST', `${agent.route}/start`)
      const before = await readFile(told, 'utf8')
      assert.match((await remove(agent.worktree, 'force')).body.error.message, /1 agent is working/)
      await agent.stop()
      await site.drop(agent.follower)
      await writeFile(path.join(agent.worktree.path, 'precious'), 'bytes')
      assert.equal((await remove(agent.worktree)).status, 409)
      assert.equal(await readFile(told, 'utf8'), before)
      assert.equal((await remove(agent.worktree, 'force')).status, 204)
      assert.equal(await readFile(told, 'utf8'), `${before}started\n`)
    })

    test('that still runs after a crash is waited for, not run twice, and the worktree is removed once', async () => {
      const gate = `${told}.gate`
      await set(`echo once >>${told}; while [ ! -e ${gate} ]; do sleep 0.1; done`)
      const worktree = await site.worktree()
      const before = await readFile(told, 'utf8')
      const removal = remove(worktree)
      await until(async () => (await readFile(told, 'utf8')) !== before, 'the teardown runs')
      await site.crash()
      await site.daemon.program.errors.waitFor((line) => /waits for the teardown that is running/.test(line), { what: 'the repeated removal' })
      await writeFile(gate, '')
      assert.equal((await removal).status, 204)
      assert.equal(await readFile(told, 'utf8'), `${before}once\n`)
      assert.equal(await isThere(worktree), false)
      await rm(gate)
      live = await site.daemon.connect()
      topic = await live.subscribe(`workspace/${site.workspace.id}`)
      await site.want(204, 'DELETE', `${route}/scripts/${teardown.id}`)
    })
  })

  test('scripts that the repository proposes run only as a person has accepted them', async () => {
    const file = path.join(site.repository, '.muster/scripts.json')
    const propose = (...scripts) => writeFile(file, JSON.stringify({ scripts }))
    const seen = () => site.want(200, 'GET', `${route}/proposed-scripts`)
    const accept = (digest) => site.call('POST', `${route}/proposed-scripts/accept`, { digest })
    const stored = async () => (await site.want(200, 'GET', `${route}/scripts`)).scripts.map(({ name, command, isProposed }) => [name, command, isProposed])
    assert.deepEqual([(await seen()).state, await stored()], ['none', []])
    await mkdir(path.dirname(file))
    await propose({ kind: 'setup', name: 'Install', command: 'touch installed' }, { kind: 'check', name: 'Lint', command: 'true', timeoutSeconds: 5 })
    const first = await seen()
    assert.deepEqual([first.state, first.scripts.map(({ name, timeoutSeconds }) => [name, timeoutSeconds])], ['new', [['Install', 600], ['Lint', 5]]])
    const early = await site.worktree()
    assert.deepEqual((await site.want(200, 'GET', `${route}/worktrees/${early.id}/script-runs`)).runs, [])
    assert.equal((await accept('0'.repeat(64))).status, 409)
    assert.equal((await accept(first.digest)).status, 200)
    assert.deepEqual(await stored(), [['Lint', 'true', true], ['Install', 'touch installed', true]])
    assert.equal((await seen()).state, 'accepted')

    await propose({ kind: 'setup', name: 'Install', command: 'touch changed' })
    assert.equal((await seen()).state, 'changed')
    const worktree = await site.worktree()
    const run = await topic.waitFor('workspace_updated', ({ change, data }) => change === 'script_run' && data.worktreeId === worktree.id && data.endedAt)
    assert.equal(run.payload.data.command, 'touch installed')
    assert.equal((await accept(first.digest)).status, 409)
    assert.equal((await accept((await seen()).digest)).status, 200)
    assert.deepEqual(await stored(), [['Install', 'touch changed', true]])

    const own = await create('check', 'Lint', 'mine')
    await propose({ kind: 'check', name: 'Lint', command: 'theirs' })
    const refused = await accept((await seen()).digest)
    assert.deepEqual([refused.status, /own check script `Lint`/.test(refused.body.error.message)], [409, true], refused.body.error?.message)
    assert.deepEqual(await stored(), [['Lint', 'mine', false], ['Install', 'touch changed', true]])
    await site.want(204, 'DELETE', `${route}/scripts/${own.id}`)
    assert.equal((await accept((await seen()).digest)).status, 200)
    assert.deepEqual(await stored(), [['Lint', 'theirs', true]])

    for (const [text, problem] of [
      ['{"scripts":[{"kind":"check","name":"x"}]}', /command/],
      ['{"scripts":[{"kind":"sudo","name":"x","command":"x"}]}', /kind/],
      ['{"scripts":[{"kind":"teardown","name":"x","command":"x","timeoutSeconds":0}]}', /1 to 600/],
      ['{"scripts":[{"kind":"run","name":"x","command":"x"},{"kind":"run","name":"x","command":"y"}]}', /two run scripts/],
      ['scripts', /./],
    ]) {
      await writeFile(file, text)
      const bad = await seen()
      assert.deepEqual([bad.state, bad.scripts], ['unusable', []])
      assert.match(bad.problem, problem)
      assert.equal((await accept(bad.digest)).status, 400)
    }
    await rm(file)
    await symlink('/etc/passwd', file)
    const out = await seen()
    assert.deepEqual([out.state, out.digest], ['unusable', undefined])
    assert.deepEqual(await stored(), [['Lint', 'theirs', true]])
    await rm(path.dirname(file), { recursive: true })
    for (const { id } of (await site.want(200, 'GET', `${route}/scripts`)).scripts) await site.want(204, 'DELETE', `${route}/scripts/${id}`)
  })

  test('a script has the limits of an agent, and says which it has reached', async () => {
    await site.want(200, 'PUT', '/api/settings/agent.processes', { value: '20' })
    const script = await create('check', 'Many', 'for i in $(seq 60); do sleep 60 & done; wait')
    const { state, detail } = await ended(await start(await site.worktree(), script))
    assert.equal(state, 'failed')
    assert.match(detail, /^processes limit 20 exceeded/)
    await site.want(200, 'DELETE', '/api/settings/agent.processes')
    await site.want(204, 'DELETE', `${route}/scripts/${script.id}`)
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
