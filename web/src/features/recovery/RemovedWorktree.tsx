import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useAct } from '~/api/use-act'
import { trashQuery } from '~/api/workspace-queries'
import { useNow } from '~/lib/clock'
import { formatWhen } from '~/lib/dates'
import { visibleName } from '~/lib/visible'
import { Button, linkLook } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Skeleton } from '~/ui/Skeleton'
import { toast } from '~/ui/toasts'

/** Where a link leads to a worktree that is not there any more: since when, and the way back. */
export function RemovedWorktree({ worktreeId }: { worktreeId: string }) {
  const { data, error, refetch } = useQuery(trashQuery())
  const now = useNow()
  const restore = useAct('restore_trash', ({ name, note }) => toast(note ? `Restored ${visibleName(name)}: ${note}` : `Restored ${visibleName(name)}`))
  if (error && !data) return <ErrorNote title="The trash could not be read" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton label="Looking in the trash" rows={2} />
  const entry = data.entries.find((one) => one.worktreeId === worktreeId)
  if (!entry) return <Empty title="This worktree is gone" text="It was deleted for good, or its repository was closed. What is kept is in Recovery." action={<ToRecovery />} />
  const { id: trashId, name, removedAt, isGone } = entry
  return (
    <>
      <Empty
        title={`${visibleName(name)} was removed ${formatWhen(removedAt, now)}`}
        text={isGone ? 'Its folder was moved or deleted outside Muster since: there is nothing left to restore.' : 'All of its files are in the trash. Restoring puts it back where it was.'}
        action={
          <>
            {!isGone && (
              <Button isOff={restore.isPending} onClick={() => restore.mutate({ trashId })}>
                {restore.isPending ? 'Restoring' : 'Restore'}
              </Button>
            )}
            <ToRecovery at={trashId} />
          </>
        }
      />
      {restore.error && <ErrorNote title="Nothing was restored" error={restore.error} />}
    </>
  )
}

function ToRecovery({ at }: { at?: string }) {
  return (
    <Link to="/recovery" search={at === undefined ? {} : { at }} className={linkLook('quiet')}>
      Show in Recovery
    </Link>
  )
}
