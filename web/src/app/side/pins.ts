import { createStore } from '~/lib/store'

const key = 'muster.layout.pins'
const mostPins = 50

function read(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(kept) ? kept.map(String).slice(-mostPins) : []
  } catch {
    return []
  }
}

/** Agents that a person keeps in the side bar, in the order in which they were pinned; a part of this browser's layout. */
export const pins = createStore<readonly string[]>(read())

export function togglePin(agentId: string) {
  const now = pins.get()
  pins.set(now.includes(agentId) ? now.filter((id) => id !== agentId) : [...now, agentId].slice(-mostPins))
  try {
    localStorage.setItem(key, JSON.stringify(pins.get()))
  } catch {
    // Without room it holds until the reload.
  }
}
