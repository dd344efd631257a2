import type { Draft } from '~/api/ui-state'
import { RowAct } from '~/ui/RowAct'

/** Two devices wrote at once. */
export function OtherText({ draft: { other, undo, dismiss } }: { draft: Pick<Draft, 'other' | 'undo' | 'dismiss'> }) {
  if (!other) return null
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-x-2 border-t border-line2 px-3 py-1 text-sm text-fg1 first:border-t-0">
      <span role="status" className="min-w-0 flex-1">
        {other.isTheirs ? 'Text from another device replaced yours.' : 'Your text replaced text from another device.'}
      </span>
      <RowAct label="Undo" run={undo} />
      <RowAct label="Dismiss" run={dismiss} />
    </div>
  )
}
