import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { LandingPlan, LandingPlanRow, Overview, Radar } from '~/api/generated'
import { isDirty } from '~/api/groups'
import { overviewQuery } from '~/api/overview'
import { Landed, useLandings } from '~/features/landing/Landed'
import { LandingRow } from '~/features/landing/LandingRow'
import { Matrix, Pair } from '~/features/landing/Matrix'
import { meetings, type MeetCell, type Meetings } from '~/features/landing/matrix'
import { landingsQuery, planQuery, radarQuery } from '~/features/landing/queries'
import { useOrder, type OwnOrder } from '~/features/landing/use-order'
import type { Order } from '~/features/landing/progress'
import { useCounts, useShownId, WorkspaceChoice } from '~/features/landing/WorkspaceChoice'
import { land, undoLanding, useLandQueue, useUndone } from '~/features/landing/runner'
import { useKeys } from '~/lib/keys'
import { formatNumber } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { useTitle } from '~/ui/PageHead'
import { PlusMinus } from '~/ui/PlusMinus'
import { Section } from '~/ui/Section'
import { Skeleton } from '~/ui/Skeleton'
import { useHasUndo } from '~/ui/toasts'

type LandingPageProps = { workspaceId: string | undefined; onWorkspace: (workspaceId: string) => void }

/** All finished worktrees of a workspace in one queue: the order, which meet, one by one onto their base, each with undo. */
export function LandingPage({ workspaceId, onWorkspace }: LandingPageProps) {
  useTitle('Landing')
  const { data, error, refetch } = useQuery(overviewQuery())
  const landable = useCounts()
  const shownId = useShownId(workspaceId, data, landable)
  const isReading = !error && (!data || (shownId === undefined && !landable.isRead))
  return (
    <main id="content" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto outline-none">
      <div className="px-8 pt-5 pb-10 max-sm:px-4">
        {!(data && shownId !== undefined) && <h1 className="flex min-h-9 items-center text-xl font-semibold tracking-[-0.016em]">Landing</h1>}
        {error && !data && <ErrorNote title="The worktrees could not be read" error={error} onRetry={() => void refetch()} />}
        {isReading && <Skeleton label="Reading your worktrees" />}
        {data && shownId !== undefined && <WorkspaceChoice all={data} shownId={shownId} counts={landable.counts} onWorkspace={onWorkspace} />}
        {data && !isReading && shownId === undefined && <Empty title="Nothing to land" text="A worktree is listed here once its branch has commits that its base lacks." />}
        {data && shownId !== undefined && <Queue key={shownId} workspaceId={shownId} all={data} />}
      </div>
    </main>
  )
}

function Queue({ workspaceId, all }: { workspaceId: string; all: Overview }) {
  const plan = useQuery(planQuery(workspaceId))
  const radar = useQuery(radarQuery(workspaceId))
  // A turn that begins or ends takes its worktree out of the queue or brings it in; the workspace has no event of it.
  const inTurn = inTurnOf(all, workspaceId)
  const planned = useRef(inTurn)
  const { refetch } = plan
  useEffect(() => {
    if (planned.current === inTurn) return
    planned.current = inTurn
    void refetch()
  }, [inTurn, refetch])
  const failed = plan.error ?? radar.error
  if (failed && !(plan.data && radar.data))
    return <ErrorNote title="The order could not be planned" error={failed} onRetry={() => void Promise.all([plan.refetch(), radar.refetch()])} />
  if (!plan.data || !radar.data) return <Skeleton label="Comparing the worktrees" rows={6} />
  return <Planned workspaceId={workspaceId} all={all} plan={plan.data} radar={radar.data} />
}

/** Worktrees of it whose agents are in the middle of a turn. */
function inTurnOf({ agents }: Overview, workspaceId: string): string {
  const of = agents.filter((agent) => agent.workspaceId === workspaceId && agent.isInTurn).map(({ worktreeId }) => worktreeId)
  return [...new Set(of)].sort().join(' ')
}

type PlannedProps = { workspaceId: string; all: Overview; plan: LandingPlan; radar: Radar }

