import type { UiState, UiStored } from '~/api/generated'
import { canonical, markOf } from '~/api/ui-mark'
import { mostBytes } from '~/api/ui-mirror'

/** What a conflict of two devices has put aside. isTheirs: the shown value is from the other device, and this one was typed here. */
export type Other = { value: unknown; isTheirs: boolean }

export type Entry = {
  value: unknown
  /** Of what the daemon has as far as this page knows: '' is nothing, undefined is not read yet. */
  digest: string | undefined
  /** It was changed here and is not stored yet. */
  isDirty: boolean
  changedAt: number
  /** The daemon's value was stored by this page. */
  isMine: boolean
  /** Marks of what this browser has sent since its last answer: the daemon may have any of it. */
  sent?: readonly string[] | undefined
  other: Other | undefined
}

/** What a write or a read did not do: tried again later, done again from a fresh read, or never tried again. */
export type Refusal = 'later' | 'conflict' | 'gone' | 'refused'

export type Remote = {
  get(key: string): Promise<UiState>
  put(key: string, value: unknown, ifDigest: string): Promise<UiStored>
  refusalOf(error: unknown): Refusal
}

export type Mirror = {
  read(key: string): Entry | undefined
  /** Of everything that it has. */
  keys(): readonly string[]
  write(key: string, entry: Entry | undefined): void
  /** What waits to be written is written now. */
  flush(): void
}

export type Rules = {
  /** False: the value stays in the memory of this page. */
  isKept(key: string): boolean
  /** Whether a person must be able to get the value back that another one replaces. */
  isLoss(key: string, replaced: unknown, by: unknown): boolean
  /** The daemon will not store it: it stays in this browser. */
  onRefused?(key: string, error: unknown): void
  /** What two devices wrote at the same time, as one value: nothing of either is lost. Undefined: the newer one wins. */
  merge?(key: string, ours: unknown, theirs: unknown): unknown
}

type Job = { timer: ReturnType<typeof setTimeout> | undefined; isRunning: boolean; mustRead: boolean; waiting: (() => void)[]; isRefused: boolean; heard: string | undefined; ranAt: number }

const writeEveryMs = 1_000
const retryMs = 5_000

const blank: Entry = { value: undefined, digest: undefined, isDirty: false, changedAt: 0, isMine: false, other: undefined }

/** One attempt every five seconds: some minutes without an answer. */
const mostSent = 60

function fits(value: unknown): boolean {
  const text = canonical(value)
  return text.length * 3 <= mostBytes || new TextEncoder().encode(text).length <= mostBytes
}

/**
 * Values under keys that one person has on all their devices. What is shown is always the page's own copy: it is there at once, from
 * the mirror, and every change is in the mirror before it is on its way. The daemon gets a change within a second, on the condition
 * that its value is the one this page knew; if it is not, the newer of the two wins and the other one is put aside.
 */
export class UiSync {
  readonly #entries = new Map<string, Entry>()
  readonly #jobs = new Map<string, Job>()
  readonly #listeners = new Map<string, Set<() => void>>()
  readonly #remote: Remote
  readonly #mirror: Mirror
  readonly #rules: Rules
  readonly #now: () => number

  constructor(remote: Remote, mirror: Mirror, rules: Rules, now: () => number = Date.now) {
    this.#remote = remote
    this.#mirror = mirror
    this.#rules = rules
    this.#now = now
  }

