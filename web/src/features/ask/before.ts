import type { Ask, Message } from '~/api/generated'
import { formatDuration } from '~/lib/format'
import { isObject, textAt } from '~/lib/json'
import type { IconName } from '~/ui/Icon'

/** A line of what an agent did before it asked. */
export type BeforeLine =
  | { id: string; kind: 'you' | 'text'; text: string; at: string }
  | { id: string; kind: 'tool'; icon: IconName; verb: string; object: string; result: string; isError: boolean; added?: number | undefined; removed?: number | undefined; output: readonly string[]; more: number }

export const mostLines = 20
const mostErrorLines = 3
const mostText = 600

type Act = { verb: string; object: string; icon: IconName }

const nameOf = (path: string) => path.split('/').slice(-2).join('/')

function actOf({ toolName = '', toolInput }: Message): Act {
  const command = textAt(toolInput, 'command')
  const path = textAt(toolInput, 'file_path') ?? textAt(toolInput, 'path')
  if (command !== undefined) return { verb: 'Ran', object: command, icon: 'terminal' }
  if (path !== undefined && (textAt(toolInput, 'old_string') !== undefined || (isObject(toolInput) && 'edits' in toolInput)))
    return { verb: 'Edited', object: nameOf(path), icon: 'edit' }
  if (path !== undefined && textAt(toolInput, 'content') !== undefined) return { verb: 'Wrote', object: nameOf(path), icon: 'edit' }
  const pattern = textAt(toolInput, 'pattern') ?? textAt(toolInput, 'query')
  if (pattern !== undefined) return { verb: 'Searched', object: pattern, icon: 'search' }
  if (path !== undefined) return { verb: 'Read', object: nameOf(path), icon: 'file' }
  const url = textAt(toolInput, 'url')
  if (url !== undefined) return { verb: 'Fetched', object: url, icon: 'globe' }
  const agent = textAt(toolInput, 'prompt') === undefined ? undefined : textAt(toolInput, 'description')
  if (agent !== undefined) return { verb: 'Sub-agent', object: agent, icon: 'people' }
  return { verb: 'Used', object: toolName, icon: 'tool' }
}

function textOf(output: unknown): string {
  if (typeof output === 'string') return output
  return output === undefined || output === null ? '' : JSON.stringify(output)
}

function resultOf({ exitCode, durationMs, isError, isComplete }: Message): string {
  const exit = exitCode !== undefined && exitCode !== 0 ? `exit ${exitCode}` : isError ? 'failed' : undefined
  const took = durationMs !== undefined && durationMs >= 100 ? (durationMs < 10_000 ? `${(durationMs / 1000).toFixed(1)} s` : formatDuration(durationMs)) : undefined
  return [exit, took, isComplete ? undefined : 'not finished'].filter((part) => part !== undefined).join(', ')
}

function lineOf(message: Message): BeforeLine[] {
  const { id, role, content, createdAt: at } = message
  if (role !== 'tool') {
    const text = content.trim().slice(0, mostText)
    return text === '' || role === 'system' ? [] : [{ id, kind: role === 'user' ? 'you' : 'text', text, at }]
  }
  const isError = message.isError === true || (message.exitCode ?? 0) !== 0
  const all = isError ? textOf(message.toolOutput).trim().split('\n') : []
  const output = all.slice(0, mostErrorLines).map((line) => line.slice(0, mostText))
  const { added, removed } = message
  return [{ id, kind: 'tool', ...actOf(message), result: resultOf(message), isError, added, removed, output, more: all.length - output.length }]
}

/** The call that waits behind the ask is not something that happened before it. */
function isOfAsk({ role, toolName, isComplete }: Message, ask: Pick<Ask, 'tool'>): boolean {
  return role === 'tool' && !isComplete && toolName === ask.tool
}

/** The last lines before the ask, oldest first. */
export function linesBefore(messages: readonly Message[], ask: Pick<Ask, 'tool' | 'createdAt'>): BeforeLine[] {
  return messages
    .filter((message) => message.createdAt <= ask.createdAt && message.state !== 'queued' && !isOfAsk(message, ask))
    .flatMap(lineOf)
    .slice(-mostLines)
}
