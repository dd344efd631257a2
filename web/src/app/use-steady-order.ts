import { useState } from 'react'

type Row = { id: string }

/** Rows in their order; while the pointer is among them they keep the places that they had, and new ones come at the end. */
export function useSteadyOrder<T extends Row>(rows: readonly T[]) {
  const [held, setHeld] = useState<ReadonlyMap<string, number>>()
  const steady = held ? rows.toSorted((a, b) => (held.get(a.id) ?? Infinity) - (held.get(b.id) ?? Infinity)) : rows
  return {
    rows: steady,
    hold: { onPointerEnter: () => setHeld(new Map(rows.map(({ id }, at) => [id, at]))), onPointerLeave: () => setHeld(undefined) },
  }
}
