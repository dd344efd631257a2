type MeterProps = { level: number; warnAt: number; isAssumed?: boolean | undefined; title?: string }

/** How much of a model's context is in use. The number is shown beside the bar, because colour alone is not enough. */
export function ContextMeter({ level, warnAt, isAssumed, title }: MeterProps) {
  const isHigh = level >= warnAt
  const said = `${level} % of the model's context is in use`
  const notes = [isHigh && 'nearly full', isAssumed && 'the size of the context is assumed'].filter((one) => one !== false && one !== undefined)
  return (
    <span
      role="meter"
      aria-label="Context in use"
      aria-valuenow={level}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={[`${level} %`, ...notes].join(', ')}
      title={isAssumed ? `${title ?? said}; its size is assumed until the agent reports it` : (title ?? said)}
      className="inline-flex shrink-0 items-center gap-1.5 text-sm text-fg2"
    >
      <span className="h-1 w-10 overflow-hidden rounded-full bg-bg4">
        <span className={`block h-full rounded-full ${isHigh ? 'bg-err' : 'bg-fg2'}`} style={{ width: `${Math.min(100, level)}%` }} />
      </span>
      <span className={`tnum ${isHigh ? 'font-medium text-err' : ''}`}>
        {isAssumed && '≈ '}
        {level} %
      </span>
    </span>
  )
}
