import type { LandingPlanRow, Radar, RadarPair } from '~/api/generated'

export type MeetCell = {
  one: string
  other: string
  pair: RadarPair | undefined
  /** Whether the radar knows if they conflict. */
  isCompared: boolean
}

type Sides = Pick<RadarPair, 'oneId' | 'otherId'>

const isPair = ({ oneId, otherId }: Sides, a: string, b: string) => (oneId === a && otherId === b) || (oneId === b && otherId === a)

/**
 * Whether the radar says if these two conflict. A pair that it does not name cannot conflict only if both were read and it names
 * all that it left out.
 */
export function isKnown({ worktrees, pairs, notCompared, leftOut }: Radar, one: string, other: string): boolean {
  const isIt = (pair: Sides) => isPair(pair, one, other)
  const isRead = (id: string) => worktrees.some(({ worktreeId, note }) => worktreeId === id && note === undefined)
  return pairs.some(isIt) || (notCompared.length >= leftOut && isRead(one) && isRead(other) && !notCompared.some(isIt))
}

/** Above the diagonal: which of two worktrees, in the order of the plan, conflict. */
export function matrixOf(rows: readonly LandingPlanRow[], radar: Radar): MeetCell[][] {
  return rows.map(({ worktreeId: one }, at) =>
    rows.slice(at + 1).map(({ worktreeId: other }) => ({
      one,
      other,
      pair: radar.pairs.find((pair) => isPair(pair, one, other)),
      isCompared: isKnown(radar, one, other),
    })),
  )
}

export type Meetings = {
  /** Pairs among these worktrees that conflict. */
  conflicts: number
  /** Pairs of which nobody knows. */
  unknown: number
}

export function meetings(rows: readonly LandingPlanRow[], radar: Radar): Meetings {
  const cells = matrixOf(rows, radar).flat()
  const count = (is: (cell: MeetCell) => boolean) => cells.filter(is).length
  return { conflicts: count(({ pair }) => pair !== undefined && !pair.isClean), unknown: count(({ isCompared }) => !isCompared) }
}
