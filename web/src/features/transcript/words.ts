// What a call does in words, and what came of it.
import type { ToolKind } from '~/api/generated'
import type { ToolItem, ToolState } from '~/features/transcript/items'
import { plainOutput } from '~/lib/ansi'
import { formatDuration, plural } from '~/lib/format'
import { listAt, textAt } from '~/lib/json'
import { readInput } from '~/lib/tool-input'
import type { IconName } from '~/ui/Icon'

export const icons: Record<ToolKind, IconName> = {
  other: 'tool',
  read: 'file',
  edit: 'edit',
  execute: 'terminal',
  search: 'search',
  fetch: 'globe',
  plan: 'list',
  ask: 'question',
  agent: 'people',
}

type Verb = { now: string; past: string; plain: string }
const verbs: Record<ToolKind, Verb> = {
  other: { now: 'Using', past: 'Used', plain: 'use' },
  read: { now: 'Reading', past: 'Read', plain: 'read' },
  edit: { now: 'Editing', past: 'Edited', plain: 'edit' },
  execute: { now: 'Running', past: 'Ran', plain: 'run' },
  search: { now: 'Searching', past: 'Searched', plain: 'search' },
  fetch: { now: 'Fetching', past: 'Fetched', plain: 'fetch' },
  plan: { now: 'Planning', past: 'Planned', plain: 'plan' },
  ask: { now: 'Asking', past: 'Asked', plain: 'ask' },
  agent: { now: 'Sub-agent', past: 'Sub-agent', plain: 'start a sub-agent' },
}
const writing: Verb = { now: 'Writing', past: 'Wrote', plain: 'write' }

const isWriting = ({ toolKind, input }: ToolItem) => toolKind === 'edit' && textAt(input, 'content') !== undefined

export function verbOf(tool: ToolItem, state: ToolState = tool.state): string {
  const verb = isWriting(tool) ? writing : verbs[tool.toolKind]
  if (state === 'running') return verb.now
  if (state === 'waiting') return `Wants to ${verb.plain}`
  if (state === 'behind') return `Will ${verb.plain}`
  return state === 'denied' ? `Did not ${verb.plain}` : verb.past
}

/** Its file, if it has one; shown relative to the worktree. */
export function pathOf({ toolKind, input, path, title }: ToolItem): string | undefined {
  if (toolKind !== 'read' && toolKind !== 'edit') return undefined
  return textAt(input, 'file_path') ?? textAt(input, 'notebook_path') ?? path ?? (title || undefined)
}

/** All of its lines; as much of them as is here. */
export const commandOf = ({ input, title }: ToolItem): string => textAt(input, 'command') ?? title

/** What it is done to: can be pasted, unless it is a sub-agent's task. */
export function objectOf(tool: ToolItem): string {
  const { toolKind, input, title, name } = tool
  if (toolKind === 'plan') return plural(listAt(input, 'todos').length || listAt(input, 'plan').length, 'step')
  if (toolKind === 'search') {
    const [pattern, where] = [textAt(input, 'pattern') ?? title, textAt(input, 'path') ?? textAt(input, 'glob')]
    return where ? `${pattern} in ${where}` : pattern
  }
  if (toolKind === 'execute') return commandOf(tool).split('\n')[0] ?? ''
  if (toolKind === 'fetch') return textAt(input, 'url') ?? textAt(input, 'query') ?? title
  if (toolKind === 'agent') return textAt(input, 'description') ?? title
  return toolKind === 'other' ? [name.replace(/^mcp__/, '').replaceAll('__', ' '), title].filter(Boolean).join(' ') : (pathOf(tool) ?? title)
}

type Lines = { added: number | undefined; removed: number | undefined }

/** As the daemon counted them, else by the arguments. */
export function linesOf(tool: ToolItem): Lines {
  const known = counted.get(tool)
  const lines = known ?? countLines(tool)
  if (!known) counted.set(tool, lines)
  return lines
}

/** Of calls that stay the same object, so that no arguments are compared twice. */
const counted = new WeakMap<ToolItem, Lines>()

