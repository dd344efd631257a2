import { createStore, useStore, type Store } from '~/lib/store'

const stores = new Map<string, Store<unknown>>()

function read(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(`muster.layout.${name}`) ?? 'null')
  } catch {
    return null
  }
}

/** A part of the layout, kept in this browser: what is folded, how wide a pane is. */
export function useStored<T extends boolean | number | string>(name: string, standard: T): [T, (next: T) => void] {
  const store = stores.get(name) ?? createStore<unknown>(read(name))
  stores.set(name, store)
  const value = useStore(store)
  function set(next: T) {
    store.set(next)
    try {
      localStorage.setItem(`muster.layout.${name}`, JSON.stringify(next))
    } catch {
      // Without room it holds until the reload.
    }
  }
  return [isOf(value, standard) ? value : standard, set]
}

function isOf<T>(value: unknown, like: T): value is T {
  return typeof value === typeof like
}
