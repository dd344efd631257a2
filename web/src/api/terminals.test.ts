import { expect, test, vi } from 'vitest'
import { frameKinds, parseTerminalFrame, sizeBytes, terminalFrame } from '~/api/terminal-frames'
import { Terminals, type TerminalHandlers } from '~/api/terminals'
import { CallError } from '~/api/wire'

const launch = 'lch_1'
const topic = `terminal/${launch}`
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytesOf = (from: string) => new TextEncoder().encode(from)
const fault = new CallError(400, { code: 'BUSY', message: 'refused' })

function setUp() {
  const asked: { id: string; from: object }[] = []
  const sent: { kind: number; sub: number; offset: number; bytes: Uint8Array }[] = []
  const unsubscribe = vi.fn<(topic: string) => void>()
  const terminals = new Terminals({
    subscribe(_topic, from) {
      const id = `s${asked.length + 1}`
      asked.push({ id, from })
      return id
    },
    unsubscribe,
    send(data) {
      const frame = parseTerminalFrame(data.buffer)
      if (frame) sent.push(frame)
    },
  })
  const seen = { text: '', said: new Array<string>() }
  const drawn = new Array<() => void>()
  const handlers: TerminalHandlers = {
    onBytes(bytes, done) {
      seen.text += text(bytes)
      drawn.push(done)
    },
    onSize: ({ rows, cols }) => seen.said.push(`size ${rows} ${cols}`),
    onScreen: (isPartial) => seen.said.push(isPartial ? 'part of a screen' : 'screen'),
    onOwner: (isYours) => seen.said.push(isYours ? 'mine' : 'not mine'),
    onGap: (from, to, reason) => seen.said.push(`gap ${from} ${to} ${reason}`),
    onExit: ({ code }) => seen.said.push(`exit ${code}`),
    onLine: (isConnected, unheard, unsent) => seen.said.push(isConnected ? 'connected' : `broken ${unheard} ${unsent.reduce((n, { length }) => n + length, 0)}`),
    onFault: ({ message }) => seen.said.push(`fault ${message}`),
    onRefused: ({ message }, unsent) => seen.said.push(['refused', message, ...unsent.map(text)].join(' ')),
  }
  const view = terminals.watch(launch, handlers)
  const begin = (sub: number, offset: number, screenBytes?: number) =>
    terminals.onMessage({
      type: 'subscribed', id: asked.at(-1)?.id ?? '', topic, sub, offset, rows: 24, cols: 80, isYours: false,
      ...(screenBytes !== undefined && { screenBytes, isPartial: false }),
    })
  const output = (sub: number, offset: number, what: string) => terminals.onFrame(terminalFrame(frameKinds.output, sub, offset, bytesOf(what)).buffer)
  const acks = () => sent.filter(({ kind }) => kind === frameKinds.ack).map(({ offset }) => offset)
  const inputs = () => sent.filter(({ kind }) => kind === frameKinds.input)
  return { terminals, view, asked, sent, seen, drawn, unsubscribe, begin, output, acks, inputs, handlers }
}

test('a frame is read as it was written, and what is shorter than a head is none', () => {
  const frame = terminalFrame(frameKinds.output, 7, 2 ** 40 + 5, bytesOf('abc'))
  expect(parseTerminalFrame(frame.buffer)).toMatchObject({ kind: 1, sub: 7, offset: 2 ** 40 + 5 })
  expect(text(parseTerminalFrame(frame.buffer)?.bytes ?? bytesOf(''))).toBe('abc')
  expect(parseTerminalFrame(new ArrayBuffer(12))).toBeUndefined()
  expect([...sizeBytes(24, 300)]).toEqual([24, 0, 44, 1])
})

test('a view begins with the screen and goes on behind its last byte after a break', () => {
  const { terminals, asked, seen, begin, output } = setUp()
  expect(asked[0]?.from).toEqual({ screen: true })
  begin(4, 100, 3)
  output(4, 100, 'scr')
  output(4, 120, 'one ')
  terminals.onBroken()
  terminals.subscribeAll()
  expect(asked[1]?.from).toEqual({ after: 120 })
  output(4, 140, 'of the line before')
  begin(5, 120)
  output(5, 140, 'two')
  expect(seen.text).toBe('scrone two')
})

