import { useState } from 'react'
import type { UsagePeriod, UsageStats } from '~/api/generated'
import { barsOf, ticksOf, usdOf, type Bar } from '~/features/usage/figures'
import { useNow } from '~/lib/clock'
import { formatCost, formatCount, plural } from '~/lib/format'
import { locale } from '~/lib/locale'

/** today: as the daemon has it, whose days these are; it may be in another zone. */
type BarsProps = { history: readonly UsageStats[]; today: string | undefined; period: UsagePeriod; count: number; unit: 'cost' | 'tokens' }

const minuteMs = 60_000
const monthOf = new Intl.DateTimeFormat(locale, { month: 'short' })
const dayOf = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })

const dateOf = (date: string) => new Date(`${date}T12:00`)
const labelOf = (date: string, period: UsagePeriod) => (period === 'monthly' ? monthOf.format(dateOf(date)) : dayOf.format(dateOf(date)))

/**
 * From 0, the unit at the head, no bar where nothing was used. The newest is blue, because it still grows. The line above is the
 * legend and reads out the chosen bar; the table below has the same figures.
 */
export function Bars({ history, today, period, count, unit }: BarsProps) {
  const clock = Math.floor(useNow() / minuteMs) * minuteMs
  const now = today === undefined ? clock : dateOf(today).getTime()
  const [at, setAt] = useState<number>()
  const bars = barsOf(history, period, count, now)
  const valueOf = ({ stats }: Bar) => (stats === undefined ? 0 : unit === 'cost' ? usdOf(stats.costMicros) : stats.tokensUsed)
  const ticks = ticksOf(Math.max(...bars.map(valueOf)))
  const top = ticks.at(-1) ?? 1
  const text = (value: number) => (unit === 'cost' ? formatCost(value) : formatCount(value))
  const shown = bars[at ?? bars.length - 1]
  const move = (by: number) => setAt((before) => Math.max(0, Math.min(bars.length - 1, (before ?? bars.length - 1) + by)))
  return (
    <div className="pt-2">
      <p className="flex justify-between gap-4 text-xs text-fg2">
        <span>{unit === 'cost' ? 'US dollars' : 'tokens'}</span>
        <output className="text-fg1">{shown && readOut(shown, period, text(valueOf(shown)))}</output>
      </p>
      <div
        role="slider"
        tabIndex={0}
        aria-label={unit === 'cost' ? 'Cost of the period' : 'Tokens of the period'}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={bars.length - 1}
        aria-valuenow={at ?? bars.length - 1}
        aria-valuetext={shown && readOut(shown, period, text(valueOf(shown)))}
        onKeyDown={(event) => {
          const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0
          if (by === 0) return
          event.preventDefault()
          move(by)
        }}
        onPointerLeave={() => setAt(undefined)}
        className="mt-3 grid grid-cols-[minmax(0,1fr)_56px] gap-2 rounded-sm"
      >
        <div className="relative h-40">
          {ticks.map((tick) => (
            <span key={tick} aria-hidden="true" className="absolute inset-x-0 h-px bg-line" style={{ bottom: `${(100 * tick) / top}%` }} />
          ))}
          <div className="absolute inset-0 flex items-end gap-0.5">
            {bars.map((bar, place) => (
              <span key={bar.date} onPointerEnter={() => setAt(place)} className="flex h-full min-w-0 flex-1 items-end justify-center">
                <span
                  className={`w-full max-w-6 rounded-t-[1px] ${place === at ? 'bg-fg0' : place === bars.length - 1 ? 'bg-lane-run' : 'bg-lane-past'}`}
                  style={{ height: `${(100 * valueOf(bar)) / top}%` }}
                />
              </span>
            ))}
          </div>
        </div>
        <div aria-hidden="true" className="relative text-xs text-fg2">
          {ticks.map((tick) => (
            <span key={tick} className="absolute right-0 -mb-2" style={{ bottom: `${(100 * tick) / top}%` }}>
              {text(tick)}
            </span>
          ))}
        </div>
      </div>
      <div aria-hidden="true" className="mt-1 mr-16 flex justify-between text-xs text-fg2">
        {[0, Math.floor((bars.length - 1) / 2), bars.length - 1].map((place) => {
          const bar = bars[place]
          return bar && <span key={place}>{labelOf(bar.date, period)}</span>
        })}
      </div>
    </div>
  )
}

function readOut({ date, stats }: Bar, period: UsagePeriod, value: string): string {
  const day = labelOf(date, period)
  return stats === undefined ? `${day}: nothing used` : `${day}: ${value}, ${plural(stats.requestCount, 'request')}`
}
