import type { EvPlanEntry } from '~/api/generated'
import { visible } from '~/lib/visible'
import { StatusGlyph } from '~/ui/Status'

const looks: Record<string, 'finished' | 'running' | 'idle'> = { completed: 'finished', in_progress: 'running' }

/** The agent's own to-do list; one line until it is opened. */
export function PlanStrip({ entries }: { entries: readonly EvPlanEntry[] }) {
  const done = entries.filter(({ state }) => state === 'completed').length
  if (done === entries.length) return null
  const current = entries.find(({ state }) => state === 'in_progress') ?? entries.find(({ state }) => state !== 'completed')
  return (
    <details className="group text-sm text-fg1">
      <summary className="flex min-h-6 min-w-0 list-none items-center gap-2 rounded-sm">
        <StatusGlyph look="running" />
        <span className="tnum shrink-0 font-medium">
          Plan {done} of {entries.length}
        </span>
        <span className="min-w-0 truncate group-open:hidden">{visible(current?.text ?? '')}</span>
      </summary>
      <ol className="mt-1 flex flex-col gap-0.5">
        {entries.map(({ text, state }, place) => (
          <li key={place} className={`flex items-center gap-2 ${state === 'completed' ? 'text-fg2' : ''}`}>
            <StatusGlyph look={looks[state] ?? 'idle'} />
            <span>
              {visible(text)}
              <span className="sr-only"> ({state.replace('_', ' ')})</span>
            </span>
          </li>
        ))}
      </ol>
    </details>
  )
}
