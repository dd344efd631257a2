import { expect, test, vi } from 'vitest'
import { buildRequest, callRest } from '~/api/rest'
import { backoffMs } from '~/api/connection'
import { isAfter, parseCursors } from '~/api/wire'
import { codeOf } from '~/api/auth'

test('each field of an input goes where the operation says', async () => {
  const removed = await buildRequest('delete_worktree', { workspaceId: 'ws_1', worktreeId: 'a/b', force: true })
  expect(removed).toEqual({ method: 'DELETE', url: '/api/workspaces/ws_1/worktrees/a%2Fb?force=true', body: undefined })
  const sent = await buildRequest('send_message_to_agent', { agentId: 'ag_1', content: 'hello' })
  expect(sent).toEqual({ method: 'POST', url: '/api/agents/ag_1/message', body: '{"content":"hello"}' })
})

test('a field that is not given is not sent', async () => {
  expect(await buildRequest('list_asks', { state: 'open', agentId: undefined })).toEqual({ method: 'GET', url: '/api/asks?state=open', body: undefined })
})

test('cursors are read from their header', () => {
  expect(parseCursors('app;1;7, workspace/ws_1;2;0')).toEqual([
    { topic: 'app', generation: 1, seq: 7 },
    { topic: 'workspace/ws_1', generation: 2, seq: 0 },
  ])
  expect(parseCursors(null)).toEqual([])
})

test('an answer contains everything at or below its cursor', () => {
  const event = { type: 'gap', topic: 'app', generation: 2, seq: 5, at: '', payload: { from: 0, to: 0, reason: '' } } as const
  expect(isAfter(event, [{ topic: 'app', generation: 2, seq: 5 }])).toBe(false)
  expect(isAfter(event, [{ topic: 'app', generation: 2, seq: 4 }])).toBe(true)
  expect(isAfter(event, [{ topic: 'app', generation: 1, seq: 9 }])).toBe(true)
  expect(isAfter(event, [{ topic: 'inbox', generation: 9, seq: 9 }])).toBe(true)
})

test('the wait between attempts grows to a bound and never falls under half of it', () => {
  expect(backoffMs(0, 0)).toBe(250)
  expect(backoffMs(0, 1)).toBe(500)
  expect(backoffMs(3, 1)).toBe(4_000)
  expect(backoffMs(30, 1)).toBe(15_000)
  expect(backoffMs(30, 0)).toBe(7_500)
})

test('the start code is read from the fragment only', () => {
  expect(codeOf('#code=abc')).toBe('abc')
  expect(codeOf('#other')).toBeUndefined()
  expect(codeOf('')).toBeUndefined()
})

const outcome = (made: Promise<unknown>) => made.then(() => 'done', (error: Error) => error.message)
const hanging = (_url: string, { signal }: RequestInit) => new Promise((_, fail) => signal?.addEventListener('abort', () => fail(new TypeError('Failed to fetch'))))

test('a write over HTTP of which nothing was heard may have been done; a read was not answered; a daemon that hangs has an end', async () => {
  vi.useFakeTimers()
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const end = new AbortController()
    setTimeout(() => end.abort(), ms)
    return end.signal
  })
  vi.stubGlobal('fetch', hanging)
  const all = Promise.all([outcome(callRest('start_agent', { agentId: 'ag_1' }, 'token', 'key')), outcome(callRest('get_system', {}, 'token'))])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await all).toEqual(['The daemon did not answer: this may or may not have been done.', 'The daemon did not answer.'])
  timeout.mockRestore()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})
