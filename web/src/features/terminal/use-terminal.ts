import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { nothingShown, startTerminal, type Session, type SessionOptions } from '~/features/terminal/session'
import { createStore, useStore } from '~/lib/store'

const none = createStore(nothingShown)

/** Holds a terminal in an element while the component is mounted. `restart` begins again after a refusal. */
export function useTerminal(launchId: string, { onPaste, onFind, onLeave, onPlace }: SessionOptions) {
  const element = useRef<HTMLDivElement>(null)
  const [session, setSession] = useState<Session>()
  const [attempt, setAttempt] = useState(0)
  const paste = useEffectEvent(onPaste)
  const find = useEffectEvent(onFind)
  const leave = useEffectEvent(onLeave)
  const place = useEffectEvent((at: Parameters<NonNullable<typeof onPlace>>[0]) => onPlace?.(at))
  const hasPlaces = onPlace !== undefined
  useEffect(() => {
    if (!element.current) return undefined
    const started = startTerminal(element.current, launchId, {
      onPaste: (text) => paste(text),
      onFind: () => find(),
      onLeave: () => leave(),
      onPlace: hasPlaces ? (at) => place(at) : undefined,
    })
    setSession(started)
    return () => started.close()
  }, [launchId, attempt, hasPlaces])
  const shown = useStore(session?.shown ?? none)
  return { element, session, shown, restart: () => setAttempt((n) => n + 1) }
}
