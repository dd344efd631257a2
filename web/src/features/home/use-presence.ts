import { useEffect } from 'react'
import { noteHere, type Presence } from '~/features/home/away'
import { isObject } from '~/lib/json'
import { createStore, useStore } from '~/lib/store'

const key = 'muster.presence'
const noteEveryMs = 60_000

function read(): Presence | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    if (!isObject(kept) || typeof kept['hereAt'] !== 'number') return undefined
    return { hereAt: kept['hereAt'], ...(typeof kept['awayFrom'] === 'number' && { awayFrom: kept['awayFrom'] }) }
  } catch {
    return undefined
  }
}

const presence = createStore<Presence | undefined>(read())

function keep(next: Presence) {
  presence.set(next)
  localStorage.setItem(key, JSON.stringify(next))
}

function note() {
  if (document.visibilityState === 'visible') keep(noteHere(presence.get(), Date.now()))
}

/** Notes that somebody is here while the page is on screen. */
export function usePresenceNotes() {
  useEffect(() => {
    note()
    const timer = setInterval(note, noteEveryMs)
    document.addEventListener('visibilitychange', note)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', note)
    }
  }, [])
}

/** Since when this person was away, until it is marked as seen. */
export function useAway() {
  const now = useStore(presence)
  return { awayFrom: now?.awayFrom, markSeen: () => keep({ hereAt: Date.now() }) }
}
