import type { FieldShape, OpForm } from '~/api/shape-types'
import { parseJson } from '~/lib/json'
import { commandLine } from '~/lib/shell'

/** What the fields hold, by path: `limits.memoryMib`; items of a list one per line. */
export type Texts = Readonly<Record<string, string>>
export type Read = { input: Record<string, unknown>; errors: Record<string, string> }

type Value = { value: unknown } | { fault: string } | undefined

/** "Create worktree", from its name. */
export function titleOf({ name }: Pick<OpForm, 'name'>): string {
  const words = name.replaceAll('_', ' ').replace(/\bclis\b/, 'CLIs').replace(/\bui\b/, 'UI')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** "Worktree", "Memory mib": what a person calls the field. */
export function labelOf({ name }: Pick<FieldShape, 'name'>): string {
  const words = name.replace(/Ids?$/, '').replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const sizeOf = (text: string, isBytes: boolean) => (isBytes ? new TextEncoder().encode(text).length : [...text].length)

function readText({ min = 0, max = Infinity, isBytes = false, pattern }: FieldShape, text: string): Value {
  const size = sizeOf(text, isBytes)
  const unit = isBytes ? 'bytes' : 'characters'
  if (size > max) return { fault: `At most ${max} ${unit}; this has ${size}.` }
  if (size < min) return { fault: `At least ${min} ${unit}.` }
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) return { fault: 'It has characters that cannot be used here.' }
  return { value: text }
}

function readNumber({ min = -Infinity, max = Infinity }: FieldShape, text: string): Value {
  const value = Number(text)
  if (!/^-?\d+$/.test(text.trim()) || !Number.isSafeInteger(value)) return { fault: 'A whole number.' }
  if (value < min || value > max) return { fault: Number.isFinite(max) ? `A number from ${min} to ${max}.` : `At least ${min}.` }
  return { value }
}

function readOne(field: FieldShape, text: string): Value {
  switch (field.kind) {
    case 'number':
      return readNumber(field, text)
    case 'flag':
      return { value: text === 'true' }
    case 'id':
      return new RegExp(`^${field.of}[0-9a-z]{26}$`).test(text.trim()) ? { value: text.trim() } : { fault: `An id that begins with ${field.of}` }
    case 'word':
      return field.words?.includes(text) ? { value: text } : { fault: `One of ${field.words?.join(', ')}.` }
    case 'json':
      return parseJson(text)
    default:
      return readText(field, text)
  }
}

function readList(field: FieldShape, text: string): Value {
  if (field.kind === 'json') return parseJson(text)
  const { least = 0, most = Infinity } = field
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length < least) return { fault: `At least ${least}, one on each line.` }
  if (lines.length > most) return { fault: `At most ${most}; these are ${lines.length}.` }
  const read = lines.map((line) => readOne(field, line))
  const bad = read.findIndex((one) => one && 'fault' in one)
  const fault = read[bad]
  if (fault && 'fault' in fault) return { fault: `Line ${bad + 1}: ${fault.fault}` }
  return { value: read.map((one) => one && 'value' in one && one.value) }
}

function isEmpty(field: FieldShape, text: string): boolean {
  if (field.kind === 'flag') return text === '' || text === String(field.usual ?? false)
  return text.trim() === ''
}

/** A text that has to be given may still be empty: then that is what is given. */
function mayBeEmpty({ kind, isList, min = 0, least = 0, words }: FieldShape): boolean {
  return isList ? least === 0 && !words : kind === 'text' && min === 0
}

function readField(field: FieldShape, text: string): Value {
  if (!isEmpty(field, text)) return field.isList ? readList(field, text) : readOne(field, text)
  if (!field.isRequired) return undefined
  if (field.kind === 'flag') return { value: text === 'true' }
  if (mayBeEmpty(field)) return { value: field.isList ? [] : '' }
  return { fault: 'This is needed.' }
}

/** The input as the operation takes it, and what is wrong with it by field, before anything is sent. */
export function readForm(fields: readonly FieldShape[], texts: Texts, path = ''): Read {
  const read: Read = { input: {}, errors: {} }
  for (const field of fields) {
    const at = path + field.name
    if (field.kind === 'group' && !field.isList) {
      const inner = readForm(field.fields ?? [], texts, `${at}.`)
      Object.assign(read.errors, inner.errors)
      if (field.isRequired || Object.keys(inner.input).length > 0) read.input[field.name] = inner.input
      continue
    }
    const value = readField(field, texts[at] ?? '')
    if (value && 'fault' in value) read.errors[at] = value.fault
    else if (value) read.input[field.name] = value.value
  }
  return read
}

/** `createBranch` is `--create-branch`; `worktreeId` is `--worktree`, unless another field has that name. */
function optionOf(field: FieldShape, fields: readonly FieldShape[]): string {
  const whole = field.name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const brief = whole.replace(/-id$/, '')
  return `--${fields.some(({ name }) => name === brief) ? whole : brief}`
}

function optionWords(field: FieldShape, fields: readonly FieldShape[], value: unknown): string[] {
  const option = optionOf(field, fields)
  if (Array.isArray(value)) return value.flatMap((item) => [option, typeof item === 'string' ? item : JSON.stringify(item)])
  if (value === true) return [option]
  return [option, typeof value === 'string' ? value : JSON.stringify(value)]
}

/** The same act as a command line: the required words in their order, the rest as options. */
export function commandOf({ command, fields }: OpForm, input: Readonly<Record<string, unknown>>): string {
  const isWord = ({ name, isRequired, isList, kind }: FieldShape) => {
    const value = input[name]
    return isRequired && !isList && (kind === 'text' || kind === 'id' || kind === 'word') && typeof value === 'string' && !value.startsWith('-')
  }
  const given = fields.filter(({ name }) => input[name] !== undefined)
  // A required field that is no plain word, or is not given yet, would shift the ones after it.
  const first = fields.filter(({ isRequired }) => isRequired)
  const cut = first.findIndex((field) => !isWord(field))
  const leading = cut < 0 ? first : first.slice(0, cut)
  const rest = given.filter((field) => !leading.includes(field))
  const words = [...leading.map(({ name }) => String(input[name])), ...rest.flatMap((field) => optionWords(field, fields, input[field.name]))]
  return `muster ${command}${words.length > 0 ? ` ${commandLine(words)}` : ''}`
}

/** What removes, discards or empties is confirmed by the name of the thing. */
export function isDangerous({ name, isRemoving = false }: OpForm): boolean {
  return isRemoving || /^(discard|empty|abort|remove)_|^stop_all_/.test(name)
}
