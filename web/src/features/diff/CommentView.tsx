import type { Comment } from '~/api/generated'
import { isUnsent } from '~/api/comments'
import { useDraft, type Draft } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { CommentBox } from '~/features/diff/CommentBox'
import { parseJson, textAt } from '~/lib/json'
import { visible } from '~/lib/visible'
import { formatFull } from '~/lib/format'
import { Button } from '~/ui/Button'
import { toastUndo } from '~/ui/toasts'

type CommentProps = { comment: Comment; isPlaced: boolean; isCurrent: boolean; onSend: (id: string) => void }

function placeWords({ line, currentLine, side, isOutdated }: Comment, isPlaced: boolean): string {
  const words = side === 'old' ? `on line ${currentLine ?? line} before the change` : `on line ${currentLine ?? line}`
  if (isOutdated) return `${side === 'old' ? 'on a line before the change' : `was on line ${line}`}, outdated: that line is gone`
  return isPlaced ? words : `${words}, which is not shown here`
}

/** A comment below its line, or at the head of its file if that line is not here. */
export function CommentView({ comment, isPlaced, isCurrent, onSend }: CommentProps) {
  const draft = useDraft(`comment-edit/${comment.id}`)
  const { workspaceId, worktreeId, id: commentId, line, body } = comment
  const restore = useAct('restore_comment', undefined, 'toasted')
  const remove = useAct('delete_comment', (_, gone) => toastUndo('Comment deleted', () => restore.mutateAsync(gone)), 'toasted')
  const sent = comment.sentAt === undefined ? 'not sent yet' : `sent ${formatFull(comment.sentAt)}`
  if (draft.text !== '') return <EditedComment comment={comment} draft={draft} />
  return (
    <article
      aria-label={`Comment on line ${comment.currentLine ?? line}`}
      className={`group sticky left-0 w-[100cqw] border-y border-line2 bg-bg2 py-2 pr-3 pl-14 max-sm:pl-4 ${isCurrent ? 'edge-accent' : ''}`}
    >
      <div className="flex h-5 items-center gap-2">
        <b className="font-semibold">You</b>
        <span className="min-w-0 flex-1 truncate text-sm text-fg2">
          {placeWords(comment, isPlaced)}, {sent}
        </span>
        <span className="flex opacity-0 group-hover:opacity-100 group-focus-within:opacity-100 pointer-coarse:opacity-100" data-raised="">
          {isUnsent(comment) && (
            <Button isSmall look="quiet" onClick={() => onSend(commentId)}>
              Send now
            </Button>
          )}
          <Button isSmall look="quiet" onClick={() => draft.set(printText(body))}>
            Edit
          </Button>
          <Button isSmall look="quiet" onClick={() => remove.mutate({ workspaceId, worktreeId, commentId })}>
            Delete
          </Button>
        </span>
      </div>
      <p className="max-w-[640px] break-words whitespace-pre-wrap">{visible(body)}</p>
    </article>
  )
}

/** Also an empty text is one that is being written. */
const printText = (text: string) => JSON.stringify({ text })

function textOf(draft: Draft): string {
  const parsed = parseJson(draft.text)
  return ('value' in parsed && textAt(parsed.value, 'text')) || ''
}

/** It stays open, with what was typed, when it leaves the view and when the page is loaded again. */
function EditedComment({ comment, draft }: { comment: Comment; draft: Draft }) {
  const { workspaceId, worktreeId, id: commentId } = comment
  const text = textOf(draft)
  const close = () => draft.set('')
  // What was typed meanwhile stays open.
  const update = useAct('update_comment', (_, { body }) => text.trim() === body && close())
  return (
    <CommentBox
      label={`Comment on line ${comment.currentLine ?? comment.line}`}
      text={text}
      setText={(next) => draft.set(printText(next))}
      submit="Save"
      isBusy={update.isPending}
      error={update.error}
      onSubmit={() => update.mutate({ workspaceId, worktreeId, commentId, body: text.trim() })}
      onCancel={close}
    />
  )
}
