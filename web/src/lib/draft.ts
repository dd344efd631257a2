import { createStore, useStore } from '~/lib/store'

const drafts = createStore<Readonly<Record<string, string>>>({})
/** Whether text that was not sent survives a reload. */
const draftsAreKept = createStore(true)
const prefix = 'muster.draft.'
const keyOf = (name: string) => prefix + name

/** Text that was kept before goes with the setting. */
export function keepDrafts(isKept: boolean) {
  draftsAreKept.set(isKept)
  if (isKept) return
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key)
}

function read(name: string): string {
  return drafts.get()[name] ?? sessionStorage.getItem(keyOf(name)) ?? ''
}

function write(name: string, text: string) {
  drafts.set((now) => ({ ...now, [name]: text }))
  try {
    if (text && draftsAreKept.get()) sessionStorage.setItem(keyOf(name), text)
    else sessionStorage.removeItem(keyOf(name))
  } catch {
    // The storage has no room for it: it is kept until a reload, which must not bring back what it has replaced.
    sessionStorage.removeItem(keyOf(name))
  }
}

/** It was sent. Text typed after it meanwhile, or in its place, stays. */
function take(name: string, sent: string) {
  const now = read(name).trimStart()
  write(name, now.startsWith(sent) ? now.slice(sent.length).trimStart() : now)
}

/**
 * Text that was typed and not sent yet: it survives a reload, a look at another page and a dialog that was closed. It is
 * cleared once it was sent, even if its field was removed or shown again by then.
 */
export function useDraft(name: string) {
  useStore(drafts)
  return {
    text: read(name),
    set: (text: string) => write(name, text),
    take: (sent: string) => take(name, sent),
  }
}
