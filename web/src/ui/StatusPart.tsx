import type { ReactNode } from 'react'
import { visibleName } from '~/lib/visible'
import { evidence, showEvidence, type Evidence } from '~/ui/evidence'

const looks = {
  /** In a row, in its own words. */
  row: 'hit relative z-10 hover:underline hover:underline-offset-3',
  /** In the head of a page or a pane. */
  head: 'touch -mx-1.5 flex h-7 min-w-0 items-center rounded-md px-1.5 hover:bg-bg3',
  /** The glyph alone, where a row begins. */
  glyph: 'touch relative z-10 -ml-[5px] grid size-6 place-items-center rounded-md hover:bg-bg3 pointer-coarse:-ml-[15px]',
  /** Over the glyph of a row that is one link, and whose glyph it is when there is room for nothing else. */
  over: 'absolute top-0.5 left-[3px] size-6 rounded-md hover:outline-1 hover:outline-line2 pointer-coarse:hidden max-lg:hidden',
}

type StatusPartProps = { agent: Evidence['agent']; look?: keyof typeof looks; tabIndex?: number; className?: string; children?: ReactNode }

/** What it was opened from is gone. */
const closeWithout = (node: HTMLElement | null) => () => evidence.set((now) => (now?.anchor === node ? undefined : now))

/** An agent's status; it opens what the status is based on. */
export function StatusPart({ agent, look = 'row', className = '', children, ...more }: StatusPartProps) {
  return (
    <button
      ref={closeWithout}
      type="button"
      aria-haspopup="dialog"
      aria-label={children ? undefined : `Status of ${visibleName(agent.name)}`}
      onClick={({ currentTarget }) => showEvidence(agent, currentTarget)}
      className={`${looks[look]} ${className}`}
      {...more}
    >
      {children}
    </button>
  )
}
