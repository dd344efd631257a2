import type { Refusal, Remote } from '~/api/ui-sync'

const retryMs = 5_000

/** What of the person's values the daemon has, and how one of them is removed. */
export type Stored = Pick<Remote, 'refusalOf'> & { keys(prefix: string): Promise<readonly string[]>; remove(key: string): Promise<void> }

/**
 * Removes what is no longer kept from the daemon, wherever it was written, until nothing of it is left. A daemon that is away is asked
 * again; what it refuses for good stays.
 */
export async function forgetStored(stored: Stored, prefixes: readonly string[], isKept: (key: string) => boolean): Promise<void> {
  const given = new Set<string>()
  for (;;) {
    const refusal = await tryOnce(stored, prefixes, (key) => isKept(key) || given.has(key), given)
    if (refusal !== 'later') return
    await new Promise((done) => setTimeout(done, retryMs))
  }
}

async function tryOnce(stored: Stored, prefixes: readonly string[], isKept: (key: string) => boolean, given: Set<string>): Promise<Refusal | undefined> {
  for (const prefix of prefixes) {
    // Asked before anything is read: somebody may want to keep them again by now.
    if (isKept(prefix)) continue
    try {
      for (const key of await stored.keys(prefix)) {
        if (isKept(key)) continue
        const refusal = await refusalOfRemoval(stored, key)
        if (refusal === 'later') return refusal
        if (refusal !== undefined) given.add(key)
      }
    } catch (error) {
      const refusal = stored.refusalOf(error)
      if (refusal === 'later') return refusal
    }
  }
  return undefined
}

async function refusalOfRemoval(stored: Stored, key: string): Promise<Refusal | undefined> {
  try {
    await stored.remove(key)
    return undefined
  } catch (error) {
    return stored.refusalOf(error)
  }
}
