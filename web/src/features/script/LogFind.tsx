import { useEffect, useRef, useState, type RefObject } from 'react'
import { patternOf } from '~/lib/find'
import { formatNumber } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { mostRanges, useHighlights } from '~/lib/use-highlights'
import { visible } from '~/lib/visible'
import { IconButton } from '~/ui/Button'

type LogFindProps = {
  /** What scrolls, and the text in it. */
  frame: RefObject<HTMLElement | null>
  text: RefObject<HTMLElement | null>
  /** The log began before what is shown. */
  isPart: boolean
  onClose: () => void
}

const now = 'find-now'

/** Marks one of those that were found, and brings it into view. */
function point(frame: HTMLElement | null, range: Range | undefined) {
  if (!('highlights' in CSS)) return
  if (range) CSS.highlights.set(now, new Highlight(range))
  else CSS.highlights.delete(now)
  if (!frame || !range) return
  const [of, within] = [range.getBoundingClientRect(), frame.getBoundingClientRect()]
  if (of.top < within.top || of.bottom > within.bottom) frame.scrollTop += of.top - within.top - within.height / 3
}

function countOf(found: readonly Range[], at: number): string {
  if (found.length === 0) return 'Nothing found'
  const all = `${formatNumber(found.length)}${found.length === mostRanges ? ' or more' : ''}`
  return `${formatNumber(Math.min(at, found.length - 1) + 1)} of ${all}`
}

/** Looks for text in the output of a script. Enter goes to the next place, Escape back to where one was. */
export function LogFind({ frame, text, isPart, onClose }: LogFindProps) {
  const bar = useRef<HTMLElement>(null)
  const [words, setWords] = useState('')
  const [isRegex, setRegex] = useState(false)
  const [found, setFound] = useState<readonly Range[]>([])
  const [at, setAt] = useState(0)
  const [before] = useState(() => frame.current?.scrollTop ?? 0)
  const fault = patternOf(words, isRegex)
  useHighlights(text, words, isRegex, setFound)
  useEffect(() => {
    point(frame.current, found[Math.min(at, found.length - 1)])
    return () => point(null, undefined)
  }, [frame, found, at])
  const go = (by: 1 | -1) => found.length > 0 && setAt((Math.min(at, found.length - 1) + by + found.length) % found.length)
  function close() {
    frame.current?.scrollTo({ top: before })
    frame.current?.focus({ preventScroll: true })
    onClose()
  }
  useKeys(
    'item',
    [
      { keys: 'Enter', label: 'next', inFields: true, run: () => go(1) },
      { keys: 'Shift+Enter', label: 'before', inFields: true, run: () => go(-1) },
      { keys: 'Escape', label: 'back', inFields: true, run: close },
    ],
    { within: bar },
  )
  return (
    <search ref={bar} className="flex min-h-9 shrink-0 flex-wrap items-center gap-2 border-b border-line bg-bg1 px-3 py-1">
      <input
        autoFocus
        type="search"
        aria-label="Find in this output"
        placeholder={isRegex ? 'Regular expression' : 'Find'}
        spellCheck={false}
        value={words}
        onChange={({ target }) => {
          setWords(target.value)
          setAt(0)
        }}
        className="h-7 min-w-40 flex-1 rounded-md border border-ctl bg-bg0 px-2 touch"
      />
      <p role="status" className="min-w-16 text-sm text-fg2">
        {words === '' || fault instanceof Error ? '' : countOf(found, at)}
      </p>
      <IconButton isSmall icon="up" label="Place before (Shift Enter)" disabled={found.length === 0} onClick={() => go(-1)} />
      <IconButton isSmall icon="down" label="Next place (Enter)" disabled={found.length === 0} onClick={() => go(1)} />
      <label className="flex items-center gap-1.5 text-sm text-fg1">
        <input type="checkbox" checked={isRegex} onChange={({ target }) => setRegex(target.checked)} />
        Regex
      </label>
      <IconButton isSmall icon="close" label="Close (Escape)" onClick={close} />
      {fault instanceof Error && (
        <p role="alert" className="w-full text-sm text-err">
          {visible(fault.message)}
        </p>
      )}
      {isPart && words !== '' && <p className="w-full text-sm text-fg2">The beginning of the log, which is not shown, is not searched.</p>}
    </search>
  )
}
