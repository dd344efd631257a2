import type { Entry, Other } from '~/api/ui-sync'
import { isObject, parseJson, textAt } from '~/lib/json'

const prefix = 'muster.ui.'

function otherOf(value: unknown): Other | undefined {
  return isObject(value) && typeof value['isTheirs'] === 'boolean' ? { value: value['value'], isTheirs: value['isTheirs'] } : undefined
}

export function parseEntry(text: string | null): Entry | undefined {
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

/** Under what name the browser has the entry of a key. */
export const storedName = (key: string) => prefix + key
/** The names of all entries. */
export const storedNames = (storage: Storage) => Object.keys(storage).filter((name) => name.startsWith(prefix))
export const keyOfStored = (name: string) => name.slice(prefix.length)

/** What this browser has: there at the first paint, before the code that writes it. */
export const readStored = (storage: Storage, key: string) => parseEntry(storage.getItem(storedName(key)))
