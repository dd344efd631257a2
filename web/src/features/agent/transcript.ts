import type { EvAsk, EvAskAnswered, EvMessage, EvPlanEntry, EvText, EvTextDelta, EvToolEnd, EvToolProgress, EvToolStart } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'
import { Files } from '~/features/agent/files'
import {
  addUsage,
  type AskItem,
  isOver,
  type Item,
  type PromptItem,
  type Snapshot,
  type TextItem,
  type ToolItem,
  type TurnUsage,
} from '~/features/agent/items'
import { answersOf, begun, editedCall, exitText, reasonsOfEnd } from '~/features/agent/rows'

/** Two launches may use the same id for a request, so the row has Muster's own. */
const askRow = ({ askId, requestId }: Pick<EvAsk, 'askId' | 'requestId'>) => `ask:${askId ?? requestId}`

/**
 * Folds the events of one agent into the rows of its transcript. Rows are replaced, never changed, so that a row that
 * is still the same object needs no new render. Repeated events change nothing, thanks to the stream's numbers.
 */
export class Transcript {
  #items: Item[] = []
  #places = new Map<string, number>()
  #queued = new Map<string, PromptItem>()
  /** Tools that have not ended, in the order of their start. */
  #open = new Set<string>()
  #files = new Files()
  /** A turn's end was lost: what it left open may be above later prompts. */
  #isEndLost = false
  #plan: readonly EvPlanEntry[] = []
  #model: string | undefined
  #usage: TurnUsage | undefined
  #context: Snapshot['context']
  #isLive = false
  /** Why the program could not go on, reported before its exit. */
  #endReason: string | undefined

  snapshot(): Snapshot {
    const items = this.#items.filter((item) => item.kind !== 'prompt' || item.state !== 'withdrawn')
    return {
      items,
      queued: [...this.#queued.values()],
      turnOf: items.findLast((item): item is PromptItem => item.kind === 'prompt' && item.state === 'sent')?.messageId,
      openAsks: items.filter((item): item is AskItem => item.kind === 'ask' && item.state === 'open'),
      plan: this.#plan,
      model: this.#model,
      turnUsage: this.#usage,
      context: this.#context,
      isLive: this.#isLive,
    }
  }

  setLive() {
    this.#isLive = true
  }

  reset() {
    this.#items = []
    this.#places.clear()
    this.#queued.clear()
    this.#open.clear()
    this.#files.clear()
    this.#isEndLost = false
    this.#plan = []
    this.#model = undefined
    this.#usage = undefined
    this.#context = undefined
    this.#isLive = false
    this.#endReason = undefined
  }

  apply(event: StreamEvent) {
    const { at } = event
    switch (event.type) {
      case 'message':
        return this.#message(event.payload, at)
      case 'text':
      case 'thought':
        return this.#text(event.type, event.payload, at)
      case 'text_delta':
        return this.#delta(event.payload, at)
      case 'tool_start':
        return this.#toolStart(event.payload, at)
      case 'tool_progress':
        return this.#toolProgress(event.payload, at)
      case 'tool_end':
        return this.#toolEnd(event.payload, at)
      case 'ask': {
        const row = { id: askRow(event.payload), at, kind: 'ask', ask: event.payload, before: this.#files.before(event.payload.input), state: 'open' } as const
        this.#waitWith(event.payload.toolId)
        return this.#put({ ...row, decision: undefined, message: undefined, answers: [], isEdited: false })
      }
      case 'ask_answered':
        return this.#answered(event.payload, at)
      case 'ask_cancel':
        return this.#settleAsk(event.payload, at, (ask) => ({ ...ask, state: 'void' }))
      case 'usage':
        this.#usage = addUsage(this.#usage, event.payload)
        return undefined
      case 'turn_end': {
        this.#put({ id: `turn:${event.seq}`, at, kind: 'turn', end: event.payload, usage: this.#usage })
        this.#usage = undefined
        return event.payload.outcome === 'unknown' ? this.#settleUnknown() : this.#settle()
      }
      case 'plan':
        this.#plan = event.payload.entries
        return undefined
      case 'session':
        this.#model = event.payload.model ?? this.#model
        return undefined
      case 'context':
        this.#context = event.payload
        return undefined
      case 'notice':
        return this.#note(event.seq, at, event.payload.level, event.payload.code, event.payload.text)
      case 'exit':
        this.#settle()
        return event.payload.isClean ? undefined : this.#note(event.seq, at, 'error', 'exit', exitText(event.payload, this.#endReason))
      case 'gap':
        return this.#note(event.seq, at, 'warning', 'gap', `Output is missing here: ${event.payload.reason}.`)
      case 'status':
        this.#endReason = reasonsOfEnd.has(event.payload.reason) ? event.payload.detail : undefined
        return event.payload.reason === 'interrupted' ? this.#endedByInterrupt() : undefined
      // A line that no adapter knows stays in the log. A newer daemon may send kinds that this page does not know yet.
      default:
        return undefined
    }
  }

  #message({ messageId, state, text, truncated }: EvMessage, at: string) {
    const id = `msg:${messageId}`
    const known = this.#queued.get(id) ?? this.#find(id)
    const before = known?.kind === 'prompt' ? known : undefined
    const words = { text: text ?? before?.text ?? '', isCut: truncated ?? before?.isCut ?? false }
    const prompt: PromptItem = { id, at, kind: 'prompt', messageId, ...words, state }
    if (state === 'queued' || state === 'sent') this.#takeBack(id)
    if (state === 'queued') return void this.#queued.set(id, prompt)
    this.#queued.delete(id)
    if (state === 'withdrawn' && !before) return
    return this.#put({ ...prompt, at: this.#find(id)?.at ?? at })
  }

  /** A prompt that its program never read is shown where it is sent again, if it is, and no longer where it was sent before. */
  #takeBack(id: string) {
    const sent = this.#find(id)
    if (sent?.kind === 'prompt') this.#put({ ...sent, state: 'withdrawn' })
    this.#places.delete(id)
  }

