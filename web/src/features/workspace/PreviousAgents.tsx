import type { Agent } from '~/api/generated'
import { useAct } from '~/api/use-act'
import { useCommand } from '~/api/use-command'
import { plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'

/** Archived agents keep their transcript; restoring one brings it back as it was. Of many, the newest are listed. */
export function PreviousAgents({ agents, count }: { agents: readonly Agent[]; count: number }) {
  const command = useCommand('agent list --include-deleted true')
  if (agents.length === 0) return null
  return (
    <details className="text-sm text-fg1">
      <summary className="min-h-6 w-fit rounded-sm px-1 text-fg2 hover:text-fg0">{plural(count, 'archived agent')}</summary>
      <ul className="mt-1 flex flex-col gap-1">
        {agents.map((agent) => (
          <Previous key={agent.id} agent={agent} />
        ))}
      </ul>
      {count > agents.length && (
        <p className="mt-1 px-1 text-fg2">
          The newest {agents.length}; <code className="font-mono">{command}</code> lists all.
        </p>
      )}
    </details>
  )
}

function Previous({ agent }: { agent: Agent }) {
  const restore = useAct('restore_agent', undefined, 'toasted')
  return (
    <li className="flex items-center gap-2 px-1">
      <span className="min-w-0 flex-1 truncate">
        {visibleName(agent.name)} <span className="tnum text-fg2">context {agent.contextLevel} %</span>
      </span>
      <Button
        isSmall
        look="quiet"
        icon="undo"
        aria-label={`Restore ${visibleName(agent.name)}`}
        disabled={restore.isPending}
        onClick={() => restore.mutate({ agentId: agent.id })}
      >
        {restore.isPending ? 'Restoring' : 'Restore'}
      </Button>
    </li>
  )
}
