import { Link } from '@tanstack/react-router'
import { isAlive } from '~/api/agents'
import type { Agent } from '~/api/generated'
import { useContextWarning } from '~/api/settings'
import { useAct } from '~/api/use-act'
import { visibleName } from '~/lib/visible'
import { IconButton } from '~/ui/Button'
import { DemoBadge } from '~/ui/Demo'
import { ContextMeter } from '~/ui/Meter'
import { StatusLine } from '~/ui/Status'
import { toastUndo } from '~/ui/toasts'

export function AgentCard({ agent, workspaceId }: { agent: Agent; workspaceId: string }) {
  const warnAt = useContextWarning()
  return (
    <li
      className={`relative flex flex-col gap-1.5 rounded-md border bg-bg2 py-2 pr-2 pl-3 hover:border-ctl ${agent.status === 'waiting' ? 'border-wait' : 'border-line2'}`}
    >
      <div className="flex items-center gap-2">
        <h3 className="min-w-0 truncate font-medium">
          <Link
            to="/w/$workspaceId/a/$agentId"
            params={{ workspaceId, agentId: agent.id }}
            className="after:absolute after:inset-0 after:rounded-md"
          >
            {visibleName(agent.name)}
          </Link>
        </h3>
        {agent.isDemo && <DemoBadge />}
        <span className="flex-1" />
        <CardActions agent={agent} />
      </div>
      <StatusLine agent={agent} />
      <div className="flex items-center justify-between gap-2 text-sm text-fg2">
        <span className="truncate">{agent.adapter === 'terminal' ? agent.command?.join(' ') : `${agent.adapter} · ${agent.mode}`}</span>
        {agent.adapter !== 'terminal' && <ContextMeter level={agent.contextLevel} isAssumed={agent.contextAssumed} warnAt={warnAt} />}
      </div>
    </li>
  )
}

function CardActions({ agent }: { agent: Agent }) {
  const agentId = agent.id
  const start = useAct('start_agent', undefined, 'toasted')
  const stop = useAct('stop_agent', undefined, 'toasted')
  const restore = useAct('restore_agent', undefined, 'toasted')
  const remove = useAct('delete_agent', () => toastUndo(`Archived ${visibleName(agent.name)}`, () => restore.mutate({ agentId })), 'toasted')
  return (
    <span className="relative z-10 flex pointer-coarse:-my-2">
      {isAlive(agent) ? (
        <IconButton isSmall icon="stop" label={`Stop ${agent.name}`} disabled={stop.isPending} onClick={() => stop.mutate({ agentId })} />
      ) : (
        <>
          <IconButton isSmall icon="play" label={`Start ${agent.name}`} disabled={start.isPending} onClick={() => start.mutate({ agentId })} />
          <IconButton isSmall icon="trash" label={`Archive ${agent.name}`} disabled={remove.isPending} onClick={() => remove.mutate({ agentId })} />
        </>
      )}
    </span>
  )
}
