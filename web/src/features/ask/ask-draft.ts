import type { Chosen } from '~/features/ask/questions'
import type { Draft as RuleDraft, Scope } from '~/features/ask/rule-draft'
import { isObject, listAt, textAt } from '~/lib/json'

export type LineText = { line: number; text: string }

/** What a person has written for one ask and not sent yet. */
export type AskDraft = {
  /** Of a denial. */
  reason: string
  /** The arguments as they were changed; undefined: not at all. */
  edited: string | undefined
  /** What is said to lines of a plan, and what is being written there. */
  comments: readonly LineText[]
  notes: readonly LineText[]
  /** Of each question, by its place. */
  chosen: Readonly<Record<number, Chosen>>
  rule: RuleDraft | undefined
}

export const noDraft: AskDraft = { reason: '', edited: undefined, comments: [], notes: [], chosen: {}, rule: undefined }

const scopes: readonly Scope[] = ['everywhere', 'workspace', 'worktree', 'agent']

function readLines(value: unknown, key: string): LineText[] {
  return listAt(value, key).flatMap((one) => {
    const line: unknown = isObject(one) ? one['line'] : undefined
    const text = textAt(one, 'text')
    return typeof line === 'number' && text !== undefined ? [{ line, text }] : []
  })
}

function readChosen(value: unknown): Record<number, Chosen> {
  const entries = isObject(value) ? Object.entries(value) : []
  return Object.fromEntries(
    entries.map(([at, one]) => [at, { labels: listAt(one, 'labels').filter((label) => typeof label === 'string'), own: textAt(one, 'own') ?? '' }]),
  )
}

function readRule(value: unknown): RuleDraft | undefined {
  const text = textAt(value, 'text')
  const scope = scopes.find((one) => one === textAt(value, 'scope'))
  return text === undefined || scope === undefined ? undefined : { text, scope }
}

/** Undefined: nothing was written. */
export function parseAskDraft(value: unknown): AskDraft | undefined {
  if (!isObject(value)) return undefined
  return {
    reason: textAt(value, 'reason') ?? '',
    edited: textAt(value, 'edited'),
    comments: readLines(value, 'comments'),
    notes: readLines(value, 'notes'),
    chosen: readChosen(value['chosen']),
    rule: readRule(value['rule']),
  }
}

function isNothing({ reason, edited, comments, notes, chosen, rule }: AskDraft): boolean {
  const isChosen = Object.values(chosen).some(({ labels, own }) => labels.length > 0 || own !== '')
  return reason === '' && edited === undefined && comments.length + notes.length === 0 && !isChosen && rule === undefined
}

export function withPart(now: AskDraft | undefined, part: Partial<AskDraft>): AskDraft | undefined {
  const next = { ...(now ?? noDraft), ...part }
  return isNothing(next) ? undefined : next
}

/** The lines with another text for one of them; an empty one is removed. */
export function withLine(lines: readonly LineText[], line: number, text: string): LineText[] {
  const others = lines.filter((one) => one.line !== line)
  return text === '' ? others : [...others, { line, text }]
}
