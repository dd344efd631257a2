import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { useSetting } from '~/api/settings'
import { nothingShown, startTerminal, type Session, type SessionOptions } from '~/features/terminal/session'
import { createStore, useStore } from '~/lib/store'

const none = createStore(nothingShown)

/** Holds a terminal in an element while the component is mounted. */
export function useTerminal(launchId: string, { onPaste, onPlace }: SessionOptions) {
  const element = useRef<HTMLDivElement>(null)
  const [session, setSession] = useState<Session>()
  const paste = useEffectEvent(onPaste)
  const place = useEffectEvent((at: Parameters<NonNullable<typeof onPlace>>[0]) => onPlace?.(at))
  const hasPlaces = onPlace !== undefined
  useEffect(() => {
    if (!element.current) return undefined
    const started = startTerminal(element.current, launchId, {
      onPaste: (text) => paste(text),
      onPlace: hasPlaces ? (at) => place(at) : undefined,
    })
    setSession(started)
    return () => started.close()
  }, [launchId, hasPlaces])
  const isBlinking = useSetting('cursor_blink') === 'true'
  useEffect(() => session?.blink(isBlinking), [session, isBlinking])
  const shown = useStore(session?.shown ?? none)
  return { element, session, shown }
}
