// The command line follows: the events of a topic and what an agent says, over restarts of the daemon, each thing once.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Daemon, makeFolder, muster } from '../harness/daemon.mjs'
import { Program, checkout, runToEnd } from '../harness/program.mjs'
import { makeRepository } from '../harness/repository.mjs'

const overview = 'overview/org_00000000000000000000000000'
let daemon, ws, wt
const cli = async (...words) => JSON.parse((await daemon.cli(words)).out)

before(async () => {
  daemon = await Daemon.start({ env: { CLAUDE_STAND_IN_LOG: path.join(await makeFolder('stand-in'), 'log') } })
  await cli('setting', 'set', 'workspace.roots', os.tmpdir())
  await cli('setting', 'set', 'agent.claude_path', path.join(checkout, 'tests/harness/stand-in.mjs'))
  ws = await cli('workspace', 'open', await makeRepository())
  wt = (await cli('worktree', 'list', ws.id)).worktrees[0].id
})
after(() => daemon.remove())

/** A follower that ends with its test. */
function follow(t, ...words) {
  const program = new Program(muster, ['--home', daemon.home, ...words])
  t.after(() => program.end('SIGKILL'))
  return program
}

const terminal = (script) => cli('agent', 'create', wt, '--adapter', 'terminal', '--command', '/bin/sh', '--command=-c', '--command', script)
const say = (program, text) => program.waitLine(new RegExp(`^${text}$`))
const isAway = (program) => program.errors.waitFor((line) => line === 'muster: the daemon is gone; waiting until it is back', { what: 'it says that the daemon is gone' })

/** Every envelope of a topic, as another client gets them. */
async function envelopes(topic, last) {
  const live = await daemon.connect()
  const all = await live.subscribe(topic)
  await live.frames.waitFor((frame) => frame.topic === topic && frame.seq >= last.seq && frame.payload !== undefined, { what: `event ${last.seq}` })
  await live.close()
  return all.events
}

describe('muster events', () => {
  test('prints every envelope once, over a restart and a crash of the daemon', async (t) => {
    const { id } = await terminal('cat')
    const topic = `agent/${id}`
    const program = follow(t, 'events', '-f', topic)
    const lines = () => program.lines.items.map((line) => JSON.parse(line))
    const next = (type, from) => program.lines.waitFor((line) => JSON.parse(line).type === type, { what: type, from })
    await cli('agent', 'start', id)
    await next('status', 0)
    await daemon.stop()
    await isAway(program)
    await daemon.restart()
    await program.errors.waitFor((line) => line === 'muster: the daemon is back', { what: 'it says that the daemon is back' })
    let from = program.lines.items.length
    await cli('message', 'send', id, 'one')
    await next('message', from)
    from = program.lines.items.length
    await daemon.kill()
    await daemon.restart()
    await cli('agent', 'stop', id, '--force')
    await next('exit', from)
    await cli('agent', 'start', id)
    await program.lines.waitFor((line) => JSON.parse(line).payload.reason === 'starting', { what: 'the second start', from })
    await cli('agent', 'stop', id, '--force')
    await program.lines.waitFor((line) => JSON.parse(line).type === 'exit' && JSON.parse(line).seq > lines()[from].seq + 3, { what: 'the second end', from })
    const seen = lines()
    assert.deepEqual(seen, (await envelopes(topic, seen.at(-1))).slice(0, seen.length))

    // Without -f it ends with the last; --after goes on behind a cursor.
    const events = async (...words) => (await daemon.cli(['events', topic, ...words])).out.split('\n').filter(Boolean).map((line) => JSON.parse(line))
    assert.deepEqual((await events()).slice(0, seen.length), seen)
    const { generation, seq } = seen[2]
    assert.deepEqual((await events('--after', `${generation}:${seq}`)).slice(0, seen.length - 3), seen.slice(3))
    assert.deepEqual((await events('--after', '999:5')).slice(0, 2).map(({ type, seq }) => [type, seq]), [['reset', 0], [seen[0].type, seen[0].seq]])
  })

  test('ends when it is interrupted, and when its output is no longer read', async (t) => {
    const program = follow(t, 'events', '-f', overview)
    await program.lines.waitFor((line) => line.includes('"workspace_opened"'), { what: 'an event' })
    assert.equal((await program.end('SIGINT')).signal, 'SIGINT')
    const { out } = await runToEnd('/bin/sh', ['-c', '"$0" --home "$1" events -f "$2" | head -n 1', muster, daemon.home, overview])
    assert.equal(JSON.parse(out).topic, overview)
  })

  test('of a topic that cannot be followed fails', async () => {
    const { code, err } = await daemon.cli(['events', 'x'.repeat(300)], { code: null })
    assert.deepEqual([code, err.startsWith('muster: topic')], [1, true], err)
  })
})

