import type { AwayAgent, AwayDigest, Turn } from '~/api/generated'
import type { LaneMark, LaneSpan } from '~/ui/Lane'

export type Figure = 'turns' | 'files' | 'answers' | 'failures' | 'landings' | 'cost'

const figureOf: Readonly<Record<Figure, (agent: AwayAgent) => number>> = {
  turns: ({ turnsEnded }) => turnsEnded,
  files: ({ filesChanged }) => filesChanged,
  answers: ({ asksAnswered }) => asksAnswered,
  failures: ({ failures }) => failures,
  landings: ({ landings }) => landings,
  cost: ({ costMicros }) => costMicros,
}

/** Those who have a part in a figure, the largest first; without a figure, all as they are. */
export function withFigure(agents: readonly AwayAgent[], figure: Figure | undefined): readonly AwayAgent[] {
  if (!figure) return agents
  const of = figureOf[figure]
  return agents.filter((agent) => of(agent) > 0).sort((a, b) => of(b) - of(a))
}

export type AwayTotals = { turns: number; files: number; answered: number; byRule: number; failures: number; costMicros: number; landings: number }

const sum = (agents: readonly AwayAgent[], of: (agent: AwayAgent) => number) => agents.reduce((n, agent) => n + of(agent), 0)

export function totalsOf({ agents, landings }: AwayDigest): AwayTotals {
  return {
    turns: sum(agents, figureOf.turns),
    files: sum(agents, figureOf.files),
    answered: sum(agents, figureOf.answers),
    byRule: sum(agents, ({ asksByRule }) => asksByRule),
    failures: sum(agents, figureOf.failures),
    costMicros: sum(agents, figureOf.cost),
    landings,
  }
}

/** When a turn ended by the clock: what its CLI reports as its duration may leave out the time that it waited. */
const endOf = ({ at, endedAt }: Turn) => Date.parse(endedAt ?? at)

/** The turns that run, or ended after that time. */
export function turnsSince(turns: readonly Turn[], from: number): readonly Turn[] {
  return turns.filter((turn) => turn.outcome === 'running' || endOf(turn) >= from)
}

/** The turns of one agent as a lane. `waitsFrom`: since when it waits for its person now. */
export function laneOf(turns: readonly Turn[], now: number, waitsFrom?: number): { spans: LaneSpan[]; marks: LaneMark[] } {
  const spans: LaneSpan[] = []
  const marks: LaneMark[] = []
  for (const turn of turns) {
    const { at, outcome } = turn
    const from = Date.parse(at)
    if (outcome === 'running') {
      if (waitsFrom === undefined) spans.push({ kind: 'live', from, to: now })
      else spans.push({ kind: 'past', from, to: waitsFrom }, { kind: 'wait', from: waitsFrom, to: now })
    } else {
      const to = endOf(turn)
      spans.push({ kind: 'past', from, to })
      marks.push({ kind: outcome === 'error' ? 'failure' : 'end', at: to })
    }
  }
  return { spans, marks }
}

const hourMs = 3_600_000

/** Full hours between two times, at most eight of them, for the axis. */
export function hoursBetween(from: number, to: number): number[] {
  const every = Math.max(1, Math.ceil((to - from) / hourMs / 8)) * hourMs
  const hours: number[] = []
  for (let at = Math.ceil(from / every) * every; at < to - every / 3; at += every) hours.push(at)
  return hours
}