function countLines(tool: ToolItem): Lines {
  const { toolKind, state, added, removed, input, name } = tool
  if (toolKind !== 'edit' || state === 'failed' || state === 'denied') return { added: undefined, removed: undefined }
  if (added !== undefined || removed !== undefined) return { added, removed }
  const { lines } = readInput(input, name)
  const count = (kind: string) => lines.filter((line) => line.kind === kind).length
  return { added: count('add') || (isWriting(tool) ? count('plain') : 0), removed: count('delete') }
}

export function tookMs({ durationMs, startedAt, endedAt }: ToolItem): number | undefined {
  if (durationMs !== undefined) return durationMs
  return endedAt === undefined ? undefined : Date.parse(endedAt) - Date.parse(startedAt)
}

/** "3.1 s" below ten seconds, else whole ones; nothing under a tenth. */
export function shortDuration(ms: number | undefined): string {
  if (ms === undefined || ms < 100) return ''
  return ms < 9_950 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(ms)
}

const isLine = (line: string) => line.trim() !== ''

/** What the output says of itself: matches of a search, tests that passed. */
function countOf({ toolKind, output, state }: ToolItem): string {
  if (output === undefined || state !== 'done') return ''
  if (toolKind === 'search') {
    const found = /^Found (\d+) (file|match|line)/.exec(output)
    if (found) return plural(Number(found[1]), found[2] ?? 'match', found[2] === 'match' ? 'matches' : `${found[2]}s`)
    return /^No (files|matches) found/.test(output) ? 'nothing' : plural(output.split('\n').filter(isLine).length, 'line')
  }
  const passed = toolKind === 'execute' ? plainOutput(output.slice(-4000)).match(/\b\d+ passed\b/g)?.at(-1) : undefined
  return passed ?? ''
}

/** At the right of a call that has ended well. */
export function resultOf(tool: ToolItem): string {
  return [countOf(tool), shortDuration(tookMs(tool))].filter(Boolean).join(', ')
}

/** The lines of a failure that say most: the end of a command's output, the beginning of any other. */
export function failureOf({ output = '', toolKind }: ToolItem): { lines: string[]; more: number } {
  const lines = plainOutput(output.replace(/^<tool_use_error>|<\/tool_use_error>$/g, '')).split('\n').filter(isLine)
  if (lines.length <= 3) return { lines, more: 0 }
  const isEnd = toolKind === 'execute'
  return isEnd ? { lines: lines.slice(-3), more: 0 } : { lines: lines.slice(0, 2), more: lines.length - 2 }
}

const nounOf: Partial<Record<ToolKind, readonly [string, string]>> = {
  read: ['file', 'files'],
  edit: ['file', 'files'],
  search: ['pattern', 'patterns'],
  fetch: ['page', 'pages'],
}

const baseName = (path: string) => path.split('/').at(-1) ?? path
const folderOf = (path: string) => path.split('/').slice(0, -1).join('/') || '.'

/** What several calls were about: two of them in full, else their number and where they are. */
function aboutOf(kind: ToolKind, objects: readonly string[]): { objects: string; more: string } {
  const [one, many] = nounOf[kind] ?? ['call', 'calls']
  if (objects.length <= 2) return { objects: objects.join(', '), more: '' }
  const count = plural(objects.length, one, many)
  const folders = kind === 'read' ? [...new Set(objects.map(folderOf))] : []
  if (folders.length > 0 && folders.length <= 2 && !folders.includes('.')) return { objects: count, more: folders.join(', ') }
  const names = kind === 'read' ? objects.slice(0, 3).map(baseName) : objects.slice(0, 1)
  const left = objects.length - names.length
  return { objects: count, more: `${names.join(' ')}${left > 0 ? ` and ${left} more` : ''}` }
}

/** Several calls of a kind as one. `short`: a path as it is shown. */
export function runOf(tools: readonly ToolItem[], short: (path: string) => string) {
  const kind = tools[0]?.toolKind ?? 'other'
  const objects = [...new Set(tools.map((tool) => short(pathOf(tool) ?? objectOf(tool))))]
  return {
    verb: verbs[kind].past,
    ...aboutOf(kind, objects),
    added: tools.reduce((all, tool) => all + (linesOf(tool).added ?? 0), 0),
    removed: tools.reduce((all, tool) => all + (linesOf(tool).removed ?? 0), 0),
    ms: tools.reduce((all, tool) => all + (tookMs(tool) ?? 0), 0),
  }
}
