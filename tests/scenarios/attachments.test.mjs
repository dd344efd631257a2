// Attachments: files are uploaded, stored once, downloaded as they were, and reach the real CLI's model; what is cut off,
// too large, damaged or of others leaves nothing behind.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { forEachClaude, Studio } from '../harness/agents.mjs'
import { Daemon, makeFolder } from '../harness/daemon.mjs'
import { PIXEL } from '../harness/operations.mjs'
import { rows } from '../harness/recovery.mjs'
import { until, within } from '../harness/wait.mjs'
import { Wiretap } from '../harness/wiretap.mjs'

const MIB = 2 ** 20
const LIMIT = 32 * MIB
const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n')
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')
const stored = (home) => readdir(path.join(home, 'attachments')).catch(() => [])

describe('files', () => {
  let daemon
  before(async () => {
    daemon = await Daemon.start()
  })
  after(() => daemon.remove())

  const upload = (bytes, name, options) => daemon.api('POST', `/api/attachments${name ? `?name=${encodeURIComponent(name)}` : ''}`, bytes, options)
  const download = async (id, headers = {}) => {
    const answer = await fetch(`${daemon.origin}/api/attachments/${id}/content`, { headers: { authorization: `Bearer ${daemon.token}`, ...headers } })
    return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  const nothingArrives = () => until(async () => !(await stored(daemon.home)).some((name) => name.startsWith('upload.')), 'no unfinished upload is left')

  /** A client that sends a head and part of a body. */
  async function begin(head, ...pieces) {
    const socket = net.connect(daemon.port, '127.0.0.1').on('error', () => {})
    const lines = ['POST /api/attachments HTTP/1.1', `Host: 127.0.0.1:${daemon.port}`, `Authorization: Bearer ${daemon.token}`, ...head, '', '']
    socket.write(lines.join('\r\n'))
    for (const piece of pieces) socket.write(piece)
    return socket
  }
  const statusOf = async (socket) => Number(/^HTTP\/1\.1 (\d+)/.exec((await within(once(socket, 'data'), 'an answer'))[0].toString())[1])

  test('a file comes back as it was, with its name, and is never shown as a page of ours', async () => {
    const bytes = randomBytes(3 * MIB + 1)
    const { status, body } = await upload(bytes, 'naïve "x".bin')
    assert.deepEqual([status, body.size, body.sha256, body.mediaType, body.isUsed], [201, bytes.length, sha256(bytes), 'application/octet-stream', false])
    const { status: got, bytes: back, headers } = await download(body.id)
    assert.equal(got, 200)
    assert.ok(back.equals(bytes))
    assert.equal(headers.get('content-disposition'), `attachment; filename="na_ve _x_.bin"; filename*=UTF-8''na%C3%AFve%20%22x%22.bin`)
    assert.deepEqual([headers.get('x-content-type-options'), headers.get('content-security-policy'), headers.get('content-length')], ['nosniff', "sandbox; default-src 'none'", String(bytes.length)])
    const part = await download(body.id, { range: 'bytes=1000000-1000009' })
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 1000000-1000009/${bytes.length}`])
    assert.ok(part.bytes.equals(bytes.subarray(1000000, 1000010)))
    assert.equal((await download(body.id, { range: `bytes=${bytes.length}-` })).status, 416)
  })

  test('its type is what its bytes say, not what the client says', async () => {
    const { body } = await upload(PIXEL, 'evil.html', { headers: { 'content-type': 'text/html' } })
    assert.deepEqual([body.mediaType, body.width, body.height], ['image/png', 1, 1])
    const { body: page } = await upload(Buffer.from('<script>alert(1)</script>'), 'x.png')
    assert.equal(page.mediaType, 'text/plain')
  })

  test('the same bytes are one file; a key stands for one upload', async () => {
    const bytes = randomBytes(1000)
    const first = await upload(bytes, 'a', { key: 'once' })
    const again = await upload(bytes, 'a', { key: 'once' })
    const other = await upload(bytes, 'b')
    assert.deepEqual(again.body, first.body)
    assert.notEqual(other.body.id, first.body.id)
    assert.equal((await upload(randomBytes(1000), 'a', { key: 'once' })).status, 409)
    assert.equal((await stored(daemon.home)).filter((name) => name.startsWith(sha256(bytes))).length, 1)
    assert.equal((await daemon.api('DELETE', `/api/attachments/${first.body.id}`)).status, 204)
    assert.equal((await download(first.body.id)).status, 404)
    assert.ok((await download(other.body.id)).bytes.equals(bytes))
  })

  test('32 MiB are taken; more is refused before it is read where its size is known, and nothing is left', async () => {
    assert.equal((await upload(Buffer.alloc(LIMIT, 'x'))).status, 201)
    const told = await begin([`Content-Length: ${LIMIT + 1}`, 'Expect: 100-continue'])
    assert.equal(await statusOf(told), 413)
    const chunked = await begin(['Transfer-Encoding: chunked'], `${(LIMIT + 1).toString(16)}\r\n`, Buffer.alloc(LIMIT + 1))
    assert.equal(await statusOf(chunked), 413)
    chunked.destroy()
    assert.deepEqual([(await upload(Buffer.alloc(0))).status, (await upload(Buffer.from('x'), 'a\nb')).status], [400, 400])
    await nothingArrives()
  })

  test('a client that leaves halfway, or a daemon that is killed, leaves nothing; nobody waits for a slow client', async () => {
    const before = await stored(daemon.home)
    const slow = await begin(['Content-Length: 1000000'], Buffer.alloc(600_000))
    const leaver = await begin(['Content-Length: 1000000'], Buffer.alloc(600_000))
    await until(async () => (await stored(daemon.home)).filter((name) => name.startsWith('upload.')).length === 2, 'both uploads are on disk')
    assert.equal((await upload(Buffer.from('another'))).status, 201)
    leaver.destroy()
    await until(async () => (await stored(daemon.home)).filter((name) => name.startsWith('upload.')).length === 1, 'one is gone')
    await daemon.kill()
    await daemon.restart()
    slow.destroy()
    await nothingArrives()
    assert.equal((await stored(daemon.home)).length, before.length + 1)
  })

  test('no more than 8 files of one person arrive at once', async () => {
    const sockets = await Promise.all(Array.from({ length: 8 }, () => begin(['Content-Length: 10'], 'x')))
    await until(async () => (await upload(Buffer.from('y'))).status === 503, 'the ninth is refused')
    for (const socket of sockets) socket.destroy()
    await until(async () => (await upload(Buffer.from('y'))).status === 201, 'there is room again')
  })

  test('a file that was damaged or removed behind our back is named by its digest and not served', async () => {
    const bytes = randomBytes(500)
    const { body } = await upload(bytes, 'precious')
    const file = path.join(daemon.home, 'attachments', `${body.sha256}.bin`)
    await writeFile(file, randomBytes(500))
    const damaged = await download(body.id)
    assert.equal(damaged.status, 500)
    assert.match(damaged.bytes.toString(), new RegExp(`${body.sha256}\\) is damaged`))
    await rm(file)
    assert.match((await download(body.id)).bytes.toString(), new RegExp(`${body.sha256}\\) is missing`))
    await upload(bytes, 'again')
    assert.ok((await download(body.id)).bytes.equals(bytes))
  })

  test('the command line uploads a file whose name has spaces, and prints its content', async () => {
    const file = path.join(await makeFolder('paste'), 'a \t"picture".png')
    await writeFile(file, PIXEL)
    const made = JSON.parse((await daemon.cli(['attachment', 'add', file])).out)
    assert.deepEqual([made.name, made.mediaType], ['a _"picture".png', 'image/png'])
    const refused = await daemon.cli(['attachment', 'add', path.dirname(file)], { code: 2 })
    assert.match(refused.err, /is not a file/)
    assert.match((await daemon.cli(['attachment', 'add'], { code: 2 })).err, /requires a file/)
  })
})

forEachClaude((cli) => {
  let studio, tap
  before(async () => {
    studio = await Studio.open(cli)
    tap = await Wiretap.open(studio.model.url)
    await studio.daemon.stop()
    await studio.daemon.restart({ env: { ...studio.daemon.options.env, ANTHROPIC_BASE_URL: tap.url } })
    studio.live = await studio.daemon.connect()
  })
  after(async () => {
    await studio.close()
    await tap.close()
  })

  const upload = async (bytes, name) => studio.daemon.want(201, 'POST', `/api/attachments?name=${encodeURIComponent(name)}`, bytes)
  const images = () => tap.blocks().filter(({ type }) => type === 'image').map(({ source }) => source.data)
  const texts = () => tap.blocks().filter(({ type }) => type === 'text').map(({ text }) => text)
  const send = (agent, content, files) => studio.want(202, 'POST', `${agent.route}/message`, { content, attachments: files.map(({ id }) => id) })

  test('an image is in the request to the model, byte for byte; a PDF is named by its path, which can be read', async () => {
    const [image, paper] = [await upload(PIXEL, 'a pixel.png'), await upload(PDF, 'a paper.pdf')]
    const agent = await studio.agent()
    await studio.want(200, 'POST', `${agent.route}/start`, { initialPrompt: 'Look at this. @@hello', attachments: [image.id, paper.id] })
    assert.equal((await agent.turnEnd()).outcome, 'ok')
    assert.ok(images().includes(PIXEL.toString('base64')))
    const file = path.join(studio.daemon.home, 'attachments', `${paper.sha256}.pdf`)
    assert.ok(texts().some((text) => text.includes(`${file} (a paper.pdf, application/pdf, ${PDF.length} bytes)`)))
    const { messages } = await agent.messages()
    assert.equal(messages[0].content, 'Look at this. @@hello')
    assert.deepEqual(messages[0].attachments.map(({ id, name }) => [id, name]), [[image.id, 'a pixel.png'], [paper.id, 'a paper.pdf']])
    const events = agent.topic.events.filter(({ type, payload }) => type === 'message' && payload.attachments)
    assert.deepEqual(events.map(({ payload }) => payload.attachments.length), [2])
    assert.ok(!JSON.stringify(events).includes(PIXEL.toString('base64')))
    assert.equal((await studio.daemon.api('DELETE', `/api/attachments/${image.id}`)).status, 409)
    await agent.stop()
  })

  test('prompts with images keep their place in the queue', async () => {
    const agent = await studio.begin('Count. @@slow')
    await agent.next('text_delta')
    const image = await upload(Buffer.concat([PIXEL, Buffer.from('2')]), 'second.png')
    await send(agent, 'With a picture. @@nonce#1', [image])
    await agent.send('Without. @@nonce#2')
    await agent.interrupt()
    for (let turn = 0; turn < 3; turn++) await agent.next('turn_end')
    assert.deepEqual(agent.texts().slice(-2), ['Got 1.', 'Got 2.'])
    await agent.stop()
  })

  test('what does not fit or does not exist is refused before it is queued', async () => {
    const agent = await studio.agent()
    const refuse = async (attachments, status, why) => {
      const { status: got, body } = await studio.daemon.api('POST', `${agent.route}/message`, { content: 'x', attachments })
      assert.equal(got, status, JSON.stringify(body))
      assert.match(body.error.message, why)
    }
    const big = []
    for (let n = 0; n < 4; n++) big.push((await upload(Buffer.concat([PIXEL, randomBytes(3.5 * MIB)]), `big${n}.png`)).id)
    await refuse(big, 413, /at most 15 fit into one message/)
    await refuse(['att_00000000000000000000000000'], 404, /removed after a day/)
    await refuse([big[0], big[0]], 400, /named twice/)
    const shell = await studio.want(201, 'POST', '/api/agents', { worktreeId: agent.worktree.id, adapter: 'terminal', command: ['true'] })
    assert.equal((await studio.daemon.api('POST', `/api/agents/${shell.id}/message`, { content: 'x', attachments: [big[0]] })).status, 409)
    assert.deepEqual((await agent.messages()).messages, [])
  })

  test('a prompt whose file is damaged is not sent, and says so; the next one is', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    for (const [bytes, name] of [[Buffer.concat([PIXEL, Buffer.from('3')]), 'broken.png'], [Buffer.from('plain text 3'), 'broken.txt']]) {
      const file = await upload(bytes, name)
      await writeFile(path.join(studio.daemon.home, 'attachments', `${file.sha256}${path.extname(name)}`), 'gone')
      const { messageId } = await send(agent, 'Look. @@hello', [file])
      assert.match((await agent.next('notice', ({ code, text }) => code === 'attachment' && text.includes(file.sha256))).text, /not sent/)
      const { messages } = await agent.messages()
      assert.equal(messages.find(({ id }) => id === messageId).state, 'unanswered')
    }
    await agent.send('Go on. @@nonce#3')
    await agent.turnEnd()
    assert.equal(agent.texts().at(-1), 'Got 3.')
    await agent.stop()
  })

  test('the command line attaches a file; it goes with its agent', async () => {
    const agent = await studio.begin('Greet me. @@hello')
    await agent.turnEnd()
    const file = path.join(await makeFolder('paste'), 'my shot.png')
    const bytes = Buffer.concat([PIXEL, Buffer.from('4')])
    await writeFile(file, bytes)
    await studio.daemon.cli(['message', 'send', agent.id, 'Look. @@hello', '--attach', file])
    await agent.turnEnd()
    assert.ok(images().includes(bytes.toString('base64')))
    await agent.stop()
    assert.equal((await studio.daemon.api('DELETE', `${agent.route}?archive=false`)).status, 204)
    assert.deepEqual(await rows(studio.daemon.home, "SELECT n_uses FROM attachment WHERE name = 'my shot.png'"), [{ n_uses: 0 }])
  })
})
