import type { ReactNode } from 'react'
import type { HunkRow } from '~/features/diff/rows'
import { contextStep } from '~/features/diff/context'
import { plural } from '~/lib/format'
import { visible } from '~/lib/visible'

/** What can be done to a hunk where it stands; each is undefined where it cannot be done. */
export type HunkActs = { stage?: (() => void) | undefined; unstage?: (() => void) | undefined; discard?: (() => void) | undefined }

type HunkProps = { row: HunkRow; acts: HunkActs; isCurrent: boolean; onExpand: () => void }

/** Where a hunk begins, and under which heading: `@@ 38  impl Backoff`. */
export function HunkView({ row, acts, isCurrent, onExpand }: HunkProps) {
  const { hunk, hidden } = row
  const place = hunk.newLines === 0 ? hunk.oldStart : hunk.newStart
  return (
    <div className={`group sticky left-0 flex h-6 w-[100cqw] items-center gap-1 bg-hunk pr-1.5 pl-3 pointer-coarse:h-11 ${isCurrent ? 'edge-accent' : ''}`}>
      <h3 className="min-w-0 truncate font-mono text-xs font-normal whitespace-pre text-fg2">
        @@ {place}
        {'  '}
        {visible(hunk.section)}
      </h3>
      <span className="ml-auto flex shrink-0 gap-0.5 opacity-0 group-hover:opacity-100 group-focus-within:opacity-100 pointer-coarse:opacity-100">
        {hidden > 0 && <HunkButton run={onExpand}>{hidden > contextStep ? `Show ${contextStep} of ${plural(hidden, 'line')} above` : `Show ${plural(hidden, 'line')} above`}</HunkButton>}
        {acts.stage && <HunkButton run={acts.stage}>Stage</HunkButton>}
        {acts.unstage && <HunkButton run={acts.unstage}>Unstage</HunkButton>}
        {acts.discard && (
          <HunkButton run={acts.discard} isDanger>
            Discard
          </HunkButton>
        )}
      </span>
    </div>
  )
}

function HunkButton({ run, isDanger = false, children }: { run: () => void; isDanger?: boolean; children: ReactNode }) {
  return (
    <button type="button" onClick={run} className={`touch h-6 rounded-md px-2 text-sm -outline-offset-2 hover:bg-bg3 ${isDanger ? 'text-err' : 'text-fg2 hover:text-fg0'}`}>
      {children}
    </button>
  )
}

/** The unchanged lines behind the last hunk. */
export function TailView({ hidden, onExpand }: { hidden: number | undefined; onExpand: () => void }) {
  return (
    <div className="sticky left-0 flex h-6 w-[100cqw] items-center bg-hunk pl-1 pointer-coarse:h-11">
      <HunkButton run={onExpand}>{hidden === undefined ? 'Show lines below' : hidden > contextStep ? `Show ${contextStep} lines below` : `Show ${plural(hidden, 'line')} below`}</HunkButton>
    </div>
  )
}
