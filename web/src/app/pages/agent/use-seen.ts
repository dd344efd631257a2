import { useEffect, useRef, useState } from 'react'
import type { Agent } from '~/api/generated'
import { markSeen } from '~/api/seen'
import { uiValue } from '~/api/ui-state'
import { lookedAt } from '~/lib/looked-at'
import { useStore } from '~/lib/store'

/** Whoever looks at the page has seen how the agent is. */
export function useMarkSeen({ id, statusSince = '' }: Agent) {
  const isLooked = useStore(lookedAt)
  useEffect(() => {
    if (isLooked) markSeen(id, statusSince)
  }, [id, statusSince, isLooked])
}

const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined)

/**
 * The last message of an agent that this person had read, on whatever device, when the page was opened; and how a later one is noted.
 * Nothing is noted before that is known.
 */
export function useRead(agentId: string) {
  const key = `read.${agentId}`
  const [known, setKnown] = useState<{ key: string; index: number | undefined }>()
  const waits = useRef<number>(undefined)
  useEffect(() => {
    let isOver = false
    const read = uiValue(key)
    waits.current = undefined
    void read.fresh().then(() => {
      if (isOver) return
      setKnown({ key, index: numberOf(read.get()) })
      if (waits.current !== undefined) read.set(waits.current)
    })
    return () => {
      isOver = true
    }
  }, [key])
  const isKnown = known?.key === key
  function note(index: number) {
    if (isKnown) uiValue(key).set(index)
    else waits.current = index
  }
  return [isKnown ? known.index : undefined, note] as const
}
