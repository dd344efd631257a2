import { useRef, useState } from 'react'

type Row = { id: string }

/** Rows in their order; while the pointer is among them they keep the places that they had, and new ones come at the end. */
export function useSteadyOrder<T extends Row>(rows: readonly T[]) {
  const [isHeld, setHeld] = useState(false)
  const order = useRef<readonly string[]>([])
  const places = new Map(order.current.map((id, at) => [id, at]))
  const steady = isHeld ? rows.toSorted((a, b) => (places.get(a.id) ?? Infinity) - (places.get(b.id) ?? Infinity)) : rows
  if (!isHeld) order.current = rows.map(({ id }) => id)
  return { rows: steady, hold: { onPointerEnter: () => setHeld(true), onPointerLeave: () => setHeld(false) } }
}
