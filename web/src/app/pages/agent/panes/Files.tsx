import type { PaneProps } from '~/app/pages/agent/AgentPane'
import { FilesPane } from '~/features/files/FilesPane'

/** The files of the agent's worktree, to read and to edit. */
export function Files({ agent, place, past }: PaneProps) {
  const { workspaceId, worktreeId } = agent
  if (past.moment !== undefined) return <p className="px-6 py-4 text-fg2">{'Files are shown as they are now. The diff shows those of that moment.'}</p>
  return <FilesPane workspaceId={workspaceId} worktreeId={worktreeId} file={place.search.file} line={place.search.line} onNavigate={place.goFile} />
}
