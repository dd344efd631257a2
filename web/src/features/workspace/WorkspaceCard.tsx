import { Link } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { agentsOf } from '~/api/agents'
import type { AgentStatusWord, Workspace, WorkspaceDetail } from '~/api/generated'
import { workspaceQuery } from '~/api/queries'
import { plural } from '~/lib/format'
import { StatusGlyph } from '~/ui/Status'

const order = ['waiting', 'error', 'running', 'finished'] as const satisfies readonly AgentStatusWord[]

function countStates(detail: WorkspaceDetail | undefined) {
  const agents = detail?.worktrees.flatMap(agentsOf) ?? []
  return order
    .map((status) => ({ status, n: agents.filter((agent) => agent.status === status).length }))
    .filter(({ n }) => n > 0)
}

/** A repository with what its agents do now; attention first. */
export function WorkspaceCard({ workspace }: { workspace: Workspace }) {
  const detail = useQuery(workspaceQuery(workspace.id))
  const states = countStates(detail.data)
  return (
    <li className="relative flex flex-col gap-3 rounded-lg border border-line bg-bg2 p-4 hover:border-line2">
      <div className="min-w-0">
        <h2 className="truncate text-md font-semibold">
          <Link to="/w/$workspaceId" params={{ workspaceId: workspace.id }} className="after:absolute after:inset-0 after:rounded-lg">
            {workspace.name}
          </Link>
        </h2>
        <p className="truncate font-mono text-xs text-fg2" title={workspace.path}>
          {workspace.path}
        </p>
      </div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-fg1">
        <span>{plural(detail.data?.worktrees.length ?? workspace.worktreeCount, 'worktree')}</span>
        {states.length === 0 && <span className="text-fg2">No agents</span>}
        {states.map(({ status, n }) => (
          <span key={status} className="tnum flex items-center gap-1">
            <StatusGlyph look={status} />
            {n} {status}
          </span>
        ))}
      </div>
    </li>
  )
}
