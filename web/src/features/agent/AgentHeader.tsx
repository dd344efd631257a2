import { Link } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import type { Agent } from '~/api/generated'
import { workspaceQuery } from '~/api/queries'
import { useContextWarning } from '~/api/settings'
import type { TurnUsage } from '~/features/transcript/meta'
import type { Snapshot } from '~/features/transcript/store'
import { AgentActions } from '~/features/agent/AgentActions'
import { formatCost, formatCount } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { linkLook } from '~/ui/Button'
import { DemoBadge, nothingIsPaid } from '~/ui/Demo'
import { ContextMeter } from '~/ui/Meter'
import { StatusLine } from '~/ui/Status'

type HeaderProps = { workspaceId: string; agent: Agent; transcript: Snapshot }

export function AgentHeader({ workspaceId, agent, transcript }: HeaderProps) {
  const { context, model, usage: turnUsage } = transcript.meta
  const warnAt = useContextWarning()
  const hasModel = agent.adapter !== 'terminal'
  const title = context && `${formatCount(context.used)} of ${formatCount(context.window)} tokens in the model's context`
  return (
    <>
      <div className="flex min-w-0 flex-1 items-center gap-2 sm:flex-none">
        <Crumb workspaceId={workspaceId} worktreeId={agent.worktreeId} />
        <h1 className="truncate text-md font-semibold">{visibleName(agent.name)}</h1>
        {agent.isDemo && <DemoBadge />}
      </div>
      <div className="order-last flex min-w-0 basis-full items-center justify-between gap-3 sm:order-none sm:basis-auto">
        <StatusLine agent={agent} />
        {hasModel && (
          <span className="flex sm:hidden">
            <ContextMeter level={agent.contextLevel} isAssumed={agent.contextAssumed} warnAt={warnAt} />
          </span>
        )}
      </div>
      <div className="ml-auto flex items-center gap-x-3">
        {turnUsage && <TurnSoFar usage={turnUsage} isDemo={agent.isDemo === true} />}
        {model && <span className="hidden max-w-48 truncate text-sm text-fg2 lg:block">{visibleName(model)}</span>}
        {hasModel && (
          <>
            <span className="hidden text-sm text-fg2 sm:block">{agent.mode}</span>
            <span className="hidden sm:flex">
              <ContextMeter level={agent.contextLevel} isAssumed={agent.contextAssumed} warnAt={warnAt} {...(title && { title })} />
            </span>
          </>
        )}
        <Link
          to="/w/$workspaceId/diff/$worktreeId"
          params={{ workspaceId, worktreeId: agent.worktreeId }}
          className={linkLook('plain', true)}
        >
          Diff
        </Link>
        {!agent.deletedAt && <AgentActions agent={agent} />}
      </div>
    </>
  )
}

function Crumb({ workspaceId, worktreeId }: { workspaceId: string; worktreeId: string }) {
  const workspace = useQuery(workspaceQuery(workspaceId))
  const worktree = workspace.data?.worktrees.find(({ id }) => id === worktreeId)
  return (
    <Link to="/w/$workspaceId" params={{ workspaceId }} className="max-w-40 shrink-0 truncate text-fg2 hover:text-fg0 sm:max-w-64">
      {visibleName(workspace.data?.name ?? 'Workspace')}
      {worktree && <span className="hidden sm:inline"> / {visibleName(worktree.branch)}</span>} /
    </Link>
  )
}

function TurnSoFar({ usage, isDemo }: { usage: TurnUsage; isDemo: boolean }) {
  const sum = usage.input + usage.cacheRead + usage.cacheCreation
  return (
    <span className="tnum hidden text-sm text-fg2 lg:block" title="This turn so far">
      {formatCount(sum)} in · {formatCount(usage.output)} out · {isDemo ? nothingIsPaid : formatCost(usage.costMicros / 1_000_000)}
    </span>
  )
}
