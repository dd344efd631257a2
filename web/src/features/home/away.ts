import type { AwayAgent, AwayDigest, Turn } from '~/api/generated'
import type { LaneMark, LaneSpan } from '~/ui/Lane'

/** Shorter absences are a walk for coffee. */
export const leastAwayMs = 10 * 60_000
/** The daemon counts from any time; further back nobody reads it. */
export const mostAwayMs = 7 * 86_400_000

/** When this person was last here, and since when they were away, until they have marked it as seen. */
export type Presence = { hereAt: number; awayFrom?: number }

export function noteHere(before: Presence | undefined, now: number): Presence {
  if (!before) return { hereAt: now }
  const isBack = before.awayFrom === undefined && now - before.hereAt >= leastAwayMs
  const awayFrom = isBack ? before.hereAt : before.awayFrom
  return { hereAt: now, ...(awayFrom !== undefined && { awayFrom: Math.max(awayFrom, now - mostAwayMs) }) }
}

export type AwayTotals = { turns: number; files: number; answered: number; byRule: number; failures: number; costMicros: number; landings: number }

const sum = (agents: readonly AwayAgent[], of: (agent: AwayAgent) => number) => agents.reduce((n, agent) => n + of(agent), 0)

export function totalsOf({ agents, landings }: AwayDigest): AwayTotals {
  return {
    turns: sum(agents, ({ turnsEnded }) => turnsEnded),
    files: sum(agents, ({ filesChanged }) => filesChanged),
    answered: sum(agents, ({ asksAnswered }) => asksAnswered),
    byRule: sum(agents, ({ asksByRule }) => asksByRule),
    failures: sum(agents, ({ failures }) => failures),
    costMicros: sum(agents, ({ costMicros }) => costMicros),
    landings,
  }
}

/** The turns of one agent as a lane. `waitsFrom`: since when it waits for its person now. */
export function laneOf(turns: readonly Turn[], now: number, waitsFrom?: number): { spans: LaneSpan[]; marks: LaneMark[] } {
  const spans: LaneSpan[] = []
  const marks: LaneMark[] = []
  for (const { at, durationMs, outcome } of turns) {
    const from = Date.parse(at)
    if (outcome === 'running') {
      if (waitsFrom === undefined) spans.push({ kind: 'live', from, to: now })
      else spans.push({ kind: 'past', from, to: waitsFrom }, { kind: 'wait', from: waitsFrom, to: now })
    } else {
      const to = from + (durationMs ?? 0)
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
