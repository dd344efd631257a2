import type { ReactNode } from 'react'
import { RunLog } from '~/features/script/RunLog'
import { useRuns } from '~/features/script/use-runs'
import { runText } from '~/features/script/words'
import { formatClock } from '~/lib/format'

export type Log = { id: string; name: string; hint: string; isRunning: boolean; content: ReactNode }

const mostLogs = 12

/** The output of a worktree's runs, for the pane that shows its terminals. */
export function useRunLogs(workspaceId: string, worktreeId: string): Log[] {
  const { runs } = useRuns(workspaceId, worktreeId)
  return runs.slice(0, mostLogs).map((run) => ({
    id: run.id,
    name: run.name,
    hint: run.startedAt === undefined ? runText(run) : `${runText(run)}, ${formatClock(run.startedAt)}`,
    isRunning: run.state === 'running',
    content: <RunLog key={run.id} run={run} />,
  }))
}
