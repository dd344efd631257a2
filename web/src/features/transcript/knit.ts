// The newest page of messages and the last events before it was read belong together: the events have what a message does not say.
import type { EvText } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'
import { asideKinds, type Asides } from '~/features/transcript/asides'
import type { TextItem, ToolItem } from '~/features/transcript/items'
import type { ItemList } from '~/features/transcript/list'

/** All that the last events are read for; of those before, only what is beside the messages. */
export const lastKinds = [...asideKinds, 'text', 'text_delta', 'tool_start', 'tool_progress', 'tool_end', 'message', 'plan', 'session', 'context', 'usage'] as const
export const beforeKinds = [...asideKinds, 'plan', 'session', 'context'] as const

/** Of these a growing text and its beginning are found. */
export const textKinds = ['text', 'thought', 'text_delta', 'tool_start', 'tool_end', 'message', 'turn_end', 'exit', 'session'] as const

/** A block of which only pieces have come. `isWhole`: its first piece is among them. */
export type Growing = { block: string; text: string; at: string; parent: string | undefined; isWhole: boolean }

/** Ends a text before it, so that what streams after it is seen from its beginning. */
const marks: ReadonlySet<string> = new Set(textKinds.filter((kind) => kind !== 'text_delta'))

function speaker(event: StreamEvent): string | undefined {
  return 'parent' in event.payload ? event.payload.parent : undefined
}

/** The texts that were still growing after these events. `isStart`: nothing was said before them. */
export function growing(events: readonly StreamEvent[], isStart: boolean): Growing[] {
  const open = new Map<string, Growing>()
  const marked = new Set<string | undefined>()
  for (const event of events) {
    if (event.type === 'text_delta') {
      const { block, text, parent } = event.payload
      const before = open.get(block)
      open.set(block, before ? { ...before, text: before.text + text } : { block, text, at: event.at, parent, isWhole: isStart || marked.has(parent) })
      continue
    }
    if (event.type === 'text' || event.type === 'thought') open.delete(event.payload.block)
    if (event.type === 'turn_end' || event.type === 'exit') open.clear()
    if (marks.has(event.type)) marked.add(speaker(event))
  }
  return [...open.values()]
}

function isCallOf(item: ToolItem, event: StreamEvent): boolean {
  return event.type === 'tool_start' && item.toolId === undefined && item.at === event.at && item.name === event.payload.name
}

/** One answer may have several texts of the same moment. */
function isTextOf({ block, messageId, at: saidAt, text }: TextItem, event: EvText, at: string): boolean {
  if (block !== undefined) return false
  return event.messageId !== undefined ? messageId === event.messageId : saidAt === at && text === event.text
}

/** Gives items that were read as messages the names by which later events call them. */
function name(list: ItemList, event: StreamEvent) {
  if (event.type === 'tool_start') {
    const call = list.all.findLast((item): item is ToolItem => item.kind === 'tool' && item.toolId === event.payload.toolId)
    const found = call ?? list.all.find((item): item is ToolItem => item.kind === 'tool' && isCallOf(item, event))
    const { toolId, kind: toolKind, truncated: isInputCut = false } = event.payload
    if (found) list.put({ ...found, toolId, toolKind, isInputCut })
  } else if (event.type === 'text') {
    const { block, truncated: isCut = false } = event.payload
    const said = list.all.findLast((item): item is TextItem => item.kind === 'text' && isTextOf(item, event.payload, event.at))
    if (said) list.put({ ...said, block, isCut: said.isCut || isCut })
  } else if (event.type === 'tool_end') {
    const call = list.tool(event.payload.toolId)
    const { path, truncated: isOutputCut = false } = event.payload
    if (call) list.put({ ...call, path, isOutputCut, endedAt: event.at })
  } else if (event.type === 'tool_progress') {
    const call = list.tool(event.payload.toolId)
    if (call && event.payload.text !== undefined) list.put({ ...call, progress: event.payload.text })
  }
}

