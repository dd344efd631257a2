import type { TriedAsk } from '~/api/generated'
import { isDenied, resultOf } from '~/features/ask/words'
import { formatFull, formatMinute } from '~/lib/format'
import { useTimedText } from '~/lib/clock'
import { visibleName } from '~/lib/visible'
import { StatusGlyph } from '~/ui/Status'

const dayFormat = new Intl.DateTimeFormat('en-GB', { weekday: 'long' })
const dateFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const dayMs = 86_400_000

function dayText(at: string, now: number): string {
  const time = Date.parse(at)
  if (now - time < dayMs && new Date(now).getDate() === new Date(time).getDate()) return formatMinute(time)
  return (now - time < 6 * dayMs ? dayFormat : dateFormat).format(time)
}

/** Past asks that a rule matches, and what became of them. */
export function TriedList({ asks }: { asks: readonly TriedAsk[] }) {
  return (
    <ul aria-label="Past asks that it matches" className="mt-2">
      {asks.map((ask) => (
        <TriedRow key={ask.id} ask={ask} />
      ))}
    </ul>
  )
}

function TriedRow({ ask }: { ask: TriedAsk }) {
  const when = useTimedText((now) => dayText(ask.createdAt, now))
  const isPerson = ask.decidedBy === 'person' && ask.state === 'answered'
  return (
    <li className="grid h-6 grid-cols-[22px_minmax(0,1fr)_auto] items-center text-fg1">
      <StatusGlyph look={ask.state === 'open' ? 'waiting' : isDenied(ask) ? 'error' : 'finished'} />
      <span className="truncate font-mono text-sm">{visibleName(ask.title ?? ask.tool)}</span>
      <span className="pl-3 text-sm text-fg2" title={formatFull(ask.createdAt)}>
        {when}, {ask.state === 'open' ? 'open' : isPerson ? `you ${ask.decision === 'deny' ? 'denied' : 'allowed'}` : resultOf(ask)}
      </span>
    </li>
  )
}
