import { useEffect, useRef, useState } from 'react'
import { markAsks, markedAsks } from '~/api/marked-asks'
import { rangeOf } from '~/features/ask/batch'

type Marks = { ids: ReadonlySet<string>; isBatch: boolean }

function marksBefore(): Marks {
  const ids = new Set(markedAsks())
  return { ids, isBatch: ids.size > 1 }
}

/** The asks that are selected to be answered together. From the second one on they replace what is looked at. */
export function useMarks(rows: readonly string[], onChange: () => void) {
  const [{ ids, isBatch }, setMarks] = useState<Marks>(marksBefore)
  useEffect(() => markAsks([]), [])
  const last = useRef<string>(undefined)
  function mark(id: string | undefined, isRange: boolean) {
    if (id === undefined) return
    const range = isRange ? rangeOf(rows, last.current, id) : [id]
    const isOn = isRange || !ids.has(id)
    const next = new Set(ids)
    for (const one of range.filter((of) => of.startsWith('ask_'))) {
      if (isOn) next.add(one)
      else next.delete(one)
    }
    last.current = id
    setMarks({ ids: next, isBatch: next.size > 1 })
    onChange()
  }
  function clear() {
    setMarks({ ids: new Set(), isBatch: false })
    onChange()
  }
  return { marked: ids, isBatch, mark, clear }
}
