import type { ReactNode } from 'react'
import type { PaneProps } from '~/app/pages/agent/AgentPane'
import { ContextSection } from '~/features/agent-facts/ContextSection'
import { PlanPane } from '~/features/agent-facts/PlanPane'
import { UsagePane } from '~/features/agent-facts/UsagePane'
import { useTranscriptMeta } from '~/features/transcript/use-transcript'
import { formatNumber, plural } from '~/lib/format'
import { Cost } from '~/ui/Cost'
import { ErrorNote } from '~/ui/ErrorNote'
import { Section } from '~/ui/Section'
import { Skeleton } from '~/ui/Skeleton'

type Past = PaneProps['past']

/** What the page knows of its moment, once it is read. */
function OfMoment({ past, children }: { past: Past; children: (facts: NonNullable<Past['facts']>) => ReactNode }) {
  if (past.facts) return children(past.facts)
  return <div className="px-6 py-3">{past.factsError ? <ErrorNote title="That moment could not be read" error={past.factsError} onRetry={past.onFactsAgain} /> : <Skeleton label="Reading that moment" />}</div>
}

/** Context and cost at a moment, and the turn that it is in. */
function PastUsage({ agent, past }: Pick<PaneProps, 'agent' | 'past'>) {
  const { moment = 0, turns } = past
  const turn = turns.findLast(({ at }) => Date.parse(at) <= moment)
  return (
    <OfMoment past={past}>
      {({ context, costMicros }) => (
        <div className="flex flex-col gap-6 px-6 py-3">
          {context && <ContextSection level={context.level} isAssumed={context.isAssumed === true} context={context} />}
          <Section title="Cost until then">
            {costMicros === undefined ? <p className="text-fg2">Turns that old are not listed here.</p> : <p><Cost micros={costMicros} isDemo={agent.isDemo} isLong /></p>}
          </Section>
          {turn && (
            <Section title={`Turn ${turn.index + 1}`} count="the whole of it">
              <p>
                {[
                  turn.tokens !== undefined && `${formatNumber(turn.tokens)} tokens`,
                  plural(turn.toolCalls, 'tool call'),
                  plural(turn.filesChanged, 'file'),
                ].filter(Boolean).join(' · ')}
                {turn.costMicros !== undefined && <> · <Cost micros={turn.costMicros} isDemo={agent.isDemo} isLong /></>}
              </p>
            </Section>
          )}
        </div>
      )}
    </OfMoment>
  )
}

export function Plan({ agent, past }: PaneProps) {
  const { plan } = useTranscriptMeta(agent.id)
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      {past.moment === undefined ? <PlanPane entries={plan} /> : <OfMoment past={past}>{(facts) => <PlanPane entries={facts.plan} />}</OfMoment>}
    </div>
  )
}

export function Usage({ agent, past }: PaneProps) {
  const { context, usage } = useTranscriptMeta(agent.id)
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      {past.moment === undefined ? <UsagePane agent={agent} context={context} usage={usage} /> : <PastUsage agent={agent} past={past} />}
    </div>
  )
}
