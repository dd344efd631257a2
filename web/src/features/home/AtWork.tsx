import { Link } from '@tanstack/react-router'
import type { AgentOverview, Overview } from '~/api/generated'
import { lineOf } from '~/api/last-line'
import { sinceOf } from '~/api/groups'
import { useContextWarning } from '~/api/settings'
import { sizeOf } from '~/api/size'
import { placeOf } from '~/features/home/names'
import { visibleName } from '~/lib/visible'
import { ContextBar } from '~/ui/ContextBar'
import { Cost } from '~/ui/Cost'
import { PlusMinus } from '~/ui/PlusMinus'
import { Section } from '~/ui/Section'
import { lookOf, wordOf } from '~/lib/status'
import { Silence, Since, StatusGlyph, useSilence } from '~/ui/Status'
import { StatusPart } from '~/ui/StatusPart'

/** Who works, with the last line of each: age, context, lines and cost in columns that never move. */
export function AtWork({ agents, all }: { agents: readonly AgentOverview[]; all: Overview }) {
  const warnAt = useContextWarning()
  const sizes = new Map(all.worktrees.map((worktree) => [worktree.id, sizeOf(worktree)]))
  return (
    <Section title="At work" count={agents.length}>
      <ul>
        {agents.map((agent) => (
          <li
            key={agent.id}
            className="relative grid min-h-11 grid-cols-[28px_minmax(0,1fr)_52px_160px_100px_60px] items-center border-t border-line first:border-t-0 hover:bg-bg1 max-sm:grid-cols-[28px_minmax(0,1fr)_auto]"
          >
            <StatusPart agent={agent} look="glyph">
              <StatusGlyph look={lookOf(agent.statusReason)} word={wordOf(agent.statusReason)} />
            </StatusPart>
            <Link
              to="/w/$workspaceId/a/$agentId"
              params={{ workspaceId: agent.workspaceId, agentId: agent.id }}
              className="col-span-full col-start-2 grid min-h-11 grid-cols-subgrid items-center after:absolute after:inset-0"
            >
              <span className="min-w-0">
                <span className="flex min-w-0 items-baseline gap-2">
                  <b className="truncate font-medium">{visibleName(agent.name)}</b>
                  <span className="truncate text-fg2 max-sm:hidden">{placeOf(agent, all)}</span>
                </span>
                <Line agent={agent} all={all} />
              </span>
              <Since agent={agent} at={sinceOf(agent)} className="text-right text-sm text-fg2" />
              <span className="pl-5 max-sm:hidden">
                <ContextBar level={agent.contextLevel} warnAt={warnAt} isAssumed={agent.contextAssumed === true} />
              </span>
              <span className="text-right max-sm:hidden">
                <PlusMinus {...sizes.get(agent.worktreeId)} />
              </span>
              <span className="text-right text-sm text-fg2 max-sm:hidden"><Cost micros={agent.costMicros} isDemo={agent.isDemo} /></span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}


/** What it said or called last; of one that is silent, for how long first. */
function Line({ agent, all }: { agent: AgentOverview; all: Overview }) {
  const silence = useSilence(agent)
  const line = visibleName(lineOf(agent, all))
  return (
    <span className="block truncate text-sm text-fg2">
      {silence !== undefined && <Silence {...silence} />}
      {silence !== undefined && line && ' · '}
      {line}
    </span>
  )
}
