import type { EvPlanEntry } from '~/api/generated'
import { visible } from '~/lib/visible'
import { Empty } from '~/ui/Empty'
import { type Look } from '~/lib/status'
import { StatusGlyph } from '~/ui/Status'

const states: Record<string, { look: Look; word: string }> = {
  completed: { look: 'finished', word: 'Done' },
  in_progress: { look: 'running', word: 'Now' },
}
const open = { look: 'idle', word: 'Open' } as const

/** The agent's own list of what to do, as it stands. */
export function PlanPane({ entries }: { entries: readonly EvPlanEntry[] }) {
  if (entries.length === 0)
    return (
      <div className="px-6">
        <Empty title="No plan" text="The agent has not written one down. Many do so for longer work." />
      </div>
    )
  return (
    <ol aria-label="Plan" className="py-2">
      {entries.map(({ text, state }, at) => {
        const { look, word } = states[state] ?? open
        return (
          <li key={at} aria-current={state === 'in_progress' ? 'step' : undefined} className="grid grid-cols-[28px_minmax(0,1fr)] px-4 py-1.5">
            <StatusGlyph look={look} word={word} className="mt-[3px]" />
            <span className={state === 'completed' ? 'text-fg2' : state === 'in_progress' ? 'font-medium text-fg0' : 'text-fg1'}>{visible(text)}</span>
          </li>
        )
      })}
    </ol>
  )
}
