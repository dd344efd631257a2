import { beforeEach, expect, test, vi } from 'vitest'
import { forgetStored } from '~/api/ui-forget'
import { mostBytes, storageMirror } from '~/api/ui-mirror'
import { UiSync } from '~/api/ui-sync'
import { Daemon, device, memory, texts } from '~/api/ui-sync.fixture'

const settle = (ms = 1_500) => vi.advanceTimersByTimeAsync(ms)

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

test('what one device stores, another one shows', async () => {
  const daemon = new Daemon()
  const [a, b] = [device(daemon), device(daemon)]
  await settle()
  a.sync.set('k', 'one')
  await settle()
  expect(b.sync.get('k')).toMatchObject({ value: 'one', isDirty: false, other: undefined })
})

test('typing costs one write a second at most, and the last one is stored', async () => {
  const daemon = new Daemon()
  const { sync } = device(daemon)
  await settle()
  for (let n = 0; n < 100; n++) {
    sync.set('k', `text ${n}`)
    await settle(50)
  }
  await settle()
  expect(daemon.values.get('k')?.value).toBe('text 99')
  expect(daemon.puts).toBeLessThanOrEqual(7)
})

test('what a crash kept from being stored is stored by the next page', async () => {
  const daemon = new Daemon()
  const { sync, storage } = device(daemon)
  await settle()
  daemon.fault = 'later'
  sync.set('k', 'not yet')
  await settle()
  daemon.devices.clear()
  daemon.fault = undefined
  const mirror = storageMirror(storage)
  const next = new UiSync(daemon.remote, mirror, texts)
  next.resume(mirror.dirtyKeys())
  expect(next.get('k').value).toBe('not yet')
  await settle()
  expect(daemon.values.get('k')?.value).toBe('not yet')
})

test('offline, values change on this page, and reach the daemon when it is back', async () => {
  const daemon = new Daemon()
  const { sync } = device(daemon)
  await settle()
  daemon.fault = 'later'
  sync.set('k', 1)
  sync.set('k', 2)
  await settle()
  expect(sync.get('k')).toMatchObject({ value: 2, isDirty: true })
  daemon.fault = undefined
  sync.flush()
  await settle()
  expect(daemon.values.get('k')?.value).toBe(2)
})

test('a value that is too large stays in this browser', async () => {
  const daemon = new Daemon()
  const { sync, storage } = device(daemon)
  await settle()
  sync.set('k', 'small')
  await settle()
  sync.set('k', 'x'.repeat(mostBytes + 1))
  await settle(5_000)
  expect(daemon.values.has('k')).toBe(false)
  expect(storageMirror(storage).read('k')).toMatchObject({ isDirty: true, value: 'x'.repeat(mostBytes + 1) })
  sync.set('k', 'small again')
  await settle()
  expect(daemon.values.get('k')?.value).toBe('small again')
})

test('a row that is gone is not asked for again', async () => {
  const daemon = new Daemon()
  daemon.fault = 'gone'
  const { sync, storage } = device(daemon)
  const get = vi.spyOn(daemon.remote, 'get')
  sync.set('k', 1)
  await settle(60_000)
  expect(get.mock.calls.length).toBeLessThanOrEqual(1)
  expect(storage.length).toBe(0)
})

test('what is not kept is on this page alone', async () => {
  const daemon = new Daemon()
  let isKept = true
  const { sync, storage } = device(daemon, memory(), { ...texts, isKept: () => isKept })
  await settle()
  sync.set('k', 'text')
  await settle()
  // Another page wrote one that is not open here.
  daemon.values.set('of another page', { value: 'text', updatedAt: new Date().toISOString() })
  storageMirror(storage).write('of another page', sync.get('k'))
  isKept = false
  sync.applyRules()
  daemon.fault = 'later'
  void forgetStored(daemon.stored, [''], () => isKept)
  await settle()
  daemon.fault = undefined
  await settle(6_000)
  expect([daemon.values.size, storage.length, sync.get('k').value]).toEqual([0, 0, 'text'])
  sync.set('k', 'more text')
  await settle()
  expect([daemon.values.size, storage.length]).toEqual([0, 0])
  isKept = true
  sync.applyRules()
  await settle()
  expect(daemon.values.get('k')?.value).toBe('more text')
})

test('a value for which the browser has no room does not leave the one before behind', async () => {
  const daemon = new Daemon()
  const { sync, storage } = device(daemon)
  await settle()
  sync.set('k', 'small')
  expect(storage.length).toBe(1)
  vi.spyOn(storage, 'setItem').mockImplementation(() => {
    throw new Error('QuotaExceededError')
  })
  sync.set('k', 'large')
  expect(storage.length).toBe(0)
})

test('who needs the newest value waits for a daemon that is away, not for one that refuses', async () => {
  const daemon = new Daemon()
  const { sync } = device(daemon)
  await settle()
  daemon.fault = 'later'
  daemon.values.set('k', { value: 'theirs', updatedAt: new Date().toISOString() })
  let read: unknown
  void sync.fresh('k').then(() => (read = sync.get('k').value))
  await settle(2_000)
  expect(read).toBeUndefined()
  daemon.fault = undefined
  await settle(10_000)
  expect(read).toBe('theirs')
  daemon.fault = 'refused'
  await Promise.all([sync.fresh('k'), settle()])
  daemon.fault = 'gone'
  await Promise.all([sync.fresh('k'), settle()])
})

test('what the daemon does not store is said, and stays in this browser', async () => {
  const daemon = new Daemon()
  const refused: string[] = []
  const { sync, storage } = device(daemon, memory(), { ...texts, onRefused: (key) => refused.push(key) })
  await settle()
  daemon.fault = 'refused'
  sync.set('k', 'text')
  await settle()
  expect([refused, daemon.values.size, storage.length]).toEqual([['k'], 0, 1])
})
