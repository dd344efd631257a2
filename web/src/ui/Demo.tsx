/** Stands beside the name of whatever belongs to the demo. */
export function DemoBadge() {
  return <span className="shrink-0 rounded-sm border border-current px-1 text-xs font-medium text-accent">Demo</span>
}

/** Instead of a price: the CLI counts one even where no model was asked. */
export const nothingIsPaid = 'scripted model, nothing is paid'