function Planned({ workspaceId, all, plan, radar }: PlannedProps) {
  const [leftOut, setLeftOut] = useState<ReadonlySet<string>>(new Set())
  const [chosen, setChosen] = useState<MeetCell>()
  const { progress, waiting, isRunning } = useLandQueue(workspaceId)
  const workspace = all.workspaces.find((one) => one.workspaceId === workspaceId)
  const order = useOrder(workspaceId, plan.worktrees)
  const { rows } = order
  const agentsOf = (row: LandingPlanRow) => all.agents.filter(({ worktreeId }) => worktreeId === row.worktreeId)
  const orderOf = ({ worktreeId, branch, headId }: LandingPlanRow): Order => {
    const message = all.agents.find((agent) => agent.worktreeId === worktreeId)?.name ?? branch
    return { workspaceId, worktreeId, branch, baseRef: plan.baseRef, headId, how: 'squash', message }
  }
  const able = rows.filter((row) => !row.isDirty && row.baseConflicts.length === 0)
  const isFree = (row: LandingPlanRow) => !leftOut.has(row.worktreeId) && able.includes(row) && progress.get(row.worktreeId) === undefined
  const next = rows.filter(isFree)
  const landNext = () => void land(next.map(orderOf))
  useKeys('page', [{ keys: 'Ctrl+Enter', label: 'land', run: landNext }], { isOn: next.length > 0 && !isRunning })
  const list = useRef<HTMLUListElement>(null)
  const [pickedId, setPicked] = useState<string>()
  const landings = useLandings(workspaceId)
  const undone = useUndone()
  function choose(by: 1 | -1) {
    const at = rows.findIndex(({ worktreeId }) => worktreeId === pickedId)
    const row = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))]
    list.current?.querySelector<HTMLElement>(`[data-row="${row?.worktreeId ?? ''}"]`)?.focus()
  }
  useKeys('list', [
    { keys: 'j', label: 'down', canRepeat: true, run: () => choose(1) },
    { keys: 'k', label: 'up', canRepeat: true, run: () => choose(-1) },
    { keys: 'x', label: 'leave out', run: () => pickedId !== undefined && toggle(pickedId) },
  ])
  const canBeUndone = useQuery(landingsQuery(workspaceId)).data?.landings.filter(({ id, canUndo }) => canUndo && !undone.has(id)) ?? []
  const undoable = new Set(canBeUndone.map(({ worktreeId }) => worktreeId))
  const past = canBeUndone[0]
  const last = landings.at(-1) ?? past
  const shownAbove = new Set(landings.filter(({ worktreeId }) => rows.some((row) => row.worktreeId === worktreeId)).map(({ id }) => id))
  const hasUndo = useHasUndo()
  useKeys('list', [{ keys: 'u', label: 'undo', run: () => last && void undoLanding(last) }], { isOn: last !== undefined && !hasUndo })
  function move(worktreeId: string, to: number) {
    order.move(worktreeId, to)
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-row="${worktreeId}"]`)?.focus())
  }
  const moveBy = (by: 1 | -1) => pickedId !== undefined && move(pickedId, rows.findIndex(({ worktreeId }) => worktreeId === pickedId) + by)
  useKeys(
    'list',
    [
      { keys: 'Alt+ArrowUp', label: 'move up', run: () => moveBy(-1) },
      { keys: 'Alt+ArrowDown', label: 'move down', run: () => moveBy(1) },
    ],
    { within: list },
  )
  function toggle(worktreeId: string) {
    setLeftOut((now) => (now.has(worktreeId) ? new Set([...now].filter((id) => id !== worktreeId)) : new Set([...now, worktreeId])))
  }
  const meet = meetings(rows, radar)
  const base = visibleName(plan.baseRef.replace(/^refs\/heads\//, ''))
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_324px] gap-x-10 max-lg:grid-cols-[minmax(0,1fr)]">
      <div className="min-w-0">
        <h1 className="mb-3 flex min-h-9 items-center text-xl font-semibold tracking-[-0.016em]">
          <span>
            {titleOf(rows.length, able.length)} {rows.length > 0 && `on ${base}`}
            <span className="font-normal text-fg2"> in {visibleName(workspace?.name ?? '')}</span>
          </span>
        </h1>
        {rows.length === 0 ? <NothingReady plan={plan} all={all} /> : <Facts rows={rows} base={base} meets={meet} order={order} />}
        <span role="status" className="sr-only">
          {order.said}
        </span>
        <ul ref={list}>
          {rows.map((row, at) => (
            <LandingRow
              key={row.worktreeId}
              place={at + 1}
              row={row}
              agents={agentsOf(row)}
              conflicted={all.worktrees.find(({ id }) => id === row.worktreeId)?.conflicted ?? 0}
              canUndo={undoable.has(row.worktreeId)}
              meets={row.conflictsWith.flatMap((id) => {
                const place = rows.findIndex(({ worktreeId }) => worktreeId === id)
                return place >= 0 && place < at ? [{ place: place + 1, branch: rows[place]?.branch ?? '' }] : []
              })}
              order={orderOf(row)}
              progress={progress.get(row.worktreeId)}
              isLeftOut={leftOut.has(row.worktreeId)}
              count={rows.length}
              onMove={(to) => move(row.worktreeId, to)}
              onDropped={(worktreeId) => move(worktreeId, at)}
              onLand={(ignoreChecks) => void land([{ ...orderOf(row), ignoreChecks }])}
              isWaiting={waiting.has(row.worktreeId)}
              isBusy={isRunning}
              onLeaveOut={() => toggle(row.worktreeId)}
              onChoose={() => setPicked(row.worktreeId)}
            />
          ))}
        </ul>
        {rows.length > 0 && (
          <div className="flex flex-wrap items-center gap-3 border-t border-line py-4">
            <Button look="solid" keys="Ctrl+Enter" disabled={next.length === 0 || isRunning} onClick={landNext}>
              {isRunning ? 'Landing' : next.length < 2 ? 'Land' : `Land the next ${next.length}`}
            </Button>
            <span className="text-sm text-fg2">
              {next.length === 0 && !isRunning
                ? 'None of these can land as it is: each says why.'
                : 'Stops at the first that does not succeed, and continues when this page is closed. What has landed can be undone, the newest first.'}
            </span>
          </div>
        )}
        <Landed workspaceId={workspaceId} all={all} has={({ id }) => !shownAbove.has(id)} />
        {rows.length > 0 && <Excluded plan={plan} all={all} />}
      </div>
      <aside aria-label="Conflicting pairs">
        {rows.length > 1 && <Matrix rows={rows} radar={radar} chosen={chosen} onChoose={setChosen} />}
        {chosen && <Pair cell={chosen} rows={rows} radar={radar} />}
      </aside>
    </div>
  )
}

function titleOf(all: number, able: number): string {
  if (all === 0) return 'Nothing to land'
  if (able === 0) return `0 of ${all} can land`
  return able === all ? `Land ${all}` : `Land ${able} of ${all}`
}

function Facts({ rows, base, meets, order }: { rows: readonly LandingPlanRow[]; base: string; meets: Meetings; order: OwnOrder }) {
  const againstBase = rows.filter(({ baseConflicts }) => baseConflicts.length > 0).length
  const sum = (key: 'files' | 'added' | 'removed') => rows.reduce((n, row) => n + row[key], 0)
  return (
    <p className="mb-2 flex min-h-7 flex-wrap gap-x-6 text-fg2">
      <span>
        <b className="font-medium text-fg0">{formatNumber(sum('files'))}</b> {sum('files') === 1 ? 'file' : 'files'} <PlusMinus added={sum('added')} removed={sum('removed')} />
      </span>
      <span>
        <b className="font-medium text-fg0">{meets.conflicts}</b> {meets.conflicts === 1 ? 'pair conflicts' : 'pairs conflict'}
        {meets.unknown > 0 && `, ${meets.unknown} not compared`}
        {againstBase > 0 && `, ${againstBase} ${againstBase === 1 ? 'conflicts' : 'conflict'} with ${base}`}
      </span>
      {order.isOwn ? (
        <span>
          in your order
          <Button isSmall look="quiet" onClick={order.reset}>
            Use the proposed one
          </Button>
        </span>
      ) : (
        <span>fewest conflicts first, then smallest</span>
      )}
    </p>
  )
}

function NothingReady({ plan, all }: { plan: LandingPlan; all: Overview }) {
  return (
    <>
      <p className="text-fg1">No worktree has commits that its base lacks.</p>
      <Excluded plan={plan} all={all} />
    </>
  )
}

/** Worktrees that cannot land as they are, with the reason; what is not committed can be read and committed. */
function Excluded({ plan, all }: { plan: LandingPlan; all: Overview }) {
  if (plan.excluded.length === 0) return null
  const rows = plan.excluded.map((one) => ({ ...one, worktree: all.worktrees.find(({ id }) => id === one.worktreeId) }))
  return (
    <div className="mt-5">
      <Section title="Not in the queue" count={rows.length}>
        <ul>
          {rows.map(({ worktreeId, branch, why, worktree }) => (
            <li key={worktreeId} className="flex min-h-7 min-w-0 flex-wrap items-baseline gap-x-3 max-sm:py-1.5">
              <span className="shrink-0 font-mono text-sm">{visibleName(branch)}</span>
              <span className="min-w-0 text-sm break-words text-fg2">{visible(why)}</span>
              {worktree && isDirty(worktree) && (
                <Link to="/w/$workspaceId/review/$worktreeId" params={{ workspaceId: worktree.workspaceId, worktreeId }} className="hit text-sm hover:underline">
                  Review and commit
                </Link>
              )}
            </li>
          ))}
        </ul>
      </Section>
    </div>
  )
}
