import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Usage } from '~/api/generated'
import { usageLimitsQuery } from '~/api/usage'
import { useTimedText } from '~/lib/clock'
import { formatCount, formatDuration, formatFull, formatNumber } from '~/lib/format'
import { linkLook } from '~/ui/Button'
import { Section } from '~/ui/Section'

type Row = { title: string; used: number; limit: number; resetAt?: string }

/** Tokens and requests against what the settings allow for display; nothing is stopped by them. */
export function Limits({ usage: { daily, weekly, sonnetOnly, today, thisMonth } }: { usage: Usage }) {
  const limits = useQuery(usageLimitsQuery()).data
  const rows: Row[] = [
    { title: 'Tokens today', used: daily.used, limit: daily.limit, resetAt: daily.resetTime },
    { title: 'Tokens this week', used: weekly.used, limit: weekly.limit, resetAt: weekly.resetTime },
    { title: 'Of these, of Sonnet models', used: sonnetOnly.used, limit: sonnetOnly.limit, resetAt: sonnetOnly.resetTime },
    { title: 'Tokens this month', used: thisMonth.tokensUsed, limit: limits?.monthlyTokenLimit ?? 0 },
    { title: 'Requests today', used: today.requestCount, limit: limits?.dailyRequestLimit ?? 0, resetAt: daily.resetTime },
  ]
  return (
    <div className="mt-8">
      <Section
        title="Limits"
        more={
          <Link to="/settings/$section" params={{ section: 'limits' }} className={linkLook('quiet', true)}>
            Change
          </Link>
        }
      >
        <p className="pb-1 text-sm text-fg2">Your own, for display: they stop no agent.</p>
        <ul>
          {rows.map((row) => (
            <LimitRow key={row.title} row={row} />
          ))}
        </ul>
      </Section>
    </div>
  )
}

function LimitRow({ row: { title, used, limit, resetAt } }: { row: Row }) {
  const share = limit === 0 ? 0 : (100 * used) / limit
  return (
    <li className="grid min-h-8 grid-cols-[minmax(0,1fr)_128px_160px_160px] items-center gap-x-4 border-t border-line max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:py-1.5">
      <span className="truncate">{title}</span>
      <span className="flex items-center gap-2 max-sm:hidden">
        {limit > 0 && (
          <span aria-hidden="true" className="block h-[3px] w-24 overflow-hidden rounded-[2px] bg-line2">
            <span className="block h-full bg-fg2" style={{ width: `${Math.min(100, share)}%` }} />
          </span>
        )}
      </span>
      <span className="text-right" title={formatNumber(used)}>
        {formatCount(used)}
        {limit > 0 ? <span className="text-fg2">{` of ${formatCount(limit)}${share > 100 ? ', over it' : ''}`}</span> : <span className="text-sm text-fg2">, no limit</span>}
      </span>
      <span className="text-right text-sm text-fg2 max-sm:col-span-2 max-sm:text-left">{resetAt !== undefined && <Resets at={resetAt} />}</span>
    </li>
  )
}

const minuteMs = 60_000

/** "resets in 2 h 5 m": by the minute, so that it does not tick. */
function Resets({ at }: { at: string }) {
  const text = useTimedText((now) => {
    const left = Date.parse(at) - now
    return left <= minuteMs ? 'resets within a minute' : `resets in ${formatDuration(Math.floor(left / minuteMs) * minuteMs)}`
  })
  return (
    <time dateTime={at} title={formatFull(at)}>
      {text}
    </time>
  )
}
