import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { connection } from '~/api/connection'
import { Socket } from '~/api/socket'

/** A line whose other end is the test. `answers`: whether a ping gets its pong. */
class FakeWebSocket extends EventTarget {
  static readonly OPEN = 1
  static made: FakeWebSocket[] = []
  static answers = true
  readyState = 0

  constructor() {
    super()
    FakeWebSocket.made.push(this)
  }

  open() {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }

  send(text: string) {
    if (FakeWebSocket.answers && text.includes('"ping"')) this.dispatchEvent(new MessageEvent('message', { data: '{"type":"pong"}' }))
  }

  /** As towards a silent peer: closing, and never closed. */
  close() {
    this.readyState = 2
  }

  end() {
    this.readyState = 3
    this.dispatchEvent(new Event('close'))
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', FakeWebSocket)
  FakeWebSocket.made = []
  FakeWebSocket.answers = true
  connection.set({ state: 'connecting' })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function setUp() {
  const onRefused = vi.fn<() => void>()
  const socket = new Socket('ws://127.0.0.1/ws', 'token', onRefused)
  socket.open()
  const [ws] = FakeWebSocket.made
  if (!ws) throw new Error('nothing was opened')
  return { socket, ws, onRefused }
}

test('a hidden page, whose timers run once a minute, keeps its connection', () => {
  const { ws } = setUp()
  ws.open()
  vi.advanceTimersByTime(5_000)
  vi.setSystemTime(Date.now() + 55_000)
  vi.advanceTimersByTime(5_000)
  expect(connection.get().state).toBe('live')
  expect(ws.readyState).toBe(1)
})

test('a connection without an answer is stale, then dropped, even if its end is never reported', () => {
  const { ws, onRefused } = setUp()
  ws.open()
  FakeWebSocket.answers = false
  vi.advanceTimersByTime(15_000)
  expect(connection.get().state).toBe('stale')
  vi.advanceTimersByTime(16_000)
  expect(ws.readyState).toBe(2)
  expect(connection.get().state).not.toBe('stale')
  expect(FakeWebSocket.made).toHaveLength(2)
  expect(onRefused).not.toHaveBeenCalled()
})

test('a connection that is accepted and not answered is given up, and another one is tried at once when somebody asks', () => {
  const { socket, ws } = setUp()
  vi.advanceTimersByTime(5_000)
  expect(connection.get().state).toBe('connecting')
  socket.open()
  expect(FakeWebSocket.made).toHaveLength(2)
  ws.open()
  expect(connection.get().state).toBe('connecting')
  vi.advanceTimersByTime(20_000)
  expect(connection.get().state).toBe('offline')
  vi.advanceTimersByTime(10_000)
  const last = FakeWebSocket.made.at(-1)
  expect(FakeWebSocket.made.length).toBeGreaterThan(2)
  last?.open()
  expect(connection.get().state).toBe('live')
  vi.advanceTimersByTime(60_000)
  expect(connection.get().state).toBe('live')
})

test('a connection that cannot be opened asks why, one that breaks does not', () => {
  const { ws, onRefused } = setUp()
  ws.open()
  ws.end()
  expect(onRefused).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1_000)
  FakeWebSocket.made.at(-1)?.end()
  expect(onRefused).toHaveBeenCalledTimes(1)
})
