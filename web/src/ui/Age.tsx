import { useTimedText } from '~/lib/clock'
import { formatAge, formatFull } from '~/lib/format'

type AgeProps = { at: string | undefined; className?: string }

/** How long ago, in one unit: seconds in the first minute, then minutes. The exact time is its tooltip. */
export function Age({ at, className = 'text-sm text-fg2' }: AgeProps) {
  const started = Date.parse(at ?? '')
  const text = useTimedText((now) => (Number.isNaN(started) ? '' : formatAge(now - started)))
  if (!text || at === undefined) return null
  return (
    <time dateTime={at} title={formatFull(at)} className={`shrink-0 whitespace-nowrap ${className}`}>
      {text}
    </time>
  )
}
