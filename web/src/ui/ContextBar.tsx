type ContextBarProps = {
  /** Percent of the model's window in use. */
  level: number
  /** The setting from which it is nearly full. */
  warnAt?: number
  /** The window is a default: its size was not reported. */
  isAssumed?: boolean
}

const amberBefore = 20

/** A bar of 32 and always the number, on whose line it stands. Amber from 20 below the setting, "full soon" from the setting on. */
export function ContextBar({ level, warnAt = 80, isAssumed = false }: ContextBarProps) {
  const isWarm = level >= warnAt - amberBefore
  const isFull = level >= warnAt
  const title = `${isAssumed ? 'About ' : ''}${level} % of the context window`
  return (
    <span title={title} className={`inline-flex items-baseline gap-1.5 text-sm whitespace-nowrap ${isWarm ? 'text-wait' : 'text-fg2'}`}>
      <span aria-hidden="true" className="block h-[3px] w-8 self-center overflow-hidden rounded-[2px] bg-line2">
        <span className={`block h-full ${isWarm ? 'bg-g-wait' : 'bg-fg2'}`} style={{ width: `${Math.min(100, level)}%` }} />
      </span>
      <span>
        {isAssumed && '≈ '}
        {level} %{isFull && ' full soon'}
        <span className="sr-only"> of the context window</span>
      </span>
    </span>
  )
}
