// The terminal socket of source 001's clients: /ws/pty/{agentId} of an agent that runs in a terminal.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import WebSocket from 'ws'
import { Site } from '../harness/site.mjs'
import { Feed, until } from '../harness/wait.mjs'

/** A client as the agent manager has it: raw bytes, and the code with which it was closed. */
class Pty {
  text = ''
  sizes = []
  feed = new Feed()

  static open(daemon, agentId) {
    const pty = new Pty()
    pty.ws = new WebSocket(`ws://127.0.0.1:${daemon.port}/ws/pty/${agentId}`, [], { headers: { authorization: `Bearer ${daemon.token}` } })
    pty.closed = new Promise((resolve) => pty.ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() })))
    pty.ws.on('error', () => {})
    pty.ws.on('message', (data, isBinary) => {
      assert.ok(isBinary)
      pty.sizes.push(data.length)
      pty.text += data.toString('latin1')
      pty.feed.push(data.length)
    })
    return pty
  }

  see(what) {
    return until(() => this.text.includes(what), `${what} in ${JSON.stringify(this.text.slice(-200))}`)
  }
}

describe('/ws/pty', () => {
  let site, worktree
  before(async () => {
    site = await Site.open()
    worktree = await site.worktree()
  })
  after(() => site.close())

  const agent = (command) => site.want(201, 'POST', '/api/agents', { worktreeId: worktree.id, adapter: 'terminal', command })
  const start = ({ id }) => site.want(200, 'POST', `/api/agents/${id}/start`, {})
  const stop = ({ id }) => site.want(200, 'POST', `/api/agents/${id}/stop`, {})

  test('keys go in, raw bytes come out, and text sets the size or is typed', async () => {
    const it = await agent(['sh', '-c', 'stty -echo; echo ready; while read x; do stty size; echo "<$x>"; done'])
    await start(it)
    const [one, two] = [Pty.open(site.daemon, it.id), Pty.open(site.daemon, it.id)]
    await Promise.all([one.see('ready'), two.see('ready')])
    one.ws.send(JSON.stringify({ type: 'resize', rows: 33, cols: 77 }))
    one.ws.send(Buffer.from('key\r'))
    await Promise.all([one.see('33 77\r\n<key>'), two.see('<key>')])
    two.ws.send('typed\r')
    await Promise.all([one.see('<typed>'), two.see('<typed>')])
    await stop(it)
    assert.deepEqual([(await one.closed).code, (await two.closed).code], [1000, 1000])
  })

  test('a late viewer gets what was, then what comes; a viewer that leaves takes nothing away', async () => {
    const it = await agent(['sh', '-c', 'stty -echo; echo begun; while read x; do echo "<$x>"; done'])
    await start(it)
    const one = Pty.open(site.daemon, it.id)
    await one.see('begun')
    one.ws.send(Buffer.from('first\r'))
    await one.see('<first>')
    const late = Pty.open(site.daemon, it.id)
    await late.see('begun\r\n<first>')
    one.ws.close()
    await one.closed
    late.ws.send(Buffer.from('second\r'))
    await late.see('<first>\r\n<second>')
    await site.crash()
    const again = Pty.open(site.daemon, it.id)
    await again.see('<second>')
    again.ws.send('third\r')
    await again.see('<third>')
    assert.equal(again.text, 'begun\r\n<first>\r\n<second>\r\n<third>\r\n')
    await stop(it)
    assert.equal((await again.closed).code, 1000)
    const replay = Pty.open(site.daemon, it.id)
    assert.deepEqual([(await replay.closed).code, replay.text.startsWith('begun\r\n<first>')], [1000, true])
  })

  test('only a resize is no input; one that cannot be changes nothing, and what a program asks is not the viewer\'s', async () => {
    const it = await agent(['sh', '-c', `stty -echo -icanon; printf "\\033[c"; dd bs=1 count=9 2>/dev/null | od -An -c | tr -d " \\n"; stty icanon; while read -r x; do stty size; echo "<$x>"; done`])
    await start(it)
    const pty = Pty.open(site.daemon, it.id)
    await pty.see('033[?62;22c')
    assert.ok(!pty.text.includes('\x1b[c'), JSON.stringify(pty.text))
    const other = JSON.stringify({ type: 'other', rows: 9, cols: 99 })
    for (const message of [{ type: 'resize', rows: 0, cols: 77 }, { type: 'resize', rows: 'many', cols: 77 }, { type: 'resize' }, { type: 'resize', rows: 40, cols: 100 }])
      pty.ws.send(JSON.stringify(message))
    pty.ws.send(`${other}\r`)
    await pty.see(`40 100\r\n<${other}>`)
    pty.ws.send('{"type":"resize"\r')
    await pty.see('<{"type":"resize">')
    await stop(it)
    assert.equal((await pty.closed).code, 1000)
  })

  test('after the exit the last MiB is replayed in pieces of 4,096 bytes, then the socket is closed with 1000', async () => {
    const it = await agent(['sh', '-c', 'i=0; while [ $i -lt 20 ]; do seq -f "%0100.0f" 1000; i=$((i+1)); done; echo the end'])
    await start(it)
    await until(async () => (await site.want(200, 'GET', `/api/agents/${it.id}`)).stoppedAt, 'it has ended')
    const pty = Pty.open(site.daemon, it.id)
    assert.deepEqual(await pty.closed, { code: 1000, reason: 'the program has ended' })
    assert.ok(pty.text.endsWith('the end\r\n'))
    assert.ok(Math.max(...pty.sizes) <= 4096)
    assert.ok(pty.text.length > 900_000 && pty.text.length <= 1 << 20, `${pty.text.length} bytes`)
  })

  test('an agent without a terminal, or that never ran, gets 4404', async () => {
    const plain = await site.want(201, 'POST', '/api/agents', { worktreeId: worktree.id })
    const never = await agent(['cat'])
    for (const id of [plain.id, never.id, 'nobody']) assert.deepEqual(await Pty.open(site.daemon, id).closed, { code: 4404, reason: 'no terminal' })
  })
})
