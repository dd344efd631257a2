import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { AgentOverview, LandingPlanRow } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { ConflictFiles } from '~/features/landing/ConflictFiles'
import { UndoLanding } from '~/features/landing/Landed'
import type { Order, Progress } from '~/features/landing/progress'
import { cancelLanding } from '~/features/landing/runner'
import { Steps } from '~/features/landing/Steps'
import { WithoutChecks } from '~/features/landing/WithoutChecks'
import { useAbortMerge } from '~/features/landing/use-abort-merge'
import { plural } from '~/lib/format'
import { useRowDrag } from '~/lib/row-drag'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Menu } from '~/ui/Menu'
import { Cost } from '~/ui/Cost'
import { PlusMinus } from '~/ui/PlusMinus'
import { StatusGlyph } from '~/ui/Status'
import { toast } from '~/ui/toasts'

export type LandingRowProps = {
  place: number
  count: number
  row: LandingPlanRow
  /** Files of it that git has in conflict now: a merge is open there. */
  conflicted: number
  /** Its landing is the newest one on base. */
  canUndo: boolean
  /** Place and branch of those before it that it conflicts with. */
  meets: readonly { place: number; branch: string }[]
  agents: readonly AgentOverview[]
  order: Order
  progress: Progress | undefined
  isLeftOut: boolean
  /** Its turn in the queue comes. */
  isWaiting: boolean
  /** Another queue would be refused. */
  isBusy: boolean
  onLand: (ignoreChecks: boolean) => void
  onLeaveOut: () => void
  onChoose: () => void
  onMove: (to: number) => void
  /** Another row was dropped on this one. */
  onDropped: (worktreeId: string) => void
}

const columns = 'grid grid-cols-[24px_28px_minmax(0,1fr)_84px_110px_60px] items-start gap-x-3 max-sm:grid-cols-[28px_minmax(0,1fr)]'

export function LandingRow(props: LandingRowProps) {
  const { place, row, agents, progress, meets, order, isLeftOut, onChoose } = props
  const { isOver, handlers } = useRowDrag('text/x-muster-landing', row.worktreeId, props.onDropped)
  const isActive = progress?.state === 'running'
  const isInConflict = isInMerge(props)
  const acts = (
    <span className="-ml-2 flex flex-wrap items-center gap-1">
      <RowActs {...props} />
    </span>
  )
  const title = agents[0]?.name
  const paid = agents.filter(({ isDemo }) => isDemo !== true)
  const cost = paid.reduce((sum, { costMicros }) => sum + costMicros, 0)
  return (
    <li {...handlers} className={`${columns} ${isOver ? 'bg-bg3' : ''} ${isActive ? '-mx-3 rounded-md bg-bg2 px-3 py-3 outline-1 outline-line2' : 'border-t border-line py-3'}`}>
      <span className="text-right font-medium text-fg2 max-sm:hidden">{place}</span>
      <RowGlyph row={row} progress={progress} meets={meets.length > 0 || props.conflicted > 0} />
      <div className="min-w-0">
        <p className="flex min-w-0 items-baseline gap-2">
          <Link
            to="/w/$workspaceId/review/$worktreeId"
            params={{ workspaceId: order.workspaceId, worktreeId: row.worktreeId }}
            onFocus={onChoose}
            draggable={false}
            data-row={row.worktreeId}
            className="hit min-w-0 truncate font-mono text-sm leading-5 font-semibold hover:underline"
          >
            {visibleName(row.branch)}
          </Link>
          {title !== undefined && <span className="min-w-0 truncate text-fg2">{visibleName(title)}</span>}
          {props.isWaiting && <span className="shrink-0 text-sm text-fg2">in the queue</span>}
          {isLeftOut && <span className="shrink-0 text-sm text-fg2">left out</span>}
        </p>
        <div className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-1">
          <Said {...props} />
          {!isInConflict && acts}
        </div>
        {isInConflict && <ConflictFiles workspaceId={order.workspaceId} worktreeId={row.worktreeId} agentId={agents[0]?.id} paths={pathsOf(props)} />}
        {isInConflict && acts}
      </div>
      <span className="text-right text-sm text-fg2 max-sm:hidden">{plural(row.files, 'file')}</span>
      <span className="text-right max-sm:hidden">
        <PlusMinus added={row.added} removed={row.removed} />
      </span>
      <span className="text-right text-sm text-fg2 max-sm:hidden">
        <Cost micros={cost} isDemo={agents.length > 0 && paid.length === 0} />
      </span>
    </li>
  )
}

function RowGlyph({ row, progress, meets }: { row: LandingPlanRow; progress: Progress | undefined; meets: boolean }) {
  if (progress?.state === 'landed') return <StatusGlyph look="finished" word="Landed" className="mt-[3px]" />
  if (progress?.state === 'running') return <StatusGlyph look="running" word="Landing" className="mt-[3px]" />
  if (progress?.state === 'stopped') return <StatusGlyph look="error" word="Stopped" className="mt-[3px]" />
  if (meets || row.baseConflicts.length > 0 || row.isDirty) return <StatusGlyph look="waiting" word="Needs you" className="mt-[3px]" />
  return <StatusGlyph look="idle" word="Not landed" className="mt-[3px]" />
}

