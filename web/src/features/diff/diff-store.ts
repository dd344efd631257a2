import type { GitBlob, GitDiff } from '~/api/generated'
import type { Answer, Input } from '~/api/wire'
import { showMore } from '~/features/diff/context'
import { doubted, emptyState, foldPage, lineCountOf, mostFiles, stillThere, withBody, withMore, type DiffFile, type DiffState } from '~/features/diff/model'
import { canChange, type Sides } from '~/features/diff/sides'
import { createStore } from '~/lib/store'

export type Daemon = {
  diff(input: Input<'get_worktree_diff'>, abort: AbortSignal): Promise<Answer<GitDiff>>
  blob(input: Input<'get_worktree_blob'>, abort: AbortSignal): Promise<Answer<GitBlob>>
}
export type Place = { workspaceId: string; worktreeId: string; sides: Sides }

/** The first files come with their hunks before the list is read: what is seen first is there first. */
const firstFiles = 4
const pageFiles = 200
const pageLines = 2000
const firstLines = 400
const mostReads = 3
const mostTicked = 50
const mostBytes = 8 * 2 ** 20

function failure(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function textOf(parts: readonly string[]): string {
  const decoder = new TextDecoder()
  return parts.map((part) => decoder.decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0)), { stream: true })).join('') + decoder.decode()
}

/**
 * The diff of one worktree between two sides. The list comes first without numbers, by page; numbers follow by page; hunks are read
 * of the files that somebody looks at. After an event the list is read again in the background, and then those files
 * alone; until then the old picture stays.
 */
export class DiffStore {
  readonly #daemon: Daemon
  readonly #place: Place
  readonly #state = createStore<DiffState>(emptyState)
  #wanted: readonly string[] = []
  #ticked: readonly string[] = []
  #verified = 0
  #reads = 0
  #isListing = false
  #isDue = false
  /** Aborted when nobody looks at it any more: what is read then ends, in the daemon too. */
  #open = new AbortController()
  /** Of a comparison with a checkpoint: the tree of its first answer, for all further ones. */
  #to: string | undefined

  constructor(daemon: Daemon, place: Place) {
    this.#daemon = daemon
    this.#place = place
  }

  readonly get = () => this.#state.get()
  readonly subscribe = (listener: () => void) => this.#state.subscribe(listener)

