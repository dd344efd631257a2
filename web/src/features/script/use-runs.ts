import { useQuery } from '@tanstack/react-query'
import type { Script, ScriptRun } from '~/api/generated'
import { proposalQuery, scriptRunsQuery, scriptsQuery } from '~/api/terminal-queries'

/** A run that exists has its id and when it began. */
export type Run = ScriptRun & { id: string }

function isRun(run: ScriptRun): run is Run {
  return run.id !== undefined
}

export type RunScript = { script: Script; last: Run | undefined }

/** The run scripts of a worktree's workspace, each with its newest run here. */
export function useRuns(workspaceId: string, worktreeId: string) {
  const scripts = useQuery(scriptsQuery(workspaceId))
  const runs = useQuery(scriptRunsQuery(workspaceId, worktreeId))
  const proposal = useQuery(proposalQuery(workspaceId))
  const known = (runs.data?.runs ?? []).filter(isRun)
  const rows: RunScript[] = (scripts.data?.scripts ?? [])
    .filter(({ kind }) => kind === 'run')
    .map((script) => ({ script, last: known.find(({ scriptId }) => scriptId === script.id) }))
  const state = proposal.data?.state
  const isProposed = state === 'new' || state === 'changed' || state === 'unusable'
  return { rows, runs: known, proposal: isProposed ? proposal.data : undefined, reread: () => void proposal.refetch() }
}
