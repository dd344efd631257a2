import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { theEnd, type Place } from '~/features/transcript/use-scroll'
import type { Snapshot } from '~/features/transcript/snapshot'
import type { TranscriptStore } from '~/features/transcript/store'

async function keyAt(store: TranscriptStore, to: string): Promise<string | undefined> {
  if (to === theEnd) await store.backToEnd()
  else await store.jump(to)
  return to === theEnd ? to : store.find(to)?.key
}

/**
 * Where somebody wants to be: a message's id or a time, from the address or from a find. It is read if it is not in memory. `place` is the
 * row that was found, with a number that differs for each way there.
 */
export function usePlace(store: TranscriptStore, { phase }: Snapshot, first: string | undefined) {
  const [place, setPlace] = useState<Place>()
  // Who went on while a place was being read wants the newer one.
  const asked = useRef(0)
  const go = async (to: string, isOnlyShown = false) => {
    const n = ++asked.current
    const key = await keyAt(store, to)
    if (key !== undefined && n === asked.current) setPlace({ key, n, isOnlyShown })
  }
  const isRead = phase !== 'reading'
  const goFirst = useEffectEvent(go)
  useEffect(() => {
    if (isRead && first !== undefined) void goFirst(first)
  }, [isRead, first])
  return { place, go }
}

/** Remembers what was read before a find, and what had the focus, and goes back there. */
export function useReturn() {
  const from = useRef<string>(undefined)
  const focused = useRef<Element>(null)
  return {
    note(pane: HTMLElement | null) {
      focused.current = document.activeElement
      const log = pane?.querySelector('[role=log]')
      const isAtEnd = !log || log.scrollHeight - log.scrollTop - log.clientHeight < 48
      const top = log?.getBoundingClientRect().top ?? 0
      const row = [...(log?.querySelectorAll('li') ?? [])].find((one) => one.getBoundingClientRect().bottom > top)
      from.current = isAtEnd ? undefined : row?.dataset['at']
    },
    go(go: (to: string, isOnlyShown: boolean) => Promise<void>) {
      const { current: before } = focused
      const isThere = before instanceof HTMLElement && before.isConnected && before !== document.body
      if (isThere) before.focus({ preventScroll: true })
      void go(from.current ?? theEnd, isThere)
    },
  }
}
