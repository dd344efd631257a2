import type { Spot } from '~/features/diff/rows'
import { isObject, parseJson, textAt } from '~/lib/json'

/** A comment that is being written: where it will stand, and the lines that were chosen for it. */
export type CommentForm = Spot & { lineText: string; through: number; text: string }

/** The draft keeps the place with the text, so that both are there after a reload. */
export function parseForm(text: string): CommentForm | undefined {
  const parsed = text === '' ? undefined : parseJson(text)
  const form = parsed && 'value' in parsed ? parsed.value : undefined
  if (!isObject(form)) return undefined
  const { path, line, through, lineText } = form
  if (typeof path !== 'string' || typeof line !== 'number' || typeof through !== 'number' || typeof lineText !== 'string') return undefined
  return { path, side: form['side'] === 'old' ? 'old' : 'new', line, through, lineText, text: textAt(form, 'text') ?? '' }
}

/** A comment has one line; of several the last, and it says which ones are meant. */
export function bodyOf({ line, through, text }: CommentForm): string {
  return through === line ? text.trim() : `Lines ${Math.min(line, through)} to ${Math.max(line, through)}: ${text.trim()}`
}
