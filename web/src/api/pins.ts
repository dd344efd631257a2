import { storedValue } from '~/api/ui-stored'
import { isObject } from '~/lib/json'
import { createStore } from '~/lib/store'

/** Under this key the pins are stored for the person; `person-marks` carries them there and back. */
export const pinsKey = 'page/pins'
const mostKept = 100

/** By agent, when it was pinned; less than zero: when it was let go. */
export type Pins = ReadonlyMap<string, number>

function newest(pins: Pins): Pins {
  if (pins.size <= mostKept) return pins
  return new Map([...pins].sort(([a, at], [b, than]) => Math.abs(than) - Math.abs(at) || (a < b ? 1 : -1)).slice(0, mostKept))
}

export function parsePins(value: unknown): Pins {
  const entries = Object.entries(isObject(value) ? value : {})
  return newest(new Map(entries.flatMap(([id, at]) => (typeof at === 'number' && Number.isFinite(at) ? [[id, at] as const] : []))))
}

export const printPins = (pins: Pins): Readonly<Record<string, number>> => Object.fromEntries(pins)

/** What was done last to each agent counts. The oldest are forgotten, the same ones on every device. */
export function bothPins(a: Pins, b: Pins): Pins {
  const both = new Map(a)
  for (const [id, at] of b) {
    const [than, later] = [both.get(id) ?? 0, Math.abs(at)]
    if (later > Math.abs(than)) both.set(id, at)
    else if (later === Math.abs(than)) both.set(id, Math.max(at, than))
  }
  return newest(both)
}

/** In the order in which they were pinned. */
export const pinnedOf = (pins: Pins): readonly string[] => [...pins].filter(([, at]) => at > 0).sort(([, a], [, b]) => a - b).map(([id]) => id)

/** Agents that a person keeps in the side bar. */
export const pins = createStore<Pins>(parsePins(storedValue(localStorage, pinsKey)))

export function togglePin(agentId: string) {
  pins.set((now) => {
    const before = now.get(agentId) ?? 0
    // Later than what is stored, also where the clock of another device is ahead.
    const at = Math.max(Date.now(), Math.abs(before) + 1)
    return newest(new Map([...now, [agentId, before > 0 ? -at : at]]))
  })
}