/**
 * When calls that were read as messages began to run. Their messages are over already and say only when the calls were made, and the
 * wait for a person is not part of how long they took: neither of the call that was asked about, nor of those behind it.
 */
class Begins {
  readonly #list: ItemList
  /** Calls without an end so far, in the order in which they were made. */
  readonly #open = new Map<string, { parent: string | undefined; state: 'running' | 'waiting' | 'behind' }>()
  readonly #asked = new Map<string, string>()

  constructor(list: ItemList) {
    this.#list = list
  }

  apply(event: StreamEvent) {
    if (event.type === 'tool_start') {
      const { toolId, parent } = event.payload
      if (!this.#open.has(toolId)) this.#open.set(toolId, { parent, state: this.#of(parent).some(([, { state }]) => state !== 'running') ? 'behind' : 'running' })
    } else if (event.type === 'ask') {
      this.#wait(event.payload.requestId, event.payload.toolId)
    } else if (event.type === 'ask_answered' || event.type === 'ask_cancel') {
      const toolId = this.#asked.get(event.payload.requestId)
      const call = toolId === undefined ? undefined : this.#open.get(toolId)
      if (toolId !== undefined && call?.state === 'waiting') this.#begin(toolId, event.at)
    } else if (event.type === 'tool_end') {
      const call = this.#open.get(event.payload.toolId)
      this.#open.delete(event.payload.toolId)
      if (call) this.#next(call.parent, event.at)
    }
  }

  #of(parent: string | undefined) {
    return [...this.#open].filter(([, call]) => call.parent === parent)
  }

  #wait(requestId: string, toolId: string | undefined) {
    const asking = toolId === undefined ? undefined : this.#open.get(toolId)
    if (toolId === undefined || !asking) return
    this.#asked.set(requestId, toolId)
    const all = this.#of(asking.parent)
    for (const [id, call] of all.slice(all.findIndex(([first]) => first === toolId)))
      if (id === toolId || call.state === 'running') this.#open.set(id, { ...call, state: id === toolId ? 'waiting' : 'behind' })
  }

  #begin(toolId: string, at: string) {
    const call = this.#open.get(toolId)
    if (call) this.#open.set(toolId, { ...call, state: 'running' })
    const item = this.#list.tool(toolId)
    if (item) this.#list.put({ ...item, startedAt: at })
  }

  #next(parent: string | undefined, at: string) {
    for (const [id, { state }] of this.#of(parent)) {
      if (state === 'waiting') return
      if (state === 'behind') this.#begin(id, at)
    }
  }
}

/** Of events before a page was read: the page has their messages already. */
export function knit(list: ItemList, asides: Asides, events: readonly StreamEvent[], firstAt: string) {
  const begins = new Begins(list)
  for (const event of events) {
    name(list, event)
    begins.apply(event)
    if (event.at >= firstAt) asides.apply(event)
  }
}

/** Puts the texts that are still growing behind the messages. */
export function putGrowing(list: ItemList, texts: readonly Growing[], indexOf: (parent: string | undefined) => number | undefined) {
  for (const { block, text, at, parent } of texts) {
    const flags = { isStreaming: true, isError: false, isIncomplete: false, isCut: false, size: undefined }
    list.put({ key: `b:${block}`, at, order: at, index: indexOf(parent), messageId: undefined, parent, ...flags, kind: 'text', text, block })
  }
}

/** Subagents whose call is not known by its id: calls and speakers in the order in which they appear. */
export function guessParents(list: ItemList) {
  const free = list.all.filter((item): item is ToolItem => item.kind === 'tool' && item.toolKind === 'agent' && item.toolId === undefined)
  const known = new Set<string>()
  for (const { parent } of list.all) {
    if (parent === undefined || known.has(parent)) continue
    known.add(parent)
    const call = list.tool(parent) ? undefined : free.shift()
    if (call) list.put({ ...call, toolId: parent })
  }
}
