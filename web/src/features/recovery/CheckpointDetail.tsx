import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { checkpointQuery } from '~/api/recovery'
import { useAct } from '~/api/use-act'
import { Changes, Replaced, useChanges } from '~/features/recovery/Changes'
import { DetailTitle, Prose, SameAs } from '~/features/recovery/parts'
import { RestoreActs, UnsavedError } from '~/features/recovery/RestoreActs'
import type { CheckpointRow, Names } from '~/features/recovery/rows'
import { formatClock, plural } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { visibleName } from '~/lib/visible'
import { linkLook } from '~/ui/Button'
import { toast, toastUndo } from '~/ui/toasts'

type CheckpointDetailProps = { row: CheckpointRow; names: Names; onDone: () => void }

function howText({ isExact, isLate }: CheckpointRow['of']): string {
  if (isLate) return 'They were read after the tool had ended: they are those of a later moment.'
  return isExact ? 'No agent worked while they were read.' : 'An agent worked while they were read.'
}

export function CheckpointDetail({ row, names, onDone }: CheckpointDetailProps) {
  const { workspaceId, worktreeId, id: checkpointId, agentId, at } = row.of
  const [isWhole, setWhole] = useState(false)
  const [isUnsavedToo, setUnsavedToo] = useState(false)
  const detail = useQuery(checkpointQuery(workspaceId, worktreeId, checkpointId)).data
  const place = { workspaceId, worktreeId, to: checkpointId }
  const changes = useChanges(place, true)
  const undo = useAct('restore_salvage', onDone, 'toasted')
  const restore = useAct('restore_checkpoint', ({ before, note }) => {
    if (note) toast(note)
    toastUndo(`Restored the files of ${formatClock(at)}`, () => undo.mutateAsync({ workspaceId, worktreeId, salvageId: before.id }))
    onDone()
    void changes.refetch()
  })
  const count = changes.data?.totalFiles
  const isOff = restore.isPending || detail?.isLost === true || count === 0
  const run = () => !isOff && restore.mutate({ workspaceId, worktreeId, checkpointId, ...(isUnsavedToo && { acceptUnsaved: true }) })
  useKeys('pane', [
    { keys: 'r', label: 'restore', run },
    { keys: 'c', label: 'compare', run: () => setWhole((now) => !now) },
  ])
  return (
    <>
      <DetailTitle row={row} />
      <Prose>
        The files of <span className="font-mono">{visibleName(names.worktrees.get(worktreeId)?.name ?? worktreeId)}</span> at {formatClock(at)}. {howText(row.of)}
        {(detail?.leftOutPaths.length ?? 0) > 0 && ` It lacks ${plural(detail?.leftOutPaths.length ?? 0, 'file')}.`}
      </Prose>
      {detail?.isLost && <Prose>Its commit is missing in the repository: it cannot be restored.</Prose>}
      <Changes changes={changes} isWhole={isWhole} onWhole={() => setWhole(true)} />
      <UnsavedError title="Nothing was restored" error={restore.error} isUnsavedToo={isUnsavedToo} onUnsavedToo={setUnsavedToo} />
      <RestoreActs isPending={restore.isPending} isOff={isOff} count={count} isWhole={isWhole} onRestore={run} onCompare={() => setWhole((now) => !now)}>
        <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId, agentId }} className={linkLook('quiet')}>
          Open the agent
        </Link>
      </RestoreActs>
      {count === 0 && <Prose>The files there equal the checkpoint’s: nothing would change.</Prose>}
      {changes.data && <Replaced place={place} diff={changes.data} />}
      <Prose>Commits and the index do not change.</Prose>
      <SameAs words={`checkpoint restore ${workspaceId} ${worktreeId} ${checkpointId}`} />
    </>
  )
}
