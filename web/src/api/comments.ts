import type { Comment, Comments, WorkspaceChange } from '~/api/generated'
import { liveQuery, type Fold } from '~/api/live'
import { listAt, textAt } from '~/lib/json'
import { createStore, useStore } from '~/lib/store'

type Data = WorkspaceChange['data']

/** A comment as an event carries it: the row itself, so no list is read for it. */
function isComment(data: Data): data is Comment {
  return textAt(data, 'id')?.startsWith('cmt_') === true && textAt(data, 'path') !== undefined && textAt(data, 'body') !== undefined
}

function inOrder(a: Comment, b: Comment): number {
  return a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1
}

function withComment({ comments }: Comments, comment: Comment): Comments {
  const before = comments.find(({ id }) => id === comment.id)
  const line = before?.currentLine ?? comment.currentLine ?? (comment.isOutdated ? undefined : comment.line)
  const row = { ...comment, ...(line !== undefined && { currentLine: line }) }
  return { comments: [...comments.filter(({ id }) => id !== comment.id), row].sort(inOrder) }
}

function sent({ comments }: Comments, data: Data, at: string | undefined): Comments {
  const ids = new Set(listAt(data, 'commentIds'))
  return {
    comments: comments.map((comment) => {
      if (!ids.has(comment.id)) return comment
      const { sentAt: _sentAt, messageId: _messageId, ...rest } = comment
      const messageId = textAt(data, 'messageId')
      return at === undefined ? rest : { ...rest, sentAt: at, ...(messageId !== undefined && { messageId }) }
    }),
  }
}

export function foldComments(worktreeId: string): Fold<Comments> {
  return (comments, event) => {
    // The lines may stand elsewhere now.
    if (event.type === 'git_status') return event.payload.worktreeId === worktreeId && comments.comments.length > 0 ? 'refetch' : comments
    if (event.type !== 'workspace_updated') return comments
    const { change, data } = event.payload
    if (!change.startsWith('comment_') || textAt(data, 'worktreeId') !== worktreeId) return comments
    if (change === 'comment_sent') return sent(comments, data, event.at)
    if (change === 'comment_unsent') return sent(comments, data, undefined)
    if (!isComment(data)) return 'refetch'
    return change === 'comment_removed' ? { comments: comments.comments.filter(({ id }) => id !== data.id) } : withComment(comments, data)
  }
}

export const commentsQuery = (workspaceId: string, worktreeId: string) =>
  liveQuery('list_comments', { workspaceId, worktreeId }, [`workspace/${workspaceId}`], foldComments(worktreeId))

export const isUnsent = ({ sentAt }: Comment) => sentAt === undefined

/** Those that do not go with the next message, though they were not sent yet. */
const leftOut = createStore<ReadonlySet<string>>(new Set())

export function leaveOut(comments: readonly Comment[]) {
  leftOut.set((now) => new Set([...now, ...comments.map(({ id }) => id)]))
}

/** Of these comments, those that go with the next message to the agent. */
export function useAlong(comments: readonly Comment[]): readonly Comment[] {
  const left = useStore(leftOut)
  return comments.filter((comment) => isUnsent(comment) && !left.has(comment.id))
}
