import { connection } from '~/api/connection'
import { createStore, type Store } from '~/lib/store'

/** Another daemon has another page: this one goes on, and says that a reload brings the new one. It never reloads by itself. */
export const isOutdated: Store<boolean> = createStore(false)

const entry = /<script[^>]+type="module"[^>]*\ssrc="([^"]+)"|<script[^>]*\ssrc="([^"]+)"[^>]*\stype="module"/

/** The script that a page begins with: its name is a digest of all that it consists of. */
export function entryOf(html: string): string | undefined {
  const found = entry.exec(html)
  return found?.[1] ?? found?.[2]
}

/** What this page began with, as it was in the document that it was made of. */
const own = () => document.querySelector('script[type=module][src]')?.getAttribute('src')

/** Asks which page the daemon has now. An answer that is none leaves things as they are. */
export async function checkVersion() {
  if (isOutdated.get()) return
  const response = await fetch('/', { cache: 'no-store' }).catch(() => undefined)
  if (!response?.ok) return
  const theirs = entryOf(await response.text())
  const mine = own()
  if (theirs !== undefined && mine !== undefined && theirs !== mine) isOutdated.set(true)
}

/** Whenever a connection stands again, another daemon may be at its end; and a file that is gone belonged to the page before. */
export function watchVersion() {
  let wasLive = connection.get().state === 'live'
  connection.subscribe(() => {
    const isLive = connection.get().state === 'live'
    if (isLive && !wasLive) void checkVersion()
    wasLive = isLive
  })
  window.addEventListener('vite:preloadError', () => void checkVersion())
}

/** After a click alone. */
export const reloadPage = () => window.location.reload()

const missing = /dynamically imported module|Importing a module script failed|A part of this page/

/** The daemon did not answer, or has another page by now. */
export const isMissingPart = ({ message }: Error) => missing.test(message)

export function reportMissing(error: unknown): never {
  void checkVersion()
  throw new Error(`A part of this page could not be loaded: ${error instanceof Error ? error.message : String(error)}`)
}