describe('muster logs', () => {
  test('shows what a terminal prints without its control sequences, while the daemon is away too, launch after launch', async (t) => {
    const go = path.join(await makeFolder('go'), 'on')
    const script = `printf '\\033[31mred\\033[0m \\033]0;title\\007caf\\303\\251\\r\\n 50%%\\r100%%\\n'; while [ ! -e ${go} ]; do sleep 0.05; done; echo later; exit 3`
    const { id } = await terminal(script)
    const program = follow(t, 'logs', '-f', id)
    await cli('agent', 'start', id)
    await say(program, 'red café')
    await say(program, '100%')
    await daemon.stop()
    await isAway(program)
    await writeFile(go, '')
    await say(program, '-- exited with code 3')
    await daemon.restart()
    const from = program.lines.items.length
    // The new daemon reads what happened meanwhile after it has begun to serve.
    while ((await cli('agent', 'status', id)).status === 'running') await sleep(50)
    await cli('agent', 'start', id)
    await program.lines.waitFor((line) => line === '-- exited with code 3', { what: 'the end of the second launch', from })
    const expected = ['red café', ' 50%', '100%', 'later', '-- exited with code 3']
    assert.deepEqual(program.lines.items, [...expected, ...expected])
    assert.deepEqual((await daemon.cli(['logs', id])).out.split('\n'), expected)
  })

  test('shows the conversation with a coding agent, with each text once', async (t) => {
    const { id } = await cli('agent', 'create', wt, '--name', 'stand-in')
    const program = follow(t, 'logs', '-f', id)
    await cli('agent', 'start', id, '@@full \u001b[31mplease')
    await program.waitLine(/^\? permission: Bash/)
    await program.waitLine(/^\? an answer is no longer needed$/)
    const from = program.lines.items.indexOf(await program.waitLine(/^\? permission: Write/))
    const [, command] = /`(.*)`/.exec(await program.lines.waitFor((line) => line.startsWith('? answer it with'), { what: 'how to answer', from }))
    await runToEnd('/bin/sh', ['-c', `${command} allow`])
    await program.waitLine(/^\? answered: allow/)
    await program.waitLine(/^-- the turn is complete/)
    await daemon.stop()
    await isAway(program)
    await daemon.restart()
    await cli('agent', 'stop', id)
    await program.waitLine(/^-- (exited|ended) /)
    const seen = program.lines.items
    assert.ok(seen.includes('> @@full please'), seen.join('\n'))
    assert.ok(!seen.join('').includes('\u001b'))
    const { out } = await daemon.cli(['logs', id])
    assert.deepEqual(seen, out.split('\n'))
    const texts = (await envelopes(`agent/${id}`, { seq: 1 })).filter(({ type }) => type === 'text')
    for (const { payload } of texts) assert.equal(out.split(payload.text.trim()).length, 2, payload.text)
  })

  test('of an agent that does not exist fails', async () => {
    const { code, err } = await daemon.cli(['logs', `ag_${'0'.repeat(26)}`], { code: null })
    assert.deepEqual([code, err], [1, `muster: no agent ag_${'0'.repeat(26)}`])
  })
})
