import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Agent, AgentLimits, EvContext, EvUsage, Turn } from '~/api/generated'
import { turnsQuery } from '~/api/turns'
import { ContextSection } from '~/features/agent-facts/ContextSection'
import { Sessions } from '~/features/agent-facts/Sessions'
import { StatusWord } from '~/features/agent-facts/StatusWord'
import { formatBytes, formatCost, formatCount, formatDuration, formatMinute, plural } from '~/lib/format'
import { visible } from '~/lib/visible'
import { Empty } from '~/ui/Empty'
import { ErrorNote } from '~/ui/ErrorNote'
import { Section } from '~/ui/Section'
import { Skeleton } from '~/ui/Skeleton'

type UsagePaneProps = {
  agent: Agent
  /** As the last event said. */
  context?: EvContext | undefined
  /** Of the turn that runs, so far. */
  usage?: Pick<EvUsage, 'input' | 'output' | 'cacheRead' | 'cacheCreation' | 'costMicros'> | undefined
}

/** What an agent has used: its context, each turn, and its limits. */
export function UsagePane({ agent, context, usage }: UsagePaneProps) {
  return (
    <div className="flex flex-col gap-6 px-6 py-3">
      <ContextSection level={agent.contextLevel} isAssumed={agent.contextAssumed === true} context={context} />
      {usage && <Running usage={usage} />}
      <Turns agentId={agent.id} />
      <Sessions agent={agent} />
      <Limits limits={agent.limits} />
      <Section title="Process">
        <p className="text-sm text-fg2">Memory, processes and the log are part of the evidence for its status.</p>
        <StatusWord agent={agent} />
      </Section>
    </div>
  )
}

function Pair({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-h-6 items-baseline gap-2 text-sm">
      <span className="flex-1 text-fg2">{name}</span>
      <span className="text-fg1">{children}</span>
    </div>
  )
}

function Running({ usage }: { usage: NonNullable<UsagePaneProps['usage']> }) {
  return (
    <Section title="This turn" count="so far">
      <Pair name="Input, not cached">{formatCount(usage.input)}</Pair>
      <Pair name="Input from the cache">{formatCount(usage.cacheRead)}</Pair>
      <Pair name="Input written to the cache">{formatCount(usage.cacheCreation)}</Pair>
      <Pair name="Output">{formatCount(usage.output)}</Pair>
      <Pair name="Cost">{formatCost(usage.costMicros / 1_000_000)}</Pair>
    </Section>
  )
}

function Turns({ agentId }: { agentId: string }) {
  const page = useQuery(turnsQuery(agentId))
  if (page.error) return <ErrorNote title="The turns could not be read" error={page.error} onRetry={() => void page.refetch()} />
  if (!page.data) return <Skeleton label="Reading the turns" />
  const { turns, total } = page.data
  if (turns.length === 0) return <Empty title="No turn yet" text="Cost and tokens of each turn appear here when it ends." />
  return (
    <Section title="Turns" count={total} more={costText(turns, total)}>
      <table className="w-full table-fixed text-sm">
        <thead className="text-left text-xs text-fg2">
          <tr>
            <th scope="col" className="w-9 font-medium">
              #
            </th>
            <th scope="col" className="font-medium">
              Prompt
            </th>
            <th scope="col" className="w-16 text-right font-medium">
              Time
            </th>
            <th scope="col" className="w-16 text-right font-medium">
              Tokens
            </th>
            <th scope="col" className="w-16 text-right font-medium">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {turns.toReversed().map((turn) => (
            <TurnRow key={turn.index} turn={turn} />
          ))}
        </tbody>
      </table>
    </Section>
  )
}

/** Of those whose cost is known. */
function costText(turns: readonly Turn[], total: number): string | undefined {
  const known = turns.flatMap(({ costMicros }) => costMicros ?? [])
  if (known.length === 0) return undefined
  const cost = formatCost(known.reduce((sum, one) => sum + one, 0) / 1_000_000)
  return total > turns.length ? `the last ${turns.length}: ${cost}` : cost
}

const unknown = '–'

function TurnRow({ turn: { index, at, firstLine, outcome, durationMs, tokens, costMicros } }: { turn: Turn }) {
  const time = outcome === 'running' ? 'running' : durationMs === undefined ? unknown : formatDuration(durationMs)
  return (
    <tr className="h-7 border-t border-line">
      <td className="text-fg2">{index + 1}</td>
      <td className="truncate pr-2" title={visible(firstLine ?? '')}>
        {visible(firstLine ?? 'Begun by the CLI')} <span className="text-fg2">{formatMinute(at)}</span>
      </td>
      <td className="truncate text-right text-fg2">{time}</td>
      <td className="text-right text-fg2">{tokens === undefined ? unknown : formatCount(tokens)}</td>
      <td className="text-right text-fg1">{costMicros === undefined ? unknown : formatCost(costMicros / 1_000_000)}</td>
    </tr>
  )
}

function Limits({ limits }: { limits: AgentLimits | undefined }) {
  const own = [
    limits?.wallSeconds && ['Time of one launch', formatDuration(1000 * limits.wallSeconds)],
    limits?.memoryMib && ['Memory', formatBytes(limits.memoryMib * 1024 * 1024)],
    limits?.processes && ['Processes', plural(limits.processes, 'process', 'processes')],
    limits?.outputMib && ['Output of one launch', formatBytes(limits.outputMib * 1024 * 1024)],
  ].filter((limit) => Array.isArray(limit))
  return (
    <Section title="Limits">
      {own.map(([name = '', value]) => (
        <Pair key={name} name={name}>
          {value}
        </Pair>
      ))}
      <p className="text-sm text-fg2">{own.length > 0 ? 'The settings apply to the others.' : 'It has none of its own; the settings apply.'}</p>
    </Section>
  )
}