/** Base was brought in, and git stopped: nothing lands until that merge is finished or aborted. */
const isInMerge = ({ conflicted, progress }: Pick<LandingRowProps, 'conflicted' | 'progress'>) =>
  progress?.state !== 'running' && progress?.state !== 'landed' && (conflicted > 0 || (progress?.conflicts.length ?? 0) > 0)

/** As it was found by the landing, else as the plan compares it with base. */
const pathsOf = ({ row, progress }: Pick<LandingRowProps, 'row' | 'progress'>) =>
  progress?.state === 'stopped' && progress.conflicts.length > 0 ? progress.conflicts : row.baseConflicts

const files = (paths: readonly string[]) => `${visibleName(paths[0] ?? '')}${paths.length > 1 ? ` and ${plural(paths.length - 1, 'more file', 'more files')}` : ''}`

/** What keeps it from landing, in words; else its steps. */
function Said(props: LandingRowProps) {
  const { row, progress, meets, conflicted, order } = props
  const base = visibleName(order.baseRef.replace(/^refs\/heads\//, ''))
  if (progress?.state === 'stopped') return <span className="text-sm break-words text-err">{visible(progress.text)}</span>
  if (progress) return <Steps row={row} progress={progress} />
  if (conflicted > 0) return <span className="text-sm text-wait">{plural(conflicted, 'file')} in conflict: a merge or rebase is open in this worktree</span>
  if (row.baseConflicts.length > 0) return <span className="min-w-0 text-sm break-words text-wait">Conflicts with {base} in {files(row.baseConflicts)}</span>
  if (row.isDirty) return <span className="text-sm text-wait">Has changes that are not committed and would not land</span>
  if (meets.length > 0) return <span className="min-w-0 text-sm break-words text-wait">{meetsText(meets)}</span>
  return <Steps row={row} progress={undefined} />
}

function meetsText(meets: LandingRowProps['meets']): string {
  const [first] = meets
  if (!first) return ''
  if (meets.length === 1) return `Conflicts with ${visibleName(first.branch)}, which lands before it`
  return `Conflicts with ${visibleName(first.branch)} and ${plural(meets.length - 1, 'other', 'others')}, which land before it`
}

function RowActs(props: LandingRowProps) {
  const { row, order, progress, agents, isLeftOut, isWaiting, isBusy, canUndo, place, count, onLand, onLeaveOut, onMove } = props
  const { workspaceId } = order
  const [asks, setAsks] = useState(false)
  if (progress?.state === 'running')
    return (
      <Button isSmall look="quiet" onClick={() => void cancelLanding(workspaceId)}>
        Cancel
      </Button>
    )
  if (progress?.state === 'landed')
    return canUndo ? (
      <UndoLanding isSmall look="quiet" landing={progress.landing}>
        Undo
      </UndoLanding>
    ) : null
  if (isWaiting) return null
  const isStopped = progress?.state === 'stopped'
  const isInConflict = isInMerge(props)
  const lacksChecks = isStopped && !isInConflict && row.unmetChecks > 0
  return (
    <>
      {isInConflict && <ConflictActs {...order} hasAgent={agents.length > 0} />}
      {!isInConflict && (
        <Button isSmall look="quiet" disabled={isBusy} onClick={() => onLand(false)}>
          {lacksChecks ? `Run ${row.unmetChecks === 1 ? 'the check' : 'the checks'} and land` : isStopped ? 'Try again' : 'Land this one'}
        </Button>
      )}
      {lacksChecks && (
        <Button isSmall look="quiet" disabled={isBusy} onClick={() => setAsks(true)}>
          Land without…
        </Button>
      )}
      {asks && <WithoutChecks row={row} onLand={() => onLand(true)} onClose={() => setAsks(false)} />}
      <Button isSmall look="quiet" onClick={onLeaveOut}>
        {isLeftOut ? 'Include' : 'Leave out'}
      </Button>
      {count > 1 && (
        <Menu
          isSmall
          icon="more"
          label={`Place of ${visibleName(row.branch)}`}
          items={[
            { label: 'Move up', keys: 'Alt+ArrowUp', isOff: place === 1 ? 'It is the first' : undefined, run: () => onMove(place - 2) },
            { label: 'Move down', keys: 'Alt+ArrowDown', isOff: place === count ? 'It is the last' : undefined, run: () => onMove(place) },
          ]}
        />
      )}
    </>
  )
}

/** Who finishes the merge: its agent, or nobody. */
function ConflictActs({ workspaceId, worktreeId, hasAgent }: Pick<Order, 'workspaceId' | 'worktreeId'> & { hasAgent: boolean }) {
  const ids = { workspaceId, worktreeId }
  const handOver = useAct('hand_over_conflicts', () => toast('Handed to the agent'), 'toasted')
  const abort = useAbortMerge()
  return (
    <>
      {hasAgent && (
        <Button isSmall look="quiet" disabled={handOver.isPending} onClick={() => handOver.mutate(ids)}>
          Hand to its agent
        </Button>
      )}
      <Button isSmall look="quiet" disabled={abort.isPending} onClick={() => abort.mutate(ids)}>
        Abort the merge
      </Button>
    </>
  )
}