test('a screen that was cut off is asked for again', () => {
  const { terminals, asked, begin, output } = setUp()
  begin(4, 100, 6)
  output(4, 100, 'scr')
  terminals.onBroken()
  terminals.subscribeAll()
  expect(asked[1]?.from).toEqual({ screen: true })
})

test('only what was drawn is acknowledged, once, and never for an earlier subscription', () => {
  const { terminals, seen, drawn, begin, output, acks } = setUp()
  begin(4, 100, 3)
  output(4, 100, 'scr')
  output(4, 120, 'a')
  output(4, 150, 'b')
  expect(acks()).toEqual([])
  drawn[0]?.()
  expect(acks()).toEqual([])
  drawn[1]?.()
  expect(acks()).toEqual([120])
  terminals.onBroken()
  terminals.subscribeAll()
  begin(5, 150)
  drawn[2]?.()
  expect(acks()).toEqual([120])
  expect(seen.text).toBe('scrab')
})

test('a gap moves the place forward; one with a screen draws it again', () => {
  const { terminals, asked, seen, begin, output, drawn, acks } = setUp()
  begin(4, 0, 0)
  terminals.onMessage({ type: 'gap', topic, sub: 4, from: 0, to: 900, reason: 'lost' })
  terminals.onMessage({ type: 'gap', topic, sub: 4, from: 950, to: 5000, reason: 'behind', offset: 5000, rows: 30, cols: 90, screenBytes: 2 })
  output(4, 5000, 'sc')
  output(4, 5010, 'more')
  drawn.forEach((done) => done())
  expect(acks()).toEqual([5010])
  expect(seen.said.slice(-4)).toEqual(['gap 0 900 lost', 'gap 950 5000 behind', 'screen', 'size 30 90'])
  terminals.onBroken()
  terminals.subscribeAll()
  expect(asked[1]?.from).toEqual({ after: 5010 })
})

test('nothing is sent while nobody looks, and the rest follows', () => {
  const { view, terminals, asked, begin, output, seen, unsubscribe } = setUp()
  begin(4, 0, 0)
  output(4, 20, 'seen ')
  view.pause()
  expect(unsubscribe).toHaveBeenCalledTimes(1)
  output(4, 40, 'on its way')
  terminals.subscribeAll()
  expect(asked).toHaveLength(1)
  view.resume()
  expect(asked[1]?.from).toEqual({ after: 20 })
  begin(5, 20)
  output(5, 40, 'on its way')
  expect(seen.text).toBe('seen on its way')
})

test('who is far behind after a break begins again with the screen', () => {
  const { terminals, asked, begin, output } = setUp()
  begin(4, 0, 0)
  output(4, 10, 'x')
  terminals.onBroken()
  terminals.subscribeAll()
  begin(5, 10)
  const piece = 'y'.repeat(60_000)
  for (let i = 1; i <= 80 && asked.length === 2; i++) output(5, 10 + i * 60_000, piece)
  expect(asked[2]?.from).toEqual({ screen: true })
})

test('what is typed is sent once, in pieces, no further ahead than the program takes, and not kept over a break', () => {
  const { view, terminals, begin, inputs, seen } = setUp()
  begin(4, 0, 0)
  expect(view.type(new Uint8Array(200_000))).toBe(true)
  const sum = () => inputs().reduce((n, { bytes }) => n + bytes.length, 0)
  expect(sum()).toBe(131_072)
  terminals.onFrame(terminalFrame(frameKinds.ack, 4, 65_536).buffer)
  expect(sum()).toBe(196_608)
  terminals.onBroken()
  expect(seen.said.at(-1)).toBe(`broken ${196_608 - 65_536} ${200_000 - 196_608}`)
  expect(view.type(bytesOf('offline'))).toBe(false)
  terminals.subscribeAll()
  begin(5, 0)
  expect(sum()).toBe(196_608)
})

