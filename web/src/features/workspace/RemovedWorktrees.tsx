import { useQuery } from '@tanstack/react-query'
import type { TrashEntry } from '~/api/generated'
import { trashQuery } from '~/api/queries'
import { useAct } from '~/api/use-act'
import { formatBytes, formatFull } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Icon } from '~/ui/Icon'
import { ErrorNote } from '~/ui/Notes'
import { toast } from '~/ui/toasts'

/** The trash of this workspace, each entry with a way to restore it. An empty trash is not shown. */
export function RemovedWorktrees({ workspaceId }: { workspaceId: string }) {
  const trash = useQuery(trashQuery())
  if (trash.error) return <ErrorNote title="The trash could not be read" error={trash.error} onRetry={() => void trash.refetch()} />
  const entries = trash.data?.entries.filter((entry) => entry.workspaceId === workspaceId) ?? []
  if (entries.length === 0) return null
  return (
    <details className="text-fg1">
      <summary className="touch min-h-6 w-fit rounded-sm px-1 text-sm text-fg2 hover:text-fg0">Removed worktrees ({entries.length})</summary>
      <ul aria-label="Removed worktrees" className="mt-2 flex flex-col divide-y divide-line rounded-lg border border-line bg-bg1">
        {entries.map((entry) => (
          <Removed key={entry.id} entry={entry} />
        ))}
      </ul>
    </details>
  )
}

function Removed({ entry }: { entry: TrashEntry }) {
  const { name, branch, removedAt, bytes, isGone } = entry
  const restore = useAct('restore_trash', ({ note }) => toast(note ? `Restored ${visibleName(name)}: ${note}` : `Restored ${visibleName(name)}`), 'toasted')
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2.5">
      <div className="flex min-w-0 flex-1 basis-60 flex-col gap-0.5">
        <p className="flex min-w-0 flex-wrap items-center gap-x-2.5">
          <span className="min-w-0 truncate font-medium">{visibleName(name)}</span>
          <span className="flex min-w-0 items-center gap-1 font-mono text-sm">
            <Icon name="branch" className="text-fg2" />
            <span className="truncate">{visibleName(branch?.replace(/^refs\/heads\//, '') ?? 'no branch')}</span>
          </span>
        </p>
        <p className="tnum text-sm text-fg2">
          Removed <time dateTime={removedAt}>{formatFull(removedAt)}</time> · {isGone ? 'its folder is gone' : formatBytes(bytes)}
        </p>
      </div>
      <Button
        isSmall
        icon="undo"
        aria-label={`Restore ${visibleName(name)}`}
        disabled={restore.isPending}
        onClick={() => restore.mutate({ trashId: entry.id })}
      >
        {restore.isPending ? 'Restoring' : 'Restore'}
      </Button>
    </li>
  )
}
