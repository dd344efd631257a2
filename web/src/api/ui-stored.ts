import { isObject, parseJson } from '~/lib/json'

/** Of the names under which a browser has the entries of `ui-mirror`. */
export const prefix = 'muster.ui.'

/** The value that this browser has: there at the first paint, before the code that writes it. */
export function storedValue(storage: Storage, key: string): unknown {
  const text = storage.getItem(prefix + key)
  const parsed = text === null ? undefined : parseJson(text)
  return parsed && 'value' in parsed && isObject(parsed.value) ? parsed.value['value'] : undefined
}
