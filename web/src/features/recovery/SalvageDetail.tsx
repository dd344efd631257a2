import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { salvageQuery } from '~/api/recovery'
import { useAct } from '~/api/use-act'
import { Changes, Replaced, useChanges } from '~/features/recovery/Changes'
import { DetailTitle, Prose, SameAs, Target } from '~/features/recovery/parts'
import { RestoreActs, UnsavedError } from '~/features/recovery/RestoreActs'
import type { Names, SalvageRow } from '~/features/recovery/rows'
import { formatClock, plural } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { toast, toastUndo } from '~/ui/toasts'

type SalvageDetailProps = { row: SalvageRow; names: Names; onDone: () => void }

export function SalvageDetail({ row, names, onDone }: SalvageDetailProps) {
  const { of: salvage, workspaceId } = row
  const [into, setInto] = useState<string>()
  const [isWhole, setWhole] = useState(false)
  const [isUnsavedToo, setUnsavedToo] = useState(false)
  const worktreeId = salvage.isGone ? into : salvage.worktreeId
  const place = { workspaceId, worktreeId: worktreeId ?? '', to: salvage.id }
  const changes = useChanges(place, worktreeId !== undefined)
  const undo = useAct('restore_salvage', onDone, 'toasted')
  const restore = useAct('restore_salvage', ({ before, note }) => {
    if (note) toast(note)
    toastUndo(`Restored ${visibleName(row.name ?? 'the worktree')}`, () => undo.mutateAsync({ workspaceId, worktreeId: place.worktreeId, salvageId: before.id }))
    onDone()
    void changes.refetch()
  })
  const count = changes.data?.totalFiles
  const isOff = worktreeId === undefined || restore.isPending || salvage.state === 'damaged'
  function run() {
    if (isOff) return
    restore.mutate({
      workspaceId,
      worktreeId: salvage.worktreeId,
      salvageId: salvage.id,
      ...(salvage.isGone && into !== undefined && { into }),
      ...(isUnsavedToo && { acceptUnsaved: true }),
    })
  }
  useKeys('pane', [
    { keys: 'r', label: 'restore', run },
    { keys: 'c', label: 'compare', run: () => setWhole((now) => !now) },
  ])
  return (
    <>
      <DetailTitle row={row} />
      <Holds workspaceId={workspaceId} row={row} />
      {salvage.isGone && <Target names={names} workspaceId={workspaceId} value={into} onValue={setInto} />}
      {worktreeId !== undefined && <Changes changes={changes} isWhole={isWhole} onWhole={() => setWhole(true)} />}
      <UnsavedError title="Nothing was restored" error={restore.error} isUnsavedToo={isUnsavedToo} onUnsavedToo={setUnsavedToo} />
      <RestoreActs isPending={restore.isPending} isOff={isOff} count={count} isWhole={isWhole} onRestore={run} onCompare={() => setWhole((now) => !now)}>
        {salvage.act === 'land_worktree' && !salvage.isGone && <UndoLanding workspaceId={workspaceId} worktreeId={salvage.worktreeId} onDone={onDone} />}
      </RestoreActs>
      {changes.data?.totalFiles === 0 && <Prose>The files there equal the salvage’s: only the index and HEAD could change.</Prose>}
      {changes.data && worktreeId !== undefined && <Replaced place={place} diff={changes.data} />}
      <SameAs words={`salvage restore ${workspaceId} ${salvage.worktreeId} ${salvage.id}${into === undefined ? '' : ` --into ${into}`}`} />
    </>
  )
}

/** The worktree's last landing; refused once the base branch has moved on. */
function UndoLanding({ workspaceId, worktreeId, onDone }: { workspaceId: string; worktreeId: string; onDone: () => void }) {
  const undo = useAct(
    'undo_merge',
    ({ baseRef, note }) => {
      toast(`Undid the landing on ${visibleName(baseRef.replace(/^refs\/heads\//, ''))}${note ? `: ${note}` : ''}`)
      onDone()
    },
    'toasted',
  )
  return (
    <Button look="quiet" isOff={undo.isPending} onClick={() => undo.mutate({ workspaceId, worktreeId })}>
      Undo the last landing
    </Button>
  )
}

/** What it holds, and what it lacks. */
function Holds({ workspaceId, row: { of: salvage } }: { workspaceId: string; row: SalvageRow }) {
  const detail = useQuery(salvageQuery(workspaceId, salvage.worktreeId, salvage.id)).data
  const { madeAt, branch, state, leftOut } = salvage
  if (state === 'damaged') return <Prose>This salvage is damaged: it cannot be read.</Prose>
  const parts = [
    detail && plural(detail.fileCount, 'file'),
    detail && detail.staged.length > 0 && `the index with ${plural(detail.staged.length, 'staged file')}`,
    detail && detail.ignored.length > 0 && plural(detail.ignored.length, 'ignored file'),
    state !== 'none' && `a ${state} in progress`,
  ].filter(Boolean)
  return (
    <>
      <Prose>
        The worktree as it was at {formatClock(madeAt)}
        {branch !== undefined && (
          <>
            {' '}
            on <span className="font-mono">{visibleName(branch.replace(/^refs\/heads\//, ''))}</span>
          </>
        )}
        {parts.length > 0 && `: ${parts.join(', ')}`}.
      </Prose>
      {leftOut > 0 && (
        <details className="mt-1 text-sm text-fg1">
          <summary className="touch">{plural(leftOut, 'file')} too large or too many to be saved</summary>
          <ul className="mt-1 pl-5 font-mono text-sm">
            {(detail?.leftOutPaths ?? []).slice(0, 20).map((path) => (
              <li key={path} className="[overflow-wrap:anywhere]">
                {visible(path)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}
