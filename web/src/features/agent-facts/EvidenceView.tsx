import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { AgentEvidence, AgentStatus, LogEvidence, MemoryEvidence, StatusCause } from '~/api/generated'
import { readQuery } from '~/api/live'
import { Processes } from '~/features/agent-facts/Processes'
import { backlogText, causeText, expectedText, holdText, waitText } from '~/features/agent-facts/words'
import { formatBytes, formatClock, formatFull, sentence } from '~/lib/format'
import { visible } from '~/lib/visible'
import { Age } from '~/ui/Age'
import { RefreshButton } from '~/features/agent-facts/RefreshButton'
import { ErrorNote } from '~/ui/ErrorNote'
import { Icon } from '~/ui/Icon'
import { Skeleton } from '~/ui/Skeleton'
import { StatusLine } from '~/ui/Status'

const evidenceQuery = (agentId: string) => ({ ...readQuery('get_agent_evidence', { agentId }), staleTime: 0, retry: false })

/** Why an agent has the status that it has: who said so, what it waits for, and how its program does. */
export function EvidenceView({ agentId }: { agentId: string }) {
  const evidence = useQuery(evidenceQuery(agentId))
  const { data, error, isFetching } = evidence
  if (!data) {
    if (error) return <ErrorNote title="The evidence could not be read" error={error} onRetry={() => void evidence.refetch()} />
    return <Skeleton label="Looking at the agent" rows={6} />
  }
  return (
    <div className="flex flex-col gap-3">
      <div className="flex min-h-6 flex-wrap items-center gap-x-2">
        <StatusLine agent={fieldsOf(data.status)} />
        <span className="ml-auto shrink-0 text-sm text-fg2" title={formatFull(data.lookedAt)}>
          {`as of ${formatClock(data.lookedAt)}`}
        </span>
        <RefreshButton isBusy={isFetching} onRefresh={() => void evidence.refetch()} />
      </div>
      {error && <p className="text-sm text-err">It could not be read again: {visible(sentence(error.message))}</p>}
      <Facts evidence={data} />
    </div>
  )
}

function fieldsOf({ status, reason, source, since, detail, retryAt, backgroundCommands }: AgentStatus) {
  return { status, statusReason: reason, statusSource: source, statusSince: since, statusDetail: detail, retryAt, backgroundCommands }
}

function Facts({ evidence }: { evidence: AgentEvidence }) {
  const { sources, waitsFor, expected, hold, log, memory, problems } = evidence
  return (
    <>
      <dl className="grid grid-cols-[88px_minmax(0,1fr)] gap-x-3 gap-y-2 text-sm">
        <Fact name="Because">
          {sources.map((cause) => (
            <Cause key={`${cause.at} ${cause.what}`} cause={cause} />
          ))}
        </Fact>
        <Fact name="Waits">{waitsFor.length > 0 ? waitsFor.slice(0, 8).map((wait, at) => <p key={at}>{visible(waitText(wait))}</p>) : 'for nothing'}</Fact>
        {expected.length > 0 && (
          <Fact name="Next">
            {expected.map((next) => (
              <p key={next.kind}>
                {visible(expectedText(next))}
                {next.deadline && <span className="text-fg2"> by {formatClock(next.deadline)}{next.by && `, by ${next.by}`}</span>}
              </p>
            ))}
          </Fact>
        )}
        {log && <Log log={log} />}
        {hold && (
          <Fact name="Hold">
            {sentence(holdText(hold))}
            {hold.heardAt && <Ago at={hold.heardAt} before="last report" />}
          </Fact>
        )}
        {memory && <Memory memory={memory} />}
      </dl>
      <Processes evidence={evidence} />
      {problems.length > 0 && (
        <ul aria-label="What could not be seen" className="flex flex-col gap-1 text-sm text-fg1">
          {problems.map((problem) => (
            <li key={problem} className="flex gap-2">
              <Icon name="info" className="size-3.5! translate-y-px text-fg2" />
              <span className="min-w-0 [overflow-wrap:anywhere]">Not seen: {visible(problem)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-fg2">{name}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere] text-fg0">{children}</dd>
    </>
  )
}

function Ago({ at, before }: { at: string; before: string }) {
  return (
    <span className="text-fg2">
      {' '}
      · {before} <Age at={at} className="" /> ago
    </span>
  )
}

function Cause({ cause }: { cause: StatusCause }) {
  return (
    <p>
      {visible(causeText(cause))}
      <span className="text-fg2">
        {' '}
        · <Age at={cause.at} className="" /> ago{cause.offset !== undefined && `, ${visible(cause.what.replaceAll('_', ' '))} at byte ${cause.offset} of the log`}
      </span>
    </p>
  )
}

function Log({ log: { end, backlog, last, derivation } }: { log: LogEvidence }) {
  return (
    <Fact name="Last output">
      {last ? (
        <>
          <Age at={last.at} className="" /> ago
          <span className="text-fg2">
            {' '}
            · {formatBytes(last.size)} on {visible(last.channel)}
          </span>
        </>
      ) : (
        'none'
      )}
      <p className={backlog > 0 || derivation === 'failed' ? 'text-fg1' : 'text-fg2'}>
        {formatBytes(end)} in all, {backlogText(backlog)}
        {derivation === 'failed' && '; reading it failed and is tried again'}
      </p>
    </Fact>
  )
}

const fullAt = 0.8

function Memory({ memory: { usedBytes, limitBytes, measuredBy } }: { memory: MemoryEvidence }) {
  const share = limitBytes ? Math.min(1, usedBytes / limitBytes) : undefined
  return (
    <Fact name="Memory">
      <span className="flex flex-wrap items-center gap-x-2">
        {formatBytes(usedBytes)} {limitBytes ? `of ${formatBytes(limitBytes)}` : 'and no limit'}
        {share !== undefined && (
          <span aria-hidden="true" className="h-[3px] w-16 overflow-hidden rounded-[2px] bg-line2">
            <span className={`block h-full ${share >= fullAt ? 'bg-g-wait' : 'bg-fg2'}`} style={{ width: `${100 * share}%` }} />
          </span>
        )}
        <span className="text-fg2">{measuredBy === 'cgroup' ? 'as the kernel counts' : 'summed over its processes'}</span>
      </span>
    </Fact>
  )
}
