import { noCharge, nothingIsPaid } from '~/ui/Demo'
import { formatCost } from '~/lib/format'

type CostProps = {
  micros: number
  /** Of an agent that talks to the scripted model: its CLI reports a price that nobody pays. */
  isDemo: boolean | undefined
  /** With the reason, where there is room for it. */
  isLong?: boolean
}

/** What something cost. The one place that knows that the demo costs nothing. */
export function Cost({ micros, isDemo = false, isLong = false }: CostProps) {
  if (!isDemo) return formatCost(micros / 1_000_000)
  return isLong ? nothingIsPaid : <span title={nothingIsPaid}>{noCharge}</span>
}
