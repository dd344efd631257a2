import type { LandingPlanRow } from '~/api/generated'
import type { Progress, Step } from '~/features/landing/progress'
import { useTimedText } from '~/lib/clock'
import { formatDuration, plural } from '~/lib/format'
import { type Look } from '~/lib/status'
import { StatusGlyph } from '~/ui/Status'

type Shown = { look: Look; text: string }

function lookOf(step: Step, isMet: boolean, progress: Progress | undefined): Look {
  if (progress?.state === 'landed') return 'finished'
  const order: readonly Step[] = ['merge', 'checks', 'land']
  const at = progress === undefined ? -1 : order.indexOf(progress.step)
  if (progress && order.indexOf(step) === at) return progress.state === 'running' ? 'running' : 'error'
  if (progress && order.indexOf(step) < at) return 'finished'
  return isMet ? 'finished' : 'idle'
}

/** The three steps of a landing in one line. */
export function stepsOf(row: LandingPlanRow, progress: Progress | undefined): Record<Step, Shown> {
  const detail = progress?.state === 'running' && progress.step === 'checks' && progress.detail ? `checks ${progress.detail}` : undefined
  const isBehind = row.behind > 0 && (!progress || (progress.state === 'running' && progress.step === 'merge'))
  const checks = row.checks.length === 0 ? 'no checks' : plural(row.checks.length, 'check')
  return {
    merge: { look: lookOf('merge', row.behind === 0, progress), text: isBehind ? `${plural(row.behind, 'commit')} behind` : 'up to date' },
    // Nothing has been checked where there is no check: only checks that passed look like it.
    checks: { look: row.checks.length === 0 ? 'idle' : lookOf('checks', row.unmetChecks === 0, progress), text: detail ?? (row.unmetChecks > 0 && !progress ? `${row.unmetChecks} of ${checks} to run` : checks) },
    land: { look: lookOf('land', false, progress), text: progress?.state === 'landed' ? `landed as ${progress.landing.toId.slice(0, 7)}` : 'land' },
  }
}

export function Steps({ row, progress }: { row: LandingPlanRow; progress: Progress | undefined }) {
  const steps = stepsOf(row, progress)
  return (
    <span className="flex flex-wrap items-center gap-x-4 text-sm text-fg2">
      {(['merge', 'checks', 'land'] as const).map((step) => (
        <span key={step} className="flex items-center gap-1.5">
          <StatusGlyph look={steps[step].look} size="size-3" />
          {steps[step].text}
        </span>
      ))}
      {progress?.state === 'running' && <Elapsed from={progress.startedAt} />}
    </span>
  )
}

function Elapsed({ from }: { from: number }) {
  return <span>{useTimedText((now) => formatDuration(now - from))}</span>
}
