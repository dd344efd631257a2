import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Calls } from '~/api/calls'
import { CallError } from '~/api/wire'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp() {
  const sent: string[] = []
  const calls = new Calls(
    (id, op, _input, key) => sent.push([id, op, key].filter(Boolean).join(' ')),
    (id) => sent.push(`cancel ${id}`),
  )
  return { calls, sent }
}

const outcome = (call: Promise<unknown>) => call.then(() => 'done', (error: Error) => error.message)
const minutes = 60_000

test('a call on an open connection waits for as long as it takes', async () => {
  const { calls } = setUp()
  const made = outcome(calls.start('create_worktree', { workspaceId: 'ws_1', name: 'a', branch: 'a' }, 'key'))
  vi.advanceTimersByTime(5 * minutes)
  calls.onReply('c1', 201, { id: 'wt_1' }, [])
  expect(await made).toBe('done')
})

test('on a new connection every call is sent again under its key', async () => {
  const { calls, sent } = setUp()
  const made = outcome(calls.start('start_agent', { agentId: 'ag_1' }, 'key'))
  calls.onBroken()
  calls.sendAgain()
  vi.advanceTimersByTime(5 * minutes)
  expect(sent).toEqual(['c1 start_agent key', 'c1 start_agent key'])
  calls.onReply('c1', 200, {}, [])
  expect(await made).toBe('done')
})

test('a read that nobody waits for is cancelled, and not sent again', async () => {
  const { calls, sent } = setUp()
  const gone = new AbortController()
  const made = outcome(calls.start('get_system', {}, undefined, gone.signal))
  gone.abort()
  expect(await made).toBe('The call was cancelled.')
  expect(sent).toEqual(['c1 get_system', 'cancel c1'])
  calls.sendAgain()
  expect(sent).toHaveLength(2)
  expect(await outcome(calls.start('get_system', {}, undefined, gone.signal))).toBe('The call was cancelled.')
  expect(sent).toHaveLength(2)
})

test('a signal that outlives its calls keeps nothing of them', async () => {
  const { calls } = setUp()
  const { signal } = new AbortController()
  const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
  const made = ['c1', 'c2'].map(() => outcome(calls.start('get_system', {}, undefined, signal)))
  calls.onReply('c1', 200, {}, [])
  calls.onError('c2', new CallError(404, { code: 'NOT_FOUND', message: 'gone' }))
  expect(await Promise.all(made)).toEqual(['done', 'gone'])
  expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(add.mock.calls.map(([, listener]) => listener))
  expect(add).toHaveBeenCalledTimes(2)
})

test('a connection that stays lost fails its calls, however often it is retried; a write says that its result is unknown', async () => {
  const { calls } = setUp()
  const [read, write] = [outcome(calls.start('get_system', {}, undefined)), outcome(calls.start('start_agent', { agentId: 'ag_1' }, 'key'))]
  for (let n = 0; n < 4; n++) {
    calls.onBroken()
    vi.advanceTimersByTime(10_000)
  }
  expect(await read).toBe('The daemon did not answer.')
  expect(await write).toMatch(/may or may not have been done/)
})

test('no more are sent at once than the daemon accepts, and the others follow in order', () => {
  const { calls, sent } = setUp()
  for (let n = 0; n < 70; n++) void calls.start('get_system', {}, undefined)
  expect(sent).toHaveLength(48)
  for (let n = 1; n <= 10; n++) calls.onReply(`c${n}`, 200, {}, [])
  expect(sent.slice(48)).toEqual(Array.from({ length: 10 }, (_, n) => `c${49 + n} get_system`))
})
