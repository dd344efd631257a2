/** Holds a lock that all pages of this browser see, until the answer is called or the page ends, however it ends. */
export function holdLock(name: string, mode: LockMode, onHeld?: () => void): () => void {
  const abort = new AbortController()
  let release = () => abort.abort()
  const held = () => {
    onHeld?.()
    return new Promise<void>((done) => {
      release = done
    })
  }
  // An abort before it was granted is the only way to fail.
  void navigator.locks.request(name, { mode, signal: abort.signal }, held).catch(() => undefined)
  return () => release()
}

/** The ends of the names of the locks that any page holds now. */
export async function heldLocks(prefix: string): Promise<ReadonlySet<string>> {
  const { held = [] } = await navigator.locks.query()
  return new Set(held.flatMap(({ name = '' }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])))
}
