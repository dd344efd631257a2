import { Link } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { agentsByAttention } from '~/api/attention'
import { useIsDemoPath } from '~/api/demo'
import type { Agent, Workspace } from '~/api/generated'
import { workspaceQuery } from '~/api/queries'
import { plural, sentence } from '~/lib/format'
import { visible, visibleName } from '~/lib/visible'
import { DemoBadge } from '~/ui/Demo'
import { StatusLine } from '~/ui/Status'

const mostShown = 4

/** A repository and what its agents are doing, those that need attention first. */
export function WorkspaceCard({ workspace }: { workspace: Workspace }) {
  const detail = useQuery(workspaceQuery(workspace.id))
  const isDemo = useIsDemoPath(workspace.path)
  const agents = agentsByAttention(detail.data)
  const more = agents.length - mostShown
  return (
    <li className="relative flex flex-col gap-3 rounded-lg border border-line bg-bg2 p-4 hover:border-ctl">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <div className="flex min-w-0 items-center gap-2">
            <h2 className="truncate text-md font-semibold">
              <Link to="/w/$workspaceId" params={{ workspaceId: workspace.id }} className="after:absolute after:inset-0 after:rounded-lg">
                {visibleName(workspace.name)}
              </Link>
            </h2>
            {isDemo && <DemoBadge />}
          </div>
          <p className="truncate font-mono text-xs text-fg2" title={visibleName(workspace.path)}>
            {visibleName(workspace.path)}
          </p>
        </div>
        <span className="tnum shrink-0 text-sm text-fg2">{plural(detail.data?.worktrees.length ?? workspace.worktreeCount, 'worktree')}</span>
      </div>
      {detail.error && <p className="relative z-10 text-sm text-err">{visible(sentence(detail.error.message))}</p>}
      {detail.data && agents.length === 0 && <p className="text-sm text-fg2">No agents</p>}
      {agents.length > 0 && (
        <ul aria-label={`Agents of ${visibleName(workspace.name)}`} className="flex flex-col gap-0.5">
          {agents.slice(0, mostShown).map((agent) => (
            <AgentLine key={agent.id} agent={agent} />
          ))}
          {more > 0 && <li className="text-sm text-fg2">and {plural(more, 'more agent')}</li>}
        </ul>
      )}
    </li>
  )
}

function AgentLine({ agent }: { agent: Agent }) {
  return (
    <li className="flex min-h-6 min-w-0 items-center gap-2 pointer-coarse:min-h-11">
      <Link
        to="/w/$workspaceId/a/$agentId"
        params={{ workspaceId: agent.workspaceId, agentId: agent.id }}
        className="relative z-10 max-w-[45%] shrink-0 truncate leading-6 hover:text-accent hover:underline"
      >
        {visibleName(agent.name)}
      </Link>
      <StatusLine agent={agent} />
    </li>
  )
}
