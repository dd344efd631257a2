import type { EvPlanEntry } from '~/api/generated'

/** What the tab says: "4 of 6"; undefined without a plan. */
export function planCount(entries: readonly EvPlanEntry[]): string | undefined {
  if (entries.length === 0) return undefined
  return `${entries.filter(({ state }) => state === 'completed').length} of ${entries.length}`
}
