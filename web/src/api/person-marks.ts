import { noteHere, noteSeen, parsePresence, presence, presenceKey } from '~/api/presence'
import { seen } from '~/api/seen'
import { bothSeen, parseSeen, printSeen, seenKey } from '~/api/seen-marks'
import { uiValue } from '~/api/ui-state'
import { canonical } from '~/api/ui-sync'

const noteEveryMs = 3 * 60_000

/** What was looked at, here and on the other devices of this person. */
function keepSeen() {
  const stored = uiValue(seenKey)
  function read() {
    const both = bothSeen(seen.get(), parseSeen(stored.get()))
    if (canonical(printSeen(both)) !== canonical(printSeen(seen.get()))) seen.set(both)
  }
  function write() {
    if (canonical(printSeen(seen.get())) !== canonical(stored.get() ?? {})) stored.set(printSeen(bothSeen(seen.get(), parseSeen(stored.get()))))
  }
  const leave = [stored.watch(read), seen.subscribe(write)]
  read()
  write()
  return () => leave.forEach((end) => end())
}

/**
 * Notes that somebody is here while the page is on screen. Whether they were away is decided on what the daemon has at that time, for
 * they may have been here on another device; a computer that wakes knows nothing of that.
 */
function keepPresence() {
  const stored = uiValue(presenceKey)
  const now = () => parsePresence(stored.get())
  let isAsking = false
  let hasAsked = false
  const show = () => hasAsked && presence.set(now())
  async function note() {
    if (document.visibilityState === 'hidden') {
      const last = now()
      if (hasAsked && last && Date.now() - last.hereAt < 2 * noteEveryMs) stored.set(noteHere(last, Date.now()))
      return
    }
    if (isAsking) return
    isAsking = true
    await stored.fresh()
    isAsking = false
    hasAsked = true
    stored.set(noteHere(now(), Date.now()))
    show()
  }
  const onChange = () => void note()
  const leave = stored.watch(show)
  const timer = setInterval(onChange, noteEveryMs)
  document.addEventListener('visibilitychange', onChange)
  onChange()
  return () => {
    leave()
    clearInterval(timer)
    document.removeEventListener('visibilitychange', onChange)
  }
}

/** Begins to keep what belongs to the person and not to this browser: what was looked at, and when somebody was here. */
export function keepMarks() {
  const leave = [keepSeen(), keepPresence()]
  return () => leave.forEach((end) => end())
}

/** What happened while they were away is seen. */
export function markAwaySeen() {
  uiValue(presenceKey).set(noteSeen(Date.now()))
}
