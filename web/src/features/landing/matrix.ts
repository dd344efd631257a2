import type { LandingPlanRow, Radar, RadarPair } from '~/api/generated'

export type MeetCell = { one: string; other: string; pair: RadarPair | undefined }

const isPair = ({ oneId, otherId }: RadarPair, a: string, b: string) => (oneId === a && otherId === b) || (oneId === b && otherId === a)

/** Above the diagonal: which of two worktrees, in the order of the plan, conflict. A pair that the radar does not name cannot conflict. */
export function matrixOf(rows: readonly LandingPlanRow[], { pairs }: Radar): MeetCell[][] {
  return rows.map((row, at) =>
    rows.slice(at + 1).map((other) => ({
      one: row.worktreeId,
      other: other.worktreeId,
      pair: pairs.find((pair) => isPair(pair, row.worktreeId, other.worktreeId)),
    })),
  )
}

/** Pairs among these worktrees that conflict. */
export function meetings(rows: readonly LandingPlanRow[], radar: Radar): RadarPair[] {
  return matrixOf(rows, radar)
    .flat()
    .flatMap(({ pair }) => (pair && !pair.isClean ? [pair] : []))
}
