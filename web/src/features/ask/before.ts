import type { Ask, Message } from '~/api/generated'
import { formatDuration } from '~/lib/format'
import { isObject, textAt } from '~/lib/json'
import type { IconName } from '~/ui/Icon'

/** A line of what an agent did before it asked. */
export type BeforeLine =
  | { id: string; kind: 'you' | 'text'; text: string; at: string }
  | { id: string; kind: 'tool'; icon: IconName; verb: string; object: string; isPath: boolean; result: string; isError: boolean; added?: number | undefined; removed?: number | undefined; output: readonly string[]; more: number }

export const mostLines = 20
const mostErrorLines = 3
const mostText = 600

type Verb = { now: string; past: string; plain: string }
/** `path`: the object is a file, shown relative to the worktree. */
type Act = { verb: Verb; object: string; icon: IconName; isPath?: boolean }

const verbs = {
  run: { now: 'Running', past: 'Ran', plain: 'run' },
  edit: { now: 'Editing', past: 'Edited', plain: 'edit' },
  write: { now: 'Writing', past: 'Wrote', plain: 'write' },
  search: { now: 'Searching', past: 'Searched', plain: 'search' },
  read: { now: 'Reading', past: 'Read', plain: 'read' },
  fetch: { now: 'Fetching', past: 'Fetched', plain: 'fetch' },
  agent: { now: 'Sub-agent', past: 'Sub-agent', plain: 'start a sub-agent' },
  use: { now: 'Using', past: 'Used', plain: 'use' },
} as const satisfies Record<string, Verb>

function actOf({ toolName = '', toolInput }: Message): Act {
  const command = textAt(toolInput, 'command')
  const path = textAt(toolInput, 'file_path') ?? textAt(toolInput, 'path')
  if (command !== undefined) return { verb: verbs.run, object: command, icon: 'terminal' }
  if (path !== undefined && (textAt(toolInput, 'old_string') !== undefined || (isObject(toolInput) && 'edits' in toolInput)))
    return { verb: verbs.edit, object: path, icon: 'edit', isPath: true }
  if (path !== undefined && textAt(toolInput, 'content') !== undefined) return { verb: verbs.write, object: path, icon: 'edit', isPath: true }
  const pattern = textAt(toolInput, 'pattern') ?? textAt(toolInput, 'query')
  if (pattern !== undefined) return { verb: verbs.search, object: pattern, icon: 'search' }
  if (path !== undefined) return { verb: verbs.read, object: path, icon: 'file', isPath: true }
  const url = textAt(toolInput, 'url')
  if (url !== undefined) return { verb: verbs.fetch, object: url, icon: 'globe' }
  const agent = textAt(toolInput, 'prompt') === undefined ? undefined : textAt(toolInput, 'description')
  if (agent !== undefined) return { verb: verbs.agent, object: agent, icon: 'people' }
  return { verb: verbs.use, object: toolName, icon: 'tool' }
}

/** Of a call without an end: it waits for an answer itself, behind a call that does, or it ran when this was read. */
type Wait = 'asked' | 'behind' | undefined

function verbOf({ verb }: Act, isComplete: boolean, wait: Wait): string {
  if (isComplete) return verb.past
  if (wait === 'asked') return `Wants to ${verb.plain}`
  return wait === 'behind' ? `Will ${verb.plain}` : verb.now
}

function textOf(output: unknown): string {
  if (typeof output === 'string') return output
  return output === undefined || output === null ? '' : JSON.stringify(output)
}

function resultOf({ exitCode, durationMs, isError, isComplete }: Message, wait: Wait): string {
  const exit = exitCode !== undefined && exitCode !== 0 ? `exit ${exitCode}` : isError ? 'failed' : undefined
  const took = durationMs !== undefined && durationMs >= 100 ? (durationMs < 10_000 ? `${(durationMs / 1000).toFixed(1)} s` : formatDuration(durationMs)) : undefined
  const end = isComplete ? undefined : wait === 'asked' ? 'waits for you' : wait === 'behind' ? 'after that' : 'not finished'
  return [exit, took, end].filter((part) => part !== undefined).join(', ')
}

function lineOf(message: Message, wait: Wait): BeforeLine[] {
  const { id, role, content, createdAt: at } = message
  if (role !== 'tool') {
    const text = content.trim().slice(0, mostText)
    return text === '' || role === 'system' ? [] : [{ id, kind: role === 'user' ? 'you' : 'text', text, at }]
  }
  const isError = message.isError === true || (message.exitCode ?? 0) !== 0
  const all = isError ? textOf(message.toolOutput).trim().split('\n') : []
  const output = all.slice(0, mostErrorLines).map((line) => line.slice(0, mostText))
  const { added, removed, isComplete } = message
  const act = actOf(message)
  const { icon, object, isPath = false } = act
  return [{ id, kind: 'tool', icon, verb: verbOf(act, isComplete, wait), object, isPath, result: resultOf(message, wait), isError, added, removed, output, more: all.length - output.length }]
}

export type AskRef = Pick<Ask, 'tool'> & Partial<Pick<Ask, 'title'>>

const isOpenCall = ({ role, isComplete }: Message) => role === 'tool' && !isComplete
const isExact = ({ tool, title }: AskRef, { toolName, content }: Message) => tool === toolName && title === content

/**
 * Which ask each call belongs to: messages do not carry the call's id, and of two calls of a tool the title says which. Only a
 * call without an ask of its title, as of another wording, gets one that no other call has.
 */
function asksOf(calls: readonly Message[], asks: readonly AskRef[]): ReadonlyMap<Message, AskRef> {
  const found = new Map<Message, AskRef>()
  const left = new Set(asks)
  for (const fits of [isExact, ({ tool }: AskRef, { toolName }: Message) => tool === toolName])
    for (const call of calls) {
      const ask = found.has(call) ? undefined : [...left].find((one) => fits(one, call))
      if (!ask) continue
      found.set(call, ask)
      left.delete(ask)
    }
  return found
}

/** The last lines before the ask, oldest first; without the call that it is about. `others`: the agent's other open asks. */
export function linesBefore(messages: readonly Message[], ask: AskRef & Pick<Ask, 'createdAt'>, others: readonly AskRef[]): BeforeLine[] {
  const before = messages.filter((message) => message.createdAt <= ask.createdAt && message.state !== 'queued')
  const asks = asksOf(before.filter(isOpenCall), [ask, ...others])
  let isBehind = false
  return before
    .flatMap((message) => {
      if (!isOpenCall(message)) return lineOf(message, undefined)
      const own = asks.get(message)
      const wait = own ? 'asked' : isBehind ? 'behind' : undefined
      isBehind ||= own !== undefined
      return own === ask ? [] : lineOf(message, wait)
    })
    .slice(-mostLines)
}
