import { useEffect, useRef, useState, type PointerEvent, type RefObject } from 'react'
import type { Checkpoint, Turn } from '~/api/generated'
import { pastOf, scaleOf, spansOf, stepFrom, type Scale, type ToolMark, type TurnSpan } from '~/features/moment/axis'
import { checkpointAt } from '~/features/moment/checkpoint-at'
import { useDragged } from '~/features/moment/use-dragged'
import { useTimedText } from '~/lib/clock'
import { formatAge, formatClock, formatMinute } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { IconButton } from '~/ui/Button'

type ScrubberProps = {
  turns: readonly Turn[]
  checkpoints: readonly Checkpoint[]
  tools: readonly ToolMark[]
  /** Since when the agent waits for its person. */
  waitsFrom: number | undefined
  /** The time that the page shows; undefined: now. */
  moment: number | undefined
  onMoment: (at: number | undefined) => void
}

/** One time for the whole page: turns to scale, a tick for each tool call, diamonds for checkpoints. It fills the strip that the page keeps for it. */
export function Scrubber(props: ScrubberProps) {
  const { turns, checkpoints, tools, waitsFrom } = props
  const { shown: moment, drag, release, go: onMoment } = useDragged(props.moment, props.onMoment)
  // The line grows by the quarter of a minute, not with every render.
  const now = Number(useTimedText((time) => String(Math.ceil(time / 15_000) * 15_000)))
  const spans = spansOf(turns, checkpoints, now)
  const scale = scaleOf(spans, now, waitsFrom)
  const ends = spans.flatMap(({ from, to, isOpen }) => (isOpen ? [from] : [from, to]))
  const moments = [...ends, ...checkpoints.map(({ at }) => pastOf(at)), ...tools.map(({ at }) => at)].filter((at) => at >= scale.from)
  const step = (by: 1 | -1) => onMoment(stepFrom(moments, moment, by))
  const stepTurn = (by: 1 | -1) => onMoment(stepFrom(spans.map(({ to }) => to), moment, by))
  const part = useRef<HTMLElement>(null)
  useKeys(
    'pane',
    [
      { keys: 'ArrowLeft', label: 'step back', run: () => step(-1) },
      { keys: 'ArrowRight', label: 'step', run: () => step(1) },
      { keys: 'Shift+ArrowLeft', label: 'turn before', run: () => stepTurn(-1) },
      { keys: 'Shift+ArrowRight', label: 'next turn', run: () => stepTurn(1) },
      { keys: 'Home', label: 'first moment', isQuiet: true, run: () => onMoment(scale.from) },
      { keys: 'End', label: 'now', run: () => onMoment(undefined) },
    ],
    { within: part },
  )
  if (spans.length === 0) return <NoTime />
  return (
    <section ref={part} aria-label="Time" className="grid h-full grid-cols-[132px_minmax(0,1fr)_auto] items-center gap-4 pr-3 pl-6 max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:pl-4">
      <Where moment={moment} spans={spans} />
      <Track {...props} moment={moment} onDrag={drag} onRelease={release} spans={spans} scale={scale} chosen={moment === undefined ? undefined : checkpointAt(checkpoints, moment)} />
      <span className="flex">
        <IconButton icon="back" label="Step back" isSmall onClick={() => step(-1)} />
        <IconButton icon="chevron" label="Step" isSmall onClick={() => step(1)} />
      </span>
    </section>
  )
}

/** Before the first turn, and until the turns are here. */
function NoTime() {
  return (
    <div aria-hidden="true" className="grid h-full items-center px-6 max-sm:px-4">
      <i className="h-px bg-line2" />
    </div>
  )
}

function turnAt(spans: readonly TurnSpan[], moment: number | undefined): TurnSpan | undefined {
  return spans.findLast(({ from }) => moment === undefined || from <= moment)
}

function Where({ moment, spans }: { moment: number | undefined; spans: readonly TurnSpan[] }) {
  const text = useTimedText((now) => (moment === undefined ? 'now' : `${formatAge(now - moment)} ago`))
  const clock = useTimedText((now) => formatMinute(now))
  const turn = turnAt(spans, moment)
  return (
    <div className="max-sm:hidden">
      <p className="font-medium">{moment === undefined ? clock : formatClock(new Date(moment).toISOString())}</p>
      <p className="text-sm text-fg2">
        {text}
        {turn && `, turn ${turn.index + 1}`}
      </p>
    </div>
  )
}

type TrackProps = Omit<ScrubberProps, 'turns' | 'onMoment'> & { onDrag: (at: number | undefined) => void; onRelease: () => void; spans: readonly TurnSpan[]; scale: Scale; chosen: Checkpoint | undefined }

