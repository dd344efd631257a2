import { beforeEach, expect, test, vi } from 'vitest'
import { storageMirror } from '~/api/ui-mirror'
import { UiSync } from '~/api/ui-sync'
import { Daemon, device, memory, texts } from '~/api/ui-sync.fixture'

const settle = (ms = 1_500) => vi.advanceTimersByTimeAsync(ms)

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

test('what was stored without an answer before a crash is not the text of another device', async () => {
  const daemon = new Daemon()
  const { sync, storage } = device(daemon)
  await settle()
  const { put } = daemon.remote
  let isKilled = false
  daemon.remote.put = async (key, value, ifDigest) => {
    if (isKilled) return daemon.remote.get(key)
    isKilled = true
    await put(key, value, ifDigest)
    // Its clock is ahead, and it is killed before it answers.
    daemon.values.set(key, { value, updatedAt: new Date(Date.now() + 60_000).toISOString() })
    daemon.fault = 'later'
    return daemon.remote.get(key)
  }
  sync.set('k', 'Hello')
  await settle()
  sync.set('k', 'Hello there')
  daemon.devices.clear()
  daemon.fault = undefined
  const mirror = storageMirror(storage)
  const next = new UiSync({ ...daemon.remote, put }, mirror, texts)
  next.resume(mirror.dirtyKeys())
  await settle()
  expect(next.get('k')).toMatchObject({ value: 'Hello there', isDirty: false, other: undefined })
  expect(daemon.values.get('k')?.value).toBe('Hello there')
})

const goesOn = { isKept: () => true, isLoss: (_key: string, replaced: unknown, by: unknown) => replaced !== undefined && by !== undefined && !String(by).startsWith(String(replaced)) }

test('what was stored without an answer is nobody else\'s, however often a daemon that was killed is tried meanwhile', async () => {
  const daemon = new Daemon()
  const { sync, storage } = device(daemon, memory(), goesOn)
  await settle()
  const { put } = daemon.remote
  daemon.remote.put = async (key, value, ifDigest) => {
    await put(key, value, ifDigest)
    daemon.values.set(key, { value, updatedAt: new Date(Date.now() + 60_000).toISOString() })
    daemon.remote.put = put
    daemon.fault = 'later'
    return daemon.remote.get(key)
  }
  daemon.devices.clear()
  sync.set('k', 'Hello wrold')
  await settle()
  sync.set('k', 'Hello world')
  await settle(7_000)
  sync.set('k', 'Hello world, again')
  await settle(7_000)
  daemon.fault = undefined
  const mirror = storageMirror(storage)
  const next = new UiSync({ ...daemon.remote, put }, mirror, goesOn)
  next.resume(mirror.dirtyKeys())
  await settle()
  expect(next.get('k')).toMatchObject({ value: 'Hello world, again', isDirty: false, other: undefined })
  expect(daemon.values.get('k')?.value).toBe('Hello world, again')
})

test('a text that was put aside is forgotten for good, and once it was written again', async () => {
  const daemon = new Daemon()
  const conflict = async () => {
    const [a, b] = [device(daemon, memory(), goesOn), device(daemon, memory(), goesOn)]
    await settle()
    daemon.devices.delete(b.sync)
    a.sync.set('k', `older ${daemon.puts}`)
    await settle()
    b.sync.set('k', `newer ${daemon.puts}`)
    daemon.devices.add(b.sync)
    await settle(5_000)
    return a
  }
  const one = await conflict()
  expect(one.sync.get('k').other).toMatchObject({ isTheirs: true })
  one.sync.forgetOther('k')
  await settle()
  one.sync.readAll()
  await settle()
  expect(new UiSync(daemon.remote, storageMirror(one.storage), goesOn).get('k').other).toBeUndefined()
  const two = await conflict()
  const other = two.sync.get('k').other?.value
  two.sync.set('k', undefined)
  two.sync.set('k', 'older')
  expect(two.sync.get('k').other?.value).toBe(other)
  two.sync.set('k', `${String(other)} and more`)
  expect(two.sync.get('k').other).toBeUndefined()
})

test('two devices at once: the newer text wins on both, and each keeps the older one at hand', async () => {
  const daemon = new Daemon()
  const [a, b] = [device(daemon), device(daemon)]
  await settle()
  daemon.devices.delete(b.sync)
  a.sync.set('k', 'older')
  await settle()
  b.sync.set('k', 'newer')
  daemon.devices.add(b.sync)
  await settle(10)
  b.sync.set('k', 'newer still')
  await settle(10_000)
  expect(daemon.values.get('k')?.value).toBe('newer still')
  expect(a.sync.get('k')).toMatchObject({ value: 'newer still', other: { value: 'older', isTheirs: true } })
  expect(b.sync.get('k')).toMatchObject({ value: 'newer still', other: { value: 'older', isTheirs: false } })
  a.sync.takeOther('k')
  await settle()
  expect(daemon.values.get('k')?.value).toBe('older')
  expect(a.sync.get('k').other).toBeUndefined()
})

test('an older change that was not stored loses to a newer one, and stays at hand', async () => {
  const daemon = new Daemon()
  const a = device(daemon)
  await settle()
  daemon.fault = 'later'
  a.sync.set('k', 'mine')
  await settle(2_000)
  daemon.fault = undefined
  const b = device(daemon)
  b.sync.set('k', 'theirs')
  await settle(500)
  await settle(10_000)
  expect(a.sync.get('k')).toMatchObject({ value: 'theirs', isDirty: false, other: { value: 'mine', isTheirs: true } })
})

test('one device that goes on with the text of the other loses nothing', async () => {
  const daemon = new Daemon()
  const [a, b] = [device(daemon), device(daemon)]
  await settle()
  a.sync.set('k', 'text')
  await settle()
  b.sync.set('k', undefined)
  await settle()
  expect(a.sync.get('k')).toMatchObject({ value: undefined, other: undefined })
  expect(a.storage.length).toBe(0)
})

test('what grows on two devices at the same time keeps what both added', async () => {
  const daemon = new Daemon()
  const both = { ...texts, isLoss: () => false, merge: (_key: string, ours: unknown, theirs: unknown) => ({ ...Object(ours), ...Object(theirs) }) }
  const [one, two] = [device(daemon, memory(), both).sync, device(daemon, memory(), both).sync]
  await settle()
  one.set('k', { a: 1 })
  two.set('k', { b: 2 })
  await settle(5_000)
  for (const value of [one.get('k').value, two.get('k').value, daemon.values.get('k')?.value]) expect(value).toEqual({ a: 1, b: 2 })
  expect(one.get('k').other ?? two.get('k').other).toBeUndefined()
})

