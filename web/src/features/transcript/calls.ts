// The calls of a transcript: which of them wait for a permission, and which for each other.
import type { EvAskAnswered, EvExit, EvToolStart } from '~/api/generated'
import type { Answers, Item, ToolItem } from '~/features/transcript/items'
import { isOver } from '~/features/transcript/items'
import type { ItemList } from '~/features/transcript/list'
import { sentence } from '~/lib/format'
import { isObject, textAt } from '~/lib/json'

export function begun(tool: ToolItem, at: string): ToolItem {
  return { ...tool, state: 'running', startedAt: at }
}

/** Unfinished calls of the same speaker in the order in which they started: it runs them one by one. */
export function siblings(list: ItemList, parent: string | undefined): ToolItem[] {
  return list.all.filter((item): item is ToolItem => item.kind === 'tool' && item.parent === parent && !isOver(item))
}

/** A call waits for permission, and those behind it wait with it. */
export function waitWith(list: ItemList, toolId: string | undefined) {
  const asking = list.tool(toolId)
  if (!asking || isOver(asking)) return
  list.put({ ...asking, state: 'waiting' })
  const all = siblings(list, asking.parent)
  for (const tool of all.slice(all.findIndex(({ key }) => key === asking.key) + 1))
    if (tool.state === 'running') list.put({ ...tool, state: 'behind' })
}

/** This call no longer waits: those behind it start, up to the next that is waiting. */
export function letBegin(list: ItemList, parent: string | undefined, at: string) {
  for (const tool of siblings(list, parent)) {
    if (tool.state === 'waiting') return
    if (tool.state === 'behind') list.put(begun(tool, at))
  }
}

/** It was not allowed. What has an exit code ran nevertheless. */
export function refused(tool: ToolItem, refusal: 'denied' | 'withdrawn'): ToolItem {
  const { state, exitCode } = tool
  return { ...tool, refusal, state: state === 'failed' && exitCode === undefined ? 'denied' : state }
}

/** When a turn ends, nothing streams or runs any more, even if the agent did not report it. */
export function settle(list: ItemList, isLost: boolean) {
  for (const item of list.all) {
    const settled = settledOf(item, isLost)
    if (settled !== item) list.put(settled)
  }
}

/** After a gap in the log the agent may still run its calls and wait for its asks: only a text's rest is lost. */
function settledOf(item: Item, isLost: boolean): Item {
  if (item.kind === 'text' && item.isStreaming) return { ...item, isStreaming: false }
  if (isLost) return item
  if (item.kind === 'tool' && !isOver(item)) return { ...item, state: item.refusal === undefined ? 'failed' : 'denied' }
  return item.kind === 'ask' && item.state === 'open' ? { ...item, state: 'void' } : item
}

/** Each question with what was answered. */
export function answersOf(decision: string | undefined, input: unknown): Answers {
  if (decision !== 'answer' || !isObject(input)) return []
  return Object.entries(input).map(([question, answer]) => [question, typeof answer === 'string' ? answer : JSON.stringify(answer)])
}

/** The call as a person changed it. Its title is one of its arguments, so the title is taken from the changed ones. */
export function edited(tool: ToolItem, { input, truncated = false }: EvAskAnswered): ToolItem {
  const { title, input: before } = tool
  const key = title && isObject(before) && Object.keys(before).find((name) => textAt(before, name)?.trimStart().startsWith(title))
  const changed = key ? textAt(input, key)?.trim().split('\n')[0] : undefined
  return { ...tool, input, isInputCut: truncated, isEdited: true, title: changed ?? title }
}

const lost = /^hold lost:? ?/

/** Nobody saw its end: its supervisor was killed, or it never began. */
function unseenText(why: string | undefined): string {
  if (why === undefined) return 'The program ended; how is not known.'
  if (!lost.test(why)) return `The program did not run.\n${sentence(why)}`
  const more = why.replace(lost, '')
  return ['The process that supervised the program was killed, and the program with it.', sentence(more)].filter(Boolean).join('\n')
}

/** `why` is the status's reason, which knows more than the exit of a program that could not be executed or met a limit. */
export function exitText({ code, signal, text }: EvExit, why: string | undefined): string {
  if (signal === undefined && code === undefined) return unseenText(text ?? why)
  const how = signal !== undefined ? `ended by signal ${signal}` : `ended with code ${code}`
  const reason = text ?? (why === how ? undefined : why)
  return reason ? `The program ${how}.\n${reason}` : `The program ${how}.`
}

export function toolOf(call: EvToolStart, at: string): ToolItem {
  const { toolId, name, kind: toolKind, title = '', input, parent, truncated: isInputCut = false } = call
  const common = { key: `t:${toolId}`, at, order: at, index: undefined, messageId: undefined, parent }
  const flags = { isInputCut, isEdited: false, refusal: undefined, isOutputCut: false }
  const figures = { added: undefined, removed: undefined, exitCode: undefined, durationMs: undefined, path: undefined }
  return {
    ...common,
    ...flags,
    ...figures,
    kind: 'tool',
    toolId,
    name,
    toolKind,
    title,
    input,
    state: 'running',
    output: undefined,
    progress: undefined,
    startedAt: at,
    endedAt: undefined,
  }
}