const percent = (place: number) => `${place * 100}%`
/** Names of turns that would run into each other, or out of the line, are left out: the widest takes so much. */
const namePx = 68

function useWidth(part: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(1)
  useEffect(() => {
    const node = part.current
    if (!node) return undefined
    const observer = new ResizeObserver(() => setWidth(Math.max(1, node.clientWidth)))
    observer.observe(node)
    return () => observer.disconnect()
  }, [part])
  return width
}

function Track({ checkpoints, tools, waitsFrom, moment, onDrag, onRelease, spans, scale, chosen }: TrackProps) {
  const track = useRef<HTMLDivElement>(null)
  const width = useWidth(track)
  const { placeOf } = scale
  function move(event: PointerEvent) {
    const box = track.current?.getBoundingClientRect()
    if (!box || event.buttons !== 1) return
    const place = (event.clientX - box.left) / box.width
    onDrag(place >= 0.998 ? undefined : Math.round(scale.timeAt(place)))
  }
  const head = moment === undefined ? 1 : placeOf(moment)
  return (
    <div
      ref={track}
      role="slider"
      tabIndex={0}
      aria-label="Moment"
      aria-valuemin={0}
      aria-valuemax={1000}
      aria-valuenow={Math.round(head * 1000)}
      aria-valuetext={moment === undefined ? 'now' : formatClock(new Date(moment).toISOString())}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        move(event)
      }}
      onPointerMove={move}
      onLostPointerCapture={onRelease}
      className="relative h-10 touch-none select-none *:absolute"
    >
      <i className="inset-x-0 top-[19px] h-px bg-line2" />
      {spans.map(({ index, from, to, isOpen, isFailed }) => (
        <i
          key={index}
          style={{ left: percent(placeOf(from)), width: percent(Math.max(0.002, placeOf(to) - placeOf(from))) }}
          className={`top-4 h-[7px] rounded-[1px] ${isOpen ? 'bg-lane-run' : isFailed ? 'bg-lane-err' : 'bg-lane-past opacity-55'}`}
        />
      ))}
      {waitsFrom !== undefined && <i style={{ left: percent(placeOf(waitsFrom)), right: 0 }} className="top-[13px] h-[13px] rounded-[1px] bg-lane-wait" />}
      <Ticks tools={tools} placeOf={placeOf} />
      <TurnNames spans={spans} placeOf={placeOf} apart={namePx / width} />
      {checkpoints.map(({ id, at, state }) =>
        state === 'taken' ? (
          <i key={id} style={{ left: percent(placeOf(Date.parse(at))) }} className={`top-[30px] size-1.5 -translate-x-[3px] rotate-45 rounded-[1px] ${id === chosen?.id ? 'bg-accent' : 'bg-fg2'}`} />
        ) : null,
      )}
      {moment !== undefined && <i style={{ left: percent(head), right: 0 }} className="inset-y-0 bg-bg1 opacity-60" />}
      <i style={{ left: percent(head) }} className="-inset-y-0.5 w-0.5 -translate-x-px rounded-[1px] bg-fg0 after:absolute after:-top-0.5 after:-left-[3px] after:size-2 after:rounded-full after:bg-fg0" />
    </div>
  )
}

/** Of very many calls, as many as the line has room for. */
const mostTicks = 300

function Ticks({ tools, placeOf }: { tools: readonly ToolMark[]; placeOf: Scale['placeOf'] }) {
  const every = Math.ceil(tools.length / mostTicks)
  return tools
    .filter(({ isFailed }, at) => isFailed || at % every === 0)
    .map(({ at, isFailed }, place) => (
      <i key={`${at} ${place}`} style={{ left: percent(placeOf(at)) }} className={isFailed ? 'top-2 h-[15px] w-0.5 bg-lane-err' : 'bottom-[17px] h-[5px] w-px bg-fg2'} />
    ))
}

function TurnNames({ spans, placeOf, apart }: { spans: readonly TurnSpan[]; placeOf: Scale['placeOf']; apart: number }) {
  let last = -1
  return spans.map(({ index, from }) => {
    const place = placeOf(from)
    const isShown = place - last >= apart && place + apart <= 1
    if (isShown) last = place
    return (
      <span key={index} style={{ left: percent(place) }} className="top-0 h-[26px] border-l border-accent pl-[5px] text-xs leading-[11px] whitespace-nowrap text-fg2">
        {isShown && `${index + 1} ${formatMinute(from)}`}
      </span>
    )
  })
}
