import { useMemo } from 'react'
import { useDraft } from '~/api/ui-state'
import type { Chosen } from '~/features/ask/questions'
import type { Comments } from '~/features/ask/plan-lines'
import { isObject, listAt, parseJson, textAt } from '~/lib/json'

/** What a person has written into an answer and not given yet. */
export type AnswerDraft = {
  /** Why it is denied. */
  message: string
  /** The arguments as edited; undefined: as they came. */
  edit: string | undefined
  /** By the place of the question. */
  chosen: Readonly<Record<number, Chosen>>
  comments: Comments
}

export function parseAnswer(text: string): AnswerDraft {
  const parsed = text === '' ? undefined : parseJson(text)
  const value = parsed && 'value' in parsed ? parsed.value : undefined
  const chosen = listAt(value, 'chosen').flatMap((one) => {
    const at = isObject(one) ? Number(one['at']) : Number.NaN
    const labels = listAt(one, 'labels').filter((label) => typeof label === 'string')
    return Number.isInteger(at) ? [[at, { labels, own: textAt(one, 'own') ?? '' }] as const] : []
  })
  const comments = listAt(value, 'comments').flatMap((one) => {
    const line = isObject(one) ? Number(one['line']) : Number.NaN
    const said = textAt(one, 'text')
    return Number.isInteger(line) && said !== undefined ? [[line, said] as const] : []
  })
  return { message: textAt(value, 'message') ?? '', edit: textAt(value, 'edit'), chosen: Object.fromEntries(chosen), comments: new Map(comments) }
}

export function printAnswer({ message, edit, chosen, comments }: AnswerDraft): string {
  const made = Object.entries(chosen).filter(([, { labels, own }]) => labels.length > 0 || own !== '')
  if (message === '' && edit === undefined && made.length === 0 && comments.size === 0) return ''
  return JSON.stringify({
    ...(message !== '' && { message }),
    ...(edit !== undefined && { edit }),
    ...(made.length > 0 && { chosen: made.map(([at, one]) => ({ at: Number(at), ...one })) }),
    ...(comments.size > 0 && { comments: [...comments].map(([line, text]) => ({ line, text })) }),
  })
}

/** It survives a reload, a look at another ask, and another device shows it; it goes with the answer. */
export function useAnswerDraft(askId: string) {
  const draft = useDraft(`ask/${askId}`)
  const now = useMemo(() => parseAnswer(draft.text), [draft.text])
  return { ...now, change: (more: Partial<AnswerDraft>) => draft.set(printAnswer({ ...now, ...more })), clear: () => draft.set('') }
}
