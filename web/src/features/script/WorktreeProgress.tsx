import { useQuery } from '@tanstack/react-query'
import type { AgentOverview } from '~/api/generated'
import { overviewQuery } from '~/api/overview'
import { useLongActs, type LongAct } from '~/api/progress'
import { useSendLog } from '~/api/send-prompt'
import { useUiState } from '~/api/ui-state'
import { useAct } from '~/api/use-act'
import { actTitle, isCancellable, stepText } from '~/features/script/acts'
import { ScriptProgress } from '~/features/script/ScriptProgress'
import { useRuns, type Run } from '~/features/script/use-runs'
import { isFailed, runText } from '~/features/script/words'
import { visibleName } from '~/lib/visible'
import { Button, IconButton } from '~/ui/Button'
import { ProgressNote } from '~/ui/ProgressNote'
import { SendTo } from '~/ui/SendTo'
import { StatusGlyph } from '~/ui/Status'

export type WorktreeProgressProps = {
  workspaceId: string
  worktreeId: string
  /** Agents that can be sent the log of what failed. */
  agents: readonly AgentOverview[]
  /** Its checks are on the page with their results. */
  hasChecks?: boolean
  /** Shows the whole output of a run. */
  onLog?: ((runId: string) => void) | undefined
}

/** What is done to a worktree now and takes its time: setup, checks, a merge; and what failed of it, until it is seen to. */
export function WorktreeProgress({ workspaceId, worktreeId, agents, hasChecks = false, onLog }: WorktreeProgressProps) {
  const { runs } = useRuns(workspaceId, worktreeId)
  const acts = useLongActs(worktreeId)
  const running = runs.filter(({ kind, state }) => kind !== 'run' && state === 'running')
  const isShown = ({ kind }: Run) => kind !== 'run' && !(hasChecks && kind === 'check')
  const newest = runs.filter((run, at) => isShown(run) && runs.findIndex(({ scriptId }) => scriptId === run.scriptId) === at)
  return (
    <>
      {acts.map((act) => (
        <ActNote key={act.id} act={act} workspaceId={workspaceId} worktreeId={worktreeId} />
      ))}
      {running.map((run) => (
        <ScriptProgress key={run.id} run={run} onLog={onLog && (() => onLog(run.id))} />
      ))}
      {newest.filter(isFailed).map((run) => (
        <FailedRun key={run.id} run={run} agents={agents} onLog={onLog} />
      ))}
    </>
  )
}

function ActNote({ act: { op, since, step }, ...ids }: { act: LongAct; workspaceId: string; worktreeId: string }) {
  const cancel = useAct('cancel_change', undefined, 'toasted')
  const all = useQuery(overviewQuery()).data
  const nameOf = (id: string) => all?.worktrees.find((one) => one.id === id)?.name
  return (
    <ProgressNote
      title={actTitle(op)}
      step={step && stepText(step.step, nameOf)}
      done={step?.done}
      total={step?.total}
      since={since}
      onCancel={isCancellable(op) ? () => cancel.mutate(ids) : undefined}
      isCancelling={cancel.isPending}
    />
  )
}

const nouns = { run: 'Script', check: 'Check', setup: 'Setup', teardown: 'Teardown' } as const

const isTrue = (value: unknown) => (value === true ? true : undefined)

function FailedRun({ run, agents, onLog }: { run: Run } & Pick<WorktreeProgressProps, 'agents' | 'onLog'>) {
  const [isSeen, setSeen] = useUiState(`run.seen.${run.id}`, isTrue)
  const again = useAct('run_script', undefined, 'toasted')
  const { sendLog, isPending } = useSendLog()
  if (isSeen) return null
  const { workspaceId, worktreeId, scriptId } = run
  const noun = nouns[run.kind]
  return (
    <section aria-label={`${noun}: ${visibleName(run.name)}`} className="grid max-w-[720px] grid-cols-[28px_minmax(0,1fr)] py-2">
      <StatusGlyph look="error" word="Failed" className="mt-[3px]" />
      <div className="flex min-w-0 flex-wrap items-center gap-x-2">
        <span className="min-w-0 break-words">
          <span className="font-medium">
            {noun}: {visibleName(run.name)}
          </span>{' '}
          <span className="text-fg1">{visibleName(runText(run))}</span>
        </span>
        <span className="ml-auto flex flex-wrap gap-1">
          {onLog && (
            <Button isSmall look="quiet" onClick={() => onLog(run.id)}>
              Output
            </Button>
          )}
          <SendTo text="Send log to agent" about={run.name} agents={agents} isOff={isPending} onSend={(agentId) => sendLog(agentId, run)} />
          <Button isSmall isOff={again.isPending} onClick={() => again.mutate({ workspaceId, worktreeId, scriptId })}>
            Run again
          </Button>
          <IconButton isSmall icon="close" label="Dismiss" onClick={() => setSeen(true)} />
        </span>
      </div>
    </section>
  )
}