  #text(kind: TextItem['kind'], { block, text, messageId, parent, isError = false, isIncomplete = false, truncated = false, size }: EvText, at: string) {
    const before = this.#find(`block:${block}`)
    this.#put({
      id: `block:${block}`,
      at: before?.at ?? at,
      kind,
      text,
      isStreaming: false,
      isError,
      isIncomplete,
      isCut: truncated,
      messageId,
      size,
      parent,
    })
  }

  #delta({ block, text, parent }: EvTextDelta, at: string) {
    const id = `block:${block}`
    const before = this.#find(id)
    if (before?.kind === 'text') {
      // A finished block is complete: it contains any late pieces.
      if (before.isStreaming) this.#put({ ...before, text: before.text + text })
      return
    }
    if (before) return
    this.#put({ id, at, kind: 'text', text, isStreaming: true, isError: false, isIncomplete: false, isCut: false, messageId: undefined, size: undefined, parent })
  }

  #toolStart(call: EvToolStart, at: string) {
    const isBehind = this.#siblings(call).some(({ state }) => state === 'waiting' || state === 'behind')
    const row = { id: `tool:${call.toolId}`, at, kind: 'tool', call, before: this.#files.before(call.input), state: isBehind ? 'behind' : 'running' } as const
    this.#open.add(call.toolId)
    this.#put({ ...row, output: undefined, isCut: false, isEdited: false, isDenied: false, progress: undefined, startedAt: at, endedAt: undefined })
  }

  #toolProgress({ toolId, text }: EvToolProgress, at: string) {
    this.#tool(toolId, (tool) => ({ ...(tool.state === 'behind' ? begun(tool, at) : tool), progress: text ?? tool.progress }))
  }

  #toolEnd({ toolId, isError, output, truncated = false }: EvToolEnd, at: string) {
    const tool = this.#tool(toolId, (before) => {
      const state = !isError ? 'done' : before.isDenied ? 'denied' : 'failed'
      return { ...before, state, output, isCut: truncated, endedAt: at }
    })
    if (tool && !isError) this.#files.note(tool)
    this.#letBegin(toolId, at)
    this.#open.delete(toolId)
  }

  /** Unfinished tools of the same agent in the order in which they started: it runs them one by one. */
  #siblings({ parent }: EvToolStart): ToolItem[] {
    return [...this.#open].flatMap((id) => {
      const tool = this.#find(`tool:${id}`)
      return tool?.kind === 'tool' && tool.call.parent === parent ? [tool] : []
    })
  }

  /** A tool waits for permission, and those behind it wait with it. */
  #waitWith(toolId: string | undefined) {
    const asking = this.#find(`tool:${toolId}`)
    if (asking?.kind !== 'tool' || isOver(asking)) return
    this.#put({ ...asking, state: 'waiting' })
    const all = this.#siblings(asking.call)
    for (const tool of all.slice(all.findIndex(({ id }) => id === asking.id) + 1))
      if (tool.state === 'running') this.#put({ ...tool, state: 'behind' })
  }

  /** This tool no longer waits: those behind it start, up to the next that is waiting. */
  #letBegin(toolId: string | undefined, at: string) {
    const first = this.#find(`tool:${toolId}`)
    if (first?.kind !== 'tool') return
    for (const tool of this.#siblings(first.call)) {
      if (tool.state === 'waiting') return
      if (tool.state === 'behind') this.#put(begun(tool, at))
    }
  }

  #answered(answered: EvAskAnswered, at: string) {
    const { decision, message, isEdited = false, input, truncated = false } = answered
    const answers = answersOf(answered)
    const toolId = this.#settleAsk(answered, at, (ask) => ({ ...ask, state: 'answered', decision, message, answers, isEdited }))
    if (decision === 'deny') this.#tool(toolId, (tool) => ({ ...tool, isDenied: true }))
    if (isEdited) this.#tool(toolId, (tool) => ({ ...tool, call: editedCall(tool.call, input, truncated), isEdited }))
  }

  #tool(toolId: string | undefined, change: (tool: ToolItem) => ToolItem): ToolItem | undefined {
    const before = this.#find(`tool:${toolId}`)
    if (before?.kind !== 'tool') return undefined
    const tool = change(before)
    this.#put(tool)
    return tool
  }

  /** The ask is no longer open, and its tool, whose id is returned, no longer waits for it. */
  #settleAsk(of: Pick<EvAsk, 'askId' | 'requestId'>, at: string, change: (ask: AskItem) => AskItem): string | undefined {
    const ask = this.#find(askRow(of))
    if (ask?.kind !== 'ask') return undefined
    this.#put(change(ask))
    const { toolId } = ask.ask
    this.#tool(toolId, (tool) => (tool.state === 'waiting' ? begun(tool, at) : tool))
    return toolId
  }

  #note(seq: number, at: string, level: 'info' | 'warning' | 'error', code: string, text: string) {
    this.#put({ id: `note:${seq}`, at, kind: 'note', level, code, text })
  }

  /** An interrupt ends a program without turns: the status after its exit says so. */
  #endedByInterrupt() {
    const last = this.#items.at(-1)
    if (last?.kind === 'note' && last.code === 'exit') this.#put({ ...last, level: 'info', text: 'The interrupt ended the program.' })
  }

  /** When a turn ends, nothing streams or runs any more, even if the agent did not report it. */
  #settle() {
    this.#open.clear()
    for (let place = this.#items.length - 1; place >= 0; place--) {
      const item = this.#items[place]
      if (!item || (item.kind === 'prompt' && !this.#isEndLost)) break
      if (item.kind === 'text' && item.isStreaming) this.#items[place] = { ...item, isStreaming: false }
      if (item.kind === 'tool' && !isOver(item)) this.#items[place] = { ...item, state: item.isDenied ? 'denied' : 'failed' }
      if (item.kind === 'ask' && item.state === 'open') this.#items[place] = { ...item, state: 'void' }
    }
    this.#isEndLost = false
  }

  /** The log is damaged: the agent may still run its tools and wait for its asks. Only the text's rest is lost. */
  #settleUnknown() {
    this.#isEndLost = true
    for (const item of this.#items) if (item.kind === 'text' && item.isStreaming) this.#put({ ...item, isStreaming: false })
  }

  #find(id: string): Item | undefined {
    const place = this.#places.get(id)
    return place === undefined ? undefined : this.#items[place]
  }

  #put(item: Item) {
    const place = this.#places.get(item.id)
    if (place !== undefined) {
      this.#items[place] = item
      return
    }
    this.#places.set(item.id, this.#items.length)
    this.#items.push(item)
  }
}
