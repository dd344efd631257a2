import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { LandingPlan, LandingPlanRow, Overview, ScriptRun, WorktreeOverview } from '~/api/generated'
import { promptable, useSendLog } from '~/api/send-prompt'
import { overviewQuery } from '~/api/overview'
import { useAct } from '~/api/use-act'
import { ConflictFiles } from '~/features/landing/ConflictFiles'
import { checksQuery, radarQuery } from '~/features/landing/queries'
import type { Progress } from '~/features/landing/progress'
import { useAbortMerge } from '~/features/landing/use-abort-merge'
import { cancelLanding } from '~/features/landing/runner'
import { isKnown } from '~/features/landing/matrix'
import { stepsOf } from '~/features/landing/Steps'
import { useTimedText } from '~/lib/clock'
import { formatDuration, plural } from '~/lib/format'
import { type Look } from '~/lib/status'
import { StatusGlyph } from '~/ui/Status'
import { visible, visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ProgressNote } from '~/ui/ProgressNote'
import { Section } from '~/ui/Section'
import { SendTo } from '~/ui/SendTo'
import { toast } from '~/ui/toasts'

type StageProps = { look: Look; title: string; aside?: ReactNode; isLast?: boolean; children?: ReactNode }

/** One stage of a landing, on a line that joins them. */
export function Stage({ look, title, aside, isLast = false, children }: StageProps) {
  return (
    <section aria-label={title} className="relative grid grid-cols-[34px_minmax(0,1fr)] pr-4">
      <div className={`relative grid justify-items-center pt-[11px] ${isLast ? '' : 'after:absolute after:top-[30px] after:-bottom-1.5 after:w-px after:bg-line2'}`}>
        <StatusGlyph look={look} />
      </div>
      <div className="min-w-0 pb-2">
        <h2 className="flex min-h-9 items-center font-semibold">
          {title}
          {aside !== undefined && <span className="ml-auto text-sm font-normal text-fg2">{aside}</span>}
        </h2>
        {children}
      </div>
    </section>
  )
}

type BaseStageProps = { worktree: WorktreeOverview; row: LandingPlanRow; base: string; progress: Progress | undefined; agentId: string | undefined }

/** Brings the base branch in, or says what prevents it. */
export function BaseStage({ worktree, row, base, progress, agentId }: BaseStageProps) {
  const ids = { workspaceId: worktree.workspaceId, worktreeId: worktree.id }
  const merge = useAct('merge_base', ({ conflictCount }) => toast(conflictCount > 0 ? `${plural(conflictCount, 'file')} in conflict` : `${base} is in`), 'toasted')
  const abort = useAbortMerge()
  const handOver = useAct('hand_over_conflicts', () => toast('Handed to the agent'), 'toasted')
  const conflicted = worktree.conflicted ?? 0
  const { look } = stepsOf(row, progress).merge
  return (
    <Stage look={conflicted > 0 ? 'waiting' : look} title={`Bring ${visibleName(base)} in`} aside={row.behind > 0 ? plural(row.behind, 'commit') : undefined}>
      {conflicted > 0 ? (
        <>
          <p className="text-wait">{plural(conflicted, 'file')} in conflict: a merge or rebase is open</p>
          <ConflictFiles {...ids} agentId={agentId} paths={row.baseConflicts} />
          <div className="mt-1 flex flex-wrap gap-1.5">
            {agentId !== undefined && (
              <Button isSmall onClick={() => handOver.mutate(ids)} disabled={handOver.isPending}>
                Hand to its agent
              </Button>
            )}
            <Button isSmall look="quiet" onClick={() => abort.mutate(ids)} disabled={abort.isPending}>
              Abort the merge
            </Button>
          </div>
        </>
      ) : (
        <p className="flex min-h-6 items-center gap-2 text-fg1">
          {row.baseConflicts.length > 0 ? <span className="text-wait">Would conflict in {plural(row.baseConflicts.length, 'file')}</span> : row.behind === 0 ? 'It has everything' : 'Merges cleanly'}
          {row.behind > 0 && (
            <span className="ml-auto">
              <Button isSmall look="quiet" disabled={merge.isPending} onClick={() => merge.mutate(ids)}>
                {merge.isPending ? 'Merging' : 'Merge now'}
              </Button>
            </span>
          )}
        </p>
      )}
      {conflicted === 0 && <ConflictFiles {...ids} agentId={agentId} paths={row.baseConflicts} />}
    </Stage>
  )
}

const runLooks: Record<ScriptRun['state'], Look> = { never: 'idle', running: 'running', passed: 'finished', failed: 'error', timed_out: 'error', stopped: 'stopped', lost: 'error' }

type ChecksStageProps = { worktree: WorktreeOverview; row?: LandingPlanRow; progress?: Progress | undefined }

