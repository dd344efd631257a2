import { useMemo } from 'react'
import { useDraft } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import type { Spot } from '~/features/diff/rows'
import { isObject, parseJson, textAt } from '~/lib/json'

/** A comment that is being written: where it will stand, and the lines that were chosen for it. */
export type CommentForm = Spot & { lineText: string; through: number; text: string }

/** The draft keeps the place with the text, so that both are there after a reload. */
function parseForm(text: string): CommentForm | undefined {
  const parsed = text === '' ? undefined : parseJson(text)
  const form = parsed && 'value' in parsed ? parsed.value : undefined
  if (!isObject(form)) return undefined
  const { path, line, through, lineText } = form
  if (typeof path !== 'string' || typeof line !== 'number' || typeof through !== 'number' || typeof lineText !== 'string') return undefined
  return { path, side: form['side'] === 'old' ? 'old' : 'new', line, through, lineText, text: textAt(form, 'text') ?? '' }
}

/** A comment stands on one line; of several the first, and it says which ones are meant. */
export function bodyOf({ line, through, text }: CommentForm): string {
  return through === line ? text.trim() : `Lines ${Math.min(line, through)} to ${Math.max(line, through)}: ${text.trim()}`
}

const mostLineText = 4096

type Ids = { workspaceId: string; worktreeId: string }

export function useCommentForm({ workspaceId, worktreeId }: Ids, from: string) {
  const { text: draft, set } = useDraft(`comment/${worktreeId}`)
  const form = useMemo(() => parseForm(draft), [draft])
  const add = useAct('create_comment', () => set(''))
  const keep = (next: CommentForm) => set(JSON.stringify(next))
  const { path, side, line } = form ?? {}
  // Rows are made again only when the place changes, not with each letter.
  const spot = useMemo((): Spot | undefined => (path === undefined || side === undefined || line === undefined ? undefined : { path, side, line }), [path, side, line])
  return {
    form,
    spot,
    isBusy: add.isPending,
    error: add.error,
    /** What was written goes along to another line. */
    open(place: Spot, through: number, lineText: string) {
      add.reset()
      keep({ ...place, through, lineText: lineText.slice(0, mostLineText), text: form?.text ?? '' })
    },
    write: (text: string) => form && keep({ ...form, text }),
    close: () => set(''),
    submit() {
      if (form) add.mutate({ workspaceId, worktreeId, path: form.path, side: form.side, line: form.line, lineText: form.lineText, body: bodyOf(form), ...(form.side === 'old' && { from }) })
    },
  }
}
