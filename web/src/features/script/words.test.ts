import { expect, test } from 'vitest'
import { portLink, runText } from '~/features/script/words'

const port = (address: string, isIsolated = false) => ({ port: 5173, address, pid: 1, program: 'node', ...(isIsolated && { isIsolated }) })

test.each([
  ['127.0.0.1', 'http://localhost:5173/'],
  ['0.0.0.0', 'http://localhost:5173/'],
  ['::', 'http://localhost:5173/'],
  ['::1', 'http://[::1]:5173/'],
  ['192.168.1.5', 'http://192.168.1.5:5173/'],
])('a port on %s is opened at %s', (address, want) => {
  expect(portLink(port(address), '127.0.0.1')).toBe(want)
})

test.each([
  ['0.0.0.0', 'http://build.lan:5173/'],
  ['192.168.1.5', 'http://192.168.1.5:5173/'],
  ['127.0.0.1', undefined],
  ['::1', undefined],
])('from another machine a port on %s is opened at %s', (address, want) => {
  expect(portLink(port(address), 'build.lan')).toBe(want)
})

test('a port in another network namespace is no link', () => {
  expect(portLink(port('127.0.0.1', true), 'localhost')).toBeUndefined()
})

test('a run says how it stands', () => {
  const run = { scriptId: 's', workspaceId: 'w', worktreeId: 't', kind: 'run', name: 'dev', command: 'x', logBytes: 0, droppedBytes: 0 } as const
  expect(runText({ ...run, state: 'failed', exitCode: 2 })).toBe('Failed, code 2')
  expect(runText({ ...run, state: 'failed', exitCode: 2, detail: 'exited with code 2' })).toBe('Failed, code 2')
  expect(runText({ ...run, state: 'lost', detail: 'the hold is gone' })).toBe('Its end was not seen: the hold is gone')
})