/** Every check with its newest run; a result is old once the worktree has changed. Without `row` it cannot land now. */
export function ChecksStage({ worktree, row, progress }: ChecksStageProps) {
  const { workspaceId, id: worktreeId } = worktree
  const checks = useQuery(checksQuery(workspaceId, worktreeId)).data?.checks ?? row?.checks ?? []
  const agents = promptable(useQuery(overviewQuery()).data?.agents ?? [], worktreeId)
  const run = useAct('run_script', undefined, 'toasted')
  const { sendLog, isPending } = useSendLog()
  const passed = checks.filter(({ state }) => state === 'passed').length
  return (
    <Stage look={row ? stepsOf(row, progress).checks.look : lookOfAll(checks)} title="Checks" isLast={!row} aside={checks.length > 0 ? `${passed} of ${checks.length}` : undefined}>
      {checks.length === 0 && (
        <p className="text-fg2">
          None. <Link to="/w/$workspaceId/settings" params={{ workspaceId }} className="underline underline-offset-3">Add one</Link> to have it run before each landing.
        </p>
      )}
      {checks.map((check) => (
        <p key={check.scriptId} className="flex min-h-6 min-w-0 flex-wrap items-center gap-x-2 text-fg1">
          <StatusGlyph look={runLooks[check.state]} word={check.state} size="size-3" />
          <span className="truncate font-mono text-sm" title={visibleName(check.command)}>
            {visibleName(check.name)}
          </span>
          <span className="ml-auto flex shrink-0 items-center gap-1 text-sm text-fg2">
            <RunTime run={check} contentId={worktree.contentId} />
            {hasLog(check) && <SendTo text="Send log to agent" about={check.name} agents={agents} isOff={isPending} onSend={(agentId) => sendLog(agentId, check)} />}
            {check.state !== 'running' && (
              <Button isSmall look="quiet" onClick={() => run.mutate({ workspaceId, worktreeId, scriptId: check.scriptId })}>
                Run
              </Button>
            )}
          </span>
        </p>
      ))}
    </Stage>
  )
}

function lookOfAll(checks: readonly ScriptRun[]): Look {
  const looks = checks.map(({ state }) => runLooks[state])
  return looks.find((look) => look === 'error') ?? looks.find((look) => look === 'running') ?? (looks.length > 0 && looks.every((look) => look === 'finished') ? 'finished' : 'idle')
}

/** It failed, and wrote why. */
const hasLog = (run: ScriptRun): run is ScriptRun & { id: string } => (run.state === 'failed' || run.state === 'timed_out') && run.id !== undefined

function RunTime({ run, contentId }: { run: ScriptRun; contentId: string | undefined }) {
  const started = Date.parse(run.startedAt ?? '')
  const ended = Date.parse(run.endedAt ?? '')
  const elapsed = useTimedText((now) => (Number.isNaN(started) || run.state !== 'running' ? '' : formatDuration(now - started)))
  if (run.state === 'never') return <span>not run</span>
  if (run.state === 'running') return <span>{elapsed}</span>
  const isOld = run.state === 'passed' && (run.endContentId !== contentId || run.contentId !== contentId)
  const code = run.exitCode ? `exit ${run.exitCode}, ` : ''
  return (
    <span className={run.state === 'failed' ? 'text-err' : ''}>
      {isOld ? 'before the last change, ' : code}
      {Number.isNaN(ended - started) ? '' : formatDuration(ended - started)}
    </span>
  )
}

/** Which other worktrees this one would conflict with. */
export function RadarList({ worktree, all }: { worktree: WorktreeOverview; all: Overview }) {
  const radar = useQuery(radarQuery(worktree.workspaceId)).data
  const pairs = radar?.pairs.filter(({ oneId, otherId }) => oneId === worktree.id || otherId === worktree.id) ?? []
  const others = all.worktrees.filter(({ id, workspaceId }) => id !== worktree.id && workspaceId === worktree.workspaceId)
  const unknown = radar ? others.filter(({ id }) => !isKnown(radar, worktree.id, id)).length : 0
  if (pairs.length === 0 && unknown === 0) return null
  return (
    <div className="px-[34px] pr-4">
      <Section title="Conflict radar">
        <ul>
          {pairs.map(({ oneId, otherId, isClean, conflictCount }) => {
            const id = oneId === worktree.id ? otherId : oneId
            const other = all.worktrees.find((one) => one.id === id)
            return (
              <li key={id} className="flex min-h-6 min-w-0 items-center gap-2">
                <StatusGlyph look={isClean ? 'finished' : 'waiting'} size="size-3" />
                <span className="truncate font-mono text-sm text-fg1">{visibleName(other?.branch ?? id)}</span>
                <span className="ml-auto shrink-0 text-sm text-fg2">{isClean ? 'merges' : plural(conflictCount, 'file')}</span>
              </li>
            )
          })}
        </ul>
        {unknown > 0 && <p className="text-sm text-fg2">{plural(unknown, 'worktree')} not compared with this one.</p>}
      </Section>
    </div>
  )
}

/** What a landing is doing, or why it stopped. */
export function LandingNote({ progress, workspaceId }: { progress: Progress | undefined; workspaceId: string }) {
  if (!progress) return null
  if (progress.state === 'stopped') return <p className="mb-2 text-sm break-words text-err">{visible(progress.text)}</p>
  if (progress.state === 'landed') return <p className="mb-2 text-sm text-fg1">{`Landed as ${progress.landing.toId.slice(0, 7)}.`}</p>
  const { step, detail, startedAt } = progress
  return <ProgressNote title={stepTitles[step]} step={detail === '' ? undefined : `${detail} passed`} since={new Date(startedAt).toISOString()} onCancel={() => void cancelLanding(workspaceId)} />
}

const stepTitles = { merge: 'Bringing base in', checks: 'Running checks', land: 'Landing' } as const

export function planRowOf(plan: LandingPlan | undefined, worktreeId: string): LandingPlanRow | undefined {
  return plan?.worktrees.find((row) => row.worktreeId === worktreeId)
}
