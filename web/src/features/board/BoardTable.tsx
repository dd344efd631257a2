import { Link } from '@tanstack/react-router'
import type { AgentOverview, Overview } from '~/api/generated'
import { sinceOf } from '~/api/groups'
import { useContextWarning } from '~/api/settings'
import { sizeOf } from '~/api/size'
import type { BoardLine } from '~/features/board/model'
import { visibleName } from '~/lib/visible'
import { ContextBar } from '~/ui/ContextBar'
import { Cost } from '~/ui/Cost'
import { PlusMinus } from '~/ui/PlusMinus'
import { lookOf, reasonText, wordOf } from '~/lib/status'
import { SelectBox } from '~/ui/SelectBox'
import { Silence, Since, StatusGlyph, useSilence } from '~/ui/Status'
import { StatusPart } from '~/ui/StatusPart'

const heads = ['Agent', 'Workspace', 'Branch', 'Status', 'Since', 'Context', 'Lines', 'Cost'] as const
const isNumber = new Set<string>(['Since', 'Context', 'Lines', 'Cost'])

/** One agent a row, in the board's order. */
type BoardTableProps = { lines: readonly BoardLine[]; all: Overview; isSelected: (id: string) => boolean; onSelect: (agent: AgentOverview, isRange: boolean) => void; onChoose: (agent: AgentOverview) => void }

export function BoardTable({ lines, all, isSelected, onSelect, onChoose }: BoardTableProps) {
  const warnAt = useContextWarning()
  const rows = lines.flatMap((line) => (line.kind === 'worktree' ? line.agents.map((agent) => ({ agent, worktree: line.worktree })) : []))
  return (
    <table className="w-full text-left">
      <thead className="sticky top-0 z-10 bg-bg0 text-xs text-fg2">
        <tr className="h-8 border-b border-line">
          {heads.map((head) => (
            <th key={head} scope="col" className={`px-3 font-medium first:pl-6 last:pr-6 ${isNumber.has(head) ? 'text-right' : ''}`}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ agent, worktree }) => (
          <tr key={agent.id} data-agent={agent.id} className={`h-8 border-b border-line hover:bg-bg1 ${isSelected(agent.id) ? 'bg-bg4' : ''}`}>
            <td className="max-w-80 pr-3 pl-6">
              <Name agent={agent} isSelected={isSelected(agent.id)} onSelect={(isRange) => onSelect(agent, isRange)} onChoose={() => onChoose(agent)} />
            </td>
            <td className="max-w-40 truncate px-3 text-fg1">{visibleName(all.workspaces.find(({ workspaceId }) => workspaceId === agent.workspaceId)?.name ?? '')}</td>
            <td className="max-w-52 truncate px-3 font-mono text-sm text-fg1">{visibleName(worktree.branch)}</td>
            <td className="max-w-64 truncate px-3 text-fg1">
              <StatusPart agent={agent} className="max-w-full truncate">
                {wordOf(agent.statusReason)} <Why agent={agent} />
              </StatusPart>
            </td>
            <td className="px-3 text-right">
              <Since agent={agent} at={sinceOf(agent)} className="text-sm text-fg2" />
            </td>
            <td className="px-3 text-right">
              <ContextBar level={agent.contextLevel} warnAt={warnAt} isAssumed={agent.contextAssumed === true} />
            </td>
            <td className="px-3 text-right">
              <PlusMinus {...sizeOf(worktree)} />
            </td>
            <td className="pr-6 pl-3 text-right text-sm text-fg2"><Cost micros={agent.costMicros} isDemo={agent.isDemo} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Why({ agent }: { agent: AgentOverview }) {
  const silence = useSilence(agent)
  return (
    <span className="text-fg2">
      {visibleName(reasonText(agent))}
      {silence !== undefined && ' · '}
      {silence !== undefined && <Silence {...silence} />}
    </span>
  )
}

type NameProps = { agent: AgentOverview; isSelected: boolean; onSelect: (isRange: boolean) => void; onChoose: () => void }

function Name({ agent, isSelected, onSelect, onChoose }: NameProps) {
  return (
    <div className="grid grid-cols-[22px_minmax(0,1fr)] items-center">
      <span className="relative h-3.5">
        <StatusGlyph look={lookOf(agent.statusReason)} />
        <SelectBox label={`Select ${visibleName(agent.name)}`} isOn={isSelected} onSelect={onSelect} />
      </span>
      <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId: agent.workspaceId, agentId: agent.id }} onFocus={onChoose} className="flex min-h-6 min-w-0 items-center gap-2">
        <span className="truncate font-medium">{visibleName(agent.name)}</span>
        {isSelected && <span className="shrink-0 text-sm text-accent">selected</span>}
      </Link>
    </div>
  )
}
