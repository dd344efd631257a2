import type { EvAsk, EvAskAnswered, EvAskCancel, EvExit } from '~/api/generated'
import type { StreamEvent } from '~/api/wire'
import { answersOf, begun, edited, exitText, refused, waitWith } from '~/features/transcript/calls'
import { asideOf, type AskItem, type FailItem, type ToolItem } from '~/features/transcript/items'
import type { ItemList } from '~/features/transcript/list'

/** Events that no page of messages contains. A status also says why a program ended, before its exit. */
export const asideKinds = ['thought', 'notice', 'gap', 'turn_end', 'exit', 'status', 'option', 'ask', 'ask_answered', 'ask_cancel'] as const

/** A status with one of these is sent before the exit that it explains. */
const reasonsOfEnd: ReadonlySet<string> = new Set(['exit', 'limit', 'disk_full', 'hold_lost'])

/** Two launches may use the same id for a request, so the item has Muster's own. */
const askKey = ({ askId, requestId }: Pick<EvAsk, 'askId' | 'requestId'>) => `ask:${askId ?? requestId}`

/** Folds what is no message: thoughts, notices, asks, and how turns and programs failed. Any other event means nothing here. */
export class Asides {
  readonly #list: ItemList
  #endReason: string | undefined
  #lastExit: FailItem | undefined

  constructor(list: ItemList) {
    this.#list = list
  }

  apply(event: StreamEvent) {
    const { at, seq } = event
    const common = asideOf(`e:${event.generation}:${seq}`, at)
    switch (event.type) {
      case 'thought': {
        const { text, parent, truncated: isCut = false } = event.payload
        return this.#list.put({ ...common, parent, kind: 'thought', text, seq, isCut })
      }
      case 'notice':
        return this.#list.put({ ...common, ...event.payload, kind: 'note', seq })
      case 'gap':
        return this.#list.put({ ...common, kind: 'note', level: 'warning', code: 'gap', text: `Output is missing here: ${event.payload.reason}.`, seq })
      case 'turn_end': {
        const { outcome, text, code, httpStatus } = event.payload
        return outcome === 'error' && text ? this.#list.put({ ...common, kind: 'fail', text, code, httpStatus, seq }) : undefined
      }
      case 'exit':
        return this.#exit(event.payload, { ...common, kind: 'fail', text: '', code: 'exit', httpStatus: undefined, seq })
      case 'status':
        this.#endReason = reasonsOfEnd.has(event.payload.reason) ? event.payload.detail : undefined
        return event.payload.reason === 'interrupted' ? this.#endedByInterrupt() : undefined
      case 'option': {
        const { isRefused, option = 'option', text } = event.payload
        const what = `The CLI refused to change its ${option}${text ? `: ${text}` : '.'}`
        return isRefused ? this.#list.put({ ...common, kind: 'note', level: 'warning', code: 'option', text: what, seq }) : undefined
      }
      case 'ask':
        return this.#ask(event.payload, at)
      case 'ask_answered':
        return this.#answered(event.payload, at)
      case 'ask_cancel':
        return this.#withdrawn(event.payload, at)
      default:
        return undefined
    }
  }

  #exit(exit: EvExit, item: FailItem) {
    this.#lastExit = exit.isClean ? undefined : { ...item, text: exitText(exit, this.#endReason) }
    if (this.#lastExit) this.#list.put(this.#lastExit)
  }

  /** An interrupt ends a program without turns: the status after its exit says so. */
  #endedByInterrupt() {
    if (!this.#lastExit) return
    const { text: _text, httpStatus: _status, ...rest } = this.#lastExit
    this.#list.put({ ...rest, kind: 'note', level: 'info', code: 'exit', text: 'The interrupt ended the program.' })
    this.#lastExit = undefined
  }

  #ask(ask: EvAsk, at: string) {
    this.#nameCall(ask, at)
    waitWith(this.#list, ask.toolId)
    const nothing = { decision: undefined, message: undefined, answers: [], isEdited: false, rule: undefined }
    if (!this.#list.get(askKey(ask))) this.#list.put({ ...asideOf(askKey(ask), at, ask.parent), ...nothing, kind: 'ask', ask, state: 'open' })
  }

  /** A call that was read as a message gets its id from the ask that was about it. */
  #nameCall({ toolId, tool, title }: EvAsk, at: string) {
    if (toolId === undefined || this.#list.tool(toolId)) return
    const isIt = (item: ToolItem) => item.toolId === undefined && item.name === tool && (title === undefined || item.title === title) && item.at <= at
    const call = this.#list.all.findLast((item): item is ToolItem => item.kind === 'tool' && isIt(item))
    if (call) this.#list.put({ ...call, toolId })
  }

  #tool(toolId: string | undefined, change: (tool: ToolItem) => ToolItem) {
    const before = this.#list.tool(toolId)
    if (before) this.#list.put(change(before))
  }

  #settleAsk(of: Pick<EvAsk, 'askId' | 'requestId'>, at: string, change: (ask: AskItem) => AskItem): string | undefined {
    const item = this.#list.get(askKey(of))
    if (item?.kind !== 'ask') return undefined
    this.#list.put(change(item))
    const { toolId } = item.ask
    this.#tool(toolId, (tool) => (tool.state === 'waiting' ? begun(tool, at) : tool))
    return toolId
  }

  /** The CLI takes no answer any more: its turn was interrupted, or the call is over. */
  #withdrawn(cancel: EvAskCancel, at: string) {
    const toolId = this.#settleAsk(cancel, at, (ask) => ({ ...ask, state: 'void' }))
    this.#tool(toolId, (tool) => (tool.refusal === undefined ? refused(tool, 'withdrawn') : tool))
  }

  #answered(answer: EvAskAnswered, at: string) {
    const { decision, message, isEdited = false, input, rule } = answer
    const answers = answersOf(decision, input)
    const toolId = this.#settleAsk(answer, at, (ask) => ({ ...ask, state: 'answered', decision, message, answers, isEdited, rule }))
    if (decision === 'deny') this.#tool(toolId, (tool) => refused(tool, 'denied'))
    if (isEdited) this.#tool(toolId, (tool) => edited(tool, answer))
  }
}
