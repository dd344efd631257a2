import { takesComments } from '~/api/agents'
import type { PaneProps } from '~/app/pages/agent/AgentPane'
import { DiffPane, type DiffPlace } from '~/features/diff/DiffPane'
import { DiffTools } from '~/features/diff/DiffTools'

/** What the agent's worktree changed, against its base unless the address says otherwise. */
export function Diff({ agent, place, past, isWide }: PaneProps) {
  const { workspaceId, worktreeId, id: agentId } = agent
  const against = past.moment === undefined ? (place.search.against ?? 'base') : (past.against ?? 'head..head')
  const navigate = (to: DiffPlace) => place.go(to)
  if (past.moment !== undefined && past.against === undefined) return <p className="px-6 py-4 text-fg2">{past.noCheckpoint}</p>
  return (
    <>
      <div className="flex h-8 shrink-0 items-center justify-end gap-1 border-b border-line px-2">
        <DiffTools workspaceId={workspaceId} worktreeId={worktreeId} agentId={agentId} against={against} onNavigate={navigate} />
      </div>
      <DiffPane
        workspaceId={workspaceId}
        worktreeId={worktreeId}
        agentId={agentId}
        against={against}
        file={place.search.file}
        line={place.search.line}
        onNavigate={navigate}
        onOpenFile={(path, line) => place.go({ pane: 'files', file: path, ...(line !== undefined && { line: String(line) }) })}
        isWide={isWide}
        isSentAlong={takesComments(agent)}
      />
    </>
  )
}
