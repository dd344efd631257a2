// Messages of a page as items.
import type { Message, ToolKind, Turn } from '~/api/generated'
import type { Item, ToolItem } from '~/features/transcript/items'
import { isObject, textAt } from '~/lib/json'

const kinds: Record<string, ToolKind> = {
  Read: 'read',
  NotebookRead: 'read',
  Edit: 'edit',
  MultiEdit: 'edit',
  Write: 'edit',
  NotebookEdit: 'edit',
  Bash: 'execute',
  Grep: 'search',
  Glob: 'search',
  LS: 'search',
  ToolSearch: 'search',
  WebFetch: 'fetch',
  WebSearch: 'fetch',
  Task: 'agent',
  Agent: 'agent',
  TodoWrite: 'plan',
  ExitPlanMode: 'plan',
  AskUserQuestion: 'ask',
  shell: 'execute',
  apply_patch: 'edit',
  update_plan: 'plan',
}

/** A message does not carry its call's kind, which only the event has: by the name of the tool, else by its arguments. */
export function kindOf(name: string, input: unknown): ToolKind {
  const known = kinds[name]
  if (known) return known
  if (!isObject(input)) return 'other'
  if (textAt(input, 'command') !== undefined || Array.isArray(input['command'])) return 'execute'
  if (textAt(input, 'old_string') !== undefined || Array.isArray(input['edits'])) return 'edit'
  if (textAt(input, 'file_path') !== undefined) return textAt(input, 'content') === undefined ? 'read' : 'edit'
  if (textAt(input, 'url') !== undefined) return 'fetch'
  return textAt(input, 'pattern') === undefined ? 'other' : 'search'
}

function textOf(output: unknown): string | undefined {
  if (output === undefined) return undefined
  return typeof output === 'string' ? output : JSON.stringify(output, null, 2)
}

function toolOf(message: Message, common: Pick<ToolItem, 'key' | 'at' | 'order' | 'index' | 'messageId' | 'parent'>): ToolItem {
  const { toolName = '', toolInput, isError = false, isComplete, durationMs, createdAt } = message
  const output = textOf(message.toolOutput)
  const endedAt = isComplete && durationMs !== undefined ? new Date(Date.parse(createdAt) + durationMs).toISOString() : undefined
  return {
    ...common,
    kind: 'tool',
    toolId: undefined,
    name: toolName,
    toolKind: kindOf(toolName, toolInput),
    title: message.content,
    input: toolInput,
    isInputCut: message.truncated ?? false,
    state: !isComplete ? 'running' : isError ? 'failed' : 'done',
    isEdited: false,
    refusal: undefined,
    output,
    isOutputCut: false,
    added: message.added,
    removed: message.removed,
    exitCode: message.exitCode,
    durationMs,
    path: undefined,
    progress: undefined,
    startedAt: createdAt,
    endedAt,
  }
}

/** `sentAt`: when a prompt's turn began; it is dated when it was written, and stands where it was sent. */
export function itemOf(message: Message, sentAt?: string): Item {
  const { id, createdAt: at, content, role, parent, index } = message
  const common = { key: `m:${id}`, at, order: sentAt ?? at, index, messageId: id, parent }
  if (role === 'tool') return toolOf(message, common)
  if (role === 'user') {
    const { state = 'sent', truncated = false, waitsFor, attachments = [] } = message
    return { ...common, kind: 'prompt', text: content, isCut: truncated, isEdited: false, state, waitsFor, attachments }
  }
  const { isError = false, isComplete, truncated = false, size } = message
  return { ...common, kind: 'text', text: content, block: undefined, isStreaming: false, isError, isIncomplete: !isComplete, isCut: truncated, size }
}

/** When each prompt's turn began. */
export function startsOf(turns: readonly Turn[]): ReadonlyMap<string, string> {
  return new Map(turns.flatMap(({ messageId, at }) => (messageId === undefined ? [] : [[messageId, at] as const])))
}

export function itemsOf(messages: readonly Message[], turns: readonly Turn[]): Item[] {
  const starts = startsOf(turns)
  return messages.filter(({ state }) => state !== 'queued').map((message) => itemOf(message, starts.get(message.id)))
}

/** What two items say of the same message, where only one of them knows its id. */
const mark = (item: Item) => `${item.kind} ${item.at} ${item.kind === 'tool' ? `${item.name} ${item.title}` : item.kind === 'text' ? item.text.slice(0, 64) : ''}`

/** Items that were read again keep the keys that they had, so that what is on screen stays where it is. */
export function keepKeys(before: readonly Item[], now: readonly Item[]): Item[] {
  const keys = new Map<string, string>()
  for (const item of before) {
    keys.set(mark(item), item.key)
    if (item.messageId !== undefined) keys.set(item.messageId, item.key)
  }
  const taken = new Set<string>()
  return now.map((item) => {
    const key = keys.get(item.messageId ?? '') ?? keys.get(mark(item))
    if (key === undefined || taken.has(key)) return item
    taken.add(key)
    return { ...item, key }
  })
}
