import type { PaneProps } from '~/app/pages/agent/AgentPane'
import { useRunLogs } from '~/features/script/logs'
import { TerminalPane } from '~/features/terminal/TerminalPane'

/** The agent's own terminal, the shells of its worktree, and the output of its scripts. */
export function Terminals({ agent, place, past, head }: PaneProps) {
  const { workspaceId, worktreeId } = agent
  const logs = useRunLogs(workspaceId, worktreeId)
  return (
    <TerminalPane
      key={worktreeId}
      workspaceId={workspaceId}
      worktreeId={worktreeId}
      agent={agent}
      logs={logs}
      head={head}
      at={past.moment === undefined ? undefined : { launchId: '', offset: 0, time: new Date(past.moment).toISOString() }}
      onPlace={({ path, line }) => place.go({ pane: 'files', file: path, ...(line !== undefined && { line: String(line) }) })}
    />
  )
}