test('what is typed before the first answer waits for it', () => {
  const { view, begin, inputs } = setUp()
  expect(view.type(bytesOf('early'))).toBe(true)
  expect(inputs()).toEqual([])
  begin(4, 0, 0)
  expect(inputs().map(({ bytes }) => text(bytes))).toEqual(['early'])
})

test('what is typed as the tab is shown again waits for the answer', () => {
  const { view, begin, inputs } = setUp()
  begin(4, 0, 0)
  view.pause()
  view.resume()
  expect(view.type(bytesOf('back'))).toBe(true)
  expect(inputs()).toEqual([])
  begin(5, 0)
  expect(inputs().map(({ bytes }) => text(bytes))).toEqual(['back'])
})

test('what waits to be sent as the tab is hidden, or as the first answer is still to come, is sent later', () => {
  const { view, terminals, begin, inputs } = setUp()
  begin(4, 0, 0)
  view.type(new Uint8Array(200_000))
  view.pause()
  view.resume()
  begin(5, 0)
  expect(inputs().reduce((n, { bytes }) => n + bytes.length, 0)).toBe(200_000)
  view.pause()
  terminals.onBroken()
  view.resume()
  expect(view.type(bytesOf('back'))).toBe(true)
  terminals.subscribeAll()
  begin(6, 0)
  expect(text(inputs().at(-1)?.bytes ?? bytesOf(''))).toBe('back')
})

test('whoever closes a view gets what was typed and never left, and a program that has ended needs none', () => {
  const early = setUp()
  early.view.type(bytesOf('early'))
  expect(early.view.close().map(text)).toEqual(['early'])
  expect(early.view.close()).toEqual([])
  const { view, terminals, begin } = setUp()
  begin(4, 0, 0)
  view.type(new Uint8Array(200_000))
  expect(view.close().reduce((n, { length }) => n + length, 0)).toBe(200_000 - 131_072)
  const ended = terminals.watch(launch, setUp().handlers)
  begin(5, 0, 0)
  ended.type(new Uint8Array(200_000))
  terminals.onMessage({ type: 'exited', topic, sub: 5, offset: 10, code: 3, reason: 'exit' })
  expect(ended.close()).toEqual([])
})

test('a refused key is reported and does not hold up those that follow', () => {
  const { view, terminals, begin, inputs, seen } = setUp()
  begin(4, 0, 0)
  view.type(new Uint8Array(200_000))
  terminals.onFault(topic, fault)
  expect(seen.said.at(-1)).toBe('fault refused')
  const before = inputs().length
  view.type(bytesOf('a'))
  expect(inputs()).toHaveLength(before + 1)
})

test('the size that this view wants is said to each subscription', () => {
  const { view, terminals, begin, sent } = setUp()
  view.resize({ rows: 40, cols: 100 })
  expect(sent).toEqual([])
  begin(4, 0, 0)
  view.resize({ rows: 40, cols: 100 })
  terminals.onBroken()
  terminals.subscribeAll()
  begin(5, 0)
  expect(sent.map(({ kind, sub }) => [kind, sub])).toEqual([[frameKinds.resize, 4], [frameKinds.resize, 5]])
})

test('a program that has ended is not asked for again', () => {
  const { terminals, asked, seen, begin } = setUp()
  begin(4, 0, 0)
  terminals.onMessage({ type: 'exited', topic, sub: 4, offset: 10, code: 3, reason: 'exit' })
  terminals.onBroken()
  terminals.subscribeAll()
  expect(asked).toHaveLength(1)
  expect(seen.said).toContain('exit 3')
})

test('a refused subscription ends the view, and a second view of the page takes its place', () => {
  const { terminals, asked, seen, handlers, view } = setUp()
  view.type(bytesOf('one'))
  const second = terminals.watch(launch, handlers)
  expect(seen.said).toEqual(['refused this terminal is shown elsewhere on this page now one'])
  second.type(bytesOf('two'))
  terminals.onRefused(asked.at(-1)?.id ?? '', fault)
  expect(seen.said.at(-1)).toBe('refused refused two')
})
