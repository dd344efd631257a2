/** Shown beside the name of everything that belongs to the demo. */
export function DemoBadge() {
  return <span className="shrink-0 rounded-sm border border-current px-1 text-xs font-medium text-accent">Demo</span>
}

/** Replaces the price, which the CLI reports even if no model was asked. */
export const nothingIsPaid = 'scripted model, no charge'

/** The same in a column. */
export const noCharge = 'no charge'
