import type { PaneProps } from '~/app/pages/agent/AgentPane'
import { PastFiles } from '~/features/files/PastFiles'
import { FilesPane } from '~/features/files/FilesPane'

/** The files of the agent's worktree, to read and to edit. */
export function Files({ agent, place, past }: PaneProps) {
  const { workspaceId, worktreeId } = agent
  if (past.moment !== undefined && !past.checkpoint) return <p className="px-6 py-4 text-fg2">{past.noCheckpoint}</p>
  if (past.moment !== undefined && past.checkpoint)
    return <PastFiles key={past.checkpoint.id} checkpoint={past.checkpoint} file={place.search.file} onFile={(file) => place.goFile({ file, line: undefined })} />
  return <FilesPane workspaceId={workspaceId} worktreeId={worktreeId} file={place.search.file} line={place.search.line} onNavigate={place.goFile} />
}
