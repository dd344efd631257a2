import { call, follow } from '~/api/client'
import { connection } from '~/api/connection'
import type { Cursor, MessagePageIn } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'
import { Asides } from '~/features/transcript/asides'
import { Fold } from '~/features/transcript/fold'
import type { Item } from '~/features/transcript/items'
import { guessParents, knit, putGrowing } from '~/features/transcript/knit'
import { ItemList } from '~/features/transcript/list'
import { itemsOf, keepKeys } from '~/features/transcript/messages'
import { foldMeta, isBlank, isPastMeta, metaOf, withWords } from '~/features/transcript/meta'
import { readOpenCalls } from '~/features/transcript/open-calls'
import { readBack, readBetween, readLast, type Reach } from '~/features/transcript/past'
import { Pulse } from '~/features/transcript/pulse'
import { nothing, type Part, type Snapshot } from '~/features/transcript/snapshot'
import { readCommands, readMessage } from '~/features/transcript/reads'
import { TurnList } from '~/features/transcript/turns'

const pageSize = 100
/** As many as the daemon returns at once. */
const largestPage = 1000
/** Messages, and what is between them, in memory; what is dropped at the far end is read again when somebody goes there. */
export const mostItems = 2000
/** Whoever comes back later gets the newest page: of a busy agent the events since then are too many to go through. */
const freshMs = 60_000

/**
 * One agent's transcript outside React: a window of pages, which events keep true as long as it ends with the newest message. At most a
 * few pages are in memory, and it is drawn ten times a second at most.
 */
export class TranscriptStore {
  readonly agentId: string
  readonly #pulse = new Pulse(() => this.#draw())
  readonly #list = new ItemList()
  readonly #turns: TurnList
  #asides = new Asides(this.#list)
  /** Only while the window ends with the newest message. */
  #fold: Fold | undefined
  #state = nothing
  #snapshot = nothing
  #reach: Reach | undefined
  #stop: (() => void) | undefined
  #leaveLine: (() => void) | undefined
  #hasNewer = false
  #isAtEnd = true
  #leftAt = 0
  /** Each window has a number; an answer that was meant for an older one is dropped. */
  #epoch = 0
  #again: () => Promise<unknown> = () => this.toNewest()

  constructor(agentId: string) {
    this.agentId = agentId
    this.#turns = new TurnList(agentId)
  }

  get isWatched(): boolean {
    return this.#pulse.size > 0
  }

  readonly get = () => this.#snapshot

  readonly subscribe = (listener: () => void) => {
    const leave = this.#pulse.add(listener)
    if (this.#pulse.size === 1) this.#start()
    return () => {
      leave()
      if (this.isWatched) return
      this.#stop?.()
      this.#leaveLine?.()
      this.#stop = undefined
      this.#leftAt = Date.now()
    }
  }

  #start() {
    const isBehind = this.#fold !== undefined && Date.now() - this.#leftAt > freshMs
    if (this.#reach && !isBehind) this.#follow(this.#reach)
    else void this.toNewest()
    // What could not be read while the daemon was away is read when it is back.
    this.#leaveLine = connection.subscribe(() => {
      if (connection.get().state === 'live' && this.#state.error) void this.retry()
    })
  }

