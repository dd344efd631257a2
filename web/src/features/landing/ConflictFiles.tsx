import { Link } from '@tanstack/react-router'
import { plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'

type ConflictFilesProps = { workspaceId: string; worktreeId: string; agentId: string | undefined; paths: readonly string[] }

const mostPaths = 8

/** Files in conflict, each with the way to where it is resolved: the editor beside the agent, else the diff. */
export function ConflictFiles({ workspaceId, worktreeId, agentId, paths }: ConflictFilesProps) {
  if (paths.length === 0) return null
  return (
    <ul aria-label="Files in conflict" className="mt-1">
      {paths.slice(0, mostPaths).map((path) => (
        <li key={path} className="flex min-h-6 min-w-0 items-center">
          {agentId === undefined ? (
            <Link to="/w/$workspaceId/review/$worktreeId" params={{ workspaceId, worktreeId }} search={{ file: path }} className={linkLook}>
              {visibleName(path)}
            </Link>
          ) : (
            <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId, agentId }} search={{ pane: 'files', file: path }} className={linkLook}>
              {visibleName(path)}
            </Link>
          )}
        </li>
      ))}
      {paths.length > mostPaths && <li className="text-sm text-fg2">{plural(paths.length - mostPaths, 'more file', 'more files')}</li>}
    </ul>
  )
}

const linkLook = 'hit min-w-0 truncate font-mono text-sm hover:underline'
