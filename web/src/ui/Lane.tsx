/** A stretch of time: work that is over, work that is alive, a wait for a person. */
export type LaneSpan = { kind: 'past' | 'live' | 'wait'; from: number; to: number }
/** A moment: the end of a turn, a failure. */
export type LaneMark = { kind: 'end' | 'failure'; at: number }

type LaneProps = {
  /** What a screen reader says in place of the picture. */
  label: string
  from: number
  to: number
  spans: readonly LaneSpan[]
  marks: readonly LaneMark[]
}

const spanLooks = { past: 'top-1 h-1.5 bg-lane-past', live: 'top-1 h-1.5 bg-lane-run', wait: 'top-px h-3 bg-lane-wait' } as const
const markLooks = { end: 'w-px bg-fg1', failure: 'w-[3px] bg-lane-err' } as const

/** One agent's time, drawn as height: idle is a hair, work 6 px, waiting 12, the end of a turn a tick. Every edge is an event. */
export function Lane({ label, from, to, spans, marks }: LaneProps) {
  const share = (at: number) => Math.max(0, Math.min(1, (at - from) / Math.max(1, to - from))) * 100
  return (
    <div role="img" aria-label={label} className="relative h-3.5 min-w-0 before:absolute before:inset-x-0 before:top-[7px] before:h-px before:bg-line">
      {spans.map(({ kind, from: start, to: end }) => (
        <i
          key={`${kind}${start}`}
          style={{ left: `${share(start)}%`, width: `${Math.max(0.2, share(end) - share(start))}%` }}
          className={`absolute min-w-0.5 rounded-[1px] ${spanLooks[kind]}`}
        />
      ))}
      {marks.map(({ kind, at }) => (
        <i key={`${kind}${at}`} style={{ left: `${share(at)}%` }} className={`absolute top-px h-3 ${markLooks[kind]}`} />
      ))}
    </div>
  )
}