  #set(change: Partial<Snapshot>) {
    this.#state = { ...this.#state, ...change }
  }

  #draw() {
    this.#snapshot = { ...this.#state, items: [...this.#list.all], turns: this.#turns.all }
  }

  /** Reads, unless somebody has gone elsewhere meanwhile: then its answer is dropped. */
  async #read(part: Part, again: () => Promise<unknown>, work: (isMeant: () => boolean) => Promise<void>) {
    const isOtherWindow = part === 'newest' || part === 'place'
    if (isOtherWindow) this.#epoch++
    const epoch = this.#epoch
    this.#set({ isReading: true })
    try {
      await work(() => epoch === this.#epoch)
      if (epoch !== this.#epoch) return
      this.#set({ isReading: false, ...(isOtherWindow || this.#state.failed === part ? { error: undefined } : {}) })
    } catch (error) {
      if (epoch !== this.#epoch) return
      this.#fail(part, error instanceof Error ? error : new Error(String(error)), again)
    }
    this.#pulse.now()
  }

  #fail(failed: Part, error: Error, again: () => Promise<unknown>) {
    this.#again = again
    this.#set({ isReading: false, error, failed })
  }

  /** Once more what failed: whoever reads the past stays there. */
  readonly retry = () => this.#again()

  #page(input: Omit<MessagePageIn, 'agentId'>) {
    return call('get_agent_messages', { agentId: this.agentId, limit: pageSize, includeSubagents: true, ...input })
  }

  // --- the newest ---

  /** The newest page, and what happens from its place on. The old picture stays until the new one stands. */
  readonly toNewest = (): Promise<void> => this.#read('newest', () => this.toNewest(), async (isMeant) => {
    const { agentId } = this
    const limit = Math.min(largestPage, Math.max(pageSize, this.#fold ? this.#list.all.length : 0))
    const [page, turns, commands] = await Promise.all([this.#page({ limit }), this.#turns.read(), readCommands(agentId)])
    if (!isMeant()) return
    this.#stop?.()
    const { messages, hasMore } = page.body
    const { model, plan, context } = this.#state.meta
    this.#turns.add(turns)
    this.#show(itemsOf(messages, turns), hasMore, false)
    this.#set({ error: undefined, meta: { ...metaOf(messages, commands), model, plan, context }, missed: 0 })
    this.#pulse.now()
    const cursor = page.cursors.find(({ topic }) => topic === `agent/${agentId}`)
    if (cursor) await this.#joinEvents(cursor, isMeant)
  })

  #show(items: readonly Item[], hasOlder: boolean, hasNewer: boolean) {
    this.#list.reset(keepKeys(this.#list.all, items))
    this.#asides = new Asides(this.#list)
    this.#fold = undefined
    this.#hasNewer = hasNewer
    this.#set({ hasOlder })
    guessParents(this.#list)
  }

  async #joinEvents(cursor: Cursor, isMeant: () => boolean) {
    const { agentId } = this
    const { events, texts, low } = await readLast(cursor)
    if (!isMeant()) return
    knit(this.#list, this.#asides, events, this.#firstAt())
    let { meta } = this.#state
    for (const event of events) if (isPastMeta(event)) meta = foldMeta(meta, event)
    let next = 1 + this.#list.all.reduce((most, { index = -1 }) => Math.max(most, index), -1)
    putGrowing(this.#list, texts, (parent) => (parent === undefined ? next++ : undefined))
    this.#fold = new Fold(this.#list, this.#asides, next, () => void readOpenCalls(agentId, this.#list).then(() => this.#pulse.soon()))
    this.#set({ phase: 'live', meta })
    this.#reach = { ...cursor, low }
    if (this.isWatched) this.#follow(this.#reach)
  }

  #firstAt(): string {
    const first = this.#state.hasOlder ? this.#list.all.find(({ messageId }) => messageId !== undefined) : undefined
    return first?.at ?? ''
  }

  #follow({ topic, generation, seq }: Reach) {
    this.#stop?.()
    this.#stop = follow({ topic, generation, seq }, {
      onEvent: (event) => this.#onEvent(event),
      onReset: () => void this.toNewest(),
      onRefused: (error) => {
        this.#stop = undefined
        this.#reach = undefined
        this.#fail('events', error, this.toNewest)
        this.#pulse.now()
      },
    })
  }

  #onEvent(event: StreamEvent) {
    if (event.generation !== this.#reach?.generation) return
    this.#reach = { ...this.#reach, seq: event.seq }
    const { queued } = this.#state.meta
    this.#foldMeta(event)
    if (event.type === 'turn_end' || event.type === 'exit' || event.type === 'message') this.refreshTurns()
    if (this.#fold) this.#fold.apply(event, queued)
    else if (event.type === 'text' || event.type === 'tool_start') this.#set({ missed: this.#state.missed + 1 })
    this.#bound()
    // What a person did is seen at once.
    if (event.type === 'message' || event.type === 'ask_answered') this.#pulse.now()
    else this.#pulse.soon()
  }

  /** An event that only moves a prompt has no text: the transcript has it, and where it ends earlier the daemon. */
  #foldMeta(event: StreamEvent) {
    const messageId = event.type === 'message' ? event.payload.messageId : undefined
    const shown = messageId === undefined ? undefined : this.#list.message(messageId)
    this.#set({ meta: foldMeta(this.#state.meta, event, shown?.kind === 'prompt' ? shown : undefined) })
    if (messageId !== undefined && isBlank(this.#state.meta, messageId)) void this.#readWords(messageId)
  }

  async #readWords(messageId: string) {
    const message = await readMessage(this.agentId, messageId)
    if (message) this.#set({ meta: withWords(this.#state.meta, message) })
    this.#pulse.soon()
  }

  /** Nothing is dropped above a reader who is not at the end: then it is the newest that goes. */
  #bound() {
    if (!this.#fold || this.#list.all.length <= mostItems + pageSize) return
    if (!this.#isAtEnd) return this.#leaveNewest()
    this.#list.trim(mostItems, 'end')
    this.#set({ hasOlder: true })
  }

  #leaveNewest() {
    this.#fold = undefined
    this.#hasNewer = true
    this.#set({ phase: 'past' })
  }

  /** Nothing is read if the newest is here. */
  readonly backToEnd = async () => this.#fold ?? this.toNewest()

  /** What the daemon sums up of a turn is not complete before the files at its end are kept. */
  readonly refreshTurns = () => void this.#turns.refresh(() => this.#pulse.soon())

  /** Where the reader is. */
  noteEnd(isAtEnd: boolean) {
    this.#isAtEnd = isAtEnd
  }

  // --- elsewhere ---

  readonly readOlder = async (): Promise<void> => {
    const first = this.#list.all.find(({ messageId }) => messageId !== undefined)
    if (this.#state.isReading || !this.#state.hasOlder || !first) return
    await this.#read('older', this.readOlder, async (isMeant) => {
      const [{ body }, turns] = await Promise.all([this.#page({ before: first.messageId ?? first.at }), this.#turns.read(first.order)])
      if (!isMeant()) return
      this.#turns.add(turns)
      this.#list.join(itemsOf(body.messages, this.#turns.all), 'before')
      this.#set({ hasOlder: body.hasMore })
      if (this.#list.trim(mostItems, 'begin')) this.#leaveNewest()
      guessParents(this.#list)
      await this.#readAsides(first.at, isMeant)
    })
  }

  /** What stands between messages that were read up to `until`. */
  async #readAsides(until: string, isMeant: () => boolean) {
    const reach = this.#reach
    if (!reach) return
    const firstAt = this.#firstAt()
    const back = this.#fold ? await readBack(reach, firstAt) : { events: await readBetween(reach, firstAt, until), low: reach.low }
    if (!isMeant()) return
    const asides = new Asides(this.#list)
    for (const event of back.events) if (event.at >= firstAt) asides.apply(event)
    this.#reach = { ...reach, seq: this.#reach?.seq ?? reach.seq, low: back.low }
  }

  readonly readNewer = async (): Promise<void> => {
    const last = this.#list.all.findLast(({ messageId }) => messageId !== undefined)
    if (this.#state.isReading || !this.#hasNewer || last?.messageId === undefined) return
    const after = last.messageId
    await this.#read('newer', this.readNewer, async (isMeant) => {
      const { body } = await this.#page({ after })
      if (!isMeant()) return
      if (!body.hasNewer) return void (await this.toNewest())
      this.#list.join(itemsOf(body.messages, this.#turns.all), 'behind')
      if (this.#list.trim(mostItems, 'end')) this.#set({ hasOlder: true })
      guessParents(this.#list)
      await this.#readAsides(this.#list.all.at(-1)?.at ?? '', isMeant)
    })
  }

  /** The item that a message's id or a time names, if it is in memory; a time before all of them names the first. */
  find(place: string): Item | undefined {
    return place.startsWith('msg_') ? this.#list.message(place) : this.#list.at(place, this.#state.hasOlder, this.#fold === undefined)
  }

  /** A window around a message's id or a time, unless it is in memory. */
  readonly jump = async (place: string): Promise<void> => {
    if (this.find(place)) return
    await this.#read('place', () => this.jump(place), async (isMeant) => {
      const [{ body }, turns] = await Promise.all([this.#page({ around: place }), place.startsWith('msg_') ? [] : this.#turns.read(place)])
      if (!isMeant()) return
      if (!body.hasNewer) return void (await this.toNewest())
      this.#turns.add(turns)
      this.#show(itemsOf(body.messages, this.#turns.all), body.hasMore, true)
      this.#set({ phase: 'past' })
      this.#pulse.now()
      await this.#readAsides(this.#list.all.at(-1)?.at ?? '', isMeant)
    })
  }
}
