import type { EvMessage, EvText, EvTextDelta, EvToolEnd, EvToolProgress, EvToolStart } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'
import type { Asides } from '~/features/transcript/asides'
import { begun, letBegin, settle, siblings, toolOf } from '~/features/transcript/calls'
import { asideOf, type PromptItem, type TextItem, type ToolItem } from '~/features/transcript/items'
import type { ItemList } from '~/features/transcript/list'

/** Folds live events into the items of a window that ends with the newest message. Repeated events change nothing. */
export class Fold {
  readonly #list: ItemList
  readonly #asides: Asides
  /** The index that the next message of the main thread gets. */
  #nextIndex: number
  /** Calls that ended and are not known here by their ids. */
  readonly #onUnknownCall: (end: EvToolEnd) => void

  constructor(list: ItemList, asides: Asides, nextIndex: number, onUnknownCall: (end: EvToolEnd) => void) {
    this.#list = list
    this.#asides = asides
    this.#nextIndex = nextIndex
    this.#onUnknownCall = onUnknownCall
  }

  /** `queued`: the prompts that waited until now; an event that only moves one has no text. */
  apply(event: StreamEvent, queued: readonly PromptItem[] = []) {
    const { at } = event
    switch (event.type) {
      case 'message':
        return this.#message(event.payload, at, queued)
      case 'text':
        return this.#text(event.payload, at)
      case 'text_delta':
        return this.#delta(event.payload, at)
      case 'tool_start':
        return this.#toolStart(event.payload, at)
      case 'tool_progress':
        return this.#toolProgress(event.payload, at)
      case 'tool_end':
        return this.#toolEnd(event.payload, at)
      case 'turn_end':
        this.#asides.apply(event)
        return settle(this.#list, event.payload.outcome === 'unknown')
      case 'exit':
        this.#asides.apply(event)
        return settle(this.#list, false)
      default:
        return this.#asides.apply(event)
    }
  }

  #indexFor(parent: string | undefined): number | undefined {
    return parent === undefined ? this.#nextIndex++ : undefined
  }

  #message(event: EvMessage, at: string, queued: readonly PromptItem[]) {
    const { messageId, state } = event
    const waited = queued.find((prompt) => prompt.messageId === messageId)
    const known = this.#list.message(messageId)
    const before = known?.kind === 'prompt' ? known : undefined
    if (state === 'queued' || state === 'withdrawn') return before && this.#list.remove(before.key)
    if (before) return this.#list.put({ ...before, state, ...(event.text !== undefined && { text: event.text }) })
    const { text = waited?.text ?? '', truncated: isCut = waited?.isCut ?? false, isEdited = waited?.isEdited ?? false, attachments = waited?.attachments ?? [] } = event
    const prompt: PromptItem = {
      ...asideOf(`m:${messageId}`, at),
      at: waited?.at ?? at,
      index: this.#indexFor(undefined),
      messageId,
      kind: 'prompt',
      state,
      text,
      isCut,
      isEdited,
      waitsFor: undefined,
      attachments,
    }
    return this.#list.put(prompt)
  }

  /** Its beginning may be a message already, whose rest had not come. */
  #begunText({ block, text, parent }: EvText): TextItem | undefined {
    const known = this.#list.block(block)
    if (known) return known
    const last = this.#list.all.findLast((item): item is TextItem => item.kind === 'text' && item.parent === parent)
    return last?.isIncomplete && !last.isStreaming && last.block === undefined && text.startsWith(last.text) ? last : undefined
  }

  #text(event: EvText, at: string) {
    const { block, text, messageId, parent, isError = false, isIncomplete = false, truncated: isCut = false, size } = event
    const before = this.#begunText(event)
    this.#list.put({
      ...asideOf(before?.key ?? `b:${block}`, at, parent),
      order: before?.order ?? at,
      index: before?.index ?? this.#indexFor(parent),
      messageId: messageId ?? before?.messageId,
      kind: 'text',
      text,
      block,
      isStreaming: false,
      isError,
      isIncomplete,
      isCut,
      size,
    })
  }

  #delta({ block, text, parent }: EvTextDelta, at: string) {
    const before = this.#list.block(block)
    // A finished block is complete: it contains any late pieces.
    if (before) return before.isStreaming ? this.#list.put({ ...before, text: before.text + text }) : undefined
    const common = { key: `b:${block}`, at, order: at, index: this.#indexFor(parent), messageId: undefined, parent }
    const flags = { isStreaming: true, isError: false, isIncomplete: false, isCut: false, size: undefined }
    return this.#list.put({ ...common, ...flags, kind: 'text', text, block })
  }

  #toolStart(call: EvToolStart, at: string) {
    const isBehind = siblings(this.#list, call.parent).some(({ state }) => state === 'waiting' || state === 'behind')
    const known = this.#list.tool(call.toolId)
    if (known) return
    this.#list.put({ ...toolOf(call, at), index: this.#indexFor(call.parent), state: isBehind ? 'behind' : 'running' })
  }

  #tool(toolId: string | undefined, change: (tool: ToolItem) => ToolItem) {
    const before = this.#list.tool(toolId)
    if (before) this.#list.put(change(before))
  }

  #toolProgress({ toolId, text }: EvToolProgress, at: string) {
    this.#tool(toolId, (tool) => ({ ...(tool.state === 'behind' ? begun(tool, at) : tool), progress: text ?? tool.progress }))
  }

  #toolEnd(end: EvToolEnd, at: string) {
    const { toolId, isError, output, truncated = false, path, added, removed, exitCode, durationMs } = end
    const before = this.#list.tool(toolId)
    if (!before) return this.#onUnknownCall(end)
    const isRefused = before.refusal !== undefined && exitCode === undefined
    const state = !isError ? 'done' : isRefused ? 'denied' : 'failed'
    this.#list.put({ ...before, state, output, isOutputCut: truncated, path, added, removed, exitCode, durationMs, endedAt: at })
    return letBegin(this.#list, before.parent, at)
  }
}
