import { useAlong } from '~/api/comments'
import type { Comment } from '~/api/generated'
import { useAct } from '~/api/use-act'
import type { LineRow } from '~/features/diff/rows'
import type { DiffKeys } from '~/features/diff/use-diff-keys'
import { plural } from '~/lib/format'
import { Button } from '~/ui/Button'
import { Icon } from '~/ui/Icon'
import { Kbd } from '~/ui/Kbd'
import { toast } from '~/ui/toasts'

type CommentBarProps = {
  ids: { workspaceId: string; worktreeId: string }
  agentId: string | undefined
  unsent: readonly Comment[]
  isSentAlong: boolean
  lines: readonly LineRow[]
  keys: DiffKeys
}

const hints = [
  ['J K', 'hunk'],
  ['C', 'comment'],
  ['V', 'viewed'],
] as const

/** Below the diff: the comments that wait, and what can be done with the chosen lines. */
export function CommentBar({ ids, agentId, unsent, isSentAlong, lines, keys }: CommentBarProps) {
  const along = useAlong(unsent)
  const send = useAct('send_comments', ({ sent }) => toast(`${plural(sent, 'comment')} sent`), 'toasted')
  return (
    <div data-foot="" className="flex min-h-8 shrink-0 flex-wrap items-center gap-x-2 border-t border-line px-3 text-sm text-fg2">
      {unsent.length > 0 && (
        <>
          <Icon name="comment" className="size-3.5" />
          <span className="whitespace-nowrap text-fg1">{plural(unsent.length, 'comment')}</span>
          <span className={lines.length > 0 ? 'sr-only' : 'truncate'}>{waiting(unsent.length, isSentAlong ? along.length : 0)}</span>
          <Button
            isSmall
            look="quiet"
            isOff={send.isPending}
            onClick={() => send.mutate({ ...ids, commentIds: unsent.map(({ id }) => id), ...(agentId !== undefined && { agentId }) })}
          >
            Send now
          </Button>
        </>
      )}
      {lines.length > 0 && (
        <span className="flex min-w-0 flex-wrap items-center">
          <Button isSmall look="quiet" keys="C" onClick={keys.comment}>
            Comment
          </Button>
          <Button isSmall look="quiet" onClick={() => void keys.copyLines(lines)}>
            Copy {lines.length === 1 ? 'line' : plural(lines.length, 'line')}
          </Button>
          {lines.length > 1 && (
            <Button isSmall look="quiet" onClick={() => void keys.copyPatch(lines)}>
              With signs
            </Button>
          )}
          <Button isSmall look="quiet" onClick={() => keys.copyLink(lines[0])}>
            Copy link
          </Button>
        </span>
      )}
      {lines.length === 0 && (
        <span aria-hidden="true" className="ml-auto flex shrink-0 gap-3 max-sm:hidden">
          {hints.map(([key, word]) => (
            <span key={key} className="flex items-center gap-1 text-xs">
              <Kbd keys={key} />
              {word}
            </span>
          ))}
        </span>
      )}
    </div>
  )
}

function waiting(n: number, along: number): string {
  if (along === 0) return 'not sent yet'
  if (along < n) return `${along} of them with your next message`
  return n === 1 ? 'goes with your next message' : 'go with your next message'
}
