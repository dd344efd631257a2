import { createContext, use, useEffect, useEffectEvent, useState } from 'react'
import { createStore } from '~/lib/store'

export type Layer = {
  id: number
  close: () => void
  /** Keys of what is below do not work while it is open. */
  isModal: boolean
}

/** What lies over the page, the topmost last: Escape closes that one. */
export const layers = createStore<readonly Layer[]>([])
let next = 1

/** The layer that a component is part of; undefined on the page itself. */
export const LayerContext = createContext<number | undefined>(undefined)
export const useOwnLayer = () => use(LayerContext)

/**
 * A dialog, menu or sheet that is open. Its content is within `<LayerContext value={id}>`, so that its keys work and those
 * below it do not.
 */
export function useLayer({ onClose, isModal = true, isOn = true }: { onClose: () => void; isModal?: boolean; isOn?: boolean }): number {
  const [id] = useState(() => next++)
  const close = useEffectEvent(onClose)
  useEffect(() => {
    if (!isOn) return undefined
    layers.set((now) => [...now, { id, isModal, close: () => close() }])
    return () => layers.set((now) => now.filter((layer) => layer.id !== id))
  }, [id, isModal, isOn])
  return id
}

export const topLayer = () => layers.get().at(-1)

/** The layer whose keys work now. */
export const topModal = () => layers.get().findLast(({ isModal }) => isModal)?.id
