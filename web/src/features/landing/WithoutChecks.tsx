import type { LandingPlanRow } from '~/api/generated'
import { plural } from '~/lib/format'
import { visibleName } from '~/lib/visible'
import { Dialog } from '~/ui/Dialog'

type WithoutChecksProps = { row: LandingPlanRow; onLand: () => void; onClose: () => void }

/** Asks before a landing whose checks have not passed on what lands. */
export function WithoutChecks({ row: { branch, unmetChecks }, onLand, onClose }: WithoutChecksProps) {
  function submit() {
    onClose()
    onLand()
  }
  return (
    <Dialog title={`Land ${visibleName(branch)} without its checks?`} submit="Land without" isDanger onSubmit={submit} onClose={onClose}>
      <p>
        {plural(unmetChecks, 'check has', 'checks have')} not passed on what this worktree has now. It lands without them; none is run. The landing can be undone until something else is on its base.
      </p>
    </Dialog>
  )
}
