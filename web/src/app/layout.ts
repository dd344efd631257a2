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
export function useStored(name: string, standard: boolean): [boolean, (next: boolean) => void]
export function useStored(name: string, standard: number): [number, (next: number) => void]
export function useStored(name: string, standard: boolean | number) {
  const store = stores.get(name) ?? createStore<unknown>(read(name))
  stores.set(name, store)
  const value = useStore(store)
  function set(next: boolean | number) {
    store.set(next)
    try {
      localStorage.setItem(`muster.layout.${name}`, JSON.stringify(next))
    } catch {
      // Without room it holds until the reload.
    }
  }
  return [typeof value === typeof standard ? value : standard, set]
}
