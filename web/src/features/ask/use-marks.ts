import { useEffect, useRef, useState } from 'react'
import { markAsks, markedAsks } from '~/api/marked-asks'
import { rangeOf } from '~/features/ask/batch'

type Marks = { ids: ReadonlySet<string>; isBatch: boolean }

const marksOf = (ids: ReadonlySet<string>): Marks => ({ ids, isBatch: [...ids].filter((id) => id.startsWith('ask_')).length > 1 })

/** What is selected: asks and agents that failed. From the second ask on, those that are answered together replace what is looked at. */
export function useMarks(rows: readonly string[], onChange: () => void) {
  const [{ ids, isBatch }, setMarks] = useState<Marks>(() => marksOf(new Set(markedAsks())))
  useEffect(() => markAsks([]), [])
  const last = useRef<string>(undefined)
  function mark(id: string | undefined, isRange: boolean) {
    if (id === undefined) return
    const range = isRange ? rangeOf(rows, last.current, id) : [id]
    const isOn = isRange || !ids.has(id)
    const next = new Set(ids)
    for (const one of range) {
      if (isOn) next.add(one)
      else next.delete(one)
    }
    last.current = id
    setMarks(marksOf(next))
    onChange()
  }
  function clear() {
    setMarks(marksOf(new Set()))
    onChange()
  }
  return { marked: ids, isBatch, mark, clear }
}
