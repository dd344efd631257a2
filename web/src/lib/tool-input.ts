import { isObject, listAt, prettyJson, textAt } from '~/lib/json'
import { diffLines, splitLines, type LineChange } from '~/lib/line-diff'
import { visibleName } from '~/lib/visible'

/** plain: as it is; title: a heading of ours between the program's lines. */
export type Line = LineChange | { kind: 'plain' | 'title'; text: string }

/**
 * What is known of a file that is to be written: that it exists, and its content. now: its present state, not what
 * the transcript says: its digest, or that there is no such file.
 */
export type Before = { content: string | undefined; now?: string }

/** All arguments of a tool call, in the form that is easiest to read. */
export type InputView = {
  label: string
  path: string | undefined
  /** What the agent says of it. */
  why: string | undefined
  /** What the lines are. */
  note: string | undefined
  lines: readonly Line[]
  /** What is worth copying. */
  copy: string
}

type Part = Pick<InputView, 'label' | 'note' | 'lines' | 'copy'> & { path?: string; why?: string | undefined; rest: Record<string, unknown> }

export function plainLines(text: string): Line[] {
  return splitLines(text).map((line) => ({ kind: 'plain', text: line }))
}

function without(input: Record<string, unknown>, ...keys: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([key]) => !keys.includes(key)))
}

function readCommand(input: Record<string, unknown>): Part | undefined {
  const command = textAt(input, 'command')
  if (command === undefined) return undefined
  const why = textAt(input, 'description')
  const rest = without(input, 'command', ...(why === undefined ? [] : ['description']))
  return { label: 'Command', note: undefined, why, lines: plainLines(command), copy: command, rest }
}

type Edit = { before: string; after: string; rest: Record<string, unknown> }

function readEdit(edit: unknown): Edit | undefined {
  const [before, after] = [textAt(edit, 'old_string'), textAt(edit, 'new_string')]
  if (before === undefined || after === undefined || !isObject(edit)) return undefined
  return { before, after, rest: without(edit, 'old_string', 'new_string') }
}

/** One edit, or a list of nothing but edits. */
function readEdits(input: Record<string, unknown>): { edits: Edit[]; rest: Record<string, unknown> } | undefined {
  const one = readEdit(input)
  if (one) return { edits: [one], rest: one.rest }
  const list = listAt(input, 'edits')
  const edits = list.flatMap((edit) => readEdit(edit) ?? [])
  if (edits.length === 0 || edits.length < list.length) return undefined
  const hasMore = edits.some(({ rest }) => Object.keys(rest).length > 0)
  return { edits, rest: { ...without(input, 'edits'), ...(hasMore && { edits: edits.map(({ rest }) => rest) }) } }
}

function readChange(input: Record<string, unknown>): Part | undefined {
  const path = textAt(input, 'file_path')
  const read = readEdits(input)
  if (!read || path === undefined) return undefined
  const lines = read.edits.flatMap(({ before, after }) => diffLines(before, after))
  const copy = read.edits.map(({ after }) => after).join('\n')
  return { label: `Changes to ${visibleName(path)}`, note: undefined, path, lines, copy, rest: without(read.rest, 'file_path') }
}

/** Whole content for a file. It looks like a new file's only where there is none now. */
function readWrite(input: Record<string, unknown>, before: Before | undefined): Part | undefined {
  const [path, content] = [textAt(input, 'file_path'), textAt(input, 'content')]
  if (path === undefined || content === undefined) return undefined
  const part = { path, copy: content, rest: without(input, 'file_path', 'content') }
  if (before?.content !== undefined) {
    const note = before.now ? 'Compared with the file as it is now.' : 'Compared with the file as the agent last read or wrote it.'
    return { ...part, label: `Changes to ${visibleName(path)}`, note, lines: diffLines(before.content, content) }
  }
  if (before?.now) return { ...part, label: `New file ${visibleName(path)}`, note: 'There is no such file yet.', lines: plainLines(content) }
  const note = before ? 'Replaces the whole content of an existing file.' : 'Writes the whole file. If it exists, its content is replaced.'
  return { ...part, label: `New content of ${visibleName(path)}`, note, lines: plainLines(content) }
}

/** The arguments of a plan beside its text, as far as they say something. */
export function otherThanPlan(input: unknown): string | undefined {
  if (!isObject(input)) return undefined
  const rest = Object.entries(without(input, 'plan')).filter(([, value]) => !Array.isArray(value) || value.length > 0)
  return rest.length === 0 ? undefined : prettyJson(Object.fromEntries(rest))
}

export function readInput(input: unknown, name: string, before?: Before): InputView {
  const json = prettyJson(input)
  const whole: Part = { label: `Arguments of ${visibleName(name)}`, note: undefined, lines: plainLines(json), copy: json, rest: {} }
  const isEmpty = input === undefined || (isObject(input) && Object.keys(input).length === 0)
  const nothing: Part = { ...whole, lines: [], copy: '' }
  const shown = isEmpty ? nothing : isObject(input) ? (readCommand(input) ?? readChange(input) ?? readWrite(input, before) ?? whole) : whole
  const { rest, path, why, ...view } = shown
  const more: Line[] = Object.keys(rest).length > 0 ? [{ kind: 'title', text: 'Other arguments' }, ...plainLines(prettyJson(rest))] : []
  return { ...view, path, why, lines: [...view.lines, ...more] }
}
