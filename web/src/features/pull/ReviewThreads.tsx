import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { AgentOverview, PullRequest, WorktreeOverview } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { reviewQuery } from '~/features/pull/queries'
import { threadsOf, type Thread } from '~/features/pull/words'
import { plural } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { SendTo } from '~/ui/SendTo'
import { toast } from '~/ui/toasts'

type ThreadsProps = { worktree: WorktreeOverview; agents: readonly AgentOverview[]; pull: PullRequest }

/** What reviewers wrote at the host, by thread. The agent gets it as a quotation: others wrote it. */
export function ReviewThreads({ worktree, agents, pull }: ThreadsProps) {
  const { workspaceId, id: worktreeId } = worktree
  const { number } = pull
  const review = useQuery(reviewQuery(workspaceId, number))
  const [isWhole, setWhole] = useState(false)
  const { mutate, isPending } = useAct('send_review_comments', ({ sent }) => toast(`${plural(sent, 'comment')} sent to the agent`), 'toasted')
  if (review.error && !review.data) return <ErrorNote title="Its review could not be read" error={review.error} onRetry={() => void review.refetch()} />
  const threads = threadsOf(review.data?.comments ?? [])
  if (threads.length === 0) return null
  const open = threads.filter(({ isResolved }) => !isResolved)
  const send = (agentId: string, commentIds?: string[]) => mutate({ workspaceId, worktreeId, number, agentId, ...(commentIds && { commentIds }) })
  return (
    <>
      <h3 className="mt-2 flex min-h-6 items-center font-medium">
        Review
        <span className="ml-2 font-normal text-fg2">{open.length === 0 ? 'all resolved' : `${open.length} open`}</span>
        <span className="ml-auto">{open.length > 1 && <SendTo text="Send all to agent" agents={agents} isOff={isPending} onSend={(agentId) => send(agentId)} />}</span>
      </h3>
      <ul aria-label="Review comments">
        {(isWhole ? threads : open).map((thread) => (
          <ThreadRow key={thread.id} worktree={worktree} thread={thread}>
            <SendTo text="Send to agent" about={placeOf(thread)} agents={agents} isOff={isPending} onSend={(agentId) => send(agentId, thread.comments.map(({ id }) => id))} />
          </ThreadRow>
        ))}
      </ul>
      {open.length < threads.length && (
        <Button isSmall look="quiet" onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Hide what is resolved' : `${threads.length - open.length} resolved`}
        </Button>
      )}
      {review.data?.nextCursor !== undefined && <p className="text-sm text-fg2">More threads are on its page.</p>}
    </>
  )
}

const placeOf = ({ path, line }: Thread) => (line === undefined ? path : `${path}:${line}`)

function ThreadRow({ worktree, thread, children }: { worktree: WorktreeOverview; thread: Thread; children: React.ReactNode }) {
  const { path, line, isResolved, isOutdated, comments } = thread
  return (
    <li className="border-t border-line py-2">
      <p className="flex min-w-0 items-baseline gap-2 text-sm">
        <Link
          to="/w/$workspaceId/review/$worktreeId"
          params={{ workspaceId: worktree.workspaceId, worktreeId: worktree.id }}
          search={{ file: path, ...(line !== undefined && { line: String(line) }) }}
          className="hit min-w-0 truncate font-mono hover:underline"
        >
          {visibleName(placeOf(thread))}
        </Link>
        <span className="shrink-0 text-fg2">{isResolved ? 'resolved' : isOutdated ? 'outdated' : ''}</span>
      </p>
      {comments.map(({ id, author, body, isBodyCut }) => (
        <div key={id} className="mt-1">
          <span className="text-sm font-medium">{visibleName(author === '' ? 'A deleted account' : author)}</span>
          <p className="text-sm break-words whitespace-pre-wrap text-fg1">
            {visible(body)}
            {isBodyCut && ' …'}
          </p>
        </div>
      ))}
      <div className="flex justify-end">{children}</div>
    </li>
  )
}
