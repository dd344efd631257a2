import { keyOfStored, parseEntry, readStored, storedName, storedNames } from '~/api/ui-stored'
import type { Entry, Mirror } from '~/api/ui-sync'
import { textAt } from '~/lib/json'

/** Of keys that are stored at the daemon, too: the rest is read again when it is used. */
const most = 400

/** As the daemon: the JSON of one value. */
export const mostBytes = 64 * 1024

/** What the daemon may not take: this browser alone has it. */
const isLarge = ({ value }: Entry) => (textAt(value, 'text') ?? '').length * 3 > mostBytes
const largeEveryMs = 1_000

/**
 * This browser's copy of the person's values. A crash of the browser loses nothing that was typed, and of a text that is large and so
 * not written with each key the last second. `onNoRoom`: one of these did not fit, so that only the page has it.
 */
export function storageMirror(storage: Storage, onNoRoom: () => void = () => undefined): Mirror & { dirtyKeys(): string[] } {
  const late = new Map<string, Entry>()
  let timer: ReturnType<typeof setTimeout> | undefined
  const names = () => storedNames(storage)
  function makeRoom() {
    for (const key of names().slice(0, -most)) if (parseEntry(storage.getItem(key))?.isDirty === false) storage.removeItem(key)
  }
  function writeNow(key: string, entry: Entry) {
    try {
      storage.setItem(storedName(key), JSON.stringify(entry))
    } catch {
      // The storage has no room for it: a reload must not bring back what it has replaced.
      storage.removeItem(storedName(key))
      if (isLarge(entry)) onNoRoom()
    }
  }
  function flush() {
    clearTimeout(timer)
    timer = undefined
    for (const [key, entry] of late) writeNow(key, entry)
    late.clear()
  }
  return {
    read: (key) => late.get(key) ?? readStored(storage, key),
    write(key, entry) {
      late.delete(key)
      if (!entry) return storage.removeItem(storedName(key))
      if (!isLarge(entry)) return writeNow(key, entry)
      late.set(key, entry)
      timer ??= setTimeout(flush, largeEveryMs)
    },
    flush,
    keys: () => names().map(keyOfStored),
    dirtyKeys() {
      makeRoom()
      return names()
        .filter((name) => parseEntry(storage.getItem(name))?.isDirty)
        .map(keyOfStored)
    },
  }
}
