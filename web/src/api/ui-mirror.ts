import { prefix } from '~/api/ui-stored'
import type { Entry, Mirror, Other } from '~/api/ui-sync'
import { isObject, parseJson, textAt } from '~/lib/json'

/** Of keys that are stored at the daemon, too: the rest is read again when it is used. */
const most = 400

function otherOf(value: unknown): Other | undefined {
  return isObject(value) && typeof value['isTheirs'] === 'boolean' ? { value: value['value'], isTheirs: value['isTheirs'] } : undefined
}

function parseEntry(text: string | null): Entry | undefined {
  const parsed = text === null ? undefined : parseJson(text)
  if (!parsed || !('value' in parsed) || !isObject(parsed.value)) return undefined
  const { value, isDirty, changedAt, sent, other } = parsed.value
  return {
    value,
    digest: textAt(parsed.value, 'digest'),
    isDirty: isDirty === true,
    changedAt: typeof changedAt === 'number' ? changedAt : 0,
    isMine: false,
    sent: Array.isArray(sent) ? sent.filter((mark) => typeof mark === 'string') : undefined,
    other: otherOf(other),
  }
}

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
  const names = () => Object.keys(storage).filter((name) => name.startsWith(prefix))
  function makeRoom() {
    for (const key of names().slice(0, -most)) if (parseEntry(storage.getItem(key))?.isDirty === false) storage.removeItem(key)
  }
  function writeNow(key: string, entry: Entry) {
    try {
      storage.setItem(prefix + key, JSON.stringify(entry))
    } catch {
      // The storage has no room for it: a reload must not bring back what it has replaced.
      storage.removeItem(prefix + key)
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
    read: (key) => late.get(key) ?? parseEntry(storage.getItem(prefix + key)),
    write(key, entry) {
      late.delete(key)
      if (!entry) return storage.removeItem(prefix + key)
      if (!isLarge(entry)) return writeNow(key, entry)
      late.set(key, entry)
      timer ??= setTimeout(flush, largeEveryMs)
    },
    flush,
    keys: () => names().map((name) => name.slice(prefix.length)),
    dirtyKeys() {
      makeRoom()
      return names()
        .filter((name) => parseEntry(storage.getItem(name))?.isDirty)
        .map((name) => name.slice(prefix.length))
    },
  }
}
