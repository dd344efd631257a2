import type { PaneProps } from '~/app/pages/agent/AgentPane'
import { PlanPane } from '~/features/agent-facts/PlanPane'
import { UsagePane } from '~/features/agent-facts/UsagePane'
import { useTranscriptMeta } from '~/features/transcript/use-transcript'

export function Plan({ agent }: PaneProps) {
  const { plan } = useTranscriptMeta(agent.id)
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <PlanPane entries={plan} />
    </div>
  )
}

export function Usage({ agent }: PaneProps) {
  const { context, usage } = useTranscriptMeta(agent.id)
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <UsagePane agent={agent} context={context} usage={usage} />
    </div>
  )
}
