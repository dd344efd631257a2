// Several devices and one daemon, for the tests of what is kept for a person.
import { storageMirror } from '~/api/ui-mirror'
import { canonical } from '~/api/ui-mark'
import { UiSync, type Refusal, type Rules } from '~/api/ui-sync'

class Fault extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal)
    this.refusal = refusal
  }
}

/** One daemon for several devices. */
export class Daemon {
  readonly values = new Map<string, { value: unknown; updatedAt: string }>()
  readonly devices = new Set<UiSync>()
  fault: Refusal | undefined
  puts = 0

  digestOf(key: string): string {
    return canonical(this.values.get(key)?.value)
  }

  readonly stored = {
    keys: async (prefix: string) => (await this.remote.get(''), [...this.values.keys()].filter((key) => key.startsWith(prefix))),
    remove: async (key: string) => void (await this.remote.put(key, undefined, this.digestOf(key))),
    refusalOf: (error: unknown): Refusal => this.remote.refusalOf(error),
  }

  readonly remote = {
    get: async (key: string) => {
      if (this.fault) throw new Fault(this.fault)
      const state = this.values.get(key)
      return { key, ...(state && { ...state, digest: this.digestOf(key) }) }
    },
    put: async (key: string, value: unknown, ifDigest: string) => {
      if (this.fault) throw new Fault(this.fault)
      this.puts++
      if (ifDigest !== this.digestOf(key)) throw new Fault('conflict')
      if (value === undefined) this.values.delete(key)
      else this.values.set(key, { value, updatedAt: new Date().toISOString() })
      const digest = this.digestOf(key)
      for (const sync of this.devices) sync.onNews(key, digest)
      return value === undefined ? { key } : { key, digest }
    },
    refusalOf: (error: unknown): Refusal => {
      if (!(error instanceof Fault)) throw error
      return error.refusal
    },
  }
}

export function memory(): Storage {
  const items = new Map<string, string>()
  const storage = {
    get length() {
      return items.size
    },
    clear: () => items.clear(),
    getItem: (key: string) => items.get(key) ?? null,
    key: () => null,
    removeItem(key: string) {
      items.delete(key)
      Reflect.deleteProperty(storage, key)
    },
    setItem(key: string, value: string) {
      items.set(key, value)
      Reflect.defineProperty(storage, key, { value, enumerable: true, configurable: true })
    },
  }
  return storage
}

export const texts = { isKept: () => true, isLoss: (_key: string, replaced: unknown, by: unknown) => replaced !== undefined && by !== undefined }

export function device(daemon: Daemon, storage = memory(), rules: Rules = texts) {
  const mirror = storageMirror(storage)
  const sync = new UiSync(daemon.remote, mirror, rules)
  daemon.devices.add(sync)
  sync.subscribe('k', () => undefined)
  return { sync, mirror, storage }
}
