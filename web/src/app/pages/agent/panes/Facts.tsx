import type { PaneProps } from '~/app/pages/agent/AgentPane'
import { PlanPane } from '~/features/agent-facts/PlanPane'
import { UsagePane } from '~/features/agent-facts/UsagePane'
import { formatCost, formatNumber, plural } from '~/lib/format'
import { nothingIsPaid } from '~/ui/Demo'
import { useTranscriptMeta } from '~/features/transcript/use-transcript'

/** Of a moment of the past: what its turn has used. */
function PastUsage({ past, isDemo }: { past: PaneProps['past']; isDemo: boolean }) {
  const { moment = 0, turns } = past
  const turn = turns.findLast(({ at }) => Date.parse(at) <= moment)
  if (!turn) return <p className="px-6 py-4 text-fg2">No turn had begun then.</p>
  const { index, tokens, costMicros, toolCalls, filesChanged } = turn
  const cost = costMicros === undefined ? undefined : isDemo ? nothingIsPaid : formatCost(costMicros / 1_000_000)
  const facts = [cost, tokens !== undefined && `${formatNumber(tokens)} tokens`, plural(toolCalls, 'tool call'), plural(filesChanged, 'file')].filter(Boolean)
  return (
    <div className="px-6 py-4">
      <p>
        The whole of turn {index + 1}: {facts.join(' · ')}
      </p>
      <p className="text-fg2">How full the context was then is not kept.</p>
    </div>
  )
}

export function Plan({ agent, past }: PaneProps) {
  const { plan } = useTranscriptMeta(agent.id)
  if (past.moment !== undefined) return <p className="px-6 py-4 text-fg2">The plan of that moment is not kept apart; the transcript shows how it was written.</p>
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <PlanPane entries={plan} />
    </div>
  )
}

export function Usage({ agent, past }: PaneProps) {
  const { context, usage } = useTranscriptMeta(agent.id)
  if (past.moment !== undefined) return <PastUsage past={past} isDemo={agent.isDemo === true} />
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <UsagePane agent={agent} context={context} usage={usage} />
    </div>
  )
}
