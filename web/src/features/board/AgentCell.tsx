import { Link } from '@tanstack/react-router'
import type { AgentOverview, WorktreeOverview } from '~/api/generated'
import { lineOf } from '~/api/last-line'
import { sinceOf } from '~/api/groups'
import { modeText } from '~/lib/agent-words'
import { plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { ContextBar } from '~/ui/ContextBar'
import { Cost } from '~/ui/Cost'
import { DemoBadge } from '~/ui/Demo'
import { lookOf, wordOf } from '~/lib/status'
import { SelectBox } from '~/ui/SelectBox'
import { StatusGlyph, StatusTime } from '~/ui/Status'
import { StatusPart } from '~/ui/StatusPart'

type AgentCellProps = {
  agent: AgentOverview
  worktree: WorktreeOverview
  warnAt: number
  isChosen: boolean
  isSelected: boolean
  onSelect: (isRange: boolean) => void
  menu: React.ReactNode
  drag: React.ComponentProps<'div'>
}

const inks = { waiting: 'text-wait', error: 'text-err' } as const

/** An agent on the board: name with word and age beside it, the last line, then context, cost, queue. */
export function AgentCell({ agent, worktree, warnAt, isChosen, isSelected, onSelect, menu, drag }: AgentCellProps) {
  const look = lookOf(agent.statusReason)
  const ink = look === 'waiting' || look === 'error' ? inks[look] : 'text-fg2'
  const edge = { waiting: isSelected ? 'edge-wait' : 'bg-wait-tint edge-wait', error: 'edge-err' }
  const facts = [
    agent.queueLength > 0 && `${agent.queueLength} queued`,
    agent.backgroundCommands ? plural(agent.backgroundCommands, 'background command') : false,
    agent.mode !== 'regular' && modeText(agent.mode),
  ].filter(Boolean)
  return (
    <div
      {...drag}
      data-agent={agent.id}
      className={`group/agent relative grid min-w-0 grid-cols-[22px_minmax(0,1fr)] content-start border-l border-line px-4 py-2 ${look === 'waiting' || look === 'error' ? edge[look] : ''} ${isSelected ? 'bg-bg4' : ''}`}
    >
      <span className="relative z-1 mt-[3px] h-3.5">
        <StatusGlyph look={look} word={wordOf(agent.statusReason)} />
        <SelectBox label={`Select ${visibleName(agent.name)}`} isOn={isSelected} onSelect={onSelect} />
      </span>
      <div className="min-w-0">
        <div className="flex h-5 min-w-0 items-center gap-2">
          <Link
            to="/w/$workspaceId/a/$agentId"
            params={{ workspaceId: agent.workspaceId, agentId: agent.id }}
            tabIndex={isChosen ? 0 : -1}
            className="min-w-0 truncate font-medium outline-none after:absolute after:inset-0 outline-cover"
          >
            {visibleName(agent.name)}
          </Link>
          {agent.isDemo && <DemoBadge />}
          <StatusPart agent={agent} className={`shrink-0 text-sm ${ink}`}>
            {wordOf(agent.statusReason)} <StatusTime agent={agent} at={sinceOf(agent)} />
          </StatusPart>
          {isSelected && <span className="shrink-0 text-sm text-accent">selected</span>}
          <span className="relative z-10 ml-auto shrink-0 opacity-0 group-focus-within/agent:opacity-100 group-hover/agent:opacity-100 pointer-coarse:opacity-100">{menu}</span>
        </div>
        <p className={`mt-0.5 mb-1 h-4 truncate text-sm ${look === 'finished' ? 'text-fg2' : 'text-fg1'}`}>{visibleName(lineOf(agent, { worktrees: [worktree] }))}</p>
        <p className="flex h-4 items-center gap-3 overflow-hidden text-sm whitespace-nowrap text-fg2">
          <ContextBar level={agent.contextLevel} warnAt={warnAt} isAssumed={agent.contextAssumed === true} />
          <span><Cost micros={agent.costMicros} isDemo={agent.isDemo} isLong /></span>
          {facts.map((fact) => (
            <span key={String(fact)}>{fact}</span>
          ))}
        </p>
      </div>
    </div>
  )
}