  /** Reads everything that is needed now; resolves with the answer from whose cursors events follow. */
  async open(): Promise<Answer<GitDiff> | undefined> {
    this.#open = new AbortController()
    // The list waits for them: git looks at every file for either.
    await this.#ask({ limit: firstFiles, hunks: true, words: true, counts: false, lineLimit: firstLines }).then(
      ({ body }) => this.#takeFirst(body),
      () => undefined,
    )
    return this.#list(false)
  }

  close() {
    this.#open.abort()
  }

  /** Something changed in the worktree. One reading at a time; what comes meanwhile is one more. */
  async refresh() {
    if (this.#isClosed || !(canChange(this.#place.sides) || this.#state.get().error)) return
    if (this.#isListing) {
      this.#isDue = true
      return
    }
    this.#to = undefined
    this.#verified = 0
    await this.#list(true)
  }

  /** Nothing says any more what changes in the worktree. */
  doubt(error: Error) {
    if (canChange(this.#place.sides)) this.#state.set((now) => ({ ...now, error }))
  }

  /** Paths that are on screen, the first ones first; and those that somebody has ticked, to know whether they changed. */
  want(paths: readonly string[], ticked: readonly string[]) {
    this.#wanted = paths
    this.#ticked = ticked
    this.#readNext()
  }

  retry(path: string) {
    this.#change(path, (file) => ({ ...file, error: undefined, isStale: true }))
    this.#readNext()
  }

  async more(path: string) {
    const { body } = this.#file(path) ?? {}
    if (!body) return
    const answer = await this.#one(path, { lineOffset: lineCountOf(body), lineLimit: pageLines }).catch((error: unknown) => failure(error))
    const more = answer instanceof Error ? undefined : answer.body.files[0]
    this.#change(path, (file) => (more && file.body === body ? { ...file, body: withMore(body, more) } : { ...file, ...(answer instanceof Error && { error: answer }) }))
  }

  /** Shows more unchanged lines at a gap; the file's lines are read once. */
  async expand(path: string, gap: number, count: number | undefined) {
    this.#change(path, (file) => ({ ...file, shown: showMore(file.shown, gap, count), linesError: undefined }))
    if (this.#file(path)?.lines === undefined) await this.#readLines(path)
  }

  get #isClosed() {
    return this.#open.signal.aborted
  }

  get #isExact() {
    return !['base', 'head', 'index'].includes(this.#place.sides.from)
  }

  #file(path: string): DiffFile | undefined {
    return this.#state.get().files.find((file) => file.path === path)
  }

  #ask(more: Partial<Input<'get_worktree_diff'>>) {
    const { workspaceId, worktreeId, sides } = this.#place
    return this.#daemon.diff({ workspaceId, worktreeId, ...sides, ...(this.#to !== undefined && { to: this.#to }), ...more }, this.#open.signal)
  }

  #one(path: string, more: Partial<Input<'get_worktree_diff'>>) {
    const { oldPath } = this.#file(path)?.meta ?? {}
    return this.#ask({ path, ...(oldPath !== undefined && { oldPath }), words: true, ...more })
  }

  #change(path: string, fold: (file: DiffFile) => DiffFile) {
    if (this.#isClosed) return
    this.#state.set((now) => ({ ...now, files: now.files.map((file) => (file.path === path ? fold(file) : file)) }))
  }

  #takeFirst(first: GitDiff) {
    if (this.#isExact && first.toId !== undefined) this.#to = first.toId
    const now = this.#state.get()
    if (this.#isClosed) return
    const known = new Map(now.files.map((file) => [file.path, file]))
    const files = now.isReady ? now.files : foldPage([], known, first, false)
    const bodies = new Map(first.files.map((file) => [file.path, file]))
    // Of a longer file only the beginning is here; the rest is read when it is looked at.
    const read = (file: DiffFile): DiffFile => {
      const body = bodies.get(file.path)
      return body && !file.body ? { ...withBody(file, body, false), isStale: body.truncated } : file
    }
    this.#state.set({ ...now, isReady: true, files: files.map(read), totalFiles: first.totalFiles, isTotalLeast: first.isTotalLeast, head: first.head, fromId: first.fromId })
  }

  async #list(isAgain: boolean): Promise<Answer<GitDiff> | undefined> {
    const { signal } = this.#open
    this.#isListing = true
    this.#isDue = false
    if (isAgain) this.#state.set((now) => ({ ...now, files: doubted(now.files) }))
    try {
      const plain = isAgain ? undefined : await this.#pages(false)
      const counted = await this.#pages(true)
      return plain ?? counted
    } catch (error) {
      if (!signal.aborted) this.#state.set((now) => ({ ...now, error: failure(error) }))
      return undefined
    } finally {
      this.#isListing = false
      this.#readNext()
      if (this.#isDue) void this.refresh()
    }
  }

  /** Returns the first page's answer. */
  async #pages(counts: boolean): Promise<Answer<GitDiff> | undefined> {
    let first: Answer<GitDiff> | undefined
    let files: DiffFile[] = []
    let after: string | undefined
    do {
      const answer = await this.#ask({ limit: pageFiles, hunks: false, counts, ...(after !== undefined && { after }) })
      if (this.#isClosed) return first
      const { body } = answer
      if (this.#isExact && body.toId !== undefined) this.#to = body.toId
      first ??= answer
      after = body.next
      files = this.#takePage(files, body, counts, after === undefined)
    } while (after !== undefined && files.length < mostFiles)
    return first
  }

  #takePage(before: readonly DiffFile[], page: GitDiff, isCounted: boolean, isLast: boolean): DiffFile[] {
    const now = this.#state.get()
    const known = new Map(now.files.map((file) => [file.path, file]))
    const files = foldPage(before, known, page, isCounted)
    const { totalFiles, isTotalLeast, contentId, head, fromId } = page
    this.#state.set({ isReady: true, files: isLast ? files : stillThere(now.files, files), totalFiles, isTotalLeast, contentId: contentId ?? now.contentId, head, fromId })
    this.#readNext()
    return files
  }

  /** What somebody looks at first; then, so that a tick is true, what was ticked. */
  #next(): DiffFile | undefined {
    const files = new Map(this.#state.get().files.map((file) => [file.path, file]))
    const isDue = (path: string) => {
      const file = files.get(path)
      return file && file.isStale && !file.isReading && !file.error ? file : undefined
    }
    for (const path of this.#wanted) if (isDue(path)) return isDue(path)
    if (this.#isListing || this.#reads > 0 || this.#verified >= mostTicked) return undefined
    for (const path of this.#ticked)
      if (isDue(path)) {
        this.#verified++
        return isDue(path)
      }
    return undefined
  }

  #readNext() {
    while (!this.#isClosed && this.#reads < mostReads) {
      const file = this.#next()
      if (!file) return
      void this.#read(file)
    }
  }

  async #read({ path, body: before }: DiffFile) {
    this.#reads++
    this.#change(path, (file) => ({ ...file, isReading: true }))
    try {
      const { body } = await this.#one(path, { lineLimit: Math.max(pageLines, before ? Math.min(lineCountOf(before), 20_000) : 0) })
      const read = body.files[0]
      this.#change(path, (file) => (read ? withBody(file, read, true) : { ...file, isReading: false, isStale: false }))
    } catch (error) {
      this.#change(path, (file) => ({ ...file, isReading: false, error: failure(error) }))
    } finally {
      this.#reads--
      this.#readNext()
    }
    const now = this.#file(path)
    if (now && Object.keys(now.shown).length > 0 && now.lines === undefined) await this.#readLines(path)
  }

  async #readLines(path: string) {
    const { workspaceId, worktreeId, sides } = this.#place
    const side = this.#to ?? sides.to
    const parts: string[] = []
    try {
      for (let offset = 0, size = 1; offset < size; ) {
        const { body } = await this.#daemon.blob({ workspaceId, worktreeId, path, ...(side !== undefined && { side }), offset }, this.#open.signal)
        if (body.size > mostBytes) throw new Error('This file is too long to show its unchanged lines here.')
        parts.push(body.content)
        size = body.size
        offset += Math.max(1, Math.floor((body.content.replace(/=+$/, '').length * 3) / 4))
      }
      const lines = textOf(parts).split('\n')
      if (lines.at(-1) === '') lines.pop()
      this.#change(path, (file) => ({ ...file, lines }))
    } catch (error) {
      this.#change(path, (file) => ({ ...file, linesError: failure(error), shown: {} }))
    }
  }
}