  get(key: string): Entry {
    const known = this.#entries.get(key)
    if (known) return known
    const entry = (this.#rules.isKept(key) ? this.#mirror.read(key) : undefined) ?? blank
    this.#entries.set(key, entry)
    return entry
  }

  subscribe(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, listeners.add(listener))
    if (this.get(key).digest === undefined || !this.#jobs.has(key)) this.read(key)
    return () => listeners.delete(listener)
  }

  set(key: string, value: unknown) {
    const before = this.get(key)
    if (Object.is(before.value, value)) return
    // Whoever has written it again, or goes on with it, misses nothing.
    const isBack = before.other !== undefined && value !== undefined && !this.#rules.isLoss(key, before.other.value, value)
    this.#change(key, { ...before, value, isDirty: true, changedAt: this.#now(), other: isBack ? undefined : before.other })
    const job = this.#job(key)
    job.isRefused = false
    if (this.#rules.isKept(key)) this.#schedule(key, Math.max(0, job.ranAt + writeEveryMs - this.#now()))
  }

  forgetOther(key: string) {
    const entry = this.get(key)
    if (entry.other) this.#change(key, { ...entry, other: undefined })
  }

  /** Shows what was put aside, and puts nothing aside. */
  takeOther(key: string) {
    const { other } = this.get(key)
    if (!other) return
    this.forgetOther(key)
    this.set(key, other.value)
  }

  /** Reads what the daemon has: at first use, and when somebody else may have changed it. */
  read(key: string) {
    if (!this.#rules.isKept(key)) return
    this.#job(key).mustRead = true
    this.#schedule(key, 0)
  }

  /** Resolves once this page has what the daemon has now: a browser's copy may be of last week. It waits for a daemon that is away, not for one that refuses. */
  fresh(key: string): Promise<void> {
    return new Promise((resolve) => {
      this.#job(key).waiting.push(resolve)
      this.read(key)
    })
  }

  /** The daemon reports that a key has another value now. */
  onNews(key: string, digest: string) {
    const job = this.#jobs.get(key)
    if (!job) return
    job.heard = digest
    if (!job.isRunning && this.get(key).digest !== digest) this.read(key)
  }

  /** What was reported may have been missed. */
  readAll() {
    for (const key of this.#jobs.keys()) this.read(key)
  }

  /** Everything that is not stored yet is sent now: the page is being hidden, or the daemon is back. */
  flush() {
    this.#mirror.flush()
    for (const [key, job] of this.#jobs) if (this.get(key).isDirty || job.mustRead) this.#schedule(key, 0)
  }

  /** What an earlier page could not store. */
  resume(keys: Iterable<string>) {
    for (const key of keys) if (this.get(key).isDirty) this.read(key)
  }

  /**
   * After the rules have changed: what is no longer kept is removed from the browser, also what no page has opened, and stays on this
   * page. `forgetStored` removes it from the daemon.
   */
  applyRules() {
    for (const key of this.#mirror.keys()) if (!this.#rules.isKept(key)) this.#mirror.write(key, undefined)
    for (const [key, entry] of this.#entries) {
      if (this.#rules.isKept(key)) {
        this.#mirror.write(key, entry)
        if (entry.isDirty) this.read(key)
        continue
      }
      this.#mirror.write(key, undefined)
      this.#entries.set(key, { ...entry, digest: undefined, isDirty: entry.value !== undefined })
    }
  }

  #job(key: string): Job {
    const job = this.#jobs.get(key) ?? { timer: undefined, isRunning: false, mustRead: false, waiting: [], isRefused: false, heard: undefined, ranAt: 0 }
    this.#jobs.set(key, job)
    return job
  }

  #change(key: string, entry: Entry) {
    this.#entries.set(key, entry)
    if (this.#rules.isKept(key)) this.#mirror.write(key, isNothing(entry) ? undefined : entry)
    for (const listener of this.#listeners.get(key) ?? []) listener()
  }

  #schedule(key: string, inMs: number) {
    const job = this.#job(key)
    if (job.isRunning) return
    clearTimeout(job.timer)
    job.timer = setTimeout(() => void this.#run(key, job), inMs)
  }

  async #run(key: string, job: Job) {
    job.isRunning = true
    job.ranAt = this.#now()
    let waitMs = writeEveryMs
    try {
      await this.#sync(key, job)
    } catch (error) {
      const refusal = this.#remote.refusalOf(error)
      waitMs = this.#onRefused(key, job, refusal)
      if (refusal === 'refused') this.#rules.onRefused?.(key, error)
    } finally {
      job.isRunning = false
    }
    const { digest, isDirty } = this.get(key)
    if (job.heard !== undefined && job.heard !== digest && digest !== undefined) job.mustRead = true
    job.heard = undefined
    if (this.#rules.isKept(key) && (job.mustRead || (isDirty && !job.isRefused))) this.#schedule(key, job.mustRead && waitMs === writeEveryMs ? 0 : waitMs)
  }

  async #sync(key: string, job: Job) {
    if (job.mustRead || this.get(key).digest === undefined) await this.#readNow(key, job)
    const { value, digest, isDirty } = this.get(key)
    if (!isDirty || digest === undefined || !this.#rules.isKept(key)) return
    // What is too large stays in this browser, and nothing that it has replaced comes back from the daemon.
    const isKeptHere = !fits(value)
    if (!isKeptHere) this.#noteSent(key, markOf(value))
    this.#mirror.flush()
    const stored = await this.#remote.put(key, isKeptHere ? undefined : value, digest)
    const now = this.get(key)
    const isStored = Object.is(now.value, value)
    job.isRefused = isKeptHere && isStored
    this.#change(key, { ...now, digest: stored.digest ?? '', isDirty: !isStored || isKeptHere, isMine: true, sent: undefined })
  }

  #noteSent(key: string, mark: string) {
    const entry = this.get(key)
    const { sent = [] } = entry
    this.#change(key, { ...entry, sent: [...sent.filter((one) => one !== mark), mark].slice(-mostSent) })
  }

  async #readNow(key: string, job: Job) {
    job.mustRead = false
    try {
      const state = await this.#remote.get(key)
      if (this.#rules.isKept(key)) this.#adopt(key, state)
      for (const resolve of job.waiting.splice(0)) resolve()
    } catch (error) {
      job.mustRead = true
      throw error
    }
  }

  /** How long until the next attempt. */
  #onRefused(key: string, job: Job, refusal: Refusal): number {
    if (refusal === 'later') return retryMs
    job.mustRead = refusal === 'conflict'
    job.isRefused = refusal !== 'conflict'
    if (job.isRefused) for (const resolve of job.waiting.splice(0)) resolve()
    if (refusal === 'gone') this.#mirror.write(key, undefined)
    return writeEveryMs
  }

  /** Takes over what the daemon has, unless what was changed here is newer. */
  #adopt(key: string, state: UiState) {
    const entry = this.get(key)
    const digest = state.digest ?? ''
    const theirs = state.value
    if (digest === entry.digest) return
    if (canonical(theirs) === canonical(entry.value)) return this.#change(key, { ...entry, digest, isDirty: false, sent: undefined })
    // Stored, although no answer came: this browser's own text of a moment ago, and what was typed behind it is newer.
    if (entry.isDirty && entry.sent?.includes(markOf(theirs))) return this.#change(key, { ...entry, digest, isMine: true, sent: undefined })
    const both = entry.isDirty ? this.#rules.merge?.(key, entry.value, theirs) : undefined
    if (both !== undefined) return this.#change(key, { ...entry, value: both, digest, isDirty: canonical(both) !== canonical(theirs), isMine: false })
    const isOurs = entry.isDirty && (state.updatedAt === undefined || entry.changedAt >= Date.parse(state.updatedAt))
    if (isOurs) {
      const other = this.#rules.isLoss(key, theirs, entry.value) ? { value: theirs, isTheirs: false } : entry.other
      return this.#change(key, { ...entry, digest, isMine: false, sent: undefined, other })
    }
    const isLoss = (entry.isDirty || entry.isMine) && this.#rules.isLoss(key, entry.value, theirs)
    const other = isLoss ? { value: entry.value, isTheirs: true } : entry.other
    return this.#change(key, { value: theirs, digest, isDirty: false, changedAt: 0, isMine: false, other })
  }
}

function isNothing({ value, isDirty, other }: Entry): boolean {
  return value === undefined && !isDirty && other === undefined
}
