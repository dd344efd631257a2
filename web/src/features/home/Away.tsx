import { useQueries, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AwayAgent, AwayDigest, Overview } from '~/api/generated'
import { readQuery } from '~/api/live'
import { hoursBetween, laneOf, totalsOf } from '~/features/home/away'
import { formatCost, formatDuration, formatMinute, formatNumber, plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Lane } from '~/ui/Lane'
import { Section } from '~/ui/Section'
import { lookOf, wordOf } from '~/lib/status'
import { StatusGlyph } from '~/ui/Status'

type AwayProps = { from: number; all: Overview; onSeen: () => void }

const mostLanes = 10
const mostTurns = 100

/** What happened while nobody was here: counted from the events after that time, never written by a model. */
export function Away({ from, all, onSeen }: AwayProps) {
  const digest = useQuery({ ...readQuery('get_away_digest', { after: new Date(from).toISOString() }), staleTime: Infinity })
  const now = digest.dataUpdatedAt
  if (digest.error) return <ErrorNote title="What happened while you were away could not be read" error={digest.error} onRetry={() => void digest.refetch()} />
  if (!digest.data) return null
  const { agents } = digest.data
  const seen = (
    <Button look="quiet" isSmall onClick={onSeen}>
      {'Mark as seen'}
    </Button>
  )
  return (
    <Section title="While you were away" count={`${formatDuration(now - from)}, since ${formatMinute(from)}`} more={seen}>
      {agents.length === 0 && digest.data.landings === 0 ? <p className="text-fg1">Nothing happened.</p> : <Facts digest={digest.data} />}
      <Lanes agents={agents.slice(0, mostLanes)} all={all} from={from} to={now} />
      {agents.length > mostLanes && <p className="pt-1 text-sm text-fg2">{agents.length - mostLanes} more agents did something.</p>}
      {digest.data.truncated && <p className="pt-1 text-sm text-fg2">So much happened that only the newest part of it is counted.</p>}
    </Section>
  )
}

const count = (n: number, one: string, many: string) => [n, n === 1 ? one : many] as const

/** Each figure leads to what it counts. */
function Facts({ digest }: { digest: AwayDigest }) {
  const { turns, files, answered, byRule, failures, landings, costMicros } = totalsOf(digest)
  return (
    <p className="flex flex-wrap gap-x-6 gap-y-1 pt-1 pb-2.5 text-fg2">
      <Link to="/board" className={fact}>
        <Figure of={count(turns, 'turn', 'turns')} />
      </Link>
      <Link to="/board" className={fact}>
        <Figure of={count(files, 'file', 'files')} />
      </Link>
      <Link to="/inbox" search={{ tab: 'answered' }} className={fact}>
        <Figure of={count(answered, 'ask answered', 'asks answered')} />
        {byRule > 0 && `, ${formatNumber(byRule)} by rule`}
      </Link>
      <Link to="/inbox" className={fact}>
        <Figure of={count(failures, 'failure', 'failures')} />
      </Link>
      {landings > 0 && (
        <Link to="/landing" className={fact}>
          <Figure of={count(landings, 'landing', 'landings')} />
        </Link>
      )}
      <Link to="/usage" className={fact}>
        <b className="font-medium text-fg0">{formatCost(costMicros / 1_000_000)}</b>
      </Link>
    </p>
  )
}

const fact = 'hit hover:underline'

function Figure({ of: [n, word] }: { of: readonly [number, string] }) {
  return (
    <>
      <b className="font-medium text-fg0">{formatNumber(n)}</b> {word}
    </>
  )
}

type LanesProps = { agents: readonly AwayAgent[]; all: Overview; from: number; to: number }

const columns = 'grid grid-cols-[18px_208px_minmax(0,1fr)_48px_52px] items-center gap-x-2.5 max-md:grid-cols-[18px_minmax(0,1fr)_52px]'

function Lanes({ agents, all, from, to }: LanesProps) {
  const turns = useQueries({ queries: agents.map(({ agentId }) => ({ ...readQuery('list_turns', { agentId, limit: mostTurns }), staleTime: Infinity })) })
  if (agents.length === 0) return null
  return (
    <div>
      <div className={`${columns} h-5 text-xs text-fg2 max-md:hidden`} aria-hidden="true">
        <span className="col-start-3 relative h-4">
          {hoursBetween(from, to).map((hour) => (
            <span key={hour} className="absolute -translate-x-1/2" style={{ left: `${((hour - from) / (to - from)) * 100}%` }}>
              {formatMinute(hour)}
            </span>
          ))}
          <span className="absolute right-0 bg-bg0 pl-1 text-fg0">{formatMinute(to)}</span>
        </span>
        <span className="text-right">files</span>
        <span className="text-right">cost</span>
      </div>
      <ul>
        {agents.map((agent, at) => (
          <LaneRow key={agent.agentId} agent={agent} turns={turns[at]?.data?.turns ?? []} row={all.agents.find(({ id }) => id === agent.agentId)} from={from} to={to} />
        ))}
      </ul>
    </div>
  )
}

type LaneRowProps = { agent: AwayAgent; turns: Parameters<typeof laneOf>[0]; row: Overview['agents'][number] | undefined; from: number; to: number }

function LaneRow({ agent, turns, row, from, to }: LaneRowProps) {
  const inWindow = turns.filter(({ at, durationMs, outcome }) => outcome === 'running' || Date.parse(at) + (durationMs ?? 0) >= from)
  const waitsFrom = row?.askAt === undefined ? undefined : Date.parse(row.askAt)
  const label = `${plural(agent.turnsEnded, 'turn')}, ${plural(agent.failures, 'failure')}`
  return (
    <li>
      <Link to="/w/$workspaceId/a/$agentId" params={{ workspaceId: agent.workspaceId, agentId: agent.agentId }} className={`${columns} min-h-[26px] hover:bg-bg1`}>
        {row ? <StatusGlyph look={lookOf(row.statusReason)} word={wordOf(row.statusReason)} /> : <StatusGlyph look="idle" word="Archived" />}
        <span className="truncate">{visibleName(agent.name)}</span>
        <span className="max-md:col-start-2 max-md:row-start-2">
          <Lane label={label} from={from} to={to} {...laneOf(inWindow, to, waitsFrom)} />
        </span>
        <span className="text-right text-sm text-fg2 max-md:hidden">{agent.filesChanged || ''}</span>
        <span className="text-right text-sm text-fg2 max-md:row-start-1">{formatCost(agent.costMicros / 1_000_000)}</span>
      </Link>
    </li>
  )
}
