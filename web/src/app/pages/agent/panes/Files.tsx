import type { PaneProps } from '~/app/pages/agent/AgentPane'
import { FilesPane } from '~/features/files/FilesPane'

/** The files of the agent's worktree, to read and to edit. */
export function Files({ agent, place }: PaneProps) {
  const { workspaceId, worktreeId } = agent
  return <FilesPane workspaceId={workspaceId} worktreeId={worktreeId} file={place.search.file} line={place.search.line} onNavigate={place.goFile} />
}
