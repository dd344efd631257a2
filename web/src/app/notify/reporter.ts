import { isShown, kinds, wordsOf, type Kind, type News } from '~/app/notify/news'
import { notify } from '~/lib/notifications'

export type Wanted = Record<Kind, boolean> & { isSilent: boolean }

type Options = {
  /** What pages of this browser show now. */
  shown: () => Promise<ReadonlySet<string>>
  open: (news: readonly News[]) => void
}

/** What comes within this time is one notification. */
const gatherMs = 700

type Group = { news: readonly News[]; notification: Notification | undefined }

/**
 * At most one notification of each kind: what comes later joins it, what is over leaves it, and looking at a page clears it.
 * What was so when it began is never reported.
 */
export class Reporter {
  readonly #options: Options
  #known: ReadonlySet<string> | undefined
  #now: readonly News[] = []
  #due: readonly News[] = []
  #wanted: Wanted = { asks: false, failures: false, finished: false, isSilent: true }
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #groups = new Map<Kind, Group>()

  constructor(options: Options) {
    this.#options = options
  }

  /**
   * `wanted`: until it is known, what comes is held and then reported, if it is still so. `isMine`: of all pages of this browser this
   * one reports; the others only remember.
   */
  see(news: readonly News[], wanted: Wanted | undefined, isMine: boolean) {
    const known = this.#known
    const ids = new Set(news.map(({ id }) => id))
    this.#now = news
    if (!wanted) {
      this.#known ??= ids
      return
    }
    this.#known = ids
    this.#wanted = wanted
    for (const kind of kinds) this.#drop(kind)
    const added = known && isMine ? news.filter(({ id, kind }) => wanted[kind] && !known.has(id)) : []
    if (added.length === 0) return
    this.#due = [...this.#due, ...added]
    this.#timer ??= setTimeout(() => void this.#report(), gatherMs)
  }

  /** Somebody looks at a page. */
  clear() {
    for (const { notification } of this.#groups.values()) notification?.close()
    this.#groups.clear()
  }

  close() {
    clearTimeout(this.#timer)
    this.clear()
  }

  /** What is over is no longer said. */
  #drop(kind: Kind) {
    const group = this.#groups.get(kind)
    if (!group) return
    const stays = this.#stillSo(group.news)
    if (stays.length === group.news.length) return
    if (stays.length > 0) return this.#show(kind, stays, true)
    group.notification?.close()
    this.#groups.delete(kind)
  }

  #stillSo(news: readonly News[]): readonly News[] {
    const ids = new Set(this.#now.map(({ id }) => id))
    return news.filter(({ id }) => ids.has(id))
  }

  async #report() {
    const shown = await this.#options.shown()
    this.#timer = undefined
    const due = this.#stillSo(this.#due).filter((one) => !isShown(one, shown))
    this.#due = []
    for (const kind of kinds) {
      const added = due.filter((one) => one.kind === kind)
      if (added.length === 0) continue
      const before = this.#groups.get(kind)
      // One in the same place would be changed without a sign of it.
      before?.notification?.close()
      this.#show(kind, [...(before?.news ?? []), ...added], this.#wanted.isSilent)
    }
  }

  #show(kind: Kind, news: readonly News[], isSilent: boolean) {
    const notification = notify({ ...wordsOf(kind, news), tag: `muster.${kind}`, isSilent, onOpen: () => this.#options.open(news) })
    this.#groups.set(kind, { news, notification })
  }
}
