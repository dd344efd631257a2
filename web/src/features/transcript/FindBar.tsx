import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { FindHit } from '~/api/generated'
import { useFind, type FindFilter, type Found } from '~/features/transcript/use-find'
import { formatNumber, sentence } from '~/lib/format'
import { useKeys } from '~/lib/keys'
import { visible } from '~/lib/visible'
import { IconButton } from '~/ui/Button'
import { Segments } from '~/ui/Tabs'

const filters = [
  { id: 'all', label: 'All' },
  { id: 'mine', label: 'Mine' },
  { id: 'agent', label: 'Agent' },
  { id: 'tools', label: 'Tools' },
  { id: 'errors', label: 'Errors' },
] as const

type FindBarProps = {
  agentId: string
  first: string
  onHit: (hit: FindHit | undefined, q: string) => void
  onTime: (at: string) => void
  onClose: () => void
}

/** The nearest moment in the past with this time of day. */
function momentOf(time: string): string | undefined {
  const [hours, minutes] = time.split(':').map(Number)
  if (hours === undefined || minutes === undefined || Number.isNaN(hours + minutes)) return undefined
  const at = new Date()
  at.setHours(hours, minutes, 0, 0)
  if (at.getTime() > Date.now()) at.setDate(at.getDate() - 1)
  return at.toISOString()
}

/** Finds in the whole conversation, also in what is not in memory. Enter and Shift Enter go from hit to hit, Escape back to where one was. */
export function FindBar({ agentId, first, onHit, onTime, onClose }: FindBarProps) {
  const bar = useRef<HTMLElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const clock = useRef<HTMLInputElement>(null)
  const [q, setQ] = useState(first)
  const [filter, setFilter] = useState<FindFilter>('all')
  const [isRegex, setRegex] = useState(false)
  const [at, setAt] = useState<number>()
  const found = useFind(agentId, { q, filter, isRegex })
  const { hits, isCurrent } = found
  const early = useRef<number>(undefined)
  useEffect(() => field.current?.select(), [])
  function go(step: number) {
    // Who types and presses Enter at once means what is still being looked for.
    early.current = isCurrent ? undefined : step
    if (hits.length === 0 || !isCurrent) return
    // The newest comes first.
    const next = at === undefined || at >= hits.length ? hits.length - 1 : (at + step + hits.length) % hits.length
    setAt(next)
    onHit(hits[next], q)
  }
  const goEarly = useEffectEvent(() => early.current !== undefined && go(early.current))
  useEffect(() => {
    if (isCurrent) goEarly()
  }, [isCurrent])
  function enter({ target }: KeyboardEvent, step: number) {
    if (target === field.current) return go(step)
    const time = clock.current && target === clock.current ? momentOf(clock.current.value) : undefined
    return time === undefined ? undefined : onTime(time)
  }
  useKeys(
    'item',
    [
      { keys: 'Enter', label: 'earlier', inFields: true, run: (event) => enter(event, -1) },
      { keys: 'Shift+Enter', label: 'later', inFields: true, run: (event) => enter(event, 1) },
      { keys: 'Escape', label: 'back', inFields: true, run: onClose },
    ],
    { within: bar },
  )
  function change(text: string) {
    early.current = undefined
    setQ(text)
    setAt(undefined)
    onHit(undefined, text)
  }
  return (
    <search ref={bar} className="flex min-h-9 shrink-0 flex-wrap items-center gap-2 border-b border-line bg-bg1 px-3 py-1">
      <input
        ref={field}
        type="search"
        aria-label="Find in this transcript"
        placeholder={isRegex ? 'Regular expression' : 'Find'}
        value={q}
        onChange={(event) => change(event.target.value)}
        className="h-7 min-w-40 flex-1 rounded-md border border-ctl bg-bg0 px-2 touch"
      />
      <p role="status" className="min-w-16 text-sm text-fg2">
        {countOf(found, q, at)}
      </p>
      <IconButton isSmall icon="up" label="Earlier (Enter)" disabled={hits.length === 0} onClick={() => go(-1)} />
      <IconButton isSmall icon="down" label="Later (Shift Enter)" disabled={hits.length === 0} onClick={() => go(1)} />
      <Segments label="Find in" tabs={filters} current={filter} onChange={setFilter} />
      <label className="flex items-center gap-1.5 text-sm text-fg1">
        <input type="checkbox" checked={isRegex} onChange={(event) => setRegex(event.target.checked)} />
        Regex
      </label>
      <label className="flex items-center gap-1.5 text-sm text-fg1">
        Go to
        <input
          ref={clock}
          type="time"
          aria-label="Go to a time"
          className="h-7 rounded-md border border-ctl bg-bg0 px-1 touch"
        />
      </label>
      <IconButton isSmall icon="close" label="Close (Escape)" onClick={onClose} />
      {found.error && (
        <p role="alert" className="w-full text-sm text-err">
          {visible(sentence(found.error.message))}
        </p>
      )}
    </search>
  )
}

function countOf({ hits, isSearching, isMore, error }: Found, q: string, at: number | undefined): string {
  if (q === '' || error) return ''
  if (hits.length === 0) return isSearching ? 'Searching' : 'Nothing found'
  const all = `${formatNumber(hits.length)}${isMore ? ' or more' : isSearching ? '…' : ''}`
  return at === undefined ? all : `${formatNumber(at + 1)} of ${all}`
}
