import { useQueries, useQuery } from '@tanstack/react-query'
import { Link, type LinkOptions } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { AwayAgent, AwayDigest, Overview } from '~/api/generated'
import { readQuery } from '~/api/live'
import { markAwaySeen } from '~/api/person-marks'
import { hoursBetween, laneOf, totalsOf, turnsSince, withFigure, type Figure } from '~/features/home/away'
import { placeOfFigure } from '~/features/home/away-place'
import { formatCost, formatDuration, formatMinute, formatNumber, plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Button } from '~/ui/Button'
import { ErrorNote } from '~/ui/ErrorNote'
import { Lane } from '~/ui/Lane'
import { Section } from '~/ui/Section'
import { lookOf, wordOf } from '~/lib/status'
import { StatusGlyph } from '~/ui/Status'
import { StatusPart } from '~/ui/StatusPart'

type AwayProps = { from: number; all: Overview; figure: Figure | undefined }

const mostLanes = 10
const mostTurns = 100

/** What happened while nobody was here: counted from the events after that time, never written by a model. */
export function Away({ from, all, figure }: AwayProps) {
  const digest = useQuery({ ...readQuery('get_away_digest', { after: new Date(from).toISOString() }), staleTime: Infinity })
  const now = digest.dataUpdatedAt
  if (digest.error) return <ErrorNote title="What happened while you were away could not be read" error={digest.error} onRetry={() => void digest.refetch()} />
  if (!digest.data) return null
  const agents = withFigure(digest.data.agents, figure)
  const seen = (
    <Button look="quiet" isSmall onClick={markAwaySeen}>
      {'Mark as seen'}
    </Button>
  )
  return (
    <Section title="While you were away" count={`${formatDuration(now - from)}, since ${formatMinute(from)}`} more={seen}>
      {digest.data.agents.length === 0 && digest.data.landings === 0 ? <p className="text-fg1">Nothing happened.</p> : <Facts digest={digest.data} figure={figure} />}
      <Lanes agents={agents.slice(0, mostLanes)} all={all} from={from} to={now} figure={figure} />
      {agents.length > mostLanes && <p className="pt-1 text-sm text-fg2">{plural(agents.length - mostLanes, 'more agent')} did something.</p>}
      {digest.data.truncated && <p className="pt-1 text-sm text-fg2">So much happened that only the newest part of it is counted.</p>}
    </Section>
  )
}

type FactsProps = { digest: AwayDigest; figure: Figure | undefined }

/** Each leads to what it counts: where only one agent did it, to that agent, else to those who did. */
function Facts({ digest, figure }: FactsProps) {
  const { turns, files, answered, byRule, failures, landings, costMicros } = totalsOf(digest)
  const facts: readonly { of: Figure; n: number; text: string; word: string }[] = [
    { of: 'turns', n: turns, text: formatNumber(turns), word: turns === 1 ? 'turn' : 'turns' },
    { of: 'files', n: files, text: formatNumber(files), word: files === 1 ? 'file' : 'files' },
    { of: 'answers', n: answered, text: formatNumber(answered), word: `${answered === 1 ? 'ask answered' : 'asks answered'}${byRule > 0 ? `, ${formatNumber(byRule)} by rule` : ''}` },
    { of: 'failures', n: failures, text: formatNumber(failures), word: failures === 1 ? 'failure' : 'failures' },
    { of: 'landings', n: landings, text: formatNumber(landings), word: landings === 1 ? 'landing' : 'landings' },
    { of: 'cost', n: costMicros, text: formatCost(costMicros / 1_000_000), word: '' },
  ]
  return (
    <p className="flex flex-wrap gap-x-6 gap-y-1 pt-1 pb-2.5 text-fg2">
      {facts.flatMap(({ of, n, text, word }) => {
        const words = (
          <>
            <b className="font-medium text-fg0">{text}</b> {word}
          </>
        )
        if (n === 0) return of === 'landings' ? [] : [<span key={of}>{words}</span>]
        const isShown = of === figure
        return [
          <AwayLink key={of} to={isShown ? { to: '/' } : placeOfFigure(of, withFigure(digest.agents, of))} isShown={isShown}>
            {words}
          </AwayLink>,
        ]
      })}
    </p>
  )
}

function AwayLink({ to, isShown, children }: { to: LinkOptions; isShown: boolean; children: ReactNode }) {
  return (
    <Link {...to} activeOptions={{ exact: true, includeSearch: true }} resetScroll={false} aria-current={isShown ? 'true' : undefined} className={`hit hover:text-fg0 hover:underline ${isShown ? 'text-fg0 underline' : ''}`}>
      {children}
    </Link>
  )
}

type LanesProps = { agents: readonly AwayAgent[]; all: Overview; from: number; to: number; figure: Figure | undefined }

const columns = 'grid grid-cols-[18px_208px_minmax(0,1fr)_48px_52px] items-center gap-x-2.5 max-md:grid-cols-[18px_minmax(0,1fr)_52px]'

function Lanes({ agents, all, from, to, figure }: LanesProps) {
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
          <LaneRow key={agent.agentId} agent={agent} turns={turns[at]?.data?.turns ?? []} row={all.agents.find(({ id }) => id === agent.agentId)} from={from} to={to} figure={figure} />
        ))}
      </ul>
    </div>
  )
}

type LaneRowProps = { agent: AwayAgent; turns: Parameters<typeof laneOf>[0]; row: Overview['agents'][number] | undefined; from: number; to: number; figure: Figure | undefined }

/** The name and the lane lead to the agent, or to the figure that was chosen; files and cost to their panes. */
function LaneRow({ agent, turns, row, from, to, figure = 'turns' }: LaneRowProps) {
  const waitsFrom = row?.askAt === undefined ? undefined : Date.parse(row.askAt)
  const label = `${plural(agent.turnsEnded, 'turn')}, ${plural(agent.failures, 'failure')}`
  return (
    <li className={`${columns} relative min-h-[26px] hover:bg-bg1`}>
      {row ? (
        <StatusPart agent={row} look="glyph">
          <StatusGlyph look={lookOf(row.statusReason)} word={wordOf(row.statusReason)} />
        </StatusPart>
      ) : (
        <StatusGlyph look="idle" word="Archived" />
      )}
      <Link {...placeOfFigure(figure, [agent])} className="col-span-2 col-start-2 grid min-h-[26px] grid-cols-subgrid items-center max-md:col-span-1">
        <span className="truncate">{visibleName(agent.name)}</span>
        <Lane label={label} from={from} to={to} {...laneOf(turnsSince(turns, from), to, waitsFrom)} />
      </Link>
      <span className="text-right text-sm text-fg2 max-md:hidden">
        {agent.filesChanged > 0 && (
          <Link {...placeOfFigure('files', [agent])} aria-label={`${plural(agent.filesChanged, 'file')} of ${visibleName(agent.name)}`} className="hit hover:text-fg0 hover:underline">
            {agent.filesChanged}
          </Link>
        )}
      </span>
      <span className="text-right text-sm text-fg2">
        {agent.costMicros > 0 && (
          <Link {...placeOfFigure('cost', [agent])} aria-label={`${formatCost(agent.costMicros / 1_000_000)} of ${visibleName(agent.name)}`} className="hit hover:text-fg0 hover:underline">
            {formatCost(agent.costMicros / 1_000_000)}
          </Link>
        )}
      </span>
    </li>
  )
}
