import { leastAwayMs, noteHere, noteSeen, parsePresence, presence, presenceKey } from '~/api/presence'
import { bothPins, parsePins, pins, pinsKey, printPins, type Pins } from '~/api/pins'
import { seen } from '~/api/seen'
import { bothSeen, parseSeen, printSeen, seenKey, type Seen } from '~/api/seen-marks'
import { uiValue } from '~/api/ui-state'
import { canonical } from '~/api/ui-mark'
import { lastInput, lookedAt, watchLooks } from '~/lib/looked-at'
import type { Store } from '~/lib/store'

const noteEveryMs = 3 * 60_000

type Marks<T> = { key: string; store: Store<T>; parse: (value: unknown) => T; print: (marks: T) => unknown; both: (a: T, b: T) => T }

/** What was marked here and on the other devices of this person is one. */
function keepMarked<T>({ key, store, parse, print, both }: Marks<T>) {
  const stored = uiValue(key)
  function read() {
    const all = both(store.get(), parse(stored.get()))
    if (canonical(print(all)) !== canonical(print(store.get()))) store.set(() => all)
  }
  function write() {
    if (canonical(print(store.get())) !== canonical(stored.get() ?? {})) stored.set(print(both(store.get(), parse(stored.get()))))
  }
  const leave = [stored.watch(read), store.subscribe(write)]
  read()
  write()
  return () => leave.forEach((end) => end())
}

const looks: Marks<Seen> = { key: seenKey, store: seen, parse: parseSeen, print: printSeen, both: bothSeen }
const pinned: Marks<Pins> = { key: pinsKey, store: pins, parse: parsePins, print: printPins, both: bothPins }

/**
 * Notes when somebody last did anything here. Whether they were away is decided on what the daemon has at that time, for they may have
 * been here on another device; a computer that wakes knows nothing of that.
 */
function keepPresence() {
  const stored = uiValue(presenceKey)
  const now = () => parsePresence(stored.get())
  let isAsking = false
  let hasAsked = false
  const show = () => hasAsked && presence.set(now())
  async function note() {
    if (!lookedAt.get()) {
      const last = now()
      if (hasAsked && last && lastInput() - last.hereAt < leastAwayMs) stored.set(noteHere(last, lastInput()))
      return
    }
    if (isAsking) return
    isAsking = true
    await stored.fresh()
    isAsking = false
    hasAsked = true
    stored.set(noteHere(now(), lastInput()))
    show()
  }
  const leave = [stored.watch(show), lookedAt.subscribe(() => void note())]
  const timer = setInterval(() => lookedAt.get() && void note(), noteEveryMs)
  void note()
  return () => {
    leave.forEach((end) => end())
    clearInterval(timer)
  }
}

/** Begins to keep what belongs to the person and not to this browser: what was looked at, what is pinned, and when somebody was here. */
export function keepMarks() {
  const leave = [watchLooks(), keepMarked(looks), keepMarked(pinned), keepPresence()]
  return () => leave.forEach((end) => end())
}

/** What happened while they were away is seen. */
export function markAwaySeen() {
  uiValue(presenceKey).set(noteSeen(Date.now()))
}
