import { useScriptLog } from '~/api/script-log'
import { useAct } from '~/api/use-act'
import type { Run } from '~/features/script/use-runs'
import { ProgressNote } from '~/ui/ProgressNote'

const titles = { run: 'Running', check: 'Checking', setup: 'Setting up', teardown: 'Cleaning up' } as const

/** A setup, a check or another script at work, with the end of its output. */
export function ScriptProgress({ run, onLog }: { run: Run; onLog?: (() => void) | undefined }) {
  const { log } = useScriptLog(run.id, run.state === 'running', run.logBytes)
  const stop = useAct('stop_script', undefined, 'toasted')
  return (
    <ProgressNote
      title={`${titles[run.kind]}: ${run.name}`}
      since={run.startedAt}
      tail={log.text}
      onCancel={() => stop.mutate({ runId: run.id })}
      isCancelling={stop.isPending}
      onLog={onLog}
    />
  )
}
