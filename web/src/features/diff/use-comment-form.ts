import { useMemo } from 'react'
import { useDraft } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { bodyOf, parseForm, type CommentForm } from '~/features/diff/comment-form'
import type { Spot } from '~/features/diff/rows'

const mostLineText = 4096

type Ids = { workspaceId: string; worktreeId: string }

export function useCommentForm({ workspaceId, worktreeId }: Ids, from: string) {
  const { text: draft, set } = useDraft(`comment/${worktreeId}`)
  const form = useMemo(() => parseForm(draft), [draft])
  const keep = (next: CommentForm) => set(JSON.stringify(next))
  const add = useAct('create_comment', (_, sent) => {
    if (!form) return
    const isThere = form.path === sent.path && form.side === sent.side && form.line === sent.line
    // What was written meanwhile stays: below the same line, or at another one without the words that are stored now.
    if (isThere && bodyOf(form) === sent.body) set('')
    else if (!isThere && sent.body.endsWith(form.text.trim())) keep({ ...form, text: '' })
  })
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
