import { useEffect, useMemo, useRef, useState, type RefObject } from 'react'
import { BytesLine } from '~/features/ask/BytesLine'
import { ToEnd } from '~/features/ask/ToEnd'
import type { AskForm } from '~/features/ask/use-ask-form'
import { formatNumber, plural } from '~/lib/format'
import { textAt } from '~/lib/json'
import { useIsNarrow } from '~/lib/use-media'
import { piecesOf } from '~/lib/pieces'
import { EndMark } from '~/ui/EndMark'
import { lazyPart } from '~/ui/lazy-part'
import { LazyPart } from '~/ui/LazyPart'

const LongBytes = lazyPart(async () => (await import('~/features/ask/LongBytes')).LongBytes)

/** So many lines are shown at once; of more, the first of them. */
const mostClosed = 8
/** A few lines more are shown instead of hidden: a button would need as much room as they. */
const mostWhole = 14
/** Of more rows than this, only those in view are in the document. */
const mostAtOnce = 300

/** How many lines the box hides below its edge; undefined until it was measured. */
function useHiddenLines(box: RefObject<HTMLElement | null>, mark: string): number | undefined {
  const [hidden, setHidden] = useState<{ of: string; lines: number }>()
  useEffect(() => {
    const node = box.current
    if (!node) return undefined
    function measure() {
      if (!node) return
      const height = Number.parseFloat(getComputedStyle(node).lineHeight) || 20
      const lines = Math.max(0, Math.round((node.scrollHeight - node.clientHeight) / height))
      setHidden((now) => (now?.of === mark && now.lines === lines ? now : { of: mark, lines }))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(node)
    return () => observer.disconnect()
  }, [box, mark])
  return hidden?.of === mark ? hidden.lines : undefined
}

type AskBytesProps = {
  form: AskForm
  /** The parts that scroll: the whole page of it, or this box. */
  isBounded: boolean
}

/**
 * The exact bytes that will run. Long ones begin with eight lines; whether their end was in view decides whether they can be
 * allowed. Never wider than the page.
 */
export function AskBytes(props: AskBytesProps) {
  // What is opened belongs to what was shown: another content is closed again.
  return <Bytes key={props.form.mark} {...props} />
}

function Bytes({ form, isBounded }: AskBytesProps) {
  const { view, mark, isSeen, onSeen, ask } = form
  const [isOpen, setOpen] = useState(false)
  const whole = useRef<HTMLDivElement>(null)
  const box = useRef<HTMLDivElement>(null)
  const pieces = useMemo(() => piecesOf(view.lines), [view.lines])
  const isNarrow = useIsNarrow()
  const isFew = !isNarrow && pieces.length > 1 && pieces.length <= mostWhole
  const shown = isOpen || isFew ? pieces : pieces.slice(0, mostClosed)
  const below = useHiddenLines(box, `${mark} ${isOpen} ${pieces.length}`)
  const more = isOpen ? 0 : pieces.length - shown.length + (below ?? 0)
  const isLong = isOpen && pieces.length > mostAtOnce
  const hasMarks = textAt(ask.input, 'command') !== undefined
  if (pieces.length === 0) return <EndMark onSeen={onSeen} />
  function open() {
    setOpen(true)
    requestAnimationFrame(() => box.current?.focus())
  }
  const height = isOpen ? (isBounded ? 'max-h-[40dvh] overflow-y-auto max-sm:max-h-[30dvh]' : '') : isFew ? 'max-h-[14lh] overflow-hidden' : 'max-h-[8lh] overflow-hidden'
  return (
    <div ref={whole} data-ask-bytes="">
      {isLong ? (
        <LazyPart onFail={() => setOpen(false)}>
          <LongBytes pieces={pieces} label={view.label} hasMarks={hasMarks} onEnd={onSeen} />
        </LazyPart>
      ) : (
        <div ref={box} className={height} {...(isOpen && { tabIndex: 0, role: 'region', 'aria-label': view.label })}>
          {shown.map((piece, at) => (
            <BytesLine key={at} piece={piece} hasMark={hasMarks && at < pieces.length - 1 && pieces[at + 1]?.isRest === false} />
          ))}
          {more === 0 && below !== undefined && <EndMark onSeen={onSeen} />}
        </div>
      )}
      {isOpen && !isSeen && <ToEnd lines={pieces.length} within={whole} />}
      {more > 0 && (
        <p className="mt-1 font-sans text-sm text-fg2">
          {formatNumber(more)} more {more === 1 ? 'line' : 'lines'}
          <button type="button" data-show-all="" onClick={open} className="touch ml-2 min-h-6 font-medium text-fg1 underline-offset-3 hover:text-fg0 hover:underline">
            Show all
          </button>
        </p>
      )}
    </div>
  )
}

const encoder = new TextEncoder()

/** Of how many bytes what is shown consists. */
export function useByteCount(form: AskForm): string {
  const { lines } = form.view
  const bytes = useMemo(() => lines.reduce((sum, { text }) => sum + encoder.encode(text).length, Math.max(0, lines.length - 1)), [lines])
  return plural(bytes, 'byte').replace(/^\d+/, (n) => formatNumber(Number(n)))
}
