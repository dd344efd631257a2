// Terminals through the real daemon: a shell beside an agent, several viewers, screens of any moment, floods of output, and
// what a person types while the daemon dies.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFile, readlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { muster } from '../harness/daemon.mjs'
import { Site } from '../harness/site.mjs'
import { KINDS, frameOf } from '../../web/mock/frames.mjs'
import { Viewer } from '../harness/terminal.mjs'
import { until } from '../harness/wait.mjs'

const WINDOW = 256 * 1024

describe('terminals', () => {
  let site, worktree
  before(async () => {
    site = await Site.open()
    worktree = await site.worktree()
  })
  after(() => site.close())

  const create = (input = {}) => site.want(201, 'POST', '/api/terminals', { worktreeId: worktree.id, ...input })
  const close = ({ id }) => site.want(200, 'POST', `/api/terminals/${id}/close`)
  const show = ({ id }) => site.want(200, 'GET', `/api/terminals/${id}`)
  async function screen({ launchId }, at) {
    const answer = await site.want(200, 'GET', `/api/launches/${launchId}/screen${at === undefined ? '' : `?at=${encodeURIComponent(at)}`}`)
    return { ...answer, text: answer.lines.map(({ runs }) => runs.map(({ text }) => text).join('')) }
  }

  /** The screen, once it is as the predicate wants it. */
  async function screenWhen(terminal, fits, what) {
    let now
    await until(async () => fits((now = await screen(terminal))), what)
    return now
  }

  test('a shell runs in the worktree and is typed at; it is closed, and its log can still be read', async () => {
    const topic = await (await site.daemon.connect()).subscribe(`workspace/${site.workspace.id}`)
    const terminal = await create({ rows: 30, cols: 90 })
    assert.deepEqual([terminal.state, terminal.worktreeId, terminal.command], ['running', worktree.id, undefined])
    const viewer = await Viewer.open(site.daemon, terminal.launchId)
    assert.deepEqual([viewer.begun.rows, viewer.begun.cols, viewer.begun.isYours], [30, 90, false])
    viewer.type('echo "$PWD" $((40+2)); stty size; test -t 0 && echo "$TERM"\r')
    await viewer.see(/\n30 90\r\nxterm-256color\r\n/)
    await viewer.see(`${worktree.path} 42`)
    assert.equal((await viewer.message('size_owner')).isYours, true)
    await until(() => viewer.typed > 0, 'what was typed is acknowledged')
    const renamed = await site.want(200, 'PUT', `/api/terminals/${terminal.id}`, { name: 'Mine' })
    assert.equal(renamed.name, 'Mine')
    const { terminals } = await site.want(200, 'GET', `/api/terminals?worktreeId=${worktree.id}`)
    assert.deepEqual(terminals.map(({ id, name }) => [id, name]), [[terminal.id, 'Mine']])
    const closed = await close(terminal)
    assert.equal(closed.state, 'closed')
    assert.ok(closed.endedAt)
    assert.equal((await viewer.message('exited')).reason, 'stopped')
    await topic.waitFor('workspace_updated', ({ change, data }) => change === 'terminal' && data.state === 'closed')
    const late = await Viewer.open(site.daemon, terminal.launchId, { after: 0 })
    await late.message('exited')
    assert.match(late.text, /\n30 90\r\n/)
    assert.equal((await site.want(200, 'GET', `/api/terminals?worktreeId=${worktree.id}`)).terminals.length, 0)
    await Promise.all([viewer.close(), late.close(), topic.live.close()])
  })

  test('a late viewer gets the screen and what follows; any moment of it can be had again', async () => {
    const terminal = await create({ command: 'for i in 1 2 3; do echo "line $i"; done; printf "\\033[1;31mred\\033[m\\n\\033]2;the title\\007"; read x; printf "\\033[2J\\033[Hcleared"; read y' })
    const first = await Viewer.open(site.daemon, terminal.launchId)
    await first.see('red')
    const before = await screenWhen(terminal, ({ title }) => title === 'the title', 'the title is drawn')
    assert.deepEqual(before.text.slice(0, 4), ['line 1', 'line 2', 'line 3', 'red'])
    assert.deepEqual(before.lines[3].runs[0], { text: 'red', cells: 3, fg: before.lines[3].runs[0].fg, isBold: true })
    assert.equal(before.isPartial, false)
    const late = await Viewer.open(site.daemon, terminal.launchId)
    assert.ok(late.begun.screenBytes > 0)
    await late.see('line 3')
    assert.equal(late.bytes, late.begun.screenBytes)
    late.type('\r')
    await late.see('cleared')
    await first.see('cleared')
    const now = await screenWhen(terminal, ({ text }) => text[0] === 'cleared', 'the screen is cleared')
    assert.equal(now.text[3], '')
    assert.deepEqual((await screen(terminal, before.offset)).text, before.text)
    assert.deepEqual((await screen(terminal, before.at)).text, before.text)
    const refused = await site.call('GET', `/api/launches/${terminal.launchId}/screen?at=soon`)
    assert.deepEqual([refused.status, refused.body.error.details], [400, { at: ['is neither an offset nor a time'] }])
    first.type('\r')
    assert.equal((await first.message('exited')).code, 0)
    await until(async () => (await show(terminal)).state === 'exited', 'its row says that it has ended')
    assert.equal((await show(terminal)).exitCode, 0)
    await Promise.all([first.close(), late.close()])
  })

  test('of two viewers the one that typed last owns the size, or who takes it over', async () => {
    const terminal = await create({ command: 'stty -echo; while read x; do stty size; done' })
    const [one, two] = [await Viewer.open(site.daemon, terminal.launchId), await Viewer.open(site.daemon, terminal.launchId)]
    one.resize(40, 100)
    await two.message('resized', ({ rows, cols }) => rows === 40 && cols === 100)
    two.resize(20, 60)
    one.type('a\r')
    await two.see('40 100')
    two.type('b\r')
    await one.message('resized', ({ rows, cols }) => rows === 20 && cols === 60)
    await one.see('20 60')
    assert.equal((await one.message('size_owner', ({ isYours }) => !isYours)).sub, one.sub)
    const taken = await site.want(200, 'POST', `/api/launches/${terminal.launchId}/size-owner`, { sub: one.sub })
    assert.deepEqual([taken.rows, taken.cols], [40, 100])
    const from = two.live.frames.items.length
    await two.message('resized', ({ rows }) => rows === 40)
    assert.ok(from >= 0)
    const nobody = await site.call('POST', `/api/launches/${terminal.launchId}/size-owner`, { sub: 4000000 })
    assert.equal(nobody.status, 404)
    await one.close()
    await two.message('resized', ({ rows }) => rows === 20, two.live.frames.items.length - 1)
    await close(terminal)
    await two.close()
  })

  test('a viewer that does not acknowledge gets a window, is skipped forward, and slows nobody', async () => {
    const terminal = await create({ command: 'read x; i=0; while [ $i -lt 64 ]; do seq -f "%010.0f............................................................" 1000; i=$((i+1)); done; read x' })
    const slow = await Viewer.open(site.daemon, terminal.launchId)
    slow.acks = false
    const whole = await Viewer.open(site.daemon, terminal.launchId, { after: 0 })
    let lines = 0, rest = ''
    whole.onOutput = (data) => {
      const all = (rest + data.toString('latin1')).split('\r\n')
      rest = all.pop()
      for (const line of all) if (/^\d{10}\.+$/.test(line)) { lines++; assert.equal(Number(line.slice(0, 10)), ((lines - 1) % 1000) + 1) }
      whole.text = ''
    }
    whole.type('\r')
    await until(() => lines === 64_000, () => `all lines arrive, not ${lines}`)
    assert.ok(slow.bytes <= WINDOW + slow.begun.screenBytes, `${slow.bytes} bytes without an acknowledgement`)
    const stood = slow.offset
    slow.ack()
    slow.acks = true
    const gap = await slow.message('gap')
    assert.deepEqual([gap.reason, gap.from], ['behind', stood])
    assert.ok(gap.to > stood + (4 << 20) && gap.screenBytes > 0)
    await slow.see('0000001000.', slow.text.length - 1)
    const now = await screen(terminal)
    assert.equal(now.text[22], '0000001000............................................................')
    await close(terminal)
    await Promise.all([slow.close(), whole.close()])
  })

  test('who comes after the end learns how the program ended, wherever the subscription begins', async () => {
    const terminal = await create({ command: 'echo done; exit 3' })
    const first = await Viewer.open(site.daemon, terminal.launchId, { after: 0 })
    const end = await first.message('exited')
    assert.deepEqual([end.code, end.reason], [3, 'exit'])
    for (const on of [{ screen: true }, { after: 0 }, {}, { after: end.offset }, { after: end.offset + 1000 }]) {
      const late = await Viewer.open(site.daemon, terminal.launchId, on)
      const { code, reason } = await late.message('exited')
      assert.deepEqual([code, reason], [3, 'exit'], JSON.stringify(on))
      await late.close()
    }
    await first.close()
  })

  test('thousands of sizes in a row reach every viewer', async () => {
    const terminal = await create({ command: 'stty -echo; echo ready; cat' })
    const viewer = await Viewer.open(site.daemon, terminal.launchId)
    await viewer.see('ready')
    for (let i = 0; i < 6000; i++) viewer.resize(20 + (i % 50), 100)
    viewer.resize(99, 99)
    await viewer.message('resized', ({ rows }) => rows === 99)
    const late = await Viewer.open(site.daemon, terminal.launchId, { after: 0 })
    await late.message('resized', ({ rows }) => rows === 99)
    late.type('still here\r')
    await late.see('still here')
    await close(terminal)
    await Promise.all([viewer.close(), late.close()])
  })

  test('what a program has not read is not acknowledged, however full the socket of the viewer was', async () => {
    const blocked = await create({ command: 'stty raw -echo; echo ready; sleep 1000' })
    const loud = []
    for (let i = 0; i < 14; i++) loud.push(await create({ command: 'read x; seq -f "%0200.0f" 1500; sleep 1000' }))
    const viewer = await Viewer.open(site.daemon, blocked.launchId)
    await viewer.see('ready')
    let bytes = 0, acked = 0
    viewer.live.onBinary = (data) => {
      bytes += data.length
      if (data.readUInt8() === KINDS.ack && data.readUInt32LE(1) === viewer.sub) acked = Number(data.readBigUInt64LE(5))
    }
    const subs = []
    for (const { launchId } of loud) subs.push((await viewer.live.request({ type: 'subscribe', topic: `terminal/${launchId}` })).sub)
    viewer.type('x'.repeat(200_000))
    viewer.live.ws.pause()
    for (const sub of subs) viewer.live.ws.send(frameOf(KINDS.input, sub, 0, Buffer.from('\r')))
    for (const { launchId } of loud) {
      const other = await Viewer.open(site.daemon, launchId, { after: 0 })
      await other.see('01500\r\n')
      await other.close()
    }
    viewer.live.ws.resume()
    await until(() => bytes > 14 * 200 * 1024, () => `the window of each is sent, not ${bytes} bytes`)
    assert.equal(acked, 0)
    await viewer.close()
    await Promise.all([blocked, ...loud].map(close))
  })

  test('bad frames are refused, and the subscription goes on', async () => {
    const terminal = await create({ command: 'cat' })
    const viewer = await Viewer.open(site.daemon, terminal.launchId)
    const refused = async (bytes, pattern) => {
      const from = viewer.live.frames.items.length
      viewer.live.ws.send(bytes)
      assert.match((await viewer.live.frames.waitFor(({ type }) => type === 'error', { from })).error.message, pattern)
    }
    await refused(Buffer.alloc(5), /begins with 13 bytes.* has 5/)
    await refused(frameOf(9, viewer.sub, 0), /kind must be 2/)
    await refused(frameOf(KINDS.input, 4000000, 0), /no subscription has the number 4000000/)
    await refused(frameOf(KINDS.resize, viewer.sub, 0, Buffer.alloc(4)), /rows from 1 to 500/)
    await refused(frameOf(KINDS.resize, viewer.sub, 0, Buffer.alloc(3)), /u16 rows/)
    await refused(frameOf(KINDS.ack, viewer.sub, 1e9), /1000000000 is behind it/)
    for (const [message, pattern] of [
      [{ topic: 'terminal/lch_00000000000000000000000000' }, /no launch/], [{ topic: 'terminal/ag_1' }, /unknown topic/],
      [{ topic: viewer.topic, after: -1 }, /after must be/], [{ topic: viewer.topic, after: 1, screen: true }, /either after or screen/],
    ]) {
      const answer = await viewer.live.request({ type: 'subscribe', ...message })
      assert.equal(answer.type, 'error')
      assert.match(answer.error.message, pattern)
    }
    const run = await site.want(200, 'GET', `/api/stream?topic=${viewer.topic}`).catch((error) => error.message)
    assert.match(run, /served on \/ws only/)
    await viewer.close()
    const again = await Viewer.open(site.daemon, terminal.launchId)
    again.type('still here\r')
    await again.see('still here\r\nstill here')
    await close(terminal)
    await again.close()
  })

  test('kill -9 of the daemon under a typing person: nothing is doubled, and a password is nowhere on the disk', async () => {
    const secret = 'correct-horse-battery'
    const script = path.join(worktree.path, 'ask.sh')
    await writeFile(script, 'stty -echo; printf "Password: "; read p; printf "\\n%s\\n" "${#p} characters"; stty echo; while read x; do echo "<$x>"; done')
    const terminal = await create({ command: 'sh ask.sh' })
    let viewer = await Viewer.open(site.daemon, terminal.launchId)
    await viewer.see('Password: ')
    viewer.type(secret)
    viewer.type('\r')
    await viewer.see(`${secret.length} characters`)
    const sent = []
    for (let i = 0; i < 40; i++) {
      const line = `w${i}`
      viewer.type(`${line}\r`)
      sent.push(line)
      if (i !== 20) continue
      await site.crash()
      viewer = await Viewer.open(site.daemon, terminal.launchId, { after: 0 })
    }
    await viewer.see('<w39>')
    const seen = [...viewer.text.matchAll(/<(\S*?)>/g)].map(([, word]) => word)
    assert.equal(new Set(seen).size, seen.length, `doubled: ${seen}`)
    const known = seen.filter((word) => sent.includes(word))
    assert.deepEqual(known, sent.filter((word) => known.includes(word)))
    assert.deepEqual(known.slice(-18), sent.slice(-18))
    await close(terminal)
    await viewer.close()
    let found = ''
    try { found = execFileSync('grep', ['-rlaF', secret, site.home], { encoding: 'utf8' }) } catch (error) { assert.equal(error.status, 1) }
    assert.equal(found, '')
  })

  test('muster attach shows a terminal in the user\'s own, follows its size, and restores it on every way out', async () => {
    const inner = await create({ command: 'stty -echo; echo ready; while read x; do stty size; echo "<$x>"; done; exit 3' })
    const attach = `'${muster}' --home '${site.home}' attach ${inner.id}`
    const outer = await create({ rows: 31, cols: 91, command: `stty -g; ${attach}; echo "left $?"; stty -g; cat` })
    const viewer = await Viewer.open(site.daemon, outer.launchId)
    await viewer.see('ready')
    viewer.type('one\r')
    await viewer.see('31 91\r\n<one>')
    viewer.resize(25, 85)
    await viewer.message('resized', ({ rows }) => rows === 25)
    const watcher = await Viewer.open(site.daemon, inner.launchId)
    await until(() => watcher.begun.rows === 25 || watcher.live.frames.items.some(({ type, rows }) => type === 'resized' && rows === 25), 'the size follows')
    viewer.type('\x1d')
    await viewer.see('left; the program goes on')
    await viewer.see(/left 0\r\n/)
    const states = () => viewer.text.match(/[0-9a-f]+(:[0-9a-f]+){20,}/g) ?? []
    await until(() => states().length === 2, 'the state of the terminal is shown again')
    assert.equal(states()[1], states()[0])
    await close(outer)
    await close(inner)
    await Promise.all([viewer.close(), watcher.close()])
    const { code, err } = await site.daemon.cli(['attach', inner.id], { code: null })
    assert.deepEqual([code, /its input and output must be a terminal/.test(err)], [2, true])
  })

  test('muster attach restores the user\'s terminal when a signal ends it, and the program goes on', async () => {
    const inner = await create({ command: 'stty -echo; printf "\\033[?1049h\\033[?25lready"; while read x; do echo "<$x>"; done' })
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
      const outer = await create({ command: `stty -g; sh -c 'echo "pid $$"; exec "${muster}" --home "${site.home}" attach ${inner.id}'; echo "left $?"; stty -g; cat` })
      const viewer = await Viewer.open(site.daemon, outer.launchId)
      await viewer.see('ready')
      process.kill(Number(/pid (\d+)/.exec(viewer.text)[1]), signal)
      await viewer.see(/ended by a signal; the program goes on\r\n(.|\n)*left 1\r\n/)
      const states = () => viewer.text.match(/[0-9a-f]+(:[0-9a-f]+){20,}/g) ?? []
      await until(() => states().length === 2, `the state of the terminal is shown again after ${signal}`)
      assert.equal(states()[1], states()[0], signal)
      const end = viewer.text.slice(viewer.text.indexOf('ready'))
      for (const undone of ['\x1b[?1049l', '\x1b[?25h']) assert.ok(end.includes(undone), signal)
      await close(outer)
      await viewer.close()
    }
    assert.equal((await show(inner)).state, 'running')
    await close(inner)
  })

  test('muster attach reads keys while output never ends', async () => {
    const inner = await create({ command: 'yes' })
    const outer = await create({ command: `'${muster}' --home '${site.home}' attach ${inner.id}; echo "left $?"; cat` })
    const viewer = await Viewer.open(site.daemon, outer.launchId)
    await viewer.see('y\r\ny\r\n')
    viewer.type('\x1d')
    await viewer.see('left; the program goes on')
    await viewer.see('left 0\r\n')
    assert.equal((await show(inner)).state, 'running')
    await close(outer)
    await close(inner)
    await viewer.close()
  })

  test('a signal ends muster attach while the output of the user\'s terminal is stopped, and the terminal is restored', async () => {
    const inner = await create({ command: 'yes' })
    const outer = await create({ command: `stty -g; sh -c 'echo "pid $$"; exec "${muster}" --home "${site.home}" attach ${inner.id}'; n=$?; stty -g >restored; echo "left $n"; cat` })
    const viewer = await Viewer.open(site.daemon, outer.launchId)
    await viewer.see('y\r\ny\r\n')
    const pid = Number(/pid (\d+)/.exec(viewer.text)[1])
    const tty = await readlink(`/proc/${pid}/fd/0`)
    const output = (action) => execFileSync('perl', ['-MPOSIX', '-e', `open(my $t, "+<", $ARGV[0]) or die $!; POSIX::tcflow(fileno($t), POSIX::${action}()) or die $!`, tty])
    output('TCOOFF')
    process.kill(pid, 'SIGTERM')
    const restored = async () => (await readFile(path.join(worktree.path, 'restored'), 'utf8').catch(() => '')).trim()
    await until(async () => (await restored()).length > 0, 'it has ended')
    output('TCOON')
    await viewer.see('left 1\r\n')
    assert.equal(await restored(), /[0-9a-f]+(:[0-9a-f]+){20,}/.exec(viewer.text)[0])
    assert.equal((await show(inner)).state, 'running')
    await close(outer)
    await close(inner)
    await viewer.close()
  })

  // Asks at its start, and again at each key g; shows what it was answered, and what came beside it.
  const asking = `
    let got = '', n = 0
    const ask = () => process.stdout.write('\\x1b[5;9H\\x1b[6n\\x1b[>c\\x1b[18t\\x1b[c')
    process.stdin.setRawMode(true)
    process.stdin.on('data', (d) => {
      got += d
      if (got === 'g') { got = ''; return ask() }
      if (!/22c/.test(got)) return
      setTimeout(() => { console.log('\\r\\n' + ++n + JSON.stringify(got) + '.'); got = '' }, 300)
    })
    ask()`
  const ANSWERS = String.raw`"\u001b[5;9R\u001b[>1;10;0c\u001b[8;24;120t\u001b[?62;22c".`

  test('what a program asks its terminal is answered once, whether nobody looks or several do', async () => {
    const file = path.join(worktree.path, 'ask.cjs')
    await writeFile(file, asking)
    const terminal = await create({ command: `${process.execPath} ask.cjs` })
    await screenWhen(terminal, ({ text }) => text.join('').includes(`1${ANSWERS}`), 'the answers without a viewer')
    const [one, two] = [await Viewer.open(site.daemon, terminal.launchId), await Viewer.open(site.daemon, terminal.launchId, { after: 0 })]
    one.type('g')
    await Promise.all([one.see(`2${ANSWERS}`), two.see(`2${ANSWERS}`)])
    await site.crash()
    const late = await Viewer.open(site.daemon, terminal.launchId)
    late.type('g')
    await late.see(`3${ANSWERS}`)
    await close(terminal)
    await late.close()
  })

  test('vim, which asks which terminal it has, gets its answer while nobody looks', async (t) => {
    let has = ''
    try { has = execFileSync('vim', ['--version'], { encoding: 'utf8' }) } catch { /* not installed */ }
    if (!has.includes('+termresponse')) return t.skip('there is no vim that asks')
    const seen = path.join(worktree.path, 'seen')
    const terminal = await create({ command: `vim -Nu NONE -i NONE -c 'autocmd TermResponse * call writefile([v:termresponse], "${seen}")'` })
    await until(async () => (await readFile(seen, 'latin1').catch(() => '')).includes('\x1b[>1;10;0c'), 'vim has read the answer')
    await close(terminal)
  })

  test('a program that asks without end and never reads gets no pile of answers, and keeps nobody', async () => {
    const terminal = await create({ command: 'stty raw -echo; i=0; while [ $i -lt 3000 ]; do printf "\\033[6n\\033[c"; i=$((i+1)); done; printf "\\r\\ndone"; sleep 600' })
    const other = await create({ command: 'cat' })
    await screenWhen(terminal, ({ text }) => text.includes('done'), 'it is not kept')
    const viewer = await Viewer.open(site.daemon, other.launchId)
    viewer.type('still here\r')
    await viewer.see('still here\r\nstill here')
    await close(terminal)
    await close(other)
    await viewer.close()
  })

  test('the title that a program sets is in the row, without controls, and told at most once a second', async () => {
    const topic = await (await site.daemon.connect()).subscribe(`workspace/${site.workspace.id}`)
    const terminal = await create({ command: String.raw`printf '\033]0;first \302\205\033\134'; read x; i=0; while [ $i -lt 200 ]; do printf "\033]2;title $i\007"; i=$((i+1)); done; printf '\033]2;last \001%300s\007' x; read y; printf '\033]2;\007'; read z` })
    const titled = (fits, after) => topic.waitFor('workspace_updated', ({ change, data }) => change === 'terminal' && data.id === terminal.id && fits(data.title), { after })
    await titled((title) => title === 'first ')
    const viewer = await Viewer.open(site.daemon, terminal.launchId)
    viewer.type('\r')
    const { seq } = await titled((title) => title?.startsWith('last '))
    assert.equal((await show(terminal)).title, 'last '.padEnd(200))
    const told = topic.events.filter(({ payload: { data } }) => data?.id === terminal.id && data.title)
    assert.ok(told.length <= 6, `${told.length} events`)
    viewer.type('\r')
    await titled((title) => title === undefined, seq)
    await close(terminal)
    await Promise.all([viewer.close(), topic.live.close()])
  })

  test('a worktree with an open terminal is not removed', async () => {
    const own = await site.worktree()
    const terminal = await site.want(201, 'POST', '/api/terminals', { worktreeId: own.id, command: 'cat' })
    const refused = await site.call('DELETE', `/api/workspaces/${site.workspace.id}/worktrees/${own.id}`)
    assert.deepEqual([refused.status, refused.body.error.message], [409, '1 terminal is open in this worktree; close it first'])
    await close(terminal)
    await site.want(204, 'DELETE', `/api/workspaces/${site.workspace.id}/worktrees/${own.id}`)
    assert.ok(await readFile(path.join(site.repository, '.git/HEAD'), 'utf8'))
  })
})
