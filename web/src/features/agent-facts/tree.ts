import type { ProcessEvidence } from '~/api/generated'

export type Row = { process: ProcessEvidence; depth: number }

const deepest = 8

/** Each process with its depth below the first; they come parent first. */
export function asTree(processes: readonly ProcessEvidence[]): Row[] {
  const depths = new Map<number, number>()
  return processes.map((process) => {
    const parent = depths.get(process.parent)
    const depth = parent === undefined ? 0 : parent + 1
    depths.set(process.pid, depth)
    return { process, depth: Math.min(depth, deepest) }
  })
}
