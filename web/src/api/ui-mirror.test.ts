import { beforeEach, expect, test, vi } from 'vitest'
import { mostBytes, storageMirror } from '~/api/ui-mirror'

/** A storage that says what was written to it. */
class Room {
  readonly items = new Map<string, string>()
  writes = 0
  isFull = false
  readonly storage: Storage = {
    length: 0,
    clear: () => undefined,
    key: () => null,
    getItem: (key) => this.items.get(key) ?? null,
    removeItem: (key) => void this.items.delete(key),
    setItem: (key, value) => {
      this.writes++
      if (this.isFull) throw new Error('no room')
      this.items.set(key, value)
    },
  }
}

const typed = (end: string) => ({ value: { text: 'x'.repeat(mostBytes) + end }, digest: undefined, isDirty: true, changedAt: 0, isMine: false, other: undefined })

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

test('a large text is written once a second, and at once when the page is left; it is read as it is', () => {
  const room = new Room()
  const mirror = storageMirror(room.storage)
  for (const end of ['a', 'ab', 'abc']) mirror.write('k', typed(end))
  expect([room.writes, mirror.read('k')?.value]).toEqual([0, typed('abc').value])
  vi.advanceTimersByTime(1_000)
  expect([room.writes, storageMirror(room.storage).read('k')?.value]).toEqual([1, typed('abc').value])
  mirror.write('k', typed('abcd'))
  mirror.flush()
  expect(storageMirror(room.storage).read('k')?.value).toEqual(typed('abcd').value)
  mirror.write('k', typed('abcde'))
  mirror.write('k', undefined)
  vi.advanceTimersByTime(5_000)
  expect([room.items.size, room.writes]).toEqual([0, 2])
})

test('a large text without room is reported, and a reload does not bring back what it has replaced', () => {
  const room = new Room()
  const onNoRoom = vi.fn()
  const mirror = storageMirror(room.storage, onNoRoom)
  mirror.write('k', typed('a'))
  mirror.flush()
  room.isFull = true
  mirror.write('k', typed('ab'))
  mirror.write('small', { ...typed(''), value: { text: 'one' } })
  mirror.flush()
  expect(onNoRoom).toHaveBeenCalledTimes(1)
  expect(room.items.size).toBe(0)
})
