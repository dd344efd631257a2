import type { Entry, Mirror, Other } from '~/api/ui-sync'
import { isObject, parseJson, textAt } from '~/lib/json'

const prefix = 'muster.ui.'
/** Of keys that are stored at the daemon, too: the rest is read again when it is used. */
const most = 400

function otherOf(value: unknown): Other | undefined {
  return isObject(value) && typeof value['isTheirs'] === 'boolean' ? { value: value['value'], isTheirs: value['isTheirs'] } : undefined
}

function parseEntry(text: string | null): Entry | undefined {
  const parsed = text === null ? undefined : parseJson(text)
  if (!parsed || !('value' in parsed) || !isObject(parsed.value)) return undefined
  const { value, isDirty, changedAt, other } = parsed.value
  return {
    value,
    digest: textAt(parsed.value, 'digest'),
    isDirty: isDirty === true,
    changedAt: typeof changedAt === 'number' ? changedAt : 0,
    isMine: false,
    other: otherOf(other),
  }
}

/** This browser's copy of the person's values. A crash of the browser loses nothing that was typed. */
export function storageMirror(storage: Storage): Mirror & { dirtyKeys(): string[] } {
  const names = () => Object.keys(storage).filter((key) => key.startsWith(prefix))
  function makeRoom() {
    for (const key of names().slice(0, -most)) if (parseEntry(storage.getItem(key))?.isDirty === false) storage.removeItem(key)
  }
  return {
    read: (key) => parseEntry(storage.getItem(prefix + key)),
    write(key, entry) {
      try {
        if (entry) storage.setItem(prefix + key, JSON.stringify(entry))
        else storage.removeItem(prefix + key)
      } catch {
        // The storage has no room for it: a reload must not bring back what it has replaced.
        storage.removeItem(prefix + key)
      }
    },
    keys: () => names().map((name) => name.slice(prefix.length)),
    dirtyKeys() {
      makeRoom()
      return names()
        .filter((name) => parseEntry(storage.getItem(name))?.isDirty)
        .map((name) => name.slice(prefix.length))
    },
  }
}
