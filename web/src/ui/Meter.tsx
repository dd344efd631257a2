const warnAt = 60
const fullAt = 80

function colour(level: number): string {
  if (level >= fullAt) return 'bg-err'
  return level >= warnAt ? 'bg-wait' : 'bg-fg2'
}

/** How much of a model's context is in use. The number stands beside the bar: colour alone tells nothing. */
export function ContextMeter({ level, title }: { level: number; title?: string }) {
  return (
    <span
      role="meter"
      aria-label="Context in use"
      aria-valuenow={level}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={`${level} %`}
      title={title ?? `${level} % of the model's context is in use`}
      className="inline-flex shrink-0 items-center gap-1.5 text-sm text-fg2"
    >
      <span className="h-1 w-10 overflow-hidden rounded-full bg-bg4">
        <span className={`block h-full rounded-full ${colour(level)}`} style={{ width: `${Math.min(100, level)}%` }} />
      </span>
      <span className={`tnum ${level >= fullAt ? 'font-medium text-err' : ''}`}>{level} %</span>
    </span>
  )
}
